"""Why is a trained team worse than its own rules? Four looks at shipped weights, for lesson 13.

    look_at(defender)                    what it looks at, and what it aims Removes at
    reshaped("three-layer", sharper(2))  the same weights, played with pi squared
    reshaped("three-layer", look_alikes) the same weights, averaged over hosts that look alike

Nothing here trains: a function changes the probabilities of the leaves before an action is drawn.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_lib import cyber_range
from course_lib.cyber_range.constants import ANALYSE, DECOY, REMOVE, RESTORE, SLOTS
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy import HierarchicalDefender
from course_lib.hierarchy.decisions import TickDecisions
from course_lib.hierarchy.observation import Observation
from course_lib.hierarchy.policy import PolicyFunction, PolicyStages
from course_lib.hierarchy.spaces import (
    ACTION_CLASS,
    ACTION_SLOT,
    CONNECTION,
    PRIORITY,
    PROCESS,
)
from course_lib.hierarchy.team_observation import TeamObservation
from course_lib.stats import mean_interval
from course_lib.training import load_policy

Reshape = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(pi (B, 82), message (B, 76) as the network reads it, allowed (B, 82) bool) -> pi (B, 82)."""

HOST_CLASSES = (ANALYSE, REMOVE, RESTORE, DECOY)
HOST_ACTIONS = [np.flatnonzero(ACTION_CLASS == kind) for kind in HOST_CLASSES]
"""For each class on hosts its 16 actions, slot 0 first."""


@dataclass(frozen=True)
class Looks:
    """What a team looked at in E episodes, and what its network aimed at."""

    per_host: np.ndarray
    """(H,) how often each host of each episode was analysed; H hosts of all episodes together."""
    share_of_top_tenth: float
    """Share of all looks that went to the tenth of hosts with most looks, 0 to 1; mean over
    episodes."""
    unaimed_removes: float
    """Share of the Removes begun without a rule that hit a host without any sign; nan without
    such Removes."""
    score: float
    """Mean official score of these episodes, points."""

    @property
    def mean(self) -> float:
        """Looks per host and episode."""
        return float(self.per_host.mean())

    def at_most(self, looks: int) -> float:
        """Share of the hosts that were looked at so often or less."""
        return float((self.per_host <= looks).mean())


class _Tally:
    """Counts while a defender plays: looks by episode, zone and slot, and aimed Removes."""

    def __init__(self) -> None:
        self.looks: dict[int, np.ndarray] = {}
        self.exists: dict[int, np.ndarray] = {}
        self.removes, self.unaimed = 0, 0

    def note(
        self,
        defender: HierarchicalDefender,
        tick: Tick,
        seen: TeamObservation,
        done: TickDecisions,
    ) -> None:
        """The recorder of a defender: called in every tick with what was seen and decided."""
        leaves = done.leaves
        kind, slot = ACTION_CLASS[leaves.chosen], ACTION_SLOT[leaves.chosen]
        signs = any_sign(seen.raw)
        no_rule = seen.rule == len(defender.doctrine.rules)
        for row in range(tick.size):
            episode = int(tick.seeds[row])
            zones = seen.raw.shape[1]
            self.looks.setdefault(episode, np.zeros((zones, SLOTS), int))
            self.exists[episode] = seen.allowed[row][:, HOST_ACTIONS[0]]
        for row, leaf, what, where in zip(
            leaves.env_idx,
            leaves.leaf_idx,
            kind,
            slot,
            strict=True,
        ):
            if what == ANALYSE:
                self.looks[int(tick.seeds[row])][leaf, where] += 1
            if what == REMOVE and no_rule[row, leaf]:
                self.removes += 1
                self.unaimed += not signs[row, leaf, where]


def any_sign(raw: np.ndarray) -> np.ndarray:
    """(..., 76) messages of the range -> (..., 16) bool: the host shows an event, a file or a
    touched decoy."""
    events = (raw[..., PROCESS] > 0) | (raw[..., CONNECTION] > 0)
    return events | (raw[..., PRIORITY] > 0)


