"""Records of what a team decided in one tick: plain data, kept by the trainer and by recorders."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from .arbitration import Arbiter
from .observation import Observation
from .team import Downward, Upward


@dataclass
class LeafInputs:
    """What K leaves that are to act know."""

    env_idx: np.ndarray
    """(K,) environment of each decision."""
    leaf_idx: np.ndarray
    """(K,) leaf number of each decision."""
    observation: Observation
    """Their observations, batch K."""
    doctrine: Tensor
    """(K, 82)."""
    allowed: Tensor
    """(K, 82) bool."""


@dataclass
class LeafActions(LeafInputs):
    """The K decisions of leaves that acted: which leaf, what it observed, what it did."""

    chosen: np.ndarray
    """(K,) action 0..81."""
    log_prob: Tensor
    """(K,) of the action chosen."""
    probabilities: Tensor
    """(K, 82)."""


@dataclass
class Commands:
    """New commands in the R environments where they were due."""

    env_idx: np.ndarray
    """(R,) environments."""
    up: Upward
    down: Downward
    phase: Tensor
    """(R,) halved."""
    ioc: Tensor
    """(R, U) as observed."""
    doctrine: Tensor
    """(R, U, 82) of every unit: an inner unit's is the mean of its children's."""
    alive: np.ndarray
    """(R, U) bool."""


@dataclass
class Choices:
    """Which leaf acts through a shared agent, in the R environments where it is free."""

    arbiter: Arbiter
    env_idx: np.ndarray
    """(R,) environments."""
    child_messages: Tensor
    """(R, N, 76) messages of the arbiter's children."""
    child_mask: Tensor
    """(R, N) bool, which of them reached the arbiter."""
    urgent: Tensor
    """(R, K) shares by doctrine."""
    alive: Tensor
    """(R, K) bool, which of the leaves can act."""
    chosen: np.ndarray
    """(R,) place of the leaf in ``arbiter.leaves``."""
    log_prob: Tensor
    """(R,)."""


@dataclass
class TickDecisions:
    """All decisions of one tick, and the actions they come to."""

    actions: np.ndarray
    """(E, D) indices for the range."""
    leaves: LeafActions
    commands: Commands | None
    """None in a tick without new commands."""
    choices: list[Choices]
