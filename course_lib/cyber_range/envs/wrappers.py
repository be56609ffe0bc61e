"""Nuisances of real networks, as PettingZoo wrappers that work on either engine.

Late actions, lost observations, lost or tampered messages, and hosts that no actuator reaches: each
is one small wrapper around any parallel environment of the range, and they can be stacked. All of
them draw from the seed given to ``reset``; a reset without a seed continues their random streams.

    env = ObservationLoss(ActionDelay(parallel_env(), ticks=2), probability=0.1)
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from pettingzoo import ParallelEnv
from pettingzoo.utils import BaseParallelWrapper

from ..actions import SIZES, TABLES, defender_zones
from ..constants import ALLOW, HOST_COUNT, HOST_NUMBER, SLEEP, SLOTS


def sleep_index(env: ParallelEnv, agent: str) -> int:
    """Index of the agent's Sleep action. ValueError if the action space is not one of the
    range's."""
    return int(np.flatnonzero(_rows(env, agent)[:, 0] == SLEEP)[0])


def action_hosts(env: ParallelEnv, agent: str) -> np.ndarray:
    """Host number at which each action of an agent is aimed, (actions,) ints, -1 for actions
    without a host."""
    command, block, slot = _rows(env, agent).T
    per_zone = defender_zones("per-zone")[int(agent.rsplit("_", 1)[1])]
    zones = np.array(defender_zones("official")[4] if len(command) == SIZES[1] else per_zone)
    return np.where(command < ALLOW, zones[block] * SLOTS + slot, -1)


def _rows(env: ParallelEnv, agent: str) -> np.ndarray:
    """(actions, 3) class, block of the defender's zones, item."""
    count = getattr(env.action_space(agent), "n", None)
    if count not in SIZES:
        raise ValueError(
            f"{agent} has {count} actions; the range's defenders have {SIZES[0]} or {SIZES[1]}"
        )
    return TABLES[int(count == SIZES[1]), :count].astype(int)


class NuisanceWrapper(BaseParallelWrapper):
    """What all nuisances share: a random stream of their own, and messages handed on to the
    environment."""

    def __init__(self, env: ParallelEnv):
        super().__init__(env)
        self.depth = 1 + getattr(env, "depth", 0)
        self.rng = self._stream(0)

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """Reset the environment; with a seed, restart this wrapper's random stream from it as
        well."""
        if seed is not None:
            self.rng = self._stream(seed)
        return self.env.reset(seed=seed, options=options)

    def step(self, actions: Mapping[str, int], messages: Mapping[str, Any] | None = None) -> tuple:
        return self.env.step(actions) if messages is None else self.env.step(actions, messages)

    def _stream(self, seed: int) -> np.random.Generator:
        """Wrappers of one stack must not repeat each other's draws, nor those of the
        environment."""
        return np.random.default_rng([seed, self.depth])


class ActionDelay(NuisanceWrapper):
    """Every action is carried out ``ticks`` ticks after it was chosen; until the first arrives,
    agents Sleep."""

    def __init__(self, env: ParallelEnv, ticks: int):
        super().__init__(env)
        if not isinstance(ticks, int | np.integer) or isinstance(ticks, bool) or ticks < 0:
            raise ValueError(f"ticks must be a whole number of at least 0, got {ticks!r}")
        self.ticks = int(ticks)
        self.waiting: dict[str, deque[int]] = {}

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        observations, infos = super().reset(seed, options)
        self.waiting = {
            agent: deque([sleep_index(self.env, agent)] * self.ticks) for agent in self.env.agents
        }
        return observations, infos

    def step(self, actions: Mapping[str, int], messages: Mapping[str, Any] | None = None) -> tuple:
        late = {}
        for agent, action in actions.items():
            if agent not in self.waiting:
                raise ValueError(
                    f"no agent {agent!r} here; agents are {', '.join(self.waiting) or 'absent'}"
                )
            if not self.action_space(agent).contains(action):
                raise ValueError(f"{agent}: action {action!r} is not in {self.action_space(agent)}")
            self.waiting[agent].append(action)
            late[agent] = self.waiting[agent].popleft()
        return super().step(late, messages)


