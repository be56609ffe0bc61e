"""Open the course in JupyterLab, at its first lesson.

The first call creates the folder .venv and installs requirements.txt into it; an interrupted
installation is taken up again by the next call, and a later call starts at once. The range is then
compiled, once. JupyterLab listens on this computer only and asks for its token. Ctrl-C, twice, ends
it.

Writes: .venv (packages), .cache (compiled range) and my-work (your copies of the exercises; files
that are already there are left alone)."""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys

from . import parser
from . import venv as environment

FIRST = "notebooks/00-start-here.ipynb"


def run(arguments: list[str]) -> int:
    """Run the command; on Linux and macOS this process becomes JupyterLab."""
    made = parser(__name__)
    made.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address, open no browser",
    )
    made.add_argument(
        "--port",
        type=port,
        help="port to listen on (default 8888; the next free one if it is taken)",
    )
    environment.add_options(made)
    options = made.parse_args(arguments)
    environment.enter(["lab", *arguments], options.torch_source)
    warm_up()
    copy_exercises(environment.ROOT / "exercises", environment.ROOT / "my-work")
    print(f"Opening JupyterLab at {FIRST}. To end it, press Ctrl-C twice here.", flush=True)
    command = lab_command(environment.ROOT, options.browser, options.port)
    environment.hand_over(command, environment.child_variables())
    return 0


def port(text: str) -> int:
    """A port number a user may listen on."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port: use a whole number from 1024 to 65535"
        )
    return int(text)


def warm_up() -> None:
    """Compile the range before anything opens, so that no lesson waits for it; quick when that was
    done before."""
    from course_lib.cyber_range.engine import compiled
    from course_lib.cyber_range.envs.warm_up import warm_up as compile_engine

    if not compiled.is_warm():
        print("Compiling the range, once; this takes about a minute ...", flush=True)
    print(f"The range is ready after {compile_engine():.1f} s.", flush=True)


def copy_exercises(originals: pathlib.Path, copies: pathlib.Path) -> None:
    """Copy to ``copies`` what it lacks of ``originals``; nothing is ever overwritten."""

    def copy_new(original: str, target: str) -> None:
        if not os.path.exists(target):
            shutil.copyfile(original, target)

    hidden = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(originals, copies, ignore=hidden, copy_function=copy_new, dirs_exist_ok=True)


def lab_command(root: pathlib.Path, browser: bool, port: int | None) -> list[str]:
    """The command line of JupyterLab, which serves this computer only, asks no news service and
    installs nothing."""
    command = [
        sys.executable, "-m", "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    if not browser:
        command.append("--no-browser")
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    if (
        hasattr(os, "geteuid") and os.geteuid() == 0
    ):  # in a container, where the administrator is the only user
        command.append("--allow-root")
    return command
