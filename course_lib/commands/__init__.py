"""The commands of ``python -m course_lib``, one file each.

Nothing here may import a package at module level: ``lab`` and ``test`` must run on a bare Python,
and every ``--help`` too. Each command is a module with ``run(arguments) -> int``, the exit status,
and its docstring is what ``--help`` prints. A reason to stop that the user can do something about
is a ValueError or OSError with one clear line; it is printed without a traceback.
"""

import argparse
import importlib
import os
import sys

COMMANDS = {
    "lab": "open the course in JupyterLab (installs what is missing first)",
    "test": "run the tests and re-run every notebook (installs what is missing first)",
    "doctor": "check this installation and print how to fix what is wrong",
    "evaluate": "score a defender by the official protocol",
    "train": "train a hierarchy or a baseline on the range; a stopped training goes on",
    "exercises": "make exercise notebooks from the solutions, check them, or get a fresh copy of one",
    "progress": "print which exercises are solved, for a reader or for a whole class",
    "bench": "measure the range: its speed, and its fidelity to the public simulator",
}


def usage() -> str:
    """The help text of the command line as a whole."""
    lines = ["usage: python -m course_lib COMMAND [options]", ""]
    lines += [f"  {name:<10}{purpose}" for name, purpose in COMMANDS.items()]
    return "\n".join(
        [*lines, "", "python -m course_lib COMMAND --help tells what one command does and writes."]
    )


def parser(module: str, **options) -> argparse.ArgumentParser:
    """The parser of a command, without its options yet. ``module`` is the command's
    ``__name__``."""
    command = module.removeprefix("course_lib.commands.").replace(".", " ")
    return argparse.ArgumentParser(
        f"python -m course_lib {command}",
        description=sys.modules[module].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,
    )


def natural(text: str) -> int:
    """The type of an option that is a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def main(arguments: list[str]) -> int:
    """Run one command line. Returns its exit status: 0 for success, 1 with a one-line reason, 130
    for Ctrl-C."""
    # An idle OpenMP thread must sleep, not spin: it is read when torch loads, so it is set before
    # anything else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else 1
    name, rest = arguments[0], arguments[1:]
    try:
        if name not in COMMANDS:
            raise ValueError(
                f"there is no command {name!r}; the commands are: {', '.join(COMMANDS)}"
            )
        return importlib.import_module(f"course_lib.commands.{name}").run(rest)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command can be started again.", file=sys.stderr)
        return 130
    except ImportError as error:
        reason = explain_import(error)
    except (ValueError, OSError) as error:
        reason = str(error)
    print(f"course_lib {name}: " + " ".join(reason.split()), file=sys.stderr)
    return 1


def explain_import(error: ImportError) -> str:
    """One line for a package or simulator that is not installed; any other failed import is a bug
    and is raised."""
    if error.name is None:  # ours: it says itself what to do
        return str(error)
    package = error.name.partition(".")[0]
    if package == "course_lib" or not isinstance(error, ModuleNotFoundError):
        raise error
    return (
        f"this Python has no package {package!r}. `python -m course_lib lab` installs what is missing; "
        "if it did, delete the folder .venv and run it again"
    )
