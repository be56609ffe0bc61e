"""One environment of the public simulator, in the form that `DefenderEnv` plays.

Seeds. ``reset(seed)`` builds the simulator anew with that seed and then resets it once, which gives
exactly the first episode of the official evaluation script with ``--seed``. An episode is then
decided by the seed and the actions; Python's hash seed does not matter (the simulator's own wrapper
lists its agents in an order that does depend on it, so a policy that draws in *that* order would
differ).

The end. The simulator raises its flag after ``steps - 1`` ticks, as terminated and truncated at
once. It is the end of the clock, not of the network, so the environments of the course call
it a truncation.

Speed. The flat vectors of the simulator's wrapper are not needed here and are only
computed when `flat` asks for them; everything else of a tick is the simulator's own.
"""

from typing import Any

import numpy as np

from ..constants import LARGE_ACTIONS, OFFICIAL_DEFENDERS, TEAM_BITS
from ..observations import flat_length
from ..options import RangeOptions
from .counters import Counters
from .events import BLUE_CLASS, Events, read_sessions, read_tick
from .load import load_simulator
from .observe import Observer, existing_hosts, read_policy
from .true_state import true_state


class CyborgBackend:
    """The simulator behind ``parallel_env(engine="cyborg")``.

    Args:
        defenders: "official" only; the simulator has five blue agents.
        red: "finite-state", "discovery" or "random".
        steps: nominal episode length; the episode ends after ``steps - 1`` ticks.
        other: nothing; every further option belongs to the range and is refused.

    Raises:
        ValueError: for another option or value; SimulatorNotFound, a ValueError, where the
            simulator is absent.
    """

    engine = "cyborg"
    defenders = "official"

    def __init__(
        self,
        defenders: str = "official",
        red: str = "finite-state",
        steps: int = 500,
        **other: Any,
    ):
        if other:
            unknown = min(other)
            raise ValueError(
                f"engine='cyborg' has no option {unknown!r}; allowed: defenders, red, steps"
            )
        if defenders != "official":
            raise ValueError(f"engine='cyborg' has no defenders={defenders!r}; allowed: official")
        self.simulator = load_simulator()
        if red not in self.simulator.red:
            allowed = ", ".join(self.simulator.red)
            raise ValueError(f"engine='cyborg' has no red={red!r}; allowed: {allowed}")
        self.options = RangeOptions(steps=steps, red=red)
        self.steps = self.options.steps
        self._wrapper: Any = None

    def reset(self, seed: int) -> np.record:
        """Begin the episode of that seed; returns its VISIBLE record."""
        kinds = self.simulator
        scenario = kinds.Scenario(
            blue_agent_class=kinds.Blue,
            green_agent_class=kinds.Green,
            red_agent_class=kinds.red[self.options.red],
            steps=self.steps,
        )
        self.adopt(kinds.CybORG(scenario, seed=int(seed)))
        return self.begin()

    def adopt(self, cyborg: Any) -> None:
        """Take a simulator that is made and seeded, by ``reset`` or by somebody else."""
        self._wrapper = self.simulator.Flat(cyborg, pad_spaces=True)

    def begin(self) -> np.record:
        """Begin the next episode of the adopted simulator; returns its VISIBLE record."""
        self._shown, _ = self.simulator.Fixed.reset(self._wrapper)
        self._controller = self._wrapper.env.environment_controller
        self._observer = Observer(self._controller, read_policy(self._wrapper))
        self._counters = Counters(existing_hosts(self._controller.state), self.steps)
        self._sessions = read_sessions(self._controller.state)
        self._events = Events()
        self._visible = self._observer.look()
        return self._visible

    def step(self, actions: np.ndarray, team_bits: np.ndarray) -> tuple[np.record, float]:
        """One tick.

        Args:
            actions: (5,) indices in the simulator's layout; masked ones, and padding up to 241, are
                a Sleep.
            team_bits: (5, 8) of 0/1, what each defender tells the others.

        Returns:
            The VISIBLE record of the tick and the team reward.

        Raises:
            ValueError: before the first reset, after the end, or for an index or shape out of
                range.
        """
        if self._wrapper is None:
            raise ValueError("call reset(seed) before the first step")
        if self._controller.done:
            raise ValueError("the episode is over; call reset(seed) before the next step")
        chosen = self._chosen(actions)
        bits = np.asarray(team_bits)
        if bits.shape != (len(OFFICIAL_DEFENDERS), TEAM_BITS):
            raise ValueError(f"messages of shape {bits.shape}; allowed: (5, {TEAM_BITS})")
        started = self._started(chosen)
        told = dict(zip(OFFICIAL_DEFENDERS, bits.astype(bool), strict=True))
        self._shown, *_ = self.simulator.Fixed.step(self._wrapper, chosen, messages=told)
        self._events = read_tick(self._controller, self._sessions, started)
        self._sessions = self._events.after
        self._visible = self._observer.look(bits)
        self._counters.add(self._events, self._visible)
        self._counters.record.overflow = self._observer.lost_callers
        return self._visible, self._events.reward

    def masks(self) -> np.ndarray:
        """Action masks (5, 242) bool of the current episode: False for absent hosts and padding."""
        return np.array([self._wrapper.action_mask(agent) for agent in OFFICIAL_DEFENDERS], bool)

    def flat(self) -> list[np.ndarray]:
        """The simulator's own flat vectors after the last tick: four of 92 entries and one of 210,
        int64."""
        vectors = []
        for d, agent in enumerate(OFFICIAL_DEFENDERS):
            padded = self._wrapper.observation_change(agent, self._shown[agent])
            vectors.append(padded[: flat_length("official", d)])
        return vectors

    def truth(self) -> dict[str, Any]:
        """The true state after the last tick, for drawing and recording only; keys as EpisodeRecord
        names them."""
        return true_state(self._controller, self._sessions, self._events, self._visible)

    def events(self) -> Events:
        """What really happened in the last tick, for tests and reports only."""
        return self._events

    def statistics(self) -> np.record:
        """Counts of the running episode, a STATISTICS record."""
        return self._counters.record.copy()

    def counts(self) -> np.ndarray:
        """The bridge's own STATISTICS (1,), to which the host priorities are added."""
        return self._counters.records

    def _started(self, chosen: dict[str, Any]) -> list[int]:
        """Class of the action that each defender begins now, -1 for one that is busy."""
        running = self._controller.actions_in_progress
        started = []
        for agent, action in chosen.items():
            begins = not running.get(agent)
            started.append(BLUE_CLASS[type(action).__name__] if begins else -1)
        return started

    def _chosen(self, actions: np.ndarray) -> dict[str, Any]:
        """The simulator's action object for each index."""
        actions = np.asarray(actions)
        if actions.shape != (len(OFFICIAL_DEFENDERS),) or actions.dtype.kind not in "iu":
            raise ValueError(
                f"actions of shape {actions.shape} and type {actions.dtype}; allowed: (5,) integers"
            )
        if actions.min() < 0 or actions.max() >= LARGE_ACTIONS:
            raise ValueError(
                f"action {actions.tolist()} has an index out of range; allowed:"
                f" 0..{LARGE_ACTIONS - 1}"
            )
        chosen = zip(OFFICIAL_DEFENDERS, actions, strict=True)
        return {agent: self._wrapper.actions(agent)[index] for agent, index in chosen}
