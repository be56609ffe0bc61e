"""The frame of every defender that decides on arrays: one environment is a batch of one.

A policy on this frame writes one method, ``decide``, on a `Tick` with a leading axis of
environments. The frame turns PettingZoo dictionaries into such arrays and back, keeps the episode
seeds, and starts an episode's memory afresh where ``info["step"]`` is 0.
"""

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from course_lib import storage, validate

from ..actions import ActionLayout, action_layout
from ..constants import DEFENDED_ZONES, FLAT_LARGE, LARGE_ACTIONS, MESSAGE_LENGTH, SLEEP
from ..futures import Rows, plan_fork
from ..policy import Infos, Observations, Tick, check_mask

POLICY_DRAWS = 2
"""Tells the futures of a policy from those of the range (`Fork.streams`)."""
FORMAT, VERSION = "course_lib scripted policy", 1


class TickPolicy:
    """A `BatchPolicy` that decides tick by tick for every defender of the range at once.

    Args:
        defenders: ``"official"`` (five, HQ as one) or ``"per-zone"`` (seven).
    """

    name: str = ""
    observation: str = "message"

    def __init__(self, defenders: str = "official") -> None:
        self.layout: ActionLayout = action_layout(defenders)
        self.defenders = defenders
        self._first_seed = 0
        self._seeds: np.ndarray | None = None
        self._stride = 0  # 0: as many seeds as there are environments

    def reset(self, seed: int) -> None:
        """Forget everything. Row e of the next batch plays the episode of seed ``seed + e``."""
        self._first_seed = int(seed)
        self._seeds = None
        self._stride = 0
        self.start(0)  # so that nothing of the episodes before is kept

    def act_batch(self, obs: np.ndarray, info: Mapping[str, np.ndarray]) -> np.ndarray:
        """(E, ...) observations and the batch engine's info -> (E, D) action indices.

        Call it once a tick. A row that starts another episode (step 0 again) gets the seed that is
        E further on.
        """
        return self.decide(self.open_tick(np.asarray(obs), info))

    def act(self, observations: Observations, infos: Infos) -> dict[str, int]:
        """PettingZoo dictionaries of one environment -> {agent: action index}.

        ValueError if one of the defenders is missing, for the frame decides for all of them, and
        for a mask that allows nothing.
        """
        for agent in self.layout.agents:
            if agent not in observations or agent not in infos:
                count = self.layout.count
                raise ValueError(f"no observation or info for {agent}: pass all {count} defenders")
        obs, info = self._as_batch_of_one(observations, infos)
        actions = self.act_batch(obs, info)[0].tolist()
        return dict(zip(self.layout.agents, actions, strict=True))

    def fork(
        self,
        row: Rows,
        copies: int = 1,
        futures: str = "fresh",
        seed: int = 0,
    ) -> Self:
        """A policy that plays on in the copies of these rows (`ForkablePolicy`).

        Weights and parameters are shared, whatever is remembered of an episode is copied.
        ValueError for arguments that `VectorRange.fork` refuses too, before the first tick, and for
        a class that remembers something (``start``) but does not say how to copy it (``keep``).
        """
        if self._seeds is None:
            raise ValueError("fork a policy after its first tick; before, a new one will do")
        kind = type(self)
        if kind.start is not TickPolicy.start and kind.keep is TickPolicy.keep:
            raise ValueError(f"{kind.__name__} has a memory, but no keep(rows) to copy it with")
        plan = plan_fork(row, copies, futures, seed, len(self._seeds))
        forked = copy.copy(self)
        forked._seeds = self._seeds[plan.rows]
        forked._stride = self._stride or len(self._seeds)
        if futures != "own":
            streams = plan.streams(forked._seeds.astype(np.uint64), POLICY_DRAWS)
            forked._seeds = (streams >> np.uint64(2)).astype(np.int64)
        forked.keep(plan.rows)
        return forked

    def keep(self, rows: np.ndarray) -> None:
        """Replace the memory by a copy of its (C,) ``rows``; never change the present arrays, which
        belong to the policy that was forked."""

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Learn that somebody else decided (`ForkablePolicy`); a policy that does not recall its
        own actions has nothing to learn."""

    def ranking(self, size: int) -> np.ndarray:
        """How much each action was worth to the policy in the tick it has just decided, for E
        environments, so that somebody who refuses its choice can offer it the next best.

        Returns:
            (E, D, 242) the larger, the rather; -inf for what it would not do by itself. Invalid
            actions may stand there too: whoever asks leaves them out. By default nothing but Sleep:
            a policy that cannot rank its actions has no second choice.
        """
        return self.layout.nothing_but_sleep(size)

    def start(self, size: int) -> None:
        """Create the per-episode memory for ``size`` environments; a policy without has none."""

    def forget(self, rows: np.ndarray) -> None:
        """Clear the memory of the environments in ``rows`` (E,) bool, where an episode begins."""

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) action indices for one tick; every policy on this frame defines it."""
        raise TypeError(
            f"{type(self).__name__} is only a frame: make a policy with cyber_range.make_policy"
        )

    def sleeping(self, size: int) -> np.ndarray:
        """(E, D) Sleep for everybody."""
        return np.tile(self.layout.single(SLEEP), (size, 1))

    def open_tick(self, obs: np.ndarray, info: Mapping[str, np.ndarray]) -> Tick:
        """The tick that these arrays show, with the memory ready for it."""
        step = np.asarray(info["step"])
        size = len(obs)
        if self._seeds is None or len(self._seeds) != size:
            self._seeds = self._first_seed + np.arange(size, dtype=np.int64)
            self.start(size)
            fresh = np.ones(size, bool)
        else:
            fresh = step == 0
            self._seeds = self._seeds + (self._stride or size) * fresh
        self.forget(fresh)
        mask = np.asarray(info["action_mask"], bool)
        return Tick(
            obs=obs,
            mask=mask,
            exists=self.layout.host_entries(mask),
            free=np.asarray(info["busy"]) == 0,
            step=step,
            fresh=fresh,
            seeds=self._seeds,
        )

    def state_dict(self) -> dict[str, Any]:
        """What must be kept between two ticks to go on later, besides the policy itself."""
        return {"seeds": self._seeds}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state_dict`` gave. A "stride" beside it is the number of environments of
        the batch that these are a part of."""
        seeds = state["seeds"]
        self._seeds = None if seeds is None else np.asarray(seeds, np.int64)
        self._stride = int(state.get("stride", 0))

    def _as_batch_of_one(
        self, observations: Observations, infos: Infos
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        layout = self.layout
        # Shorter lists of actions and observations are padded, as in the batch engine.
        mask = np.zeros((1, layout.count, LARGE_ACTIONS), bool)
        flat = np.zeros((1, layout.count, FLAT_LARGE), np.int8)
        message = np.zeros((1, DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        for d, agent in enumerate(layout.agents):
            allowed = np.asarray(infos[agent]["action_mask"], bool)
            check_mask(allowed, agent)
            mask[0, d, : len(allowed)] = allowed
            observation = np.asarray(observations[agent])
            if self.observation == "flat":
                flat[0, d, : len(observation)] = observation
            else:
                rows = observation.reshape(-1, MESSAGE_LENGTH)
                message[0, layout.zones[d]] = rows[: len(layout.zones[d])]
        info = {
            "action_mask": mask,
            "busy": np.array([[infos[agent]["busy"] for agent in layout.agents]]),
            "step": np.array([infos[layout.agents[0]]["step"]]),
        }
        return (flat if self.observation == "flat" else message), info


@dataclass(frozen=True)
class NoConfig:
    """A policy without parameters."""


class ScriptedPolicy(TickPolicy):
    """A defender by rules.

    Args:
        defenders: ``"official"`` (five, HQ as one) or ``"per-zone"`` (seven).
        config: an instance of the class's ``Config``; the default one if omitted.
    """

    Config: type = NoConfig

    def __init__(self, defenders: str = "official", config: Any = None) -> None:
        super().__init__(defenders)
        if config is None:
            config = self.Config()
        hint = "pass the parameters to cyber_range.make_policy by name"
        self.config = validate.instance("config", config, self.Config, hint)

    def save(self, path: str | Path) -> None:
        """Write name, defenders and parameters as JSON."""
        content = {
            "policy": self.name,
            "defenders": self.defenders,
            "config": asdict(self.config),
        }
        storage.write(path, FORMAT, VERSION, content)
