"""Recorded runs of lesson 08: teams that find a protocol for the switch riddle, or do not.

Several teams learn side by side, each with weights, chances and training episodes of its own: the
column ``team`` is the training seed. All are tested on the same episodes, with the controls.

Written before the runs. Primary contrast: DIAL minus RIAL, share of the exact ceiling on open
messages after all updates, three analysts, 5 training seeds. The controls that must make it
collapse: open minus muted, minus shuffled, and minus a foreign speaker, within each method. Four
analysts: 3 seeds, exploratory.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch

from course_lib import games
from course_lib.learners import channel as lines
from course_lib.learners.communication import Episodes, TalkConfig, TalkingTeam

from .protocol import protocol_text, switch_information
from .record import LessonRun, Row

UPDATES, EVERY = 2_000, 250
LEARNING_RATE = 2e-3
TEST_EPISODES, TEST_SEED = 1_000, 1


class Learner(NamedTuple):
    """A method and the width of its messages."""

    method: str
    bits: int


THREE = {
    "DIAL": Learner("dial", 1),
    "RIAL": Learner("rial", 1),
}
FOUR = {
    "DIAL": Learner("dial", 1),
    "DIAL, 2 bits": Learner("dial", 2),
}


def test_lines(open_messages: Episodes) -> dict[str, lines.Channel]:
    """Controls and damages by name; the foreign speaker needs the episodes played openly."""
    return {
        "muted": lines.muted,
        "shuffled": lines.shuffled,
        "foreign": lines.foreign(open_messages.heard),
        "flipped 10 %": lines.flipped(0.1),
        "flipped 25 %": lines.flipped(0.25),
        "flipped 50 %": lines.flipped(0.5),
        "lost 25 %": lines.lost(0.25),
    }


def learn_riddle(
    agents: int,
    teams: int,
    learners: dict[str, Learner],
) -> Callable[[int], list[Row]]:
    """The run that trains these learners on the riddle for so many agents."""

    def make(seed: int) -> list[Row]:
        torch.set_num_threads(1)
        rows = []
        for name, learner in learners.items():
            config = TalkConfig(
                method=learner.method,
                bits=learner.bits,
                runs=teams,
                seed=seed,
                learning_rate=LEARNING_RATE,
            )
            team = TalkingTeam(games.SwitchRiddle(agents), config)
            rows += learn_and_test(team, name)
        return rows

    return make


def learn_and_test(
    team: TalkingTeam,
    name: str,
    updates: int = UPDATES,
    every: int = EVERY,
) -> list[Row]:
    """Learn with open messages, test on the way, and at the end with every line."""
    played = team.play(TEST_EPISODES, TEST_SEED)
    rows = tested(team, name, "open", played)
    while team.updated < updates:
        team.learn(every)
        played = team.play(TEST_EPISODES, TEST_SEED)
        rows += tested(team, name, "open", played)
    at_the_end = rows[-team.config.runs :]
    for number, row in enumerate(at_the_end):
        row |= read_messages(played, number, team.config.bits)
    for line, hears in test_lines(played).items():
        rows += tested(team, name, line, team.play(TEST_EPISODES, TEST_SEED, hears))
    return rows


def tested(
    team: TalkingTeam,
    name: str,
    line: str,
    played: Episodes,
) -> list[Row]:
    """A row for each team: its share of the ceiling."""
    ceiling = games.ceiling(team.game.agents)
    rows = []
    for number, reward in enumerate(played.reward.mean(axis=1)):
        row = {
            "method": name,
            "team": number,
            "updates": team.updated,
            "line": line,
            "share": round(float(reward) / ceiling, 4),
        }
        rows.append({**row, **NOTHING_READ})
    return rows


NOTHING_READ: Row = {"protocol": "", "entropy": "", "information": "", "chance": "", "p_value": ""}


def read_messages(played: Episodes, team: int, bits: int) -> Row:
    """The protocol (of one bit), and what the messages say about the visitors."""
    said = switch_information(played, team)
    return {
        "protocol": protocol_text(played, team) if bits == 1 else "",
        "entropy": round(abs(said.entropy), 4),
        "information": round(said.visitors.bits, 4),
        "chance": round(said.visitors.null_high, 4),
        "p_value": round(said.visitors.p_value, 4),
    }


def settings(agents: int, teams: int, learners: dict[str, Learner]) -> dict:
    """On what the figures depend."""
    return {
        "agents": agents,
        "teams": teams,
        "learners": list(learners),
        "updates": UPDATES,
        "learning_rate": LEARNING_RATE,
        "test_episodes": TEST_EPISODES,
    }


RUNS = {
    "l08-riddle-3": LessonRun(
        make=learn_riddle(3, 5, THREE),
        seeds=1,
        question="Which learner finds a protocol for three analysts? Primary contrast: DIAL minus "
        "RIAL, share of the exact ceiling with open messages after 2,000 updates, 5 training "
        "seeds (column team). Controls: open minus muted, shuffled, foreign, within a method.",
        minutes=2,
        config=settings(3, 5, THREE),
    ),
    "l08-riddle-4": LessonRun(
        make=learn_riddle(4, 3, FOUR),
        seeds=1,
        question="Four analysts, for whom one bit is less than there is to know. Exploratory, 3 "
        "training seeds: share of the exact ceiling with open messages after 2,000 updates, DIAL "
        "with one bit and with two.",
        minutes=3,
        config=settings(4, 3, FOUR),
    ),
}
"""The recorded riddle runs of lesson 08 by name."""