def look_at(defender: HierarchicalDefender, episodes: int = 16, seed: int = 700_000) -> Looks:
    """Play, and count what the team looks at. Its own recorder, if any, is put back."""
    tally, before = _Tally(), defender.recorder
    defender.recorder = tally.note
    try:
        score = cyber_range.evaluate(defender, episodes=episodes, seed=seed).mean
    finally:
        defender.recorder = before
    by_episode = [looks[tally.exists[one]] for one, looks in tally.looks.items()]
    tenths = [np.sort(looks)[-max(1, len(looks) // 10) :] for looks in by_episode]
    shares = [
        top.sum() / max(1, looks.sum())
        for top, looks in zip(
            tenths,
            by_episode,
            strict=True,
        )
    ]
    unaimed = tally.unaimed / tally.removes if tally.removes else float("nan")
    return Looks(
        np.concatenate(by_episode),
        float(np.mean(shares)),
        unaimed,
        score,
    )


class ReshapedPolicy(PolicyFunction):
    """A trained policy function whose probabilities pass through a function before an action is
    drawn."""

    def __init__(self, trained: PolicyFunction, reshape: Reshape):
        super().__init__(trained.config)
        self.load_state_dict(trained.state_dict())
        self.reshape = reshape

    def forward(self, seen: Observation, doctrine: Tensor, allowed: Tensor) -> PolicyStages:
        """As in `PolicyFunction`, but for the last stage."""
        stages = super().forward(seen, doctrine, allowed)
        changed = self.reshape(stages.probabilities, seen.message, allowed)
        return stages._replace(probabilities=changed)


def reshaped(name: str, reshape: Reshape) -> HierarchicalDefender:
    """A shipped team whose leaves draw from reshaped probabilities; nothing is trained."""
    defender = load_policy(name)
    for unit, _ in defender.team.groups(0):
        unit.policy_function = ReshapedPolicy(unit.policy_function, reshape)
    return defender


def sharper(power: float) -> Reshape:
    """pi to a power, normalised: 1 changes nothing, large powers play nearly greedily."""

    def reshape(pi: Tensor, message: Tensor, allowed: Tensor) -> Tensor:
        raised = pi**power
        return raised / raised.sum(dim=1, keepdim=True)

    return reshape


def look_alikes(pi: Tensor, message: Tensor, allowed: Tensor) -> Tensor:
    """The mean of pi over the hosts of a zone that show the same three signs, class by class.

    Args:
        pi: (B, 82) probabilities.
        message: (B, 76) messages.
        allowed: (B, 82) bool, False where the action's host does not exist.

    Returns:
        (B, 82) probabilities; each class keeps its sum, absent hosts keep 0.
    """
    signs = torch.stack([message[:, part] for part in (PROCESS, CONNECTION, PRIORITY)], dim=2)
    same = (signs[:, :, None] == signs[:, None, :]).all(dim=3)  # (B, 16, 16)
    averaged = pi.clone()
    for actions in HOST_ACTIONS:
        there = allowed[:, actions]
        alike = same & there[:, None, :] & there[:, :, None]
        weights = alike / alike.sum(dim=2, keepdim=True).clamp(min=1)
        averaged[:, actions] = (weights @ pi[:, actions, None]).squeeze(2)
    return averaged


VARIANTS: dict[str, Reshape] = {
    "as shipped": sharper(1),
    "squared": sharper(2),
    "averaged over look-alikes": look_alikes,
}
"""What lesson 13 plays the three-layer team with, by name."""


@dataclass(frozen=True)
class Played:
    """Episodes of one variant."""

    scores: np.ndarray
    """(N,) official scores, points."""
    lost_work: float
    """Points an episode that users lost in their own work (event LWF), negative."""


def record_variants(file: Path, episodes: int = 256, seed: int = 700_000) -> None:
    """Play every variant on the evaluation seeds and write what came out, as JSON."""
    played = {}
    for name, reshape in VARIANTS.items():
        report = cyber_range.evaluate(
            reshaped("three-layer", reshape), episodes=episodes, seed=seed
        )
        lost_work = report.breakdown["event"]["LWF"]
        played[name] = {"scores": report.scores.tolist(), "lost_work": lost_work}
    file.write_text(json.dumps(played, indent=1), encoding="utf-8")


def read_variants(file: str | Path) -> dict[str, Played]:
    """What `record_variants` wrote, by the variant's name."""
    variants = {}
    for name, played in json.loads(Path(file).read_text(encoding="utf-8")).items():
        variants[name] = Played(np.array(played["scores"]), played["lost_work"])
    return variants


def variant_rows(played: dict[str, Played], base: str = "as shipped") -> list[tuple[str, ...]]:
    """Rows (variant, mean score, minus the base paired by episode with 95 % interval, LWF)."""
    rows = []
    for name, one in played.items():
        difference = ""
        if name != base:
            gain = mean_interval(one.scores - played[base].scores)
            difference = f"{gain.mean:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]"
        rows.append((name, f"{one.scores.mean():.1f}", difference, f"{one.lost_work:.1f}"))
    return rows
