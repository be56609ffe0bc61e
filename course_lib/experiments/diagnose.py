"""Why does a trained team play as it does? What its actions aim at, and what becomes of its score
when its distribution is changed while it plays.

    print(diagnose(load_policy("three-layer")).text())

Nothing is trained. Three questions:

* *Does it look around?* How often a host is looked at, and how many hosts never are.
* *Does it aim?* Which share of each class of action hits a host that shows any sign.
* *Is its policy a plan or dice?* What it gains when hosts that look alike are treated alike
  (`look_alikes`), and what it loses when it does what it thinks likeliest more often (`sharpened`)
  or always (greedily). A team that knows what it does gains nothing by the first and loses nothing
  by the second.

All variants play the same episodes, so differences are paired by seed.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import (
    ACTION_CLASSES,
    ANALYSE,
    DEFENDED_ZONES,
    SERVER_SLOTS,
    SLOTS,
)
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.cyber_range.evaluation.rollout import play_batch
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.host_policy import HOST_ACTION, HOST_CLASSES
from course_lib.hierarchy.spaces import (
    ACTION_CLASS,
    ACTION_SLOT,
    CONNECTION,
    PRIORITY,
    PROCESS,
    SEVERITY,
)
from course_lib.stats import mean_interval

FIRST_SEED = 900_000
"""Of the episodes of a diagnosis: neither trained on nor reported."""


@dataclass
class Diagnosis:
    """What `diagnose` found; shares are between 0 and 1."""

    name: str
    """Of the policy."""
    looks: float
    """Analyses a host and episode."""
    never_looked_at: float
    """Share of hosts that no Analyse hit in an episode."""
    crowded: float
    """Share of all Analyses that went to the most looked-at tenth of an episode's hosts."""
    aim: dict[str, float]
    """For each class of action on hosts: the share that hit a host with any sign."""
    actions: dict[str, float]
    """Actions an episode, by class."""
    scores: dict[str, np.ndarray] = field(default_factory=dict)
    """Official scores (episodes,) by variant, "as it is" among them."""
    defended: dict[str, np.ndarray] = field(default_factory=dict)
    """Their defended parts."""

    def gain(self, variant: str, part: str = "scores") -> tuple[float, float, float]:
        """Mean gain over the team as it is, paired, with its 95 % interval (mean, low, high)."""
        table = getattr(self, part)
        found = mean_interval(table[variant] - table["as it is"])
        return found.mean, found.low, found.high

    def text(self) -> str:
        """A dozen lines for a person."""
        aim = ", ".join(f"{name} {share:.0%}" for name, share in self.aim.items())
        lines = [
            f"{self.name}: {len(self.scores['as it is'])} episodes, score "
            f"{self.scores['as it is'].mean():.1f}, defended part "
            f"{self.defended['as it is'].mean():.1f}",
            f"looks {self.looks:.1f} a host and episode; never looked at "
            f"{self.never_looked_at:.0%} of the hosts; {self.crowded:.0%} of the looks go to a "
            "tenth of them",
            f"aimed at a host with any sign: {aim}",
        ]
        for variant in self.scores:
            if variant != "as it is":
                score, defended = self.gain(variant), self.gain(variant, "defended")
                lines.append(
                    f"{variant}: score {score[0]:+.1f} [{score[1]:+.1f}, {score[2]:+.1f}], "
                    f"defended part {defended[0]:+.1f} [{defended[1]:+.1f}, {defended[2]:+.1f}]"
                )
        return "\n".join(lines)


def look_alikes(pi: Tensor, message: Tensor, allowed: Tensor) -> Tensor:
    """Probabilities averaged over the hosts of a zone that look alike.

    Two hosts look alike if both are servers or both users, and show the same events and priority.

    Args:
        pi: (B, 82) probabilities.
        message: (B, 76) normalised messages.
        allowed: (B, 82) bool; absent hosts count for nothing.
    """
    kinds = (message[:, PRIORITY, None] - torch.as_tensor(SEVERITY)).abs().argmin(dim=2)
    events = message[:, PROCESS].round() + 2 * message[:, CONNECTION].round()
    server = (torch.arange(SLOTS) < SERVER_SLOTS).long()
    look = events.long() + 4 * kinds + 16 * server  # (B, 16)
    alike = look[:, :, None] == look[:, None, :]  # (B, 16, 16)
    alike = alike & allowed[:, HOST_ACTION[0]][:, None, :]
    count = alike.sum(dim=2).clamp(min=1)
    averaged = pi.clone()
    for actions in HOST_ACTION:
        own = pi[:, actions]
        mean = (alike * own[:, None, :]).sum(dim=2) / count
        averaged[:, actions] = torch.where(allowed[:, actions], mean, own)
    return averaged


