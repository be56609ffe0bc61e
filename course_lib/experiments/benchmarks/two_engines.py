"""The same team on the range and on the public simulator: what lesson 15 shows and compares.

The simulator's episodes are those of `fidelity.RECORDINGS`, one file a team. The range plays
episodes with the same *numbers* as seeds; they are other episodes all the same, because a seed
feeds two different random generators. So nothing here is paired.
"""

import pathlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import cyber_range, markdown, storage
from course_lib.cyber_range import Policy
from course_lib.stats import Equivalence, Interval, mean_interval, welch_tost

from ..study import arms
from .fidelity import MARGIN, RECORDINGS, recorded_episodes

TEAMS = ("three-layer-strong", "three-layer-taught", "three-layer-reward", "expert")
"""What plays on the range with the seeds that the simulator was given: three trained teams, and the
best rules."""
STUDY_TEAMS = ("flat", "own-zone", "three-layer")
"""Shipped teams of the study (seed 0 of each), which were scored on both engines there."""
FEWEST = 2
"""Episodes on the simulator below which nothing can be compared."""
SEED = 1000
"""First seed on both engines."""
TICKS = 12
"""Length of the beginning of an episode that is shown."""
SHOWN_SEED = 1000
REPORT = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports" / "two-engines.json"
FORMAT, VERSION = "course_lib two engines", 1
FirstTick = tuple[int, str, int, float]
"""Tick, what the headquarters' defender was asked to do, hosts with an alert, team reward."""


def first_ticks(engine: str, ticks: int = TICKS, seed: int = SHOWN_SEED) -> list[FirstTick]:
    """The beginning of an episode of the expert on one of the engines.

    ValueError without the simulator where that is asked for.
    """
    env = cyber_range.parallel_env(engine=engine, observation="message")
    expert = cyber_range.make_policy("expert")
    observations, infos = env.reset(seed=seed)
    expert.reset(seed)
    rows = []
    for tick in range(ticks):
        actions = expert.act(observations, infos)
        observations, rewards, _, _, infos = env.step(actions)
        seen = env.visible()
        alerts = int(((seen.process + seen.connection) > 0).sum())
        label = cyber_range.action_label("official", 4, actions["blue_agent_4"])
        rows.append((tick, label, alerts, rewards["blue_agent_4"]))
    return rows


@dataclass(frozen=True)
class TwoEngines:
    """One team on both engines."""

    team: str
    simulator: np.ndarray
    """(n,) official scores of the seeds ``SEED .. SEED + n - 1`` on the simulator."""
    range: np.ndarray
    """(m,) official scores of the seeds ``SEED .. SEED + m - 1`` on the range."""

    @property
    def simulator_interval(self) -> Interval:
        """Mean on the simulator with its 95 % interval."""
        return mean_interval(self.simulator)

    @property
    def range_interval(self) -> Interval:
        """Mean on the range with its 95 % interval."""
        return mean_interval(self.range)

    @property
    def equivalence(self) -> Equivalence:
        """Range minus simulator, against a margin of 10 % of the simulator's mean."""
        return welch_tost(self.range, self.simulator, MARGIN * abs(self.simulator.mean()))


def range_scores(policy: Policy, episodes: int) -> list[int]:
    """Official scores of a team on the range."""
    report = cyber_range.evaluate(policy, episodes=episodes, seed=SEED)
    return [int(score) for score in report.scores]


def compared(
    scores: dict[str, list[int]], recordings: pathlib.Path = RECORDINGS
) -> list[TwoEngines]:
    """The teams with their scores on the range, beside what they did on the simulator; a team that
    played too few episodes there is left out."""
    found = []
    for team, ours in scores.items():
        theirs = recorded_episodes(team, recordings)["score"].astype(float)
        if len(theirs) >= FEWEST:
            found.append(TwoEngines(team, theirs, np.array(ours, float)))
    return found


def study_teams(folder: pathlib.Path = arms.STUDY_FOLDER) -> list[TwoEngines]:
    """The shipped teams of the study on both engines, each with seeds of its own there."""
    found = []
    for arm in STUDY_TEAMS:
        theirs = arms.read_scores("simulator", arm, 0, folder)["simulator"]
        ours = np.array(arms.read_result(arm, 0, folder)["scores"], float)
        found.append(TwoEngines(arm, theirs, ours))
    return found


def read_report(path: pathlib.Path = REPORT) -> dict[str, Any]:
    """The recorded figures: range scores by team and the first ticks of both engines; ValueError
    where the file is missing, damaged or another one."""
    return storage.read(path, FORMAT, VERSION)


def table_rows(teams: list[TwoEngines]) -> list[list[str]]:
    """One row a team: means with intervals and episodes on both engines, the difference with its
    90 % interval, and the verdict."""
    rows = []
    for each in teams:
        found = each.equivalence
        gap = f"{found.difference:+.1f} ({found.low:+.1f} to {found.high:+.1f})"
        sides = [described(each.simulator_interval), described(each.range_interval)]
        rows.append([each.team, *sides, gap, f"{found.margin:.1f}", verdict(found)])
    return rows


def described(interval: Interval) -> str:
    """A mean with its interval and its number of episodes."""
    return f"{interval.mean:.1f} ({interval.low:.1f} to {interval.high:.1f}; {interval.n})"


def verdict(found: Equivalence) -> str:
    """What two one-sided tests say: equivalent, different, or too few episodes to say."""
    if found.equivalent:
        return "equivalent"
    outside = found.low > found.margin or found.high < -found.margin
    return "different" if outside else "open: too few episodes"


HEADINGS = (
    "team",
    "simulator: mean (95 %; episodes)",
    "range: mean (95 %; episodes)",
    "range minus simulator (90 %)",
    "margin",
    "verdict",
)


def as_text(teams: list[TwoEngines], date: str) -> str:
    """The report as Markdown."""
    lines = [f"Measured {date}. Official protocol; first seed {SEED} on both engines.", ""]
    lines += markdown.table(list(HEADINGS), table_rows(teams))
    return "\n".join(lines) + "\n"
