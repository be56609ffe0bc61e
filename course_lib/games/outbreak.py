"""The outbreak: a worm in a small office network, and one operator who can clean a host a tick.

Eight hosts hang together as a tree. In every tick the operator cleans one host or waits; then the
worm moves:

- a cleaned host is free of the worm for this tick;
- any other host that has the worm keeps it;
- any other host gets it from outside with probability ``outside`` (if it faces the Internet), and
  from each infected neighbour that was not cleaned just now with probability ``spread``.

The operator pays the importance of every infected host in each tick, and ``cleaning`` for each
cleaning (users cannot work meanwhile). Given state and action the hosts meet their luck
independently, so the chance of a next state is a product of eight numbers, and with 256 states the
game is solved exactly: `outbreak_tables` has the true model, `outbreak_optimum` the best value.

What is seen may be less than the state: an infected host raises an alarm with probability
``detection`` in each tick, a clean one with ``false_alarm``.
"""

from dataclasses import dataclass, field

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from course_lib import validate
from course_lib.array_checks import numbers, truths, whole_numbers

MOST_HOSTS = 10
"""The exact tables have 2 ** n states."""
OFFICE = ("gateway", "core switch", "web", "mail", "files", "ledger", "laptop 1", "laptop 2")
OFFICE_LINKS = ((0, 1), (0, 2), (0, 3), (1, 4), (4, 5), (1, 6), (6, 7))
OFFICE_IMPORTANCE = (1.0, 1.0, 2.0, 1.0, 3.0, 6.0, 0.5, 0.5)
OFFICE_OUTSIDE = (0.3, 0.0, 0.16, 0.1, 0.0, 0.0, 0.04, 0.04)


@dataclass(frozen=True)
class OutbreakOptions:
    """Network and rates of an outbreak. Raises ValueError for values out of range."""

    names: tuple[str, ...] = OFFICE
    links: tuple[tuple[int, int], ...] = OFFICE_LINKS
    """Pairs of hosts between which the worm travels, both ways."""
    importance: tuple[float, ...] = OFFICE_IMPORTANCE
    """Points that an infected host costs in a tick."""
    outside: tuple[float, ...] = OFFICE_OUTSIDE
    """Probability per tick of an infection from the Internet."""
    spread: float = 0.8
    """Probability per tick that an infected host infects one neighbour."""
    cleaning: float = 0.5
    """Points that a cleaning costs, useful or not."""
    detection: float = 1.0
    """Probability that an infected host shows an alarm in a tick."""
    false_alarm: float = 0.0
    """Probability that a clean host shows one."""
    ticks: int = 40
    """Length of an episode; its end is a truncation."""
    discount: float = field(default=0.95)
    """Weight of the next tick's reward, for `outbreak_optimum`."""

    def __post_init__(self) -> None:
        names = validate.instance("names", self.names, tuple | list, "name the hosts")
        for name in names:
            validate.word("names", name)
        hosts = len(names)
        if not 1 <= hosts <= MOST_HOSTS:
            raise ValueError(f"{hosts} hosts: the exact tables are made for 1 to {MOST_HOSTS}")
        for row in ("importance", "outside"):
            numbers(row, getattr(self, row), None)
        validate.instance("links", self.links, tuple | list, "give pairs of hosts")
        if self.links:
            whole_numbers("links", self.links, None, 2)
        validate.probabilities(self, "spread", "detection", "false_alarm")
        validate.in_range("cleaning", self.cleaning, 0)
        validate.whole_number("ticks", self.ticks, 1, validate.MOST)
        validate.in_range("discount", self.discount, 0, below=1)
        for name in ("importance", "outside"):
            if len(getattr(self, name)) != hosts:
                raise ValueError(f"{name} needs one number for each of the {hosts} hosts")
        for one, other in self.links:
            if not (0 <= one < hosts and 0 <= other < hosts and one != other):
                raise ValueError(f"link ({one}, {other}) joins no two of the {hosts} hosts")
        for rate in self.outside:
            validate.probability("outside", rate)

    @property
    def hosts(self) -> int:
        """Number of hosts n."""
        return len(self.names)

    def neighbours(self) -> np.ndarray:
        """(n, n) bool, True where two hosts are linked."""
        linked = np.zeros((self.hosts, self.hosts), bool)
        for one, other in self.links:
            linked[one, other] = True
            linked[other, one] = True
        return linked


def chain(hosts: int, **changes) -> OutbreakOptions:
    """A line of equal hosts, the first of which faces the Internet; ``changes`` as in
    `OutbreakOptions`."""
    hosts = validate.whole_number("hosts", hosts, 1, MOST_HOSTS)
    links = tuple((i, i + 1) for i in range(hosts - 1))
    given = {
        "names": tuple(f"host {i}" for i in range(hosts)),
        "links": links,
        "importance": (1.0,) * hosts,
        "outside": (0.2,) + (0.02,) * (hosts - 1),
    }
    return OutbreakOptions(**given | changes)


