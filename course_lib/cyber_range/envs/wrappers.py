"""Nuisances of real networks, as PettingZoo wrappers that work on either engine.

Late actions, lost observations, lost or tampered messages, and hosts that no actuator reaches: each
is one small wrapper around any parallel environment of the range, and they can be stacked. A
wrapper changes what passes through it and leaves the environment inside as it was. All of them
draw from the seed given to ``reset``; a reset without a seed goes on with their random numbers.

    env = ObservationLoss(ActionDelay(parallel_env(), ticks=2), probability=0.1)
"""

import operator
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from pettingzoo import ParallelEnv
from pettingzoo.utils import BaseParallelWrapper

from course_lib import validate

from ..actions import TABLES, defender_zones
from ..constants import (
    ALLOW,
    HOST_COUNT,
    HOST_NUMBER,
    LARGE_ACTIONS,
    OFFICIAL_DEFENDERS,
    SLEEP,
    SLOTS,
    SMALL_ACTIONS,
)
from ..options import LONGEST
from .parallel import Actions, Infos, MessageFilter, Start, Step, TeamBits, action_index

HQ = len(OFFICIAL_DEFENDERS) - 1
"""The official defender that owns three zones."""


@runtime_checkable
class CarriesMessages(Protocol):
    """An environment whose team messages can be changed on their way."""

    message_filter: MessageFilter | None


def check_environment(env: Any) -> None:
    """ValueError for anything but a PettingZoo ParallelEnv."""
    validate.instance("env", env, ParallelEnv, "make one with parallel_env()")


def sleep_index(env: ParallelEnv, agent: str) -> int:
    """Index of the agent's Sleep action. ValueError if the action space is not one of the
    range's."""
    classes = _rows(env, agent)[:, 0]
    return int(np.flatnonzero(classes == SLEEP)[0])


def action_hosts(env: ParallelEnv, agent: str) -> np.ndarray:
    """Host number at which each action of an agent is aimed, (actions,) ints, -1 for actions
    without a host."""
    classes, places, slots = _rows(env, agent).T
    defenders = "official" if _is_hq(env, agent) else "per-zone"
    zones = np.array(defender_zones(defenders)[_number(agent)])
    return np.where(classes < ALLOW, zones[places] * SLOTS + slots, -1)


def _rows(env: ParallelEnv, agent: str) -> np.ndarray:
    """(actions, 3) class, place among the defender's zones, item."""
    count = getattr(env.action_space(agent), "n", None)
    if count not in (SMALL_ACTIONS, LARGE_ACTIONS):
        raise ValueError(
            f"{agent} has {count} actions; the range's defenders have {SMALL_ACTIONS} or"
            f" {LARGE_ACTIONS}"
        )
    return TABLES[int(_is_hq(env, agent)), :count].astype(int)


def _is_hq(env: ParallelEnv, agent: str) -> bool:
    """Padded spaces give every agent as many actions as HQ, so its number decides as well."""
    return env.action_space(agent).n == LARGE_ACTIONS and _number(agent) == HQ


def _number(agent: str) -> int:
    return int(agent.rpartition("_")[2])


