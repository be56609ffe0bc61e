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

from course_lib import output, validate

COMMANDS = {
    "lab": "open the course in JupyterLab (installs what is missing first)",
    "test": "run the tests and re-run every notebook (installs what is missing first)",
    "doctor": "check this installation and print how to fix what is wrong",
    "evaluate": "score a defender by the official protocol",
    "submission": "hand a defender to the challenge's own evaluation script",
    "train": "train a hierarchy or a baseline on the range; a stopped training goes on",
    "exercises": "make exercise notebooks from the solutions, check them, or copy one afresh",
    "progress": "print which exercises are solved, for a reader or for a whole class",
    "grade": "score the defenders of a class on hidden episodes, for a teacher",
    "study": "run a study of your own, resumably, and write its report",
    "kit": "write what a teacher needs: plans, worksheets, stumbling blocks, glossary",
    "site": "build the course as web pages that open from a folder",
    "bench": "make the reports and recorded runs: speed, fidelity, training, the study",
}
LONGEST_REASON = 600
"""A reason to stop is cut after so many characters: numpy's and torch's may hold thousands."""


def usage() -> str:
    """The help text of the command line as a whole."""
    lines = ["usage: python -m course_lib COMMAND [options]", ""]
    lines += [f"  {name:<12}{purpose}" for name, purpose in COMMANDS.items()]
    lines += ["", "python -m course_lib COMMAND --help tells what one command does and writes."]
    return "\n".join(lines)


def parser(module: str, **options: object) -> argparse.ArgumentParser:
    """The parser of a command, without its options yet; ``module`` is the command's `__name__`."""
    command = module.removeprefix("course_lib.commands.").replace(".", " ")
    return argparse.ArgumentParser(
        f"python -m course_lib {command}",
        description=sys.modules[module].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,
    )


def natural(text: str) -> int:
    """The type of an option that is a whole number of at least 1, in the digits 0 to 9."""
    if not is_plain_number(text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def seed_number(text: str) -> int:
    """The type of an option that is a seed: a whole number from 0 on, in the digits 0 to 9."""
    if not is_plain_number(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def is_plain_number(text: str) -> bool:
    """Whether a text is digits from 0 to 9 only, and few enough to be a number that is meant."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


def main(arguments: list[str]) -> int:
    """Run one command line.

    Returns its exit status: 0 for success, 1 with a one-line reason, 130 for Ctrl-C.
    """
    # An idle OpenMP thread must sleep, not spin: it is read when torch loads, so it is set first.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    output.survive_code_pages()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else 1
    name, rest = arguments[0], arguments[1:]
    try:
        if name not in COMMANDS:
            known = ", ".join(COMMANDS)
            raise ValueError(f"there is no command {name!r}; the commands are: {known}")
        return importlib.import_module(f"course_lib.commands.{name}").run(rest)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command can be started again.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has seen enough, as `head` does
        output.drop_the_rest()
        return 1
    except (ImportError, ValueError, OSError, MemoryError, OverflowError, RuntimeError) as error:
        reason = explain(error)
    command = f"course_lib {name}" if name in COMMANDS else "course_lib"
    print(f"{command}: {reason}", file=sys.stderr)
    return 1


def explain(error: Exception) -> str:
    """Why a command stopped, in one line that can be printed anywhere."""
    said = validate.printable(str(error))
    match error:
        case ImportError():
            said = validate.printable(explain_import(error))
        case UnicodeEncodeError():  # a name of a file that this locale cannot spell
            said = f"{said}. Set PYTHONUTF8=1 and give the same command again"
        case MemoryError():
            said = f"there is not enough memory for sizes like these ({said or 'out of memory'})"
        case RecursionError():
            said = f"a file or an argument is nested too deeply ({said})"
        case OverflowError():
            said = f"a number is too large ({said})"
        case RuntimeError():  # torch's, for example when the disk is full while it saves
            said = f"{type(error).__name__}: {said}"
    return said if len(said) <= LONGEST_REASON else said[:LONGEST_REASON] + " ..."


def explain_import(error: ImportError) -> str:
    """One line for a package or simulator that is not installed.

    Any other failed import is a bug and is raised.
    """
    if error.name is None:  # ours: it says itself what to do
        return str(error)
    package = error.name.partition(".")[0]
    if package == "course_lib" or not isinstance(error, ModuleNotFoundError):
        raise error
    return (
        f"this Python has no package {package!r}. `python -m course_lib lab` installs what is "
        "missing; if it did, delete the folder .venv and run it again"
    )
