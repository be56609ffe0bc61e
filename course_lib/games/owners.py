"""The owners: neighbouring networks with different owners, and a dilemma that goes on.

Each owner has a network that is clean or infected. In every tick each owner *cleans* or *waits*,
all at once, and everybody sees who is infected. Then the malware moves: a network gets it from
outside with probability ``outside``, and from each infected neighbour with probability ``spread``;
a network that was cleaned is clean before that, any other stays infected if it was.

An owner pays for each tick

    own * (my network is infected) + spill * (infected neighbours) + cleaning * (I clean)

The first part is small: the malware sends mail and scans others, it does not hurt its host much.
The second part is what the neighbours' infections cost *me*. So cleaning is paid by one owner, and
most of its benefit goes to the others: a sequential social dilemma (Leibo et al. 2017; guidelines,
section 11). With ``spill=0`` and ``spread=0`` the dilemma is gone: everybody's network is their own
affair.

The game has 2^N states and 2^N joint actions, so its best joint policy and the owners' equilibria
are worked out, not learned.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from course_lib import array_checks, validate

MOST_OWNERS = 6
"""The tables have 4 ** owners entries of 2 ** owners probabilities."""
WAIT, CLEAN = 0, 1


@dataclass(frozen=True)
class OwnersOptions:
    """Size and prices of the owners' game. Raises ValueError for values out of range."""

    owners: int = 3
    """Networks on a ring, 2 to 6."""
    own: float = 0.5
    """What a tick with an infected network costs its owner, in points."""
    spill: float = 1.0
    """What it costs each neighbour."""
    cleaning: float = 2.0
    """What cleaning costs whoever cleans."""
    outside: float = 0.3
    """Chance per tick to be infected from outside."""
    spread: float = 0.2
    """Chance per tick to be infected by one infected neighbour."""
    discount: float = 0.9
    """Weight of the next tick."""

    def __post_init__(self) -> None:
        validate.whole_number("owners", self.owners, 2, MOST_OWNERS)
        validate.not_negative(self, "own", "spill", "cleaning", most=1e6)
        validate.probabilities(self, "outside", "spread")
        validate.in_range("discount", self.discount, 0, below=1)

    @property
    def neighbours(self) -> np.ndarray:
        """(N, N) bool, who borders on whom: a ring, of which two owners are a line."""
        number = np.arange(self.owners)
        apart = (number[:, None] - number[None, :]) % self.owners
        return (apart == 1) | (apart == self.owners - 1)


class OwnersGame:
    """The game as tables.

    Attributes: ``infected`` (S, N) bool, who is infected in a state; ``joint`` (J, N) actions;
    ``rewards`` (S, J, N) points of each owner, zero or below; ``transitions`` (S, J, S). States and
    joint actions are numbered in the order of `itertools.product`, so state 0 is all clean and
    joint action 0 is that everybody waits.
    """

    def __init__(self, options: OwnersOptions | None = None) -> None:
        """ValueError for anything but options."""
        options = OwnersOptions() if options is None else options
        hint = "OwnersOptions() has the defaults"
        self.options = validate.instance("options", options, OwnersOptions, hint)
        everything = np.array(list(product((0, 1), repeat=options.owners)))
        self.infected = everything.astype(bool)
        self.joint = everything
        self.rewards = self._rewards()
        self.transitions = self._transitions()

    @property
    def states(self) -> int:
        """Number of states S, and of joint actions J."""
        return len(self.infected)

    def _rewards(self) -> np.ndarray:
        options = self.options
        bordering = self.infected @ options.neighbours.astype(int)
        suffered = options.own * self.infected + options.spill * bordering
        paid = options.cleaning * (self.joint == CLEAN)
        return -(suffered[:, None, :] + paid[None, :, :])

    def _transitions(self) -> np.ndarray:
        options = self.options
        still = self.infected[:, None, :] & (self.joint == WAIT)[None]
        # Whoever is still infected attacks; the lucky ones among the attacked stay clean.
        attackers = still @ options.neighbours.astype(int)
        escapes = (1 - options.outside) * (1 - options.spread) ** attackers
        chance = np.where(still, 1.0, 1 - escapes)
        after = np.ones((self.states, self.states, self.states))
        for state, infected in enumerate(self.infected):
            each = np.where(infected, chance, 1 - chance)
            after[:, :, state] = each.prod(axis=2)
        return after

    def values(self, policy: np.ndarray) -> np.ndarray:
        """(S, N) discounted points of each owner under a joint policy (S, N) of actions 0 or 1."""
        policy = array_checks.whole_numbers("policy", policy)
        shape = (self.states, self.options.owners)
        if policy.shape != shape or policy.min() < WAIT or policy.max() > CLEAN:
            raise ValueError(f"a policy is an array {shape} of 0 and 1, got {policy.shape}")
        joint = policy @ _weights(self.options.owners)
        rows = np.arange(self.states)
        system = np.eye(self.states) - self.options.discount * self.transitions[rows, joint]
        return np.linalg.solve(system, self.rewards[rows, joint])

    def best_joint_policy(self) -> np.ndarray:
        """(S, N) the policy that is best for all owners together, by value iteration."""
        shared = self.rewards.sum(axis=2)
        chosen = self._best(shared, self.transitions)
        return self.joint[chosen]

    def best_response(self, policy: np.ndarray, owner: int) -> np.ndarray:
        """(S,) what is best for one owner while the others keep to a joint policy (S, N)."""
        validate.whole_number("owner", owner, 0, self.options.owners - 1)
        weights = _weights(self.options.owners)
        others = policy.copy()
        rows = np.arange(self.states)
        rewards = np.zeros((self.states, 2))
        transitions = np.zeros((self.states, 2, self.states))
        for action in (WAIT, CLEAN):
            others[:, owner] = action
            joint = others @ weights
            rewards[:, action] = self.rewards[rows, joint, owner]
            transitions[:, action] = self.transitions[rows, joint]
        return self._best(rewards, transitions)

    def is_equilibrium(self, policy: np.ndarray) -> bool:
        """Whether no owner gains anywhere by changing alone (a Markov perfect equilibrium)."""
        values = self.values(policy)
        for owner in range(self.options.owners):
            alone = np.array(policy)
            alone[:, owner] = self.best_response(policy, owner)
            if (self.values(alone)[:, owner] > values[:, owner] + 1e-9).any():
                return False
        return True

    def cost_per_tick(self, policy: np.ndarray) -> float:
        """Points that all owners together lose in a tick, in the long run."""
        joint = np.asarray(policy) @ _weights(self.options.owners)
        rows = np.arange(self.states)
        # The stationary distribution: it stays, and it sums to one.
        stays = self.transitions[rows, joint].T - np.eye(self.states)
        system = np.vstack([stays, np.ones(self.states)])
        target = np.append(np.zeros(self.states), 1.0)
        shares = np.linalg.lstsq(system, target, rcond=None)[0]
        return float(-shares @ self.rewards[rows, joint].sum(axis=1))

    def _best(self, rewards: np.ndarray, transitions: np.ndarray) -> np.ndarray:
        """(S,) best actions of rewards (S, A) and transitions (S, A, S); of equals the first."""
        values = np.zeros(self.states)
        while True:
            worth = rewards + self.options.discount * transitions @ values
            better = worth.max(axis=1)
            if np.abs(better - values).max() < 1e-11:
                return np.argmax(worth >= better[:, None] - 1e-8, axis=1)
            values = better


def _weights(owners: int) -> np.ndarray:
    """(N,) what each owner's 0 or 1 counts in the number of a state or joint action."""
    return 2 ** np.arange(owners)[::-1]
