"""What a teacher needs for a workshop with this course.

  kit                      write plans with clock times, stumbling blocks, what to say when a
                           training does not learn, the room, glossary, seed index and worksheets
                           to print into my-work/teacher (--out)
  kit wheelhouse FOLDER    download every package that the course needs into FOLDER, for a room
                           without a network: then set PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER

The live table of a class is: progress FOLDER --watch 30"""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys

from . import parser, venv


def run(arguments: list[str]) -> int:
    """Write the kit, or fill the wheelhouse."""
    options = parsed(arguments)
    if options.what == "wheelhouse":
        return fill_wheelhouse(options.folder)
    venv.enter_if_ready(["kit", *arguments])
    from course_lib import teaching

    folder = options.out or venv.ROOT / "my-work" / "teacher"
    written = teaching.write_kit(folder)
    print(f"{len(written)} files in {folder}; begin with plans.md and room.md")
    return 0


def fill_wheelhouse(folder: pathlib.Path) -> int:
    """Let pip download what requirements.txt pins."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-d", str(folder)]
    done = subprocess.run([*command, "-r", str(venv.REQUIREMENTS)], check=False)
    if done.returncode:
        raise OSError(f"pip could not download everything into {folder}; what it said stands above")
    wheels = len(list(folder.iterdir()))
    print(f"{wheels} files in {folder}; in the room: PIP_NO_INDEX=1, PIP_FIND_LINKS={folder}")
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``kit``."""
    made = parser(__name__)
    made.add_argument("what", nargs="?", choices=("wheelhouse",), metavar="wheelhouse")
    made.add_argument(
        "folder", nargs="?", type=pathlib.Path, metavar="FOLDER", help="of the wheels"
    )
    made.add_argument(
        "--out", type=pathlib.Path, metavar="FOLDER", help="(default: my-work/teacher)"
    )
    options = made.parse_args(arguments)
    if options.what == "wheelhouse" and (options.folder is None or options.out):
        raise ValueError("kit wheelhouse takes one FOLDER and nothing else")
    return options
