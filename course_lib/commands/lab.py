"""Open the course in JupyterLab, at its first lesson.

The first call creates the folder .venv and installs requirements.txt into it; an interrupted
installation is taken up again by the next call, and a later call starts at once. The range is then
compiled, once. JupyterLab listens on this computer only and asks for its token. Ctrl-C, twice,
ends it.

You work in copies: exercises in my-work/, lessons in my-work/lessons/. What you changed is never
overwritten; a lesson that the course has renewed is put beside it.

Writes: .venv (packages), .cache (compiled range), my-work (your copies), and in your home folder
what JupyterLab keeps there: its settings, and the signatures of notebooks it may show in full."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

from . import is_plain_number, my_work, parser, venv

FIRST = f"{my_work.NAME}/{my_work.LESSONS}/00-start-here.ipynb"
SHIPPED = ("notebooks", "exercises", "solutions")


def run(arguments: list[str]) -> int:
    """Run the command; on Linux and macOS this process becomes JupyterLab."""
    command_line = parser(__name__)
    command_line.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address, open no browser",
    )
    command_line.add_argument(
        "--port",
        type=port,
        help="port to listen on (default 8888; the next free one if it is taken)",
    )
    venv.add_options(command_line)
    options = command_line.parse_args(arguments)
    venv.enter(["lab", *arguments], options.torch_source)
    prepare_notebooks(venv.ROOT)
    warm_up()
    print(f"Opening JupyterLab at {FIRST}. To end it, press Ctrl-C twice here.", flush=True)
    command = lab_command(venv.ROOT, options.browser, options.port)
    venv.hand_over(command, venv.child_variables())
    return 0


def port(text: str) -> int:
    """A port number a user may listen on."""
    if not is_plain_number(text) or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port: use a whole number from 1024 to 65535"
        )
    return int(text)


def warm_up() -> None:
    """Compile the range before anything opens, so that no lesson waits for it; quick if done."""
    from course_lib.cyber_range.engine import compiled
    from course_lib.cyber_range.envs.warm_up import warm_up as compile_engine

    if not compiled.is_warm():
        print("Compiling the range, once; this takes about a minute ...", flush=True)
    print(f"The range is ready after {compile_engine():.1f} s.", flush=True)


def prepare_notebooks(root: pathlib.Path) -> None:
    """Bring the reader's copies up to date, and let JupyterLab trust what the course brings.

    ValueError, with a way out, where my-work/ cannot be written.
    """
    with my_work.a_way_out(root):
        written, sentences = my_work.bring_up_to_date(root)
    print(*sentences, sep="\n", end="\n" if sentences else "", flush=True)
    shipped = [path for folder in SHIPPED for path in (root / folder).glob("*.ipynb")]
    my_work.trust([*shipped, *written])


def lab_command(root: pathlib.Path, browser: bool, port: int | None) -> list[str]:
    """The command line of JupyterLab: it serves this computer only, asks no news service, and
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
    if os.name != "nt" and os.geteuid() == 0:
        command.append("--allow-root")  # in a container the administrator is the only user
    return command
