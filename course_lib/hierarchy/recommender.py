"""The hierarchy proposes, a person decides: proposals with their reasons, and a log that can be
replayed.

    recommender = Recommender(defender, operator)      # operator(proposal) -> True or False
    evaluate(recommender, episodes=1)                   # or step a VectorRange of one environment
    recommender.log.save("night.json")
    AuditLog.load("night.json").replay()                # the same episode again, reward by reward

A recommender is easier to adopt than an agent that acts by itself (guidelines, section 6.2), if the
person who approves can see why: which rule fired, whom the commander listened to, and what the unit
would have done instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import storage, validate
from course_lib.cyber_range import action_label
from course_lib.cyber_range.constants import SLEEP
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policy import Tick

from .decisions import Commands, TickDecisions
from .defender import HierarchicalDefender
from .team_observation import TeamObservation

FORMAT, VERSION = "course_lib audit log", 1


@dataclass(frozen=True)
class Proposal:
    """What a unit wants to do, and why."""

    tick: int
    defender: int
    """Number of the agent that would act."""
    unit: str
    action: int
    """Index in the agent's list."""
    label: str
    """The same in words."""
    probability: float
    """That the unit gave it, 0 to 1."""
    rule: str
    """Name of the rule that fired, or ""."""
    heard: dict[str, float]
    """Whom the unit's commander listened to when it last commanded: weight of each message, sum
    1."""
    alternative: str
    """The likeliest other action of the unit, in words."""
    alternative_probability: float

    def reason(self) -> str:
        """One sentence."""
        why = f"rule: {self.rule}" if self.rule else "no rule fired"
        heard = ""
        if self.heard:
            loudest = max(self.heard, key=self.heard.__getitem__)
            heard = f"; the commander listened most to {loudest} ({self.heard[loudest]:.0%})"
        return (
            f"tick {self.tick}, {self.unit}: {self.label} ({self.probability:.0%}), {why}{heard}; "
            f"otherwise {self.alternative} ({self.alternative_probability:.0%})"
        )


Operator = Callable[[Proposal], bool]
"""Says whether a proposal may be carried out."""


@dataclass
class AuditLog:
    """Everything that was proposed, approved and done in one episode."""

    seed: int
    """Of the episode."""
    defenders: str
    options: dict[str, Any] = field(default_factory=dict)
    """Of the range, where they are not the defaults."""
    proposals: list[dict[str, Any]] = field(default_factory=list)
    """Each with its entry "approved"."""
    actions: list[list[int]] = field(default_factory=list)
    """For each tick the actions of the D agents that were carried out."""

    def note(self, proposal: Proposal, approved: bool) -> None:
        """Add what an operator has decided."""
        self.proposals.append({**asdict(proposal), "approved": approved})

    def replay(self) -> np.ndarray:
        """(T,) team rewards of the episode, played again with the logged actions.

        ValueError if the log is empty.
        """
        if not self.actions:
            raise ValueError("this log holds no tick: play an episode with its recommender first")
        env = VectorRange(1, self.defenders, self.seed, **self.options)
        env.reset()
        rewards = []
        for actions in self.actions:
            _, reward, _, _, _ = env.step(np.array([actions]))
            rewards.append(float(reward[0]))
        return np.array(rewards)

    def save(self, path: str | Path) -> None:
        """Write the log as JSON."""
        storage.write(path, FORMAT, VERSION, asdict(self))

    @classmethod
    def load(cls, path: str | Path) -> "AuditLog":
        """Read what ``save`` wrote; ValueError, one line, for a damaged or foreign file."""
        content = storage.read(path, FORMAT, VERSION)
        known: dict[str, Any] = {name: content.get(name) for name in cls.__dataclass_fields__}
        log = cls(**known)
        whole = isinstance(log.seed, int) and isinstance(log.options, dict)
        if not whole or not _are_lists(log.proposals, dict) or not _are_lists(log.actions, list):
            raise ValueError(f"{path} is damaged: it lacks the seed, the options or the actions")
        return log


def _are_lists(value: Any, kind: type) -> bool:
    """True for a list whose entries are all of a kind."""
    return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)


