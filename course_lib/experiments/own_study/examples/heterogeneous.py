"""Example study: units of different kinds. What does a team lose when some units may not Restore?

In the operational zones a machine that moves something real cannot be installed anew in the middle
of the mission. So the units of OZA and OZB may look, remove and lay decoys, and not restore. The
paper's units are all alike; its authors name capability differences as future work (section 5).

A seed is a block of episodes, networks and luck included; the trained team is one and the same in
all of them, so the result is about this team.
"""

from dataclasses import replace

import numpy as np

from course_lib import cyber_range
from course_lib.cyber_range.constants import (
    ALLOW,
    BLOCK,
    DEFENDED_ZONES,
    RESTORE,
    SLEEP,
    SLOTS,
    ZONES,
)
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policies.expert import Expert
from course_lib.cyber_range.policies.wishes import Wishes
from course_lib.cyber_range.policy import Tick
from course_lib.experiments.lesson_runs.held_out import held_out_seeds
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTIONS, MESSAGE
from course_lib.hierarchy.team_observation import TeamObservation
from course_lib.training.pretrained import load_team

from ..plan import StudyPlan
from ..runs import Measured

TEAM = "three-layer"
RESTRICTED = ("OZA", "OZB")
"""Zones whose units are of another kind."""
EPISODES = 8
"""Episodes of a seed."""
FIRST_SEED = 940_000
"""Of the episodes; neither trained on nor used by another report."""

PLAN = StudyPlan(
    name="heterogeneous",
    question=(
        "Units of two zones may not Restore. Does it help the trained hierarchy if they know it?"
    ),
    hypothesis=(
        "Yes. A unit that is refused asks for the same Restore again in the next tick and does "
        "nothing else meanwhile; one whose action set lacks it falls back on its next rule. (One "
        "block of episodes, seed 100, was looked at before; the margin was chosen then.)"
    ),
    metric="official score (points)",
    arms={
        "alike": "every unit may do everything",
        "told": "OZA and OZB lack Restore, and their units know it (mask)",
        "refused": "OZA and OZB lack Restore; whoever asks for it sleeps instead",
        "no-traffic": "OZA and OZB lack BlockTraffic and AllowTraffic, and know it",
        "rules-alike": "the scripted expert, everything allowed",
        "rules-told": "the scripted expert without Restore in OZA and OZB",
    },
    primary=("told", "refused"),
    expected="higher",
    margin=100.0,
    control=("no-traffic", "alike"),
    control_says=(
        "The doctrine of this team never blocks in answer to an attack, so units without traffic "
        "actions are of another kind too, but of one that should cost nothing."
    ),
    seeds=5,
    minutes=6.0,
    secondary=(("told", "alike"), ("rules-told", "rules-alike")),
    settings={"team": TEAM, "restricted": list(RESTRICTED), "episodes": EPISODES},
)


class MixedTeam(HierarchicalDefender):
    """A trained team in which the units of some zones lack some classes of action, and know it."""

    def __init__(
        self,
        trained: HierarchicalDefender,
        zones: tuple[str, ...],
        lacking: tuple[int, ...],
    ) -> None:
        super().__init__(trained.team, trained.doctrine, trained.defenders, "mixed team")
        numbers = [ZONES.index(name) for name in zones]
        self.closed = np.isin(self.zones, numbers)[:, None] & np.isin(ACTION_CLASS, lacking)
        """(L, 82) bool, what each leaf lacks."""

    def observe(self, tick: Tick) -> TeamObservation:
        """As the team does, with the actions that are lacking closed to network and doctrine."""
        seen = super().observe(tick)
        allowed = seen.allowed & ~self.closed
        rows = (-1, ACTIONS)
        mask, rule = self.doctrine.consult(seen.raw.reshape(-1, MESSAGE), allowed.reshape(rows))
        return replace(
            seen,
            allowed=allowed,
            doctrine=mask.reshape(allowed.shape),
            rule=rule.reshape(seen.rule.shape),
        )


class Refused(Around):
    """A policy whose Restores in some zones become a Sleep; it is told only afterwards."""

    def __init__(self, inside: HierarchicalDefender, zones: tuple[str, ...]) -> None:
        super().__init__(inside)
        self.numbers = [ZONES.index(name) for name in zones]
        self.refusals = 0
        """Restores refused so far."""

    def screened(self, tick: Tick, wanted: np.ndarray) -> np.ndarray:
        """(E, D) actions, Sleep in the place of a Restore that is refused."""
        classes, hosts = self.layout.targets(wanted)
        closed = (classes == RESTORE) & np.isin(hosts // SLOTS, self.numbers)
        self.refusals += int(closed.sum())
        return np.where(closed, self.layout.single(SLEEP), wanted)


class MixedExpert(Expert):
    """The scripted expert, whose defenders know that some zones cannot be restored."""

    def __init__(self, zones: tuple[str, ...]) -> None:
        super().__init__()
        numbers = [ZONES.index(name) for name in zones]
        self.closed = np.isin(np.arange(DEFENDED_ZONES), numbers)[:, None]

    def _want_restores(self, wishes: Wishes, tick: Tick) -> None:
        super()._want_restores(wishes, tick)
        # Restores are the first wishes of a tick: taken back here, they make room for a Remove.
        impossible = self.closed & (wishes.action == RESTORE)
        wishes.urgency = np.where(impossible, 0.0, wishes.urgency)
        wishes.action = np.where(impossible, SLEEP, wishes.action)


def make_team(arm: str) -> cyber_range.Policy:
    """The defender of an arm."""
    if arm == "rules-alike":
        return Expert()
    if arm == "rules-told":
        return MixedExpert(RESTRICTED)
    trained = load_team(TEAM)
    if arm == "refused":
        return Refused(trained, RESTRICTED)
    lacking = {"told": (RESTORE,), "no-traffic": (BLOCK, ALLOW)}.get(arm, ())
    return MixedTeam(trained, RESTRICTED, lacking)


def measure(arm: str, seed: int) -> Measured:
    """Official scores of a block of episodes, and the Restores that were begun in them."""
    episodes = held_out_seeds(FIRST_SEED + seed * EPISODES, EPISODES)
    report = cyber_range.evaluate(make_team(arm), episodes=EPISODES, seed=episodes[0])
    restores = report.statistics["blue_actions"][:, :, RESTORE].sum(axis=1)
    facts = {"Restores asked for": float(restores.mean())}
    return Measured([float(score) for score in report.scores], facts)
