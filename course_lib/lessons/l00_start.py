"""Lesson 00: the health check, episodes recorded on the public simulator, and the teams that the
trained hierarchy is compared with.

The film ``notebooks/data/film-seed0.json`` was recorded once, in the course's folder, by::

    film = cyber_range.record_episode(load_policy(FILMED), seed=0)
    film.save("notebooks/data/film-seed0.json")

and the orders shown over it by `record_orders`.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib import cyber_range, installation, storage
from course_lib.cyber_range import ACTION_CLASSES, Policy, make_policy
from course_lib.cyber_range.constants import CON, SLOTS
from course_lib.cyber_range.evaluation.report import Report
from course_lib.experiments.benchmarks.fidelity import recorded_episodes
from course_lib.hierarchy import (
    FULL,
    STANDARD,
    THREE_LAYER,
    Doctrine,
    HierarchicalDefender,
    PolicyConfig,
    Rule,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.stats import mean_interval
from course_lib.training import load_policy
from course_lib.viz import describe_frame

__all__ = [
    "FIGURES",
    "Scores",
    "compared_teams",
    "contractor_roots",
    "health_check",
    "map_text",
    "read_orders",
    "read_scores",
    "recorded_episodes",
    "score_line",
]

USED = ("numpy", "numba", "gymnasium", "pettingzoo", "matplotlib", "torch")
"""The packages whose versions decide about results; of the others, another version may do."""
FILMED = "three-layer-settled"
"""The team in the film: it learned from the reward alone, without written rules."""
FIGURES = {
    "four defenders": "Scores of 200 episodes for each of four defenders, with the mean and its "
    "95 % interval. Sleep is worst and varies most, random is somewhat better, react-restore and "
    "expert lie close to zero, far to the right.",
    "five teams": "Scores of seeds 0 to 499 for five defenders, mean with 95 % interval. The first "
    "recipe with rules and the three rules with otherwise Analyse overlap, far to the left; five "
    "rules are better; the trained hierarchy and the expert are best and overlap.",
    "held hosts": "Two panels, mean of 200 episodes with 95 % bands. Left, hosts with any red "
    "session: sleep climbs to about 70, random levels off near 33 and ends at 32, the expert rises "
    "slowly to about 40. Right, hosts with a root session: sleep climbs to about 54, random rises "
    "to about 18 and ends at 15, the expert rises to about 10.",
}
"""Alternative texts of the figures."""
OBSERVATION_SIZES = [92, 92, 92, 92, 210]
ACTION_COUNTS = [82, 82, 82, 82, 242]


def health_check() -> None:
    """Print five lines about this installation; RuntimeError, with what to do, if one is wrong.

    The first call on a computer compiles the range, which takes about half a minute.
    """
    versions_agree = not other_versions()
    print("Python 3.11 or newer:            ", sys.version_info >= (3, 11))
    print("packages as in requirements.txt: ", versions_agree)

    env = cyber_range.parallel_env()
    observations, _ = env.reset(seed=0)
    sizes = [len(observation) for observation in observations.values()]
    counts = [int(env.action_space(agent).n) for agent in env.agents]
    print("numbers each defender sees:      ", sizes)
    print("actions each defender has:       ", counts)

    sleep = cyber_range.make_policy("sleep")
    first = cyber_range.record_episode(sleep, seed=0)
    second = cyber_range.record_episode(sleep, seed=0)
    repeats = first.digest() == second.digest()
    print("same seed, same episode:         ", repeats)
    if not repeats or sizes != OBSERVATION_SIZES or counts != ACTION_COUNTS:
        raise RuntimeError("the range is not as it should be: see 'When it fails' in lesson 00")


def contractor_roots(record: cyber_range.EpisodeRecord) -> int:
    """Hosts of the contractor network that red holds as root in the end."""
    contractors = record.level[-1, CON * SLOTS : (CON + 1) * SLOTS]
    return int((contractors == 2).sum())


def map_text(record: cyber_range.EpisodeRecord, tick: int, who: str) -> str:
    """Alternative text of a network map; ``who`` says who defends."""
    return f"Network map {who}. {describe_frame(record, tick)}"


def score_line(name: str, report: Report) -> str:
    """One row of the table of defenders: mean, its interval, and the spread of single episodes."""
    low, high = report.interval
    interval = f"{low:8,.0f} to {high:6,.0f}"
    return f"{name:14} {report.mean:10,.0f}      {interval}        {report.std:10,.0f}"


def compared_teams() -> dict[str, Policy]:
    """The trained hierarchy and the controls that say what its training is worth, by name.

    The last three are rules alone: with a doctrine weight of 1 and a rule for every tick, no
    network has a say, and ``expert`` is a script.
    """
    otherwise = Rule("otherwise look", see="anything", do=("Analyse",))
    return {
        "trained hierarchy": load_policy(FILMED),
        "before training": load_policy(FILMED, weights="random"),
        "a first recipe, with rules": load_policy("three-layer"),
        "three rules, else Analyse": rules_alone(Doctrine((*STANDARD.rules, otherwise))),
        "five rules": rules_alone(FULL),
        "expert": make_policy("expert"),
    }


def rules_alone(doctrine: Doctrine) -> HierarchicalDefender:
    """Defenders who do what a doctrine says, without a network."""
    alone = TeamConfig(unit=UnitConfig(policy=PolicyConfig(doctrine_weight=1.0)))
    return HierarchicalDefender(Team(THREE_LAYER, alone), doctrine)


@dataclass(frozen=True)
class Scores:
    """Official scores of one team, as the figures of the course read them."""

    scores: np.ndarray
    """(N,) points, seed 0 first."""

    @property
    def mean(self) -> float:
        """Mean score, points."""
        return float(self.scores.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean, points."""
        found = mean_interval(self.scores)
        return found.low, found.high


