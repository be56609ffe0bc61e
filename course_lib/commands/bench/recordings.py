"""Play the recorded episodes of the trained teams anew, from which lessons 10 and 13 open at once.

Writes course_lib/data/recordings (--to), one small file an episode."""

from __future__ import annotations

import pathlib

from .. import parser, venv


def run(arguments: list[str]) -> int:
    """Make the recordings."""
    made = parser(__name__)
    made.prog = "python -m course_lib bench recordings"
    made.add_argument("--to", type=pathlib.Path, metavar="FOLDER", help="another folder")
    options = made.parse_args(arguments)
    venv.enter_if_ready(["bench", "recordings", *arguments])
    import torch

    from course_lib.training import recordings

    torch.set_num_threads(1)
    for path in recordings.make_recordings(options.to or recordings.RECORDINGS_FOLDER):
        print(f"wrote {path}")
    return 0