def sharpened(power: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """pi to a power, normalised again: 1 changes nothing, more prefers what is likely already."""

    def change(pi: Tensor, message: Tensor, allowed: Tensor) -> Tensor:
        raised = pi**power
        return raised / raised.sum(dim=1, keepdim=True)

    return change


def diagnose(
    defender: HierarchicalDefender, episodes: int = 32, seed: int = FIRST_SEED, steps: int = 500
) -> Diagnosis:
    """Play a team as it is and in variants.

    Args:
        defender: a hierarchy; it is copied and stays as it is.
        episodes: of each variant.
        seed: of the first episode.
        steps: length option of the range.
    """
    watch = _Watch(episodes)
    plain = _copied(defender)
    plain.recorder = watch
    found = {"as it is": _played(plain, episodes, seed, steps)}
    changes = {"hosts that look alike treated alike": look_alikes, "squared": sharpened(2.0)}
    for name, change in changes.items():
        varied = _copied(defender)
        varied.reshape = change
        found[name] = _played(varied, episodes, seed, steps)
    greedy = _copied(defender)
    greedy.greedy = True
    found["greedy"] = _played(greedy, episodes, seed, steps)
    diagnosis = watch.diagnosis(defender.name)
    for name, statistics in found.items():
        diagnosis.scores[name] = statistics["score"]
        diagnosis.defended[name] = defended_part(statistics)
    return diagnosis


def _copied(defender: HierarchicalDefender) -> HierarchicalDefender:
    """The same team with a memory and hooks of its own; weights are shared."""
    copied = copy.copy(defender)
    copied.recorder = None
    return copied


def _played(defender: HierarchicalDefender, episodes: int, seed: int, steps: int) -> np.ndarray:
    """STATISTICS (episodes,) of whole episodes."""
    world = VectorRange(episodes, defender.defenders, seed, "message", steps=steps)
    return play_batch(world, defender, seed)


class _Watch:
    """Counts what the leaves do, as a defender's recorder."""

    def __init__(self, episodes: int):
        self.exists = np.zeros((episodes, DEFENDED_ZONES, SLOTS), bool)
        self.looks = np.zeros((episodes, DEFENDED_ZONES, SLOTS))
        self.acted = np.zeros(len(ACTION_CLASSES))
        self.aimed = np.zeros(HOST_CLASSES)

    def __call__(self, defender, tick, observation, decided) -> None:
        self.exists |= tick.exists
        leaves = decided.leaves
        classes, slots = ACTION_CLASS[leaves.chosen], ACTION_SLOT[leaves.chosen]
        np.add.at(self.acted, classes, 1)
        raw = observation.raw[leaves.env_idx, leaves.leaf_idx]  # (K, 76)
        place = np.arange(len(raw))
        signs = (PROCESS, CONNECTION, PRIORITY)
        shown = np.any([raw[place, part.start + slots] > 0 for part in signs], axis=0)
        on_host = classes < HOST_CLASSES
        np.add.at(self.aimed, classes[on_host & shown], 1)
        look = classes == ANALYSE
        zones = defender.zones[leaves.leaf_idx]
        hosts = (leaves.env_idx[look], zones[look], slots[look])
        np.add.at(self.looks, hosts, 1)

    def diagnosis(self, name: str) -> Diagnosis:
        """The counts as shares."""
        episodes = len(self.looks)
        by_host = self.looks[self.exists]
        crowded = []
        for looks, exists in zip(self.looks, self.exists, strict=True):
            ranked = np.sort(looks[exists])[::-1]
            tenth = max(len(ranked) // 10, 1)
            crowded.append(ranked[:tenth].sum() / max(ranked.sum(), 1))
        share = self.aimed / np.maximum(self.acted[:HOST_CLASSES], 1)
        return Diagnosis(
            name,
            float(by_host.mean()),
            float((by_host == 0).mean()),
            float(np.mean(crowded)),
            dict(zip(ACTION_CLASSES, share.tolist(), strict=False)),
            dict(zip(ACTION_CLASSES, (self.acted / episodes).tolist(), strict=True)),
        )