class ObservationLoss(NuisanceWrapper):
    """Each observation fails to arrive with a probability, independently per agent and tick.

    ``shows`` says what the defender sees instead: "last", the observation received last, or
    "zeros". The first one, after reset, always arrives. ``infos[agent]["observation_lost"]`` says
    which case it is, because a real defender notices silence; the other infos (mask, busy) are its
    own knowledge and always arrive.
    """

    def __init__(self, env: ParallelEnv, probability: float, shows: str = "last"):
        super().__init__(env)
        self.probability = _probability(probability)
        if shows not in ("last", "zeros"):
            raise ValueError(f'shows must be "last" or "zeros", got {shows!r}')
        self.shows = shows
        self.received: dict[str, Any] = {}

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        observations, infos = super().reset(seed, options)
        self.received = dict(observations)
        return observations, {
            agent: {**info, "observation_lost": False} for agent, info in infos.items()
        }

    def step(self, actions: Mapping[str, int], messages: Mapping[str, Any] | None = None) -> tuple:
        observations, rewards, terminated, truncated, infos = super().step(actions, messages)
        shown, told = {}, {}
        for agent, observation in observations.items():
            lost = bool(self.rng.random() < self.probability)
            if not lost:
                self.received[agent] = observation
            blank = lost and self.shows == "zeros"
            shown[agent] = np.zeros_like(observation) if blank else np.array(self.received[agent])
            told[agent] = {**infos[agent], "observation_lost": lost}
        return shown, rewards, terminated, truncated, told


class MessageNuisance(NuisanceWrapper):
    """Changes the team messages on their way, through the environment's ``message_filter``.

    The filter is called with all bits sent in a tick, (D, 8) of 0 and 1, whether they were given to
    ``step`` or made by the environment itself, and returns those that arrive. Stacked wrappers act
    one after the other.
    """

    def __init__(self, env: ParallelEnv, probability: float):
        super().__init__(env)
        if not hasattr(env.unwrapped, "message_filter"):
            raise ValueError("this environment carries no team messages (it has no message_filter)")
        self.probability = _probability(probability)
        self.earlier: Callable[[np.ndarray], np.ndarray] | None = env.unwrapped.message_filter
        env.unwrapped.message_filter = self.filter

    def filter(self, bits: np.ndarray) -> np.ndarray:
        return self.change(bits if self.earlier is None else self.earlier(bits))

    def change(self, bits: np.ndarray) -> np.ndarray:
        """Bits (D, 8) as they arrive; a subclass says how."""
        return bits


class MessageLoss(MessageNuisance):
    """Each defender's message of a tick is lost with a probability: everybody then receives zeros
    from it."""

    def change(self, bits: np.ndarray) -> np.ndarray:
        arrives = self.rng.random(len(bits)) >= self.probability
        return bits * arrives[:, None].astype(bits.dtype)


class MessageTampering(MessageNuisance):
    """Each of the eight bits of each message is flipped with a probability, as by noise or by an
    intruder.

    With probability 0.5 nothing of a message is left; with 1 every bit is turned round.
    """

    def change(self, bits: np.ndarray) -> np.ndarray:
        flips = self.rng.random(bits.shape) < self.probability
        return bits ^ flips.astype(bits.dtype)


class MissingActuators(NuisanceWrapper):
    """Hosts on which no action can be carried out: Analyse, Remove, Restore and DeployDecoy there
    are a Sleep.

    ``hosts`` names them, by name or number. ``announced=True`` tells the defenders by closing the
    actions in ``infos[agent]["action_mask"]``; otherwise they have to find out.
    """

    def __init__(self, env: ParallelEnv, hosts: Iterable[str | int], announced: bool = False):
        super().__init__(env)
        numbers = [_host_number(host) for host in ([hosts] if isinstance(hosts, str) else hosts)]
        self.announced = announced
        self.missing = {
            agent: np.isin(action_hosts(env, agent), numbers) for agent in env.possible_agents
        }

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        observations, infos = super().reset(seed, options)
        return observations, self._mask(infos)

    def step(self, actions: Mapping[str, int], messages: Mapping[str, Any] | None = None) -> tuple:
        carried_out = {
            agent: sleep_index(self.env, agent) if self._is_missing(agent, action) else action
            for agent, action in actions.items()
        }
        *result, infos = super().step(carried_out, messages)
        return (*result, self._mask(infos))

    def _is_missing(self, agent: str, action: int) -> bool:
        """A wrong agent or index is left to the environment, which says what is allowed."""
        table = self.missing.get(agent, ())
        return 0 <= action < len(table) and bool(table[action])

    def _mask(self, infos: dict[str, dict]) -> dict[str, dict]:
        if not self.announced:
            return infos
        return {
            agent: {
                **info,
                "action_mask": np.asarray(info["action_mask"], bool) & ~self.missing[agent],
            }
            for agent, info in infos.items()
        }


def _probability(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"probability must lie between 0 and 1, got {value!r}")
    return float(value)


def _host_number(host: str | int) -> int:
    number = HOST_NUMBER.get(host, host)
    if number not in range(HOST_COUNT):
        raise ValueError(
            f"no host {host!r}; give a name like {next(iter(HOST_NUMBER))} or a number below {HOST_COUNT}"
        )
    return int(number)
