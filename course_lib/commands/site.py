"""Build the course as web pages: all lessons with their stored outputs, a glossary, an index of the
seed documents, and a search. The pages open from the folder, without a server or a network; replays
go on playing, the message attention explorer answers to time, commander, message, rows and Drop;
other widgets show their static twins. Takes about three minutes.

Writes into my-work/site (--out), a new folder or one with an older site of this course."""

from __future__ import annotations

import argparse
import pathlib

from . import parser, venv


def run(arguments: list[str]) -> int:
    """Build the site."""
    options = parsed(arguments)
    venv.enter_if_ready(["site", *arguments])
    from course_lib.publish import build_site

    first = build_site(options.out or venv.ROOT / "my-work" / "site")
    print(f"Open {first} in a browser")
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``site``."""
    made = parser(__name__)
    made.add_argument("--out", type=pathlib.Path, metavar="FOLDER", help="(default: my-work/site)")
    return made.parse_args(arguments)
