"""A seat for whoever decides what red does: a learner, or a reader.

    env = VectorRange(64, red="policy")
    seat = RedSeat(env)
    obs, info = env.reset()
    view = seat.look()                 # what the six red agents believe, and who may choose
    seat.order(kinds, hosts)           # what they begin in the next tick
    env.step(actions)

Only the choice is handed over. What an agent can name, which session an action runs from, how long
it takes, whether it succeeds and what it reveals are left to the rules.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import validate

from ..constants import HOST_COUNT, RED_ACTIONS, RED_COUNT, RED_SLEEP
from ..engine import step as engine
from ..engine.red_choice import needs_name
from ..engine.state import UNKNOWN, F
from .vector import VectorRange, as_array


@dataclass(frozen=True)
class RedView:
    """What red may base its choice on, for E environments, R = 6 agents and 128 hosts."""

    belief: np.ndarray
    """(E, R, 128) uint8, place in `red_variants.STATES` of what the agent believes of a host."""
    named: np.ndarray
    """(E, R, 128) bool, hosts that the agent can call by name."""
    free: np.ndarray
    """(E, R) bool, agents that will choose in the next tick: awake, and not busy."""
    step: np.ndarray
    """(E,) ticks since the reset."""

    def possible(self, kind: int) -> np.ndarray:
        """(E, R, 128) bool, hosts at which an agent can aim this action.

        ValueError for no action of red.
        """
        kind = validate.whole_number("kind", kind, 0, RED_SLEEP)
        known = (self.belief != UNKNOWN) & (self.belief != F)
        return known & self.named if needs_name(kind) else known


class RedSeat:
    """Decides for the red agents of a range made with ``red="policy"``.

    Args:
        env: the range; a fork of it needs a seat of its own.

    Raises:
        ValueError: for a range whose red decides for itself.
    """

    def __init__(self, env: VectorRange) -> None:
        self.env = validate.instance("env", env, VectorRange, "make one with VectorRange()")
        if env.options.red != "policy":
            raise ValueError(
                f"red={env.options.red!r} decides for itself; make the range with red='policy'"
            )

    def look(self) -> RedView:
        """What red believes now, copies. Looking changes nothing that happens.

        ValueError before the range's first reset.
        """
        _, info = self.env.current()
        state = self.env.state
        free = np.zeros((self.env.num_envs, RED_COUNT), np.uint8)
        engine.read_red_some(state, self.env._params, free)
        return RedView(
            belief=state["belief"].copy(),
            named=state["named"].astype(bool),
            free=free.astype(bool),
            step=info["step"],
        )

    def order(self, kinds: Any, hosts: Any) -> None:
        """Say what the agents begin in the next tick; busy agents do not listen.

        An order that an agent cannot carry out (`RedView.possible`) is no action.

        Args:
            kinds: (E, 6) integers, places in ``RED_ACTIONS``; the last one, Sleep, is no action.
            hosts: (E, 6) integers, 0 to 127; a sweep (the first kind) draws its own zone.

        Raises:
            ValueError: for other shapes, or a number out of range.
        """
        shape = (self.env.num_envs, RED_COUNT)
        kinds = _checked(kinds, shape, len(RED_ACTIONS), "kinds")
        hosts = _checked(hosts, shape, HOST_COUNT, "hosts")
        self.env.state["order_kind"] = kinds + 1
        self.env.state["order_host"] = hosts


def _checked(values: Any, shape: tuple[int, ...], count: int, name: str) -> np.ndarray:
    """Integers of a shape, 0 .. count - 1."""
    array = as_array(values)
    if array.shape != shape or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"{name} have shape {array.shape} and type {array.dtype}; wanted integers {shape}"
        )
    outside = (array < 0) | (array >= count)
    if outside.any():
        raise ValueError(f"{name}: {array[outside][0]} is out of range; allowed: 0..{count - 1}")
    return array
