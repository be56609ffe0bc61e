"""Joint values fitted to a whole payoff table at once: what a method represents when every joint
action is met equally often, as under uniform exploration, and training goes on for long."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import torch
from numpy.typing import ArrayLike

from course_lib.array_checks import numbers
from course_lib.validate import MOST, choice, whole_number
from course_lib.validate import seed as checked_seed

from .learn import Batch, FactoredConfig, FactoredQ
from .qtran import QTRAN
from .weighted import WeightedConfig, WeightedQMIX

SMALL = {
    "sharing": "none",
    "hidden": (16,),
    "mixer_width": 16,
    "learning_rate": 0.02,
}
"""Settings for one table: a state that never changes needs no more."""

METHODS: dict[str, Callable[["OneShot", int], FactoredQ]] = {
    "VDN": lambda world, seed: FactoredQ(world, FactoredConfig(mixer="sum", seed=seed, **SMALL)),
    "QMIX": lambda world, seed: FactoredQ(world, FactoredConfig(seed=seed, **SMALL)),
    "weighted QMIX": lambda world, seed: WeightedQMIX(world, WeightedConfig(seed=seed, **SMALL)),
    "QTRAN": lambda world, seed: QTRAN(world, FactoredConfig(seed=seed, **SMALL)),
}


@dataclass(frozen=True)
class OneShot:
    """The sizes of a game that is played once and shows its agents nothing."""

    agents: int
    actions: int
    num_envs: int = 1
    obs_size: int = 1
    state_size: int = 1

    def reset(self, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Observations (1, N, 1) and state (1, 1): all ones."""
        observations = np.ones((1, self.agents, 1), np.float32)
        return observations, np.ones((1, 1), np.float32)

    def step(self, actions: np.ndarray) -> NoReturn:
        """ValueError: a table is fitted as a whole, and nobody plays."""
        raise ValueError("a payoff table is fitted, not played; games.TeamBatch plays a game")


@dataclass(frozen=True)
class Fitted:
    """What became of a payoff table."""

    method: str
    """Name of the method, one of `METHODS`."""
    payoffs: np.ndarray
    """(A, ..., A) the table."""
    joint: np.ndarray
    """(A, ..., A) Q_tot: what the method says each joint action is worth."""
    utilities: np.ndarray
    """(N, A) the agents' own values."""
    learner: FactoredQ
    """The fitted learner itself."""

    @property
    def choice(self) -> tuple[int, ...]:
        """The joint action that the agents take, each its own best."""
        return tuple(int(action) for action in self.utilities.argmax(axis=1))

    @property
    def paid(self) -> float:
        """What the table pays for it."""
        return float(self.payoffs[self.choice])

    @property
    def error(self) -> float:
        """Root mean squared error of Q_tot over all joint actions."""
        return float(np.sqrt(np.square(self.joint - self.payoffs).mean()))


def fit_payoffs(payoffs: ArrayLike, method: str, updates: int = 600, seed: int = 0) -> Fitted:
    """Fit a team's payoff table (A, ..., A), one axis for each agent, with one of `METHODS`.

    ValueError for a table whose axes differ, or an unknown method.
    """
    table = numbers("payoffs", payoffs).astype(np.float32)
    if table.ndim < 2 or len(set(table.shape)) > 1 or not table.size:
        raise ValueError(
            f"payoffs have shape {table.shape}; all axes must have one length, 2 or more"
        )
    choice("method", method, tuple(METHODS))
    whole_number("updates", updates, 0, MOST)
    learner = METHODS[method](OneShot(table.ndim, len(table)), checked_seed(seed))
    batch = whole_table(table)
    for update in range(updates):
        # Smaller steps towards the end, so that the values come to rest.
        for group in learner.optimiser.param_groups:
            group["lr"] = learner.config.learning_rate * (1 - update / updates)
        learner.update(batch)
    with torch.no_grad():
        joint = learner.network(batch["obs"], batch["state"], batch["actions"])
        utilities = learner.utilities(batch["obs"][:1])[0].numpy()
    fitted = joint.reshape(table.shape).numpy()
    return Fitted(method, table, fitted, utilities, learner)


def whole_table(payoffs: np.ndarray) -> Batch:
    """Every joint action of a table once, as transitions after which nothing follows."""
    agents = payoffs.ndim
    joint = np.indices(payoffs.shape).reshape(agents, -1).T
    count = len(joint)
    seen = torch.ones(count, agents, 1)
    state = torch.ones(count, 1)
    return {
        "obs": seen,
        "state": state,
        "actions": torch.as_tensor(joint),
        "reward": torch.as_tensor(payoffs.ravel()),
        "next_obs": seen,
        "next_state": state,
        "terminated": torch.ones(count, dtype=torch.bool),
    }