class NuisanceWrapper(BaseParallelWrapper):
    """What all nuisances share: random numbers of their own, and team bits handed on inwards."""

    def __init__(self, env: ParallelEnv):
        check_environment(env)
        super().__init__(env)
        self.depth = 1 + getattr(env, "depth", 0)
        self.rng = self._generator(0)

    def reset(self, seed: int | None = None, options: dict | None = None) -> Start:
        """Reset the environment; with a seed, restart this wrapper's random numbers from it."""
        if seed is not None:
            seed = validate.seed(seed)
            self.rng = self._generator(seed)
        return self.env.reset(seed=seed, options=options)

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick of the environment inside, see `DefenderEnv.step`."""
        return self.env.step(actions) if team_bits is None else self.env.step(actions, team_bits)

    def _generator(self, seed: int) -> np.random.Generator:
        """Wrappers of one stack must not repeat each other's draws, nor those of the
        environment."""
        return np.random.default_rng([seed, self.depth])


class ActionNuisance(NuisanceWrapper):
    """What the nuisances of actions share: they read the actions before the environment does."""

    def __init__(self, env: ParallelEnv):
        super().__init__(env)
        # Looked up once: spaces and layouts do not change.
        self.counts: dict[str, int] = {}
        self.sleeps: dict[str, int] = {}
        for agent in env.possible_agents:
            self.sleeps[agent] = sleep_index(env, agent)
            self.counts[agent] = int(env.action_space(agent).n)

    def _chosen(self, actions: Actions) -> dict[str, int]:
        """The actions as plain numbers, checked now and not when they arrive inside."""
        if not isinstance(actions, Mapping):
            raise ValueError(f"actions={validate.shown(actions)}: give a dict, agent -> index")
        chosen = {}
        for agent, action in actions.items():
            if agent not in self.counts:
                known = ", ".join(self.counts)
                raise ValueError(f"no agent {agent!r} here; agents are {known}")
            chosen[agent] = action_index(action, self.counts[agent], agent)
        return chosen


class ActionDelay(ActionNuisance):
    """Every action is carried out ``ticks`` ticks after it was chosen; until the first arrives,
    agents Sleep."""

    def __init__(self, env: ParallelEnv, ticks: int):
        super().__init__(env)
        self.ticks = validate.whole_number("ticks", ticks, 0, LONGEST)
        self.waiting: dict[str, deque[int]] = {}

    def reset(self, seed: int | None = None, options: dict | None = None) -> Start:
        """Reset, with nothing on its way."""
        observations, infos = super().reset(seed, options)
        self.waiting = {}
        for agent in self.env.agents:
            self.waiting[agent] = deque([self.sleeps[agent]] * self.ticks)
        return observations, infos

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick with the actions of ``ticks`` ticks ago. A wrong one is refused at once."""
        if not self.waiting:
            raise ValueError("step before reset; call reset() first")
        chosen = self._chosen(actions)
        due = {}
        for agent, waiting in self.waiting.items():  # whoever is not named has chosen to sleep
            waiting.append(chosen.get(agent, self.sleeps[agent]))
            due[agent] = waiting.popleft()
        return super().step(due, team_bits)


class ObservationLoss(NuisanceWrapper):
    """Each observation fails to arrive with a probability, independently per agent and tick.

    ``shows`` says what the defender sees instead: "last", the observation received last, or
    "zeros". The first one, after reset, always arrives. ``infos[agent]["observation_lost"]`` says
    which case it is, because a real defender notices silence; the other infos (mask, busy) are its
    own knowledge and always arrive.
    """

    def __init__(self, env: ParallelEnv, probability: float, shows: str = "last"):
        super().__init__(env)
        self.probability = validate.probability("probability", probability)
        self.shows = validate.choice("shows", shows, ("last", "zeros"))
        self.received: dict[str, np.ndarray] = {}

    def reset(self, seed: int | None = None, options: dict | None = None) -> Start:
        """Reset; the first observations arrive."""
        observations, infos = super().reset(seed, options)
        # A copy, because whoever receives an observation may write into it.
        self.received = {agent: np.array(seen) for agent, seen in observations.items()}
        told = {agent: {**info, "observation_lost": False} for agent, info in infos.items()}
        return observations, told

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick; what is lost is replaced."""
        observations, rewards, terminated, truncated, infos = super().step(actions, team_bits)
        shown, told = {}, {}
        for agent, observation in observations.items():
            lost = bool(self.rng.random() < self.probability)
            if not lost:
                self.received[agent] = np.array(observation)
            blank = lost and self.shows == "zeros"
            shown[agent] = np.zeros_like(observation) if blank else self.received[agent].copy()
            told[agent] = {**infos[agent], "observation_lost": lost}
        return shown, rewards, terminated, truncated, told


class MessageNuisance(NuisanceWrapper):
    """Changes the team messages on their way, for as long as a step of this wrapper lasts.

    `change` is called with all bits sent in a tick, (D, 8) of 0 and 1, whether they were given to
    ``step`` or made by the environment itself, and returns those that arrive. Of stacked wrappers
    the inner one acts first.
    """

    def __init__(self, env: ParallelEnv, probability: float):
        super().__init__(env)
        if not isinstance(env.unwrapped, CarriesMessages):
            raise ValueError("this environment carries no team messages (it has no message_filter)")
        self.probability = validate.probability("probability", probability)

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick, in which the messages pass through `change`, and then through the filter of the
        wrappers outside; afterwards all is as before."""
        base = self.env.unwrapped
        outer = base.message_filter
        base.message_filter = lambda bits: _through(outer, self.change(bits))
        try:
            return super().step(actions, team_bits)
        finally:
            base.message_filter = outer

    def change(self, bits: np.ndarray) -> np.ndarray:
        """Bits (D, 8) as they arrive; a subclass says how."""
        return bits


