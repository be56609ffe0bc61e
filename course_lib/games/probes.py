"""Probe environments: the smallest worlds that a broken learner fails, one class of mistake each.

Run a new learner through them in this order before it meets a real task; the first probe it fails
says where to look.
Each probe knows its exact answer: ``probe.values(discount)`` maps an observation to the value of
the best policy there, and ``probe.best_actions()`` maps it to the set of best actions.

The idea is common practice among people who debug reinforcement learning; worlds and wording are
ours.
"""

import gymnasium
from gymnasium import spaces

from .play import TableEnv


class Probe(gymnasium.Env):
    """Base of the single-agent probes: a few observations, no rendering, steps checked for
    sense."""

    mistake = ""
    """What is wrong with a learner that fails here, having passed the probes before."""
    observation_space = spaces.Discrete(2)
    action_space = spaces.Discrete(1)
    _seen: int | None = None

    def reset(self, *, seed=None, options=None):
        """Begin an episode."""
        super().reset(seed=seed)
        self._seen = self._first()
        return self._seen, {}

    def step(self, action):
        """One step; ValueError after the end of an episode and for an action out of range."""
        if self._seen is None:
            raise ValueError(
                "the episode is over (or was never begun); call reset() before the next step"
            )
        if not self.action_space.contains(action):
            raise ValueError(f"action {action!r} is not one of 0 .. {self.action_space.n - 1}")
        reward, following = self._outcome(self._seen, int(action))
        last, self._seen = self._seen, following
        return (
            (last if following is None else following),
            float(reward),
            following is None,
            False,
            {},
        )

    def _first(self) -> int:
        return 0

    def _outcome(self, seen: int, action: int) -> tuple[float, int | None]:
        """Reward and next observation; None ends the episode."""
        return 1.0, None

    def values(self, discount: float) -> dict[int, float]:
        """Exact value of the best policy for each observation that occurs."""
        return {0: 1.0}

    def best_actions(self) -> dict[int, set[int]]:
        """Best actions for each observation that occurs."""
        return {seen: set(range(int(self.action_space.n))) for seen in self.values(0.0)}


class ConstantReward(Probe):
    """One observation, one action, one step, reward 1."""

    mistake = "the value estimate or its optimiser does not move towards the reward at all"


class ObservationReward(Probe):
    """The observation, 0 or 1 by chance, is the reward; one step."""

    mistake = "the observation does not reach the value estimate"

    def _first(self):
        return int(self.np_random.integers(2))

    def _outcome(self, seen, action):
        return float(seen), None

    def values(self, discount):
        return {0: 0.0, 1: 1.0}


class DelayedReward(Probe):
    """Observation 0, then 1, then a reward of 1: only the discount separates the two values."""

    mistake = (
        "discounting or bootstrapping from the next observation is wrong (or goes on after the end)"
    )

    def _outcome(self, seen, action):
        return (0.0, 1) if seen == 0 else (1.0, None)

    def values(self, discount):
        return {0: discount, 1: 1.0}


class ActionMatters(Probe):
    """Two actions, one step: action 1 earns 1, action 0 costs 1."""

    mistake = "the policy, its sign or its exploration is wrong: values are fine, choices are not"
    action_space = spaces.Discrete(2)

    def _outcome(self, seen, action):
        return (1.0 if action == 1 else -1.0), None

    def best_actions(self):
        return {0: {1}}


class TwoAgentCoordination(TableEnv):
    """Two agents see the same bit; both earn 1 when both name it, one step. Else both earn 0.

    The two best joint actions are strict equilibria, so that independent learners pass when each
    agent gets its own observation, reward and update.
    """

    metadata = {"name": "two_agent_coordination_v0", "render_modes": []}
    mistake = (
        "observations, actions or rewards of the agents are mixed up on their way to the learners"
    )

    def __init__(self):
        super().__init__((2, 2), spaces.Discrete(2))
        self._bit = 0

    def _first(self):
        self._bit = int(self._rng.integers(2))
        return self._bit

    def step(self, actions):
        """The only step of an episode."""
        reward = float(self._joint(actions) == (self._bit, self._bit))
        return self._answers(self._bit, [reward, reward], True, False)

    def values(self, discount: float) -> dict[int, float]:
        """Exact value of the best joint policy for each observation."""
        return {0: 1.0, 1: 1.0}

    def best_actions(self) -> dict[int, set[int]]:
        """Best action of either agent for each observation."""
        return {0: {0}, 1: {1}}


PROBES = {
    "constant reward": ConstantReward,
    "reward equals observation": ObservationReward,
    "delayed reward": DelayedReward,
    "action matters": ActionMatters,
    "two-agent coordination": TwoAgentCoordination,
}
"""All probes in the order in which they should be tried."""
