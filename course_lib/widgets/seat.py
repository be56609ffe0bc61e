"""One seat in the range: somebody decides for one defender, a named policy for all others.

The one in the seat sees what that defender sees, and its clock waits: a tick passes only when an
action is given. At the end the same ticks are played once more by rivals in the same seat, with the
same chances, and each decision is weighed by forks of the state (`cyber_range.action_values`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from course_lib import cyber_range, validate
from course_lib.cyber_range.constants import DECOY, MONITOR, SLOTS
from course_lib.cyber_range.observations import CONNECTION, PHASE, PRIORITY, PROCESS, SLOT_NAMES
from course_lib.cyber_range.policies.own_actions import OwnActions
from course_lib.cyber_range.policy import ForkablePolicy
from course_lib.stats import Interval

FUTURES, HORIZON = 16, 40
"""Common futures of a decision, and ticks that each is played on."""
MOST_WAITED = 10
"""Ticks after which waiting for news ends in any case."""


@dataclass(frozen=True)
class HostSigns:
    """What a defender sees of one host, and what it recalls."""

    host: int
    """16 * zone + slot."""
    name: str
    process: bool
    """A process event since it was last cleaned."""
    connection: bool
    """A connection event since then."""
    priority: int
    """`constants.Priority`."""
    decoys: int
    """Decoys of one's own there."""


@dataclass(frozen=True)
class Choice:
    """A decision in the seat, and the moment at which it was taken."""

    tick: int
    """Of the episode."""
    action: int
    advised: int
    """What the policy of the others would have done."""
    env: cyber_range.VectorRange
    policy: ForkablePolicy


@dataclass(frozen=True)
class Cost:
    """What a decision was worth beside the advised one."""

    tick: int
    taken: str
    advised: str
    gain: Interval
    """Points gained by it, below 0: lost."""


