"""``lab``: open the course in JupyterLab."""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys

from course_lib.commands import environment

DESCRIPTION = """\
Open the course in JupyterLab, at its first lesson.

The first call creates the folder .venv and installs requirements.txt into it; an interrupted installation is taken up
again by the next call, and a later call starts at once. The range is then compiled, once. JupyterLab listens on this
computer only and asks for its token. Ctrl-C, twice, ends it.

Writes: .venv (packages), .cache (compiled range) and my-work (your copies of the exercises; files that are already
there are left alone)."""


def run(arguments: list[str]) -> int:
    """Run the command; on Linux and macOS this process becomes JupyterLab."""
    options = parser().parse_args(arguments)
    environment.enter(["lab", *arguments], options.torch_source, options.here)
    warm_up()
    copy_exercises(environment.ROOT / "exercises", environment.ROOT / "my-work")
    first = first_lesson(environment.ROOT)
    print(f"Opening JupyterLab at {first or 'the course folder'}. To end it, press Ctrl-C twice here.", flush=True)
    command = lab_command(environment.ROOT, first, options.browser, options.port)
    environment.hand_over(command, environment.child_variables())
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of ``lab``."""
    made = argparse.ArgumentParser("python -m course_lib lab", description=DESCRIPTION, formatter_class=RAW)
    made.add_argument("--no-browser", dest="browser", action="store_false", help="print the address, open no browser")
    made.add_argument("--port", type=port, help="port to listen on (default 8888; the next free one if it is taken)")
    environment.add_options(made)
    return made


def port(text: str) -> int:
    """A port number a user may listen on."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: use a whole number from 1024 to 65535")
    return int(text)


def warm_up() -> None:
    """Compile the range before anything opens, so that no lesson waits for it; quick when that was done before."""
    from course_lib.cyber_range import compiled

    if not compiled.is_warm():
        print("Compiling the range, once; this takes about a minute ...", flush=True)
    print(f"The range is ready after {compiled.warm_up():.1f} s.", flush=True)


def copy_exercises(originals: pathlib.Path, copies: pathlib.Path) -> list[pathlib.Path]:
    """Copy to ``copies`` what it lacks of ``originals``, and return what was written; nothing is ever overwritten."""
    written = []
    for original in sorted(originals.rglob("*")) if originals.is_dir() else []:
        target = copies / original.relative_to(originals)
        generated = any(part.startswith(".") or part == "__pycache__" for part in original.relative_to(originals).parts)
        if original.is_file() and not generated and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, target)
            written.append(target)
    return written


def first_lesson(root: pathlib.Path) -> str | None:
    """The lesson to open first, as a path within the course with forward slashes; None where there is none."""
    found = sorted((root / "notebooks").glob("00*.ipynb"))
    return found[0].relative_to(root).as_posix() if found else None


def lab_command(root: pathlib.Path, first: str | None, browser: bool, port: int | None) -> list[str]:
    """The command line of JupyterLab, which serves this computer only, asks no news service and installs nothing."""
    command = [
        sys.executable, "-m", "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab{'/tree/' + first if first else ''}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    if not browser:
        command.append("--no-browser")
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, where the administrator is the only user
        command.append("--allow-root")
    return command


RAW = argparse.RawDescriptionHelpFormatter
