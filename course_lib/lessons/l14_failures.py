"""Four of the six failures of the guidelines' section 9, each small enough to be counted out: a
reward that is gamed, feedback that is rare, work that overlaps, and exploration that stops too
early. (The other two, no generalisation and alerts that lie, are measured on the range.)
"""

from collections.abc import Callable, Sequence

import numpy as np

CLEAN, INFECTED = 0, 1
WAIT, REPAIR, INVITE = 0, 1, 2
CATCH = 0.1
"""Chance that a clean host catches the worm in a tick."""
DISCOUNT = 0.95

Pay = Callable[[int, int], float]
"""(state, action) -> reward."""


def pay_for_repairs(state: int, action: int) -> float:
    """A point for every repair of an infected host."""
    return float(state == INFECTED and action == REPAIR)


def pay_for_health(state: int, action: int) -> float:
    """A point lost for every tick in which the host is infected, and a tenth for every repair."""
    return -float(state == INFECTED) - 0.1 * (action == REPAIR)


def host_transitions(catch: float = CATCH, clumsy: bool = False) -> np.ndarray:
    """(2, 3, 2) chances of the next state: one host, whose guard may wait, repair, or leave the
    door open.

    Args:
        catch: chance that a clean host catches the worm in a tick.
        clumsy: repairing a clean host infects it: a second way in, by another action.
    """
    chances = np.zeros((2, 3, 2))
    chances[CLEAN, WAIT] = (1 - catch, catch)
    chances[CLEAN, REPAIR] = (0.0, 1.0) if clumsy else (1 - catch, catch)
    chances[CLEAN, INVITE, INFECTED] = 1.0
    chances[INFECTED, :, INFECTED] = 1.0
    chances[INFECTED, REPAIR] = (1.0, 0.0)
    return chances


def action_values(pay: Pay, catch: float = CATCH, clumsy: bool = False) -> np.ndarray:
    """(2, 3) what each action is worth in each state, exact, by value iteration."""
    chances = host_transitions(catch, clumsy)
    rewards = np.zeros((2, 3))
    for state, action in np.ndindex(2, 3):
        rewards[state, action] = pay(state, action)
    values = np.zeros(2)
    for _ in range(500):
        worth = rewards + DISCOUNT * chances @ values
        values = worth.max(axis=1)
    return worth


def best_guard(pay: Pay) -> np.ndarray:
    """(2,) the best action in each state."""
    return action_values(pay).argmax(axis=1)


def infected_share(guard: np.ndarray) -> float:
    """Share of the ticks in which the host is infected, in the long run, exact."""
    chances = host_transitions()[np.arange(2), guard]
    distribution = np.array([1.0, 0.0])
    total = 0.0
    for _ in range(2000):
        total += distribution[INFECTED]
        distribution = distribution @ chances
    return total / 2000


STAGES = 8
"""Steps of an investigation, one after the other; only the last one finds the intruder."""


def investigate(
    seed: int,
    episodes: int = 150,
    shaping: float = 0.0,
    start_value: float = 0.0,
    early: float = 0.0,
    prize: float = 1.0,
) -> bool:
    """Whether a learner of values ends up going through all stages.

    In each stage it goes on or gives up; finding the intruder pays ``prize``, giving up ``early``.
    ``shaping`` pays in advance for each stage, potential-based, so that the best policy stays the
    same; ``start_value`` is what it expects of what it has not tried.
    """
    rng = np.random.default_rng(seed)
    values = np.full((STAGES + 1, 2), float(start_value))
    values[STAGES] = 0.0
    for _ in range(episodes):
        stage = 0
        while stage < STAGES:
            best = values[stage].max()
            likely = np.flatnonzero(values[stage] == best)
            greedy = int(rng.choice(likely))
            explores = rng.random() < 0.1
            action = int(rng.integers(2)) if explores else greedy
            ends = action == 0
            after = STAGES if ends else stage + 1
            reward = early if ends else prize * (after == STAGES)
            # The potential of a stage is its number; that of the end of an episode is 0.
            potential = 0.0 if after == STAGES else DISCOUNT * (stage + 1)
            reward += shaping * (potential - stage)
            future = 0.0 if after == STAGES else DISCOUNT * values[after].max()
            error = reward + future - values[stage, action]
            values[stage, action] += 0.2 * error
            stage = after
    choices = values[:STAGES].argmax(axis=1)
    return bool((choices == 1).all())


def share_found(**settings: float) -> float:
    """Share of forty learners that go through all stages."""
    found = []
    for seed in range(40):
        found.append(investigate(seed, **settings))
    return float(np.mean(found))


def doubled_work(
    areas: Sequence[Sequence[int]],
    ticks: int = 4000,
    seed: int = 0,
) -> tuple[float, float]:
    """Six hosts and some guards: mean infected hosts, and share of the repairs that met a host
    which another guard was repairing too.

    Args:
        areas: for each guard the hosts it is responsible for. In every tick it repairs the first
            of them, in this order, that is infected.
        ticks: how long they are watched.
        seed: of the infections.
    """
    rng = np.random.default_rng(seed)
    infected = np.zeros(6, bool)
    held = doubled = repairs = 0
    for _ in range(ticks):
        infected |= rng.random(6) < 0.2
        held += int(infected.sum())
        chosen = []
        for area in areas:
            waiting = [host for host in area if infected[host]]
            chosen += waiting[:1]
        repairs += len(chosen)
        doubled += len(chosen) - len(set(chosen))
        infected[chosen] = False
    return held / ticks, doubled / max(repairs, 1)