def _checked(options: OutbreakOptions) -> OutbreakOptions:
    hint = "make them with OutbreakOptions()"
    return validate.instance("options", options, OutbreakOptions, hint)


def _hosts(options: OutbreakOptions, **which: np.ndarray) -> list[np.ndarray]:
    """Arrays (B, n) of truths about hosts, each with as many rows as the others, or one."""
    hosts = _checked(options).hosts
    arrays = [truths(name, array, None, hosts) for name, array in which.items()]
    counts = {len(array) for array in arrays} - {1}
    if len(counts) > 1:
        named = " and ".join(which)
        raise ValueError(f"{named} have {sorted(counts)} rows; give as many of each")
    return arrays


def infection_chance(
    options: OutbreakOptions, infected: np.ndarray, cleaned: np.ndarray
) -> np.ndarray:
    """(B, n) probability that each host has the worm after the tick.

    Args:
        options: network and rates.
        infected: (B, n) bool, who has it before.
        cleaned: (B, n) bool, who is cleaned in this tick; any number of hosts.
    """
    infected, cleaned = _hosts(options, infected=infected, cleaned=cleaned)
    sources = infected & ~cleaned
    attackers = sources.astype(float) @ options.neighbours().astype(float)
    escapes = (1 - np.array(options.outside)) * (1 - options.spread) ** attackers
    chance = np.where(infected, 1.0, 1 - escapes)
    return np.where(cleaned, 0.0, chance)


def cleaning_of(options: OutbreakOptions, actions: np.ndarray) -> np.ndarray:
    """(B,) actions of one operator, n to wait -> (B, n) bool, who is cleaned."""
    actions = whole_numbers("actions", actions, None)
    hosts = _checked(options).hosts
    if actions.size and not (0 <= actions.min() and actions.max() <= hosts):
        raise ValueError(f"an action is not one of 0 to {hosts}")
    return actions[:, None] == np.arange(hosts)


def outbreak_reward(
    options: OutbreakOptions, infected: np.ndarray, cleaned: np.ndarray
) -> np.ndarray:
    """(B,) points of a tick after which ``infected`` (B, n) have the worm."""
    infected, cleaned = _hosts(options, infected=infected, cleaned=cleaned)
    lost = infected @ np.array(options.importance)
    return -lost - options.cleaning * cleaned.sum(axis=1)


