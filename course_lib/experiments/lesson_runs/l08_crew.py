"""Recorded runs of lesson 08 on the range: four sensors with eight bits a step, and their crew.

Five teams of each kind are taught side by side (`crew_teams.teach`); the column ``team`` is the
training seed. Every team is then tested on the same 32 episodes of its own, once with each line.

Written before the runs. Primary contrast: learned minus predefined code, points an episode with
open messages, 5 training seeds. The control that must make it collapse: open minus a foreign
speaker, learned code. Second questions: points against bits (0, 1, 8); what flips, losses and
delays cost; what training under flips, four copies of each fact, and a tag buy.

Written after that run, in which learned codes had not finished learning after four rounds: the same
with eight rounds for every kind of team. Its contrasts are the same, and exploratory.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from course_lib.learners import channel as lines
from course_lib.learners.channel import Channel
from course_lib.learners.dagger import DaggerConfig
from course_lib.learners.reporting import Code, ReportingTeam

from .crew_teams import TAUGHT, predefined_code, repeated_code, teach, team_scores
from .record import LessonRun, Row

TEAMS = 5
ROUNDS = 8
"""Rounds of the longer teaching; four are usual here."""
FLIPS, LOSSES = 0.2, 0.5
"""Chance of a flipped bit, and of a lost message, in a training on a bad line."""


@dataclass(frozen=True)
class Arm:
    """One kind of team."""

    code: Code | None = None
    """A predefined code, or None for one that is learned."""
    bits: int = 8
    """Bits of a message."""
    line: Channel | None = None
    """What happens to messages during training."""


ARMS = {
    "predefined": Arm(predefined_code),
    "learned": Arm(),
    "learned, 0 bits": Arm(bits=1, line=lines.muted),
    "learned, 1 bit": Arm(bits=1),
    "learned, trained with flips": Arm(line=lines.flipped(FLIPS)),
    "two facts, four times": Arm(repeated_code, line=lines.flipped(FLIPS)),
    "predefined, trained with losses": Arm(predefined_code, line=lines.lost(LOSSES)),
}
"""Every kind of team by its name in the lesson."""

LINES: dict[str, Callable[[], Channel | None]] = {
    "open": lambda: None,
    "muted": lambda: lines.muted,
    "shuffled": lambda: lines.shuffled,
    "flipped 5 %": lambda: lines.flipped(0.05),
    "flipped 10 %": lambda: lines.flipped(0.1),
    "flipped 20 %": lambda: lines.flipped(0.2),
    "flipped 30 %": lambda: lines.flipped(0.3),
    "tagged, 10 % flipped": lambda: lines.authenticated(lines.flipped(0.1)),
    "lost 25 %": lambda: lines.lost(0.25),
    "lost 50 %": lambda: lines.lost(0.5),
    "1 order late": lambda: lines.delayed(1),
    "4 orders late": lambda: lines.delayed(4),
}
"""Controls and damages by name; made anew for each test, because a delay remembers."""
FOREIGN = "foreign"
"""The control in which each crew hears the sensors of the next team, about its own zones."""


def teach_crews(seed: int, config: DaggerConfig = TAUGHT) -> list[Row]:
    """Teach all kinds of teams, and test them on every line."""
    torch.set_num_threads(1)
    rows = []
    for name, arm in ARMS.items():
        team = teach(arm.code, arm.bits, arm.line, runs=TEAMS, seed=seed, config=config)
        rows += tested(name, team, never_hears=arm.line is lines.muted)
    return rows


def teach_longer(seed: int) -> list[Row]:
    """The same with twice as many rounds."""
    return teach_crews(seed, replace(TAUGHT, rounds=ROUNDS))


def tested(name: str, team: ReportingTeam, never_hears: bool = False) -> list[Row]:
    """A row for each team and line. A team that ``never_hears`` is muted in the open, too."""
    rows: list[Row] = []
    for line, make in LINES.items():
        hears = lines.muted if never_hears else make()
        rows += scored(name, line, team_scores(team, hears))
    team.speakers_from = 1
    rows += scored(name, FOREIGN, team_scores(team, lines.muted if never_hears else None))
    team.speakers_from = 0
    return rows


def scored(name: str, line: str, points: np.ndarray) -> list[Row]:
    """A row for each team's mean points an episode."""
    return [
        {"code": name, "team": number, "line": line, "points": round(float(mean), 2)}
        for number, mean in enumerate(points)
    ]


RUNS = {
    "l08-crew": LessonRun(
        make=teach_crews,
        seeds=1,
        question="What do eight bits a step buy a repair crew that sees nothing? Primary contrast: "
        "learned minus predefined code, points with open messages, 5 training seeds (column team). "
        "Control: open minus a foreign speaker, learned code.",
        minutes=1.5,
        config={"teams": TEAMS, "arms": list(ARMS), "flips": FLIPS, "losses": LOSSES},
    ),
    "l08-crew-longer": LessonRun(
        make=teach_longer,
        seeds=1,
        question="What becomes of the crews of l08-crew when all are taught eight rounds, not "
        "four? Exploratory, asked after that run: the same contrast, 5 training seeds (column "
        "team).",
        minutes=3,
        config={"teams": TEAMS, "arms": list(ARMS), "rounds": ROUNDS},
    ),
}
"""The recorded crew runs of lesson 08 by name."""