class Seat:
    """A running episode with one free seat.

    Args:
        others: plays everybody else, and gives the advice that decisions are weighed against.
        rivals: name -> policy that is put into the same seat afterwards; each an object of its own.
        agent: whose seat it is, for example ``"blue_agent_1"``.
        seed: of the episode.
        start: ticks that ``others`` plays before the seat is taken, at least 1. The seat is empty
            until then: nobody has looked after its hosts, and there is something to do.
        ticks: that are played in the seat.
        aftermath: ticks that ``others`` plays afterwards, for everybody: what was left undone in a
            short game costs points only later.

    Raises:
        ValueError: for an unknown agent, or ticks beyond the end of the episode.
    """

    def __init__(
        self,
        others: ForkablePolicy,
        rivals: Mapping[str, ForkablePolicy],
        agent: str = "blue_agent_1",
        seed: int = 0,
        start: int = 150,
        ticks: int = 20,
        aftermath: int = 0,
    ) -> None:
        self.env = cyber_range.VectorRange(1, others.defenders, seed, "message")
        agents = self.env.layout.agents
        self.defender = agents.index(validate.choice("agent", agent, agents))
        self.agent = agent
        self.zones = self.env.layout.zones[self.defender]
        last = self.env.options.steps - 1
        self.start = validate.whole_number("start", start, 1, last - 1)
        self.ticks = validate.whole_number("ticks", ticks, 1, last - start)
        left = last - start - ticks
        self.aftermath = validate.whole_number("aftermath", aftermath, 0, left)
        self.others = others
        self.rewards: list[float] = []
        """Team reward of each tick since the seat was taken."""
        self.choices: list[Choice] = []
        self._own = OwnActions(1, self.env.num_defenders)
        self._decoys = np.zeros((1, len(self.env.layout.owner), SLOTS), np.int64)
        self._open(rivals, seed)

    def _open(self, rivals: Mapping[str, ForkablePolicy], seed: int) -> None:
        """Play the opening; the rivals watch, so that they know what the seat knows."""
        self.env.reset(seed)
        for policy in (self.others, *rivals.values()):
            policy.reset(seed)
        for _ in range(self.start):
            obs, info = self.env.current()
            wanted = self.others.act_batch(obs, info)
            actions = wanted.copy()
            actions[0, self.defender] = self.nothing
            _tell(self.others, wanted, actions, info)
            for rival in rivals.values():
                _tell(rival, rival.act_batch(obs, info), actions, info)
            self.env.step(actions)
        self._first = _copy(self.env, self.others)
        self._rivals = {name: rival.fork(0, 1, "own") for name, rival in rivals.items()}

    @property
    def tick(self) -> int:
        """Tick of the episode, from 0."""
        return self.start + len(self.rewards)

    @property
    def done(self) -> bool:
        """Whether all ticks of the seat are played."""
        return len(self.rewards) >= self.ticks

    @property
    def busy(self) -> int:
        """Ticks until the defender is free."""
        _, info = self.env.current()
        return int(info["busy"][0, self.defender])

    @property
    def phase(self) -> int:
        """Mission phase, 0 to 2."""
        obs, _ = self.env.current()
        return int(obs[0, self.zones[0], PHASE])

    def signs(self) -> list[HostSigns]:
        """Every host of the seat's zones that exists, as its defender sees it."""
        obs, info = self.env.current()
        exists = self.env.layout.host_entries(info["action_mask"])[0]
        found = []
        for zone in self.zones:
            message = obs[0, zone]
            for slot in np.flatnonzero(exists[zone]):
                found.append(
                    HostSigns(
                        host=SLOTS * int(zone) + int(slot),
                        name=f"{cyber_range.ZONES[zone]} {SLOT_NAMES[slot]}",
                        process=bool(message[PROCESS][slot]),
                        connection=bool(message[CONNECTION][slot]),
                        priority=int(message[PRIORITY][slot]),
                        decoys=int(self._decoys[0, zone, slot]),
                    )
                )
        return found

    def action_on(self, action_class: int, host: int) -> int:
        """Index of an action on one of the seat's hosts; ValueError for any other host."""
        names = {signs.host: signs.name for signs in self.signs()}
        if host not in names:
            raise ValueError(f"host={host} is none of the seat's; it has {list(names)}")
        zone, slot = divmod(host, SLOTS)
        return int(self.env.layout.offset[action_class, zone]) + slot

    @property
    def nothing(self) -> int:
        """Index of Sleep."""
        return int(self.env.layout.single(cyber_range.SLEEP)[self.defender])

    def play(self, action: int) -> None:
        """Begin an action, and let ticks pass until it is done or the seat's time is over.

        ValueError when the time is over.
        """
        if self.done:
            raise ValueError(f"all {self.ticks} ticks are played: begin again for another game")
        self._step(action)
        while self.busy and not self.done:
            self._step(self.nothing)

    def wait_for_news(self) -> int:
        """Do nothing until something new is seen; the number of ticks that passed."""
        before = self.signs()
        passed = 0
        while passed < MOST_WAITED and not self.done and self.signs() == before:
            self.play(self.nothing)
            passed += 1
        return passed

    def _step(self, action: int) -> None:
        """One tick."""
        obs, info = self.env.current()
        moment = _copy(self.env, self.others)
        wanted = self.others.act_batch(obs, info)
        actions = wanted.copy()
        actions[0, self.defender] = action
        if info["busy"][0, self.defender] == 0:
            advised = int(wanted[0, self.defender])
            self.choices.append(Choice(self.tick, action, advised, *moment))
        _tell(self.others, wanted, actions, info)
        classes, hosts = self.env.layout.targets(actions)
        self._own.begin(classes, np.where(info["busy"] == 0, hosts, -1))
        _, reward, _, _, info = self.env.step(actions)
        self.rewards.append(float(reward[0]))
        self._count_decoys(info["busy"] == 0)

    def _count_decoys(self, free: np.ndarray) -> None:
        """Decoys are laid when the action has ended, and gone with a Restore."""
        finished = self._own.finish(free)
        laid = self._decoys + finished.on(DECOY)
        self._decoys = np.where(finished.on(cyber_range.RESTORE), 0, laid)

    def all_rewards(self) -> np.ndarray:
        """(ticks + aftermath,) team rewards since the seat was taken; ValueError before its end."""
        if not self.done:
            raise ValueError(f"{self.ticks - len(self.rewards)} ticks are still to be played")
        after = self._play_on(*_copy(self.env, self.others))
        return np.array([*self.rewards, *after])

    def rival_rewards(self) -> dict[str, np.ndarray]:
        """(ticks + aftermath,) team rewards with each rival in the seat, from the same state, with
        the same chances."""
        found = {}
        for name, watched in self._rivals.items():
            env, others = _copy(*self._first)
            rival = watched.fork(0, 1, "own")
            rewards = []
            for _ in range(self.ticks):
                obs, info = env.current()
                of_others = others.act_batch(obs, info)
                of_rival = rival.act_batch(obs, info)
                actions = of_others.copy()
                actions[0, self.defender] = of_rival[0, self.defender]
                _tell(others, of_others, actions, info)
                _tell(rival, of_rival, actions, info)
                _, reward, _, _, _ = env.step(actions)
                rewards.append(float(reward[0]))
            found[name] = np.array([*rewards, *self._play_on(env, others)])
        return found

    def _play_on(self, env: cyber_range.VectorRange, others: ForkablePolicy) -> list[float]:
        """Team rewards of the aftermath."""
        rewards = []
        for _ in range(self.aftermath):
            obs, info = env.current()
            _, reward, _, _, _ = env.step(others.act_batch(obs, info))
            rewards.append(float(reward[0]))
        return rewards

    def costs(self, most: int = 3) -> list[Cost]:
        """The decisions that lost most beside the advised ones, the dearest first.

        A decision that was advised costs nothing and is not named; nor is one that gained.
        """
        found = []
        for choice in self.choices:
            if self._same(choice.action, choice.advised):
                continue
            values = cyber_range.action_values(
                choice.env,
                choice.policy,
                0,
                self.defender,
                [choice.action],
                futures=FUTURES,
                horizon=HORIZON,
            )
            advised = self.label(choice.advised)
            gain = values.intervals()[0]
            found.append(Cost(choice.tick, values.labels[0], advised, gain))
        found.sort(key=lambda cost: cost.gain.mean)
        return [cost for cost in found[:most] if cost.gain.mean < 0]

    def _same(self, first: int, second: int) -> bool:
        """Whether two actions do the same: Monitor and Sleep both do nothing."""
        classes = self.env.layout.classes[self.defender]
        idle = np.isin(classes[[first, second]], (MONITOR, cyber_range.SLEEP))
        return first == second or bool(idle.all())

    def label(self, action: int) -> str:
        """An action of the seat in words."""
        return cyber_range.action_label(self.env.defenders, self.defender, action)


def _copy(
    env: cyber_range.VectorRange, policy: ForkablePolicy
) -> tuple[cyber_range.VectorRange, ForkablePolicy]:
    """Range and policy of this moment, which go on as they would."""
    return env.fork(0, 1, "own"), policy.fork(0, 1, "own")


def _tell(
    policy: ForkablePolicy, wanted: np.ndarray, done: np.ndarray, info: Mapping[str, np.ndarray]
) -> None:
    """Tell a policy what free defenders really began."""
    free = info["busy"] == 0
    policy.overrule(done, (wanted != done) & free)
