"""The attrition curve of lesson 14: a team that loses defenders in the middle of an episode.

Written before the run. Primary contrast: the points that the taught three-layer team loses with
three of five defenders gone for good, minus what ``flat`` and ``expert`` lose by the same outage,
paired by episode. Second: the same outage when the lost come back after `REPAIR` ticks, and the
loss of a commander alone. Episodes: `EPISODES` from `FIRST_EPISODE` on, which nobody has trained
on. Tick and order of the losses are drawn for each episode, and are the same for everybody; who is
lost with one defender gone is also lost with three.
"""

from dataclasses import dataclass

import numpy as np
import torch

from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.constants import SLEEP
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.training.pretrained import load_policy, load_team

from .held_out import held_out_seeds
from .record import LessonRun, Row, episode_rows

EPISODES = 24
FIRST_EPISODE = 864_000
EARLIEST, LATEST = 50, 350
"""Ticks between which an outage begins."""
REPAIR = 100
"""Ticks after which the lost are back, where they come back."""
AGENTS = 5
"""Defenders of the official setting."""
TICK_DRAW, ORDER_DRAW = 11, 12
"""Numbers of the draws: an outage shares its chance with no decision."""
TEAMS = {"taught": "three-layer-taught", "settled": "three-layer-settled"}
"""Hierarchies. ``taught`` plays greedily, ``settled`` draws its actions, as in `l14_disturbed`."""


@dataclass(frozen=True)
class Outage:
    """Who is lost in an episode, from a tick that is drawn for it."""

    agents: int = 0
    """How many of the five defenders; each takes its zones' units along."""
    units: tuple[str, ...] = ()
    """Names of commanders that are lost; nobody but a hierarchy has any."""
    back_after: int = 0
    """Ticks until they are back; 0: never."""

    def now(self, tick: Tick) -> np.ndarray:
        """(E,) bool, whether the outage lasts in this tick."""
        start = np.zeros_like(tick.step)
        drawn = uniform(tick.seeds, start, 1, TICK_DRAW)[:, 0]
        begins = EARLIEST + drawn * (LATEST - EARLIEST)
        lasts = tick.step >= begins
        if self.back_after:
            lasts &= tick.step < begins + self.back_after
        return lasts

    def gone(self, tick: Tick) -> np.ndarray:
        """(E, 5) bool, which defenders are lost now: the first of an order drawn for the
        episode."""
        start = np.zeros_like(tick.step)
        order = uniform(tick.seeds, start, AGENTS, ORDER_DRAW).argsort(axis=1)
        place = order.argsort(axis=1)
        return self.now(tick)[:, None] & (place < self.agents)


OUTAGES = {
    "nobody": Outage(),
    "1 of 5": Outage(agents=1),
    "2 of 5": Outage(agents=2),
    "3 of 5": Outage(agents=3),
    "all": Outage(agents=5),
    "3 of 5, back after 100 ticks": Outage(agents=3, back_after=REPAIR),
}
"""What happens to every team."""
COMMAND_LOSSES = {
    "commander": Outage(units=("commander",)),
    "commander, back after 100 ticks": Outage(units=("commander",), back_after=REPAIR),
    "all commanders": Outage(units=("commander", "restricted", "operational", "headquarters")),
}
"""What happens to hierarchies alone."""


class LosingTeam(HierarchicalDefender):
    """A trained team with an outage: nobody hears the lost units, and they do not act."""

    def __init__(self, trained: HierarchicalDefender, outage: Outage) -> None:
        super().__init__(trained.team, trained.doctrine, trained.defenders, trained.name)
        self.greedy = trained.greedy
        self.outage = outage

    def alive(self, tick: Tick) -> np.ndarray:
        """(E, U) bool."""
        there = super().alive(tick)
        leaves = np.arange(len(self.zones))
        there[:, leaves] &= ~self.outage.gone(tick)[:, self.owner]
        commanders = [self.team.wiring.number(name) for name in self.outage.units]
        there[:, commanders] &= ~self.outage.now(tick)[:, None]
        return there


class LosingAgents(Around):
    """Defenders without superiors and with an outage: the lost ones sleep."""

    def __init__(self, inside: TickPolicy, outage: Outage) -> None:
        super().__init__(inside)
        self.outage = outage

    def screened(self, tick: Tick, wanted: np.ndarray) -> np.ndarray:
        """(E, D) Sleep for the lost."""
        return np.where(self.outage.gone(tick), self.layout.single(SLEEP), wanted)


def team_with(name: str, outage: Outage) -> LosingTeam:
    """A shipped hierarchy with an outage."""
    return LosingTeam(load_team(TEAMS[name], greedy=name == "taught"), outage)


def agents_with(name: str, outage: Outage) -> LosingAgents:
    """``expert`` or ``flat`` with an outage."""
    inside = make_policy("expert") if name == "expert" else load_policy(name)
    assert isinstance(inside, TickPolicy)  # both are
    return LosingAgents(inside, outage)


def attrition(seed: int) -> list[Row]:
    """One row for each outage, defender and episode."""
    torch.set_num_threads(1)
    rows: list[Row] = []
    for lost, outage in OUTAGES.items():
        for name in ("expert", "flat"):
            rows += play(agents_with(name, outage), name, lost)
    for lost, outage in (OUTAGES | COMMAND_LOSSES).items():
        for name in TEAMS:
            rows += play(team_with(name, outage), name, lost)
    return rows


def play(defender: TickPolicy, name: str, lost: str) -> list[Row]:
    """One row for each episode."""
    episodes = held_out_seeds(FIRST_EPISODE, EPISODES)
    report = evaluate(defender, episodes=EPISODES, seed=episodes[0])
    about = {"lost": lost, "defender": name}
    return episode_rows(episodes, about, defended=report.defended_scores)


RUNS = {
    "l14-attrition": LessonRun(
        make=attrition,
        seeds=1,
        question="What does the loss of defenders and commanders in the middle of an episode cost? "
        "Primary contrast: what the taught team loses with three of five gone, minus what flat and "
        "expert lose by it, defended part, paired by episode.",
        minutes=2,
        config={
            "episodes": EPISODES,
            "first_episode": FIRST_EPISODE,
            "between": [EARLIEST, LATEST],
            "outages": list(OUTAGES | COMMAND_LOSSES),
            "teams": list(TEAMS),
        },
    ),
}
"""The recorded run."""