def _through(message_filter: MessageFilter | None, bits: np.ndarray) -> np.ndarray:
    return bits if message_filter is None else message_filter(bits)


class MessageLoss(MessageNuisance):
    """Each defender's message of a tick is lost with a probability: everybody then receives zeros
    from it."""

    def change(self, bits: np.ndarray) -> np.ndarray:
        """Zeros in the rows of lost messages."""
        arrives = self.rng.random(len(bits)) >= self.probability
        return bits * arrives[:, None].astype(bits.dtype)


class MessageTampering(MessageNuisance):
    """Each of the eight bits of each message is flipped with a probability, as by noise or by an
    intruder.

    With probability 0.5 nothing of a message is left; with 1 every bit is turned round.
    """

    def change(self, bits: np.ndarray) -> np.ndarray:
        """The bits, some of them flipped."""
        flips = self.rng.random(bits.shape) < self.probability
        return bits ^ flips.astype(bits.dtype)


class MissingActuators(ActionNuisance):
    """Hosts on which no action can be carried out: Analyse, Remove, Restore and DeployDecoy there
    are a Sleep.

    ``hosts`` names them, by name or number. ``announced=True`` tells the defenders by closing the
    actions in ``infos[agent]["action_mask"]``; otherwise they have to find out.
    """

    def __init__(self, env: ParallelEnv, hosts: Iterable[str | int], announced: bool = False):
        super().__init__(env)
        listed = [hosts] if isinstance(hosts, str) else hosts
        if not isinstance(listed, Iterable):
            raise ValueError(f"hosts={validate.shown(hosts)} is not a list of hosts")
        numbers = [_host_number(host) for host in listed]
        self.announced = validate.truth("announced", announced)
        self.missing: dict[str, np.ndarray] = {}
        self.left: dict[str, np.ndarray] = {}
        """Agent -> (actions,) int8, 0 for the missing ones and 1 for those that are left."""
        for agent in env.possible_agents:
            self.missing[agent] = np.isin(action_hosts(env, agent), numbers)
            self.left[agent] = (~self.missing[agent]).astype(np.int8)

    def reset(self, seed: int | None = None, options: dict | None = None) -> Start:
        """Reset; with ``announced`` the masks say what is missing."""
        observations, infos = super().reset(seed, options)
        return observations, self._announce(infos)

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick, in which actions on the missing hosts are a Sleep."""
        carried_out = {}
        for agent, action in self._chosen(actions).items():
            is_missing = self.missing[agent][action]
            carried_out[agent] = self.sleeps[agent] if is_missing else action
        *answers, infos = super().step(carried_out, team_bits)
        observations, rewards, terminated, truncated = answers
        return observations, rewards, terminated, truncated, self._announce(infos)

    def _announce(self, infos: Infos) -> Infos:
        if not self.announced:
            return infos
        told = {}
        for agent, info in infos.items():
            mask = info["action_mask"] * self.left[agent]
            told[agent] = {**info, "action_mask": mask}
        return told


def _host_number(host: Any) -> int:
    """A host's number from its name or number; ValueError for neither."""
    try:
        number = HOST_NUMBER[host] if isinstance(host, str) else operator.index(host)
    except (KeyError, TypeError):
        number = -1
    if number not in range(HOST_COUNT):
        example = next(iter(HOST_NUMBER))
        raise ValueError(
            f"no host {validate.shown(host)}; give a name like {example} or a number below"
            f" {HOST_COUNT}"
        )
    return number