def outbreak_step(
    options: OutbreakOptions,
    infected: np.ndarray,
    actions: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """One tick of B independent networks: the perfect model.

    Args:
        options: network and rates.
        infected: (B, n) bool.
        actions: (B,) host to clean, or n to wait.
        rng: where chance comes from.

    Returns:
        next states (B, n) bool and rewards (B,).
    """
    validate.instance("rng", rng, np.random.Generator, "np.random.default_rng(0) is one")
    cleaned = cleaning_of(options, actions)
    chance = infection_chance(options, infected, cleaned)
    after = rng.random(chance.shape) < chance
    return after, outbreak_reward(options, after, cleaned)


def all_states(hosts: int) -> np.ndarray:
    """(2 ** n, n) bool: state s has host i infected where bit i of s is 1."""
    hosts = validate.whole_number("hosts", hosts, 1, MOST_HOSTS)
    numbers = np.arange(2**hosts)
    return (numbers[:, None] >> np.arange(hosts)) & 1 == 1


def state_number(infected: np.ndarray) -> np.ndarray:
    """(B,) numbers of states (B, n)."""
    infected = truths("infected", infected, None, None)
    hosts = validate.whole_number("hosts", infected.shape[1], 1, MOST_HOSTS)
    return infected.astype(np.int64) @ 2 ** np.arange(hosts)


def outbreak_tables(options: OutbreakOptions) -> tuple[np.ndarray, np.ndarray]:
    """The exact model of one operator: transitions (S, A, S) and rewards (S, A), S = 2 ** n and
    A = n + 1."""
    states = all_states(_checked(options).hosts)
    count = len(states)
    transitions = np.zeros((count, options.hosts + 1, count))
    rewards = np.zeros((count, options.hosts + 1))
    for action in range(options.hosts + 1):
        cleaned = cleaning_of(options, np.full(count, action))
        chance = infection_chance(options, states, cleaned)
        after = np.ones((count, count))
        for host in range(options.hosts):
            has_worm = states[:, host]
            after *= np.where(
                has_worm,
                chance[:, host, None],
                1 - chance[:, host, None],
            )
        transitions[:, action] = after
        rewards[:, action] = after @ -(states @ np.array(options.importance))
        rewards[:, action] -= options.cleaning * (action < options.hosts)
    return transitions, rewards


@dataclass(frozen=True)
class OutbreakSolution:
    """The game solved: what any policy is worth, exactly."""

    options: OutbreakOptions
    transitions: np.ndarray
    rewards: np.ndarray

    def worth(self, policy: np.ndarray) -> float:
        """Expected points of an episode of a policy (S,), from the clean network."""
        rows = np.arange(len(policy))
        moves = self.transitions[rows, policy]
        gains = self.rewards[rows, policy]
        values = np.zeros(len(policy))
        for _ in range(self.options.ticks):
            values = gains + moves @ values
        return float(values[0])

    def random_worth(self) -> float:
        """The same of a policy that draws every action with equal chances."""
        moves = self.transitions.mean(axis=1)
        gains = self.rewards.mean(axis=1)
        values = np.zeros(len(gains))
        for _ in range(self.options.ticks):
            values = gains + moves @ values
        return float(values[0])

    def best(self) -> np.ndarray:
        """(S,) an optimal policy for the discount of the options, by value iteration."""
        discount = self.options.discount
        values = np.zeros(len(self.rewards))
        for _ in range(400):
            action_values = self.rewards + discount * self.transitions @ values
            values = action_values.max(axis=1)
        return action_values.argmax(axis=1)


def solve_outbreak(options: OutbreakOptions | None = None) -> OutbreakSolution:
    """The exact model of an outbreak with the functions that judge policies in it."""
    options = OutbreakOptions() if options is None else _checked(options)
    return OutbreakSolution(options, *outbreak_tables(options))


def clean_dearest(options: OutbreakOptions, seen: np.ndarray) -> np.ndarray:
    """(B,) the rule that everybody writes first: clean the most important host with an alarm, else
    wait. ``seen`` is (B, n)."""
    alarms = numbers("seen", seen, None, _checked(options).hosts)
    price = np.where(
        alarms > 0,
        np.array(options.importance),
        -1.0,
    )
    return np.where(
        price.max(axis=1) > 0,
        price.argmax(axis=1),
        options.hosts,
    )


class Outbreak(gymnasium.vector.VectorEnv):
    """N outbreaks at once, in next-step mode.

    Observations (N, n) float32, 1 where a host shows an alarm. Actions (N,) ints: the host to
    clean, or n to wait. Every episode begins with a clean network.
    """

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        num_envs: int = 1,
        options: OutbreakOptions | None = None,
    ) -> None:
        self.num_envs = validate.whole_number("num_envs", num_envs, 1, 1_000_000)
        self.options = OutbreakOptions() if options is None else _checked(options)
        hosts = self.options.hosts
        self.single_observation_space = spaces.Box(
            0,
            1,
            (hosts,),
            np.float32,
        )
        self.single_action_space = spaces.Discrete(hosts + 1)
        batch = gymnasium.vector.utils.batch_space
        self.observation_space = batch(self.single_observation_space, num_envs)
        self.action_space = batch(self.single_action_space, num_envs)
        self.clock = -1

    def reset(
        self,
        *,
        seed=None,
        options=None,
    ):
        """Begin an episode everywhere; equal seeds give equal episodes."""
        super().reset(seed=seed)
        return self._begin()

    def step(self, actions):
        """One tick. ValueError for actions of wrong shape or out of range, and before the first
        reset."""
        actions = np.asarray(actions)
        hosts = self.options.hosts
        if self.clock < 0:
            raise ValueError("call reset() before the first step")
        inside = (actions >= 0) & (actions <= hosts)
        if actions.shape != (self.num_envs,) or not inside.all():
            raise ValueError(f"actions must be {self.num_envs} numbers from 0 to {hosts}")
        never = np.zeros(self.num_envs, bool)
        if self.clock == self.options.ticks:
            seen, info = self._begin()
            return seen, np.zeros(self.num_envs, np.float32), never, never.copy(), info
        self.clock += 1
        self.infected, reward = outbreak_step(
            self.options,
            self.infected,
            actions,
            self.np_random,
        )
        truncated = never | (self.clock == self.options.ticks)
        return self._see(), reward.astype(np.float32), never, truncated, {}

    def _begin(self):
        self.clock = 0
        self.infected = np.zeros((self.num_envs, self.options.hosts), bool)
        return self._see(), {}

    def _see(self) -> np.ndarray:
        detection = self.options.detection
        chance = np.where(
            self.infected,
            detection,
            self.options.false_alarm,
        )
        if set(np.unique(chance)) <= {0.0, 1.0}:  # nothing is left to chance, so nothing is drawn
            return chance.astype(np.float32)
        return (self.np_random.random(chance.shape) < chance).astype(np.float32)