class Recommender(Around):
    """A hierarchy that acts only with approval; what is not approved is a Sleep. One episode at a
    time.

    Args:
        defender: proposes.
        operator: approves, for example a function that asks a person, or a scripted one.
        options: of the range that is defended, for the log.
    """

    inside: HierarchicalDefender

    def __init__(self, defender: HierarchicalDefender, operator: Operator, **options: Any) -> None:
        hint = "a hierarchy, for example training.load_policy('three-layer')"
        super().__init__(validate.instance("defender", defender, HierarchicalDefender, hint))
        self.operator = validate.function("operator", operator)
        self.options = options
        self.log = AuditLog(0, self.defenders, options)
        self._commands: Commands | None = None

    def start(self, size: int) -> None:
        """ValueError for several environments at once: a person watches one."""
        if size > 1:
            raise ValueError(f"{size} environments: a recommender watches one episode at a time")
        super().start(size)
        self._commands = None

    def decide(self, tick: Tick) -> np.ndarray:
        """(1, D) what was proposed and approved."""
        if tick.fresh[0]:
            self.log = AuditLog(int(tick.seeds[0]), self.defenders, self.options)
            self._commands = None
        before = self.inside.recorder
        self.inside.recorder = self._record
        try:
            actions = super().decide(tick)
        finally:
            self.inside.recorder = before
        self.log.actions.append([int(action) for action in actions[0]])
        return actions

    def screened(self, tick: Tick, wanted: np.ndarray) -> np.ndarray:
        """(1, D) Sleep where the operator refuses."""
        taken = wanted.copy()
        asleep = self.layout.single(SLEEP)
        for proposal in self._proposals(tick):
            if proposal.action == asleep[proposal.defender]:
                continue  # doing nothing needs no approval
            approved = bool(self.operator(proposal))
            self.log.note(proposal, approved)
            if not approved:
                taken[0, proposal.defender] = asleep[proposal.defender]
        return taken

    def _record(
        self,
        defender: HierarchicalDefender,
        tick: Tick,
        observation: TeamObservation,
        decided: TickDecisions,
    ) -> None:
        self._seen, self._decided = observation, decided
        self._commands = decided.commands or self._commands

    def _proposals(self, tick: Tick) -> list[Proposal]:
        """What the leaves that act in this tick want, each with its reasons."""
        leaves = self._decided.leaves
        rules = self.inside.doctrine.rules
        found = []
        for k, leaf in enumerate(leaves.leaf_idx.tolist()):
            agent = int(self.inside.owner[leaf])
            likely = leaves.probabilities[k].numpy()
            others = likely.copy()
            others[leaves.chosen[k]] = 0.0
            fired = int(self._seen.rule[0, leaf])
            action = int(self._decided.actions[0, agent])
            found.append(
                Proposal(
                    tick=int(tick.step[0]),
                    defender=agent,
                    unit=self.inside.team.wiring.names[leaf],
                    action=action,
                    label=action_label(self.defenders, agent, action),
                    probability=float(likely[leaves.chosen[k]]),
                    rule=rules[fired].name if fired < len(rules) else "",
                    heard=self._heard(leaf),
                    alternative=self._label(leaf, agent, int(others.argmax())),
                    alternative_probability=float(others.max()),
                )
            )
        return found

    def _label(self, leaf: int, agent: int, choice: int) -> str:
        """One of the 82 actions of a leaf in the words of its agent's list."""
        zone = int(self.inside.zones[leaf])
        index = self.inside.agent_action(np.array([zone]), np.array([choice]))
        return action_label(self.defenders, agent, int(index[0]))

    def _heard(self, leaf: int) -> dict[str, float]:
        """Weight of each message in what the leaf's commander last fused."""
        wiring = self.inside.team.wiring
        commander = int(wiring.parent[leaf])
        if self._commands is None or commander < 0:
            return {}
        level, place = wiring.position(commander)
        weights = self._commands.up.record(level).pooling[0, place]
        names: Mapping[int, str] = dict(enumerate(wiring.names))
        below = wiring.below(level, place)
        heard = {}
        for child, weight in zip(below.tolist(), weights, strict=False):  # then come empty places
            heard[names[child]] = float(weight)
        return heard
