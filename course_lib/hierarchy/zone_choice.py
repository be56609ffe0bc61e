"""The choice of a tick where several units share one agent: which of them acts through it.

How the probabilities come about is `arbitration`; here they are worked out for a team that plays,
and drawn from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick

from . import arbitration
from .arbitration import Arbiter
from .decisions import Choices
from .observation import Observation
from .policy import draw, log_probability
from .spaces import ACTIONS
from .team import Team
from .team_observation import TeamObservation

CHOICE_DRAW = 1
"""Number of this draw in a tick; `defender` has those of the others."""


@dataclass(frozen=True)
class ZoneChoice:
    """Chooses among the zones of each shared agent."""

    team: Team
    rules: int
    """Length of the doctrine."""
    greedy: bool
    """Whether the likeliest zone acts, instead of one that is drawn."""
    leaf_inputs: Callable[[TeamObservation, np.ndarray, np.ndarray], Observation]
    """What leaves observe, given environments and leaves (K,)."""

    def choose(
        self,
        tick: Tick,
        arbiters: Sequence[Arbiter],
        observation: TeamObservation,
        may_act: np.ndarray,
    ) -> list[Choices]:
        """For each shared agent, where it is free, the one leaf that acts; ``may_act`` is (E, L)
        bool."""
        choices = []
        for number, arbiter in enumerate(arbiters):
            env_idx = np.flatnonzero(may_act[:, arbiter.leaves].any(axis=1))
            if not len(env_idx):
                continue
            # Each arbiter has its own column of the draws, however many there are.
            seeds, step = tick.seeds[env_idx], tick.step[env_idx]
            draws = uniform(seeds, step, len(arbiters), CHOICE_DRAW)
            choices.append(self._choice(observation, arbiter, env_idx, draws[:, number]))
        return choices

    def _choice(
        self,
        observation: TeamObservation,
        arbiter: Arbiter,
        env_idx: np.ndarray,
        draws: np.ndarray,
    ) -> Choices:
        """Draw the leaf that acts through one shared agent, in the environments (R,)."""
        child_messages, child_mask = self._children_of(observation, arbiter, env_idx)
        unit = self.team.unit_at(arbiter.level, arbiter.place)
        if self.team.config.arbitration == "scores":
            pooling = arbitration.by_strength(self._strengths(observation, arbiter, env_idx))
        else:
            pooling = unit.aggregate(child_messages, child_mask).pooling[:, arbiter.child]
        alive = observation.alive[env_idx][:, arbiter.leaves]
        rule = observation.rule[env_idx][:, arbiter.leaves]
        urgent = torch.as_tensor(arbitration.urgency(rule, self.rules, alive))
        can_act = torch.as_tensor(alive)
        weight = unit.policy_function.config.doctrine_weight
        probabilities = arbitration.choice(pooling, urgent, can_act, weight)
        chosen = probabilities.argmax(dim=1) if self.greedy else draw(probabilities, draws)
        return Choices(
            arbiter=arbiter,
            env_idx=env_idx,
            child_messages=child_messages,
            child_mask=child_mask,
            urgent=urgent,
            alive=can_act,
            chosen=chosen.numpy(),
            log_prob=log_probability(probabilities, chosen),
        )

    def _children_of(
        self,
        observation: TeamObservation,
        arbiter: Arbiter,
        env_idx: np.ndarray,
    ) -> tuple[Tensor, Tensor]:
        """Messages (R, N, 76) of an arbiter's children, and which of them reach it (R, N).

        A lost arbiter hears nobody: then urgency and equal chances decide.
        """
        wiring = self.team.wiring
        children = wiring.children[arbiter.level][arbiter.place]
        is_child = wiring.has_child[arbiter.level][arbiter.place]
        messages = observation.messages[env_idx]
        alive = observation.alive[env_idx]
        if (children >= wiring.leaf_count).any():
            # Only inner units need phi for what they say; leaves repeat the range.
            messages = self.team.up(messages, alive).messages
        reaches = alive[:, children] & is_child & alive[:, [arbiter.unit]]
        return messages[:, children], torch.as_tensor(reaches)

    def _strengths(
        self, observation: TeamObservation, arbiter: Arbiter, env_idx: np.ndarray
    ) -> Tensor:
        """(R, K) how much there is to do in each of a shared agent's zones.

        Greedily, that is the weight of the likeliest action alone.
        """
        strengths = []
        for leaf in arbiter.leaves:
            leaf_idx = np.full(len(env_idx), leaf)
            inputs = self.leaf_inputs(observation, env_idx, leaf_idx)
            allowed = torch.as_tensor(observation.allowed[env_idx, leaf])
            policy = self.team.unit_at(0, leaf).policy_function
            strength = policy.strength(inputs, allowed)
            if self.greedy:
                nothing = torch.zeros(len(env_idx), ACTIONS)
                likeliest = policy(inputs, nothing, allowed).probabilities.amax(dim=1)
                strength = strength + likeliest.log()
            strengths.append(strength)
        return torch.stack(strengths, dim=1)


def only_chosen(may_act: np.ndarray, choices: list[Choices]) -> np.ndarray:
    """(E, L) bool who acts: of the leaves that share an agent, the chosen one alone."""
    acting = may_act.copy()
    for choice in choices:
        leaves = choice.arbiter.leaves
        acting[:, leaves] = False
        acting[choice.env_idx, leaves[choice.chosen]] = True
    return acting
