"""Measure how quickly the message attention explorer answers: 64 children over 500 ticks.

Ten steps of the time slider for each of the three modes of the rows over time. Printed are seconds
of processor time (so that a busy machine measures the explorer, not itself) and the size of what is
sent to the browser. Writes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import parser, venv

if TYPE_CHECKING:
    from course_lib.hierarchy import AttentionRecord

CHILDREN = 64
TICKS = 500
STEPS = 10
WANTED = 0.3
"""Seconds from a key to the picture."""
PANELS = ("strip", "tree", "heads", "says", "matrix", "weights", "effect", "sums", "message")


def run(arguments: list[str]) -> int:
    """Run the report."""
    made = parser(__name__)
    made.prog = "python -m course_lib bench explorer"
    made.parse_args(arguments)
    venv.enter_if_ready(["bench", "explorer", *arguments])
    import torch

    from course_lib.widgets import explorer
    from course_lib.widgets.attention.model import ROWS

    torch.set_num_threads(1)
    begun = time.process_time()
    shown = explorer(large_record())
    print(f"opened after {time.process_time() - begun:.1f} s, the record included")
    for rows in ROWS:
        begun = time.process_time()
        shown.rows = rows
        first = time.process_time() - begun
        begun = time.process_time()
        for _ in range(STEPS):
            shown.tick += 1
        each = (time.process_time() - begun) / STEPS
        sent = sum(len(getattr(shown, panel)) for panel in PANELS)
        verdict = "within" if each <= WANTED else "over"
        print(
            f"rows show {rows}: {each:.2f} s a tick ({verdict} {WANTED} s), "
            f"{first:.2f} s to switch, {sent / 1000:.0f} kB"
        )
    return 0


def large_record() -> AttentionRecord:
    """A commander with 64 children that say what chance says; no range, so no action is taken."""
    import numpy as np

    from course_lib.hierarchy import MESSAGE, STANDARD, Team, Tree
    from course_lib.hierarchy.attention.record import EVENTS, TeamEpisode
    from course_lib.hierarchy.attention.recorder import recompute

    names: list[str | dict] = [f"site {number}" for number in range(CHILDREN)]
    team = Team(Tree.from_description({"centre": names}))
    rng = np.random.default_rng(0)
    raw = np.zeros((TICKS, CHILDREN, MESSAGE), np.int8)
    raw[:, :, 28:60] = rng.random((TICKS, CHILDREN, 32)) < 0.1
    episode = TeamEpisode(
        policy="team",
        seed=0,
        defenders="",
        doctrine=STANDARD,
        raw=raw,
        exists=np.ones((CHILDREN, 16), bool),
        owner=np.arange(CHILDREN),
        alive=np.ones((TICKS, CHILDREN + 1), bool),
        commands=np.ones((TICKS, CHILDREN + 1, 8)),
        drawn=np.zeros((TICKS, 1), int),
        chosen=np.full((TICKS, CHILDREN), -1),
        reward=np.zeros(TICKS),
        events=np.zeros((TICKS, CHILDREN, len(EVENTS))),
        notes=None,
    )
    return recompute(team, episode)
