"""Patch-the-network: a team of defenders, a line of hosts, a worm. Small enough to be solved
exactly.

Each host is vulnerable, infected or patched. In every tick each defender works on one host or
waits, all at once:

- a vulnerable host with *one* defender on it is patched; with more than one their installers
  collide and it stays vulnerable (they should have split the work);
- an infected host with *two or more* defenders on it (one isolates, one reinstalls) is cleaned and
    patched; a lone
  defender alarms the intruder: it costs ``alarm_cost`` and the worm jumps to every vulnerable
      neighbour.

Then every vulnerable host is infected with probability ``spread`` by each infected neighbour and
``outside`` from the Internet. The team pays 1 per infected host and tick. The episode ends when
every host is patched.

The trap: patching around the infection (containment) is safe for each defender alone and costs 1
per tick for ever; cleaning it together costs almost nothing, but looks terrible while the partner
still tries everything.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from course_lib import validate

from .markov import MarkovGame

VULNERABLE, INFECTED, PATCHED = range(3)

State = tuple[int, ...]
"""A status for each host, or an action for each defender."""


@dataclass(frozen=True)
class PatchingOptions:
    """Size and rates of patch-the-network. Raises ValueError for values out of range."""

    hosts: int = 3
    """Hosts on the line, 2 to 5; the game has 3 ** hosts states."""
    agents: int = 2
    """Defenders, 2 to 4; the game has (hosts + 1) ** agents joint actions."""
    spread: float = 0.3
    """Probability per tick that an infected host infects one vulnerable neighbour."""
    outside: float = 0.05
    """Probability per tick that a vulnerable host is infected from outside."""
    alarm_cost: float = 20.0
    """What the team pays when a defender works alone on an infected host."""
    discount: float = 0.9
    """Weight of the next tick's reward."""
    horizon: int = 15
    """Ticks after which an episode is cut off."""

    def __post_init__(self) -> None:
        validate.whole_number("hosts", self.hosts, 2, 5)
        validate.whole_number("agents", self.agents, 2, 4)
        validate.counts(self, "horizon")
        validate.probabilities(self, "spread", "outside")
        validate.in_range("alarm_cost (paid, not earned)", self.alarm_cost, 0)
        validate.in_range("discount", self.discount, 0, below=1)


def patch_the_network(**changes) -> MarkovGame:
    """The game as tables. Action h works on host h, the last action waits; at the start host 0 is
    infected.

    ``changes`` are fields of PatchingOptions: ``patch_the_network(hosts=4)``.
    """
    options = PatchingOptions(**changes)
    states = list(product(range(3), repeat=options.hosts))
    number = {state: index for index, state in enumerate(states)}
    shape = (options.hosts + 1,) * options.agents
    rewards = np.zeros((len(states), *shape))
    transitions = np.zeros((len(states), *shape, len(states)))
    for state, joint in product(states, product(range(options.hosts + 1), repeat=options.agents)):
        here = (number[state], *joint)
        for probability, after, reward in tick(state, joint, options):
            rewards[here] += probability * reward
            transitions[(*here, number[after])] += probability
    start = np.zeros(len(states))
    start[number[(INFECTED,) + (VULNERABLE,) * (options.hosts - 1)]] = 1
    names = tuple(f"host {h}" for h in range(options.hosts)) + ("wait",)
    return MarkovGame(
        name=f"patch the network, {options.hosts} hosts, {options.agents} defenders",
        rewards=rewards,
        transitions=transitions,
        start=start,
        terminal=np.array([set(state) == {PATCHED} for state in states]),
        discount=options.discount,
        horizon=options.horizon,
        actions=(names,) * options.agents,
        features=np.array(states),
        story=(
            "A worm sits on one host; it must be cleaned by two defenders together, or it stays "
            "for ever."
        ),
    )


def tick(state: State, joint: State, options: PatchingOptions):
    """All that can happen in one tick: a list of (probability, next state, team reward)."""
    worked, alarms = _work(state, joint)
    dangers = [
        _danger(
            worked,
            host,
            options,
        )
        for host in range(len(worked))
    ]
    happenings = []
    for infected in product((False, True), repeat=len(worked)):
        chances = [
            danger if hit else 1 - danger
            for danger, hit in zip(
                dangers,
                infected,
                strict=True,
            )
        ]
        probability = float(np.prod(chances))
        if probability > 0:
            after = tuple(
                INFECTED if hit else status for status, hit in zip(worked, infected, strict=True)
            )
            happenings.append(
                (probability, after, -after.count(INFECTED) - options.alarm_cost * alarms)
            )
    return happenings


def _work(state: State, joint: State) -> tuple[State, int]:
    """Statuses after the defenders' work, and the number of alarms they raised."""
    after, alarms = list(state), 0
    for host, status in enumerate(state):
        workers = joint.count(host)
        if (status == VULNERABLE and workers == 1) or (status == INFECTED and workers >= 2):
            after[host] = PATCHED
        elif status == INFECTED and workers == 1:
            alarms += 1
            for neighbour in _neighbours(host, len(state)):
                if after[neighbour] == VULNERABLE:
                    after[neighbour] = INFECTED
    return tuple(after), alarms


def _neighbours(host: int, hosts: int) -> list[int]:
    return [other for other in (host - 1, host + 1) if 0 <= other < hosts]


def _danger(statuses: State, host: int, options: PatchingOptions) -> float:
    """Probability that the worm takes ``host`` in the second half of a tick."""
    if statuses[host] != VULNERABLE:
        return 0.0
    attackers = sum(statuses[other] == INFECTED for other in _neighbours(host, len(statuses)))
    return 1 - (1 - options.outside) * (1 - options.spread) ** attackers