def record_scores(file: Path, episodes: int = 500) -> None:
    """Play the compared teams on seeds 0, 1, ... and write their scores as a table, one column a
    team."""
    played = {
        name: cyber_range.evaluate(team, episodes=episodes, seed=0).scores
        for name, team in compared_teams().items()
    }
    with file.open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(played)
        writer.writerows(zip(*(scores.tolist() for scores in played.values()), strict=True))


def read_scores(file: str | Path) -> dict[str, Scores]:
    """What `record_scores` wrote, by the team's name."""
    with Path(file).open(newline="", encoding="utf-8") as table:
        names, *rows = csv.reader(table)
    columns = np.array(rows, float).T
    return {
        name: Scores(column)
        for name, column in zip(
            names,
            columns,
            strict=True,
        )
    }


def other_versions() -> list[str]:
    """The pins of the packages in `USED` that this Python does not satisfy."""
    text = installation.REQUIREMENTS.read_text(encoding="utf-8")
    missing = installation.missing_packages(text)
    return [pin for pin in missing if pin.partition("==")[0] in USED]


ORDERS_FORMAT, ORDERS_VERSION = "course_lib orders", 1
SHORT = {"DeployDecoy": "Decoy", "AllowTraffic": "Allow", "BlockTraffic": "Block"}
"""Classes of action whose names are too long for a box on the map."""
Orders = list[tuple[int, dict[str, str]]]
"""From which tick on which zone is ordered what; "" for nothing."""


def record_orders(file: Path, seed: int = 0) -> None:
    """Play the hierarchy of the film once and write down what its group commanders order."""
    defender = load_policy(FILMED)
    assert isinstance(defender, HierarchicalDefender)
    act = defender.act
    orders: Orders = []
    ticks = 0

    def noted(observations: dict, infos: dict) -> dict:
        nonlocal ticks
        actions = act(observations, infos)
        held = _held_orders(defender)
        if not orders or orders[-1][1] != held:
            orders.append((ticks, held))
        ticks += 1
        return actions

    defender.act = noted  # type: ignore[method-assign]
    cyber_range.record_episode(defender, seed=seed)
    content = {"policy": FILMED, "seed": seed, "orders": orders}
    storage.write(file, ORDERS_FORMAT, ORDERS_VERSION, content)


def _held_orders(defender: HierarchicalDefender) -> dict[str, str]:
    """The order that each zone's unit holds now, by the class that its commander drew."""
    wiring = defender.team.wiring
    held = {}
    for place, zone in enumerate(wiring.names[: len(defender.team.tree.leaves)]):
        drawn = int(defender.held_commands.drawn[0, wiring.parent[place]])
        name = "" if drawn < 0 else ACTION_CLASSES[drawn]
        held[zone] = SHORT.get(name, name)
    return held


def read_orders(file: str | Path) -> Orders:
    """What `record_orders` wrote; ValueError for another file."""
    content = storage.read(Path(file), ORDERS_FORMAT, ORDERS_VERSION)
    return [(int(tick), dict(held)) for tick, held in content["orders"]]
