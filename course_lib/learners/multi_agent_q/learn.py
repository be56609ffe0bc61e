"""Multi-agent Q-learning in tables: one core, and methods that differ from it in a line each.

    record = learn(game, METHODS["hysteretic"], Training(runs=1000, plays=15_000, seed=0))
    record.optimal, record.final_joint, record.payoff

All runs are independent and advance together as rows of numpy arrays. The letters: R runs, N agents
(the joint-action learner is a single learner for all of them), S states, A actions of one learner,
J joint actions.

A method is a `Learner`: *rule* (how far values move, see `rules`), *tables* (who owns which
values) and *credit* (what an agent is paid). Sections 7.1 to 7.3 of the guidelines name them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_lib import validate

from .games import Game, World, difference_rewards, make_world
from .history import History, Record
from .rules import Distributed, Hysteretic, Lenient, Plain

__all__ = [
    "METHODS",
    "Distributed",
    "Hysteretic",
    "Learner",
    "Lenient",
    "Plain",
    "Record",
    "Team",
    "Training",
    "difference_rewards",
    "learn",
    "table_entries",
]

CREDITS = ("team", "difference")
SHARING = {
    "own": 0.0,
    "identity": 0.5,
    "shared": 1.0,
    "joint": 0.0,
}
"""How far one agent's step also moves the others' value of the same action.

"own": separate tables. "shared": one table; the agents cannot be told apart. "identity": one
*linear* value function of a constant and the agent's identity (one-hot), scaled to length 1
together; the inner product of two agents' inputs is then 1/2, so half of every step is common. (In
a pure table an identity would separate the agents completely, and sharing with identity would be
independent learning under another name.) "joint": one learner chooses for all.
"""


@dataclass(frozen=True)
class Learner:
    """A method. Raises ValueError for an unknown name."""

    rule: Callable[..., np.ndarray] = field(default_factory=Plain)
    """How far a value moves after an error: a rule of `rules` or a function ``(error,
    visits, luck)``."""
    tables: str = "own"
    """Who owns the values: "own", "shared", "identity" or "joint" (one table over joint
    actions)."""
    credit: str = "team"
    """What agents are paid: "team" (what the game pays) or "difference" (what their own action
    changed)."""
    default: int | None = None
    """For difference rewards, the action that stands for an absent agent; None averages over its
    actions."""
    first_value: float = 0.0
    """Value of every entry before learning; an optimistic rule needs it below all that can be
    earned."""

    def __post_init__(self) -> None:
        if not callable(self.rule):
            shown = validate.shown(self.rule)
            raise ValueError(f"rule={shown} must be callable as rule(error, visits, luck)")
        validate.choice("tables", self.tables, SHARING)
        validate.choice("credit", self.credit, CREDITS)
        validate.in_range("first_value", self.first_value)
        if self.default is not None:
            validate.whole_number("default", self.default, 0)
        if self.tables == "joint" and self.credit != "team":
            raise ValueError("a joint-action learner is one learner for all: use credit='team'")


METHODS = {
    "independent": Learner(),
    "hysteretic": Learner(rule=Hysteretic()),
    "distributed": Learner(rule=Distributed()),
    "lenient": Learner(rule=Lenient()),
    "joint-action": Learner(tables="joint"),
    "shared": Learner(tables="shared"),
    "shared with identity": Learner(tables="identity"),
    "difference rewards": Learner(credit="difference"),
}
"""The methods by name, each written as what it changes in independent Q-learning."""


@dataclass(frozen=True)
class Training:
    """How long and how curiously to learn. Raises ValueError for values out of range."""

    runs: int = 100
    """Independent repetitions, learned side by side."""
    plays: int = 15_000
    """Plays of a matrix game, or ticks of a game with states, in every run."""
    epsilon_start: float = 1.0
    """Probability that a learner explores in the first play; each learner decides for itself."""
    epsilon_end: float = 0.01
    """Probability after the decay."""
    decay_share: float = 0.8
    """Share of the plays over which epsilon falls linearly; 0 uses epsilon_end throughout."""
    seed: int = 0
    """Fixes everything, together with ``runs``; equal seeds make all methods with own tables
    explore alike."""
    moments: int = 100
    """How many evenly spaced moments to record."""
    followed: int = 1
    """Of how many runs, from the first on, to record all values at these moments."""

    def __post_init__(self) -> None:
        validate.whole_number("runs", self.runs, 1, validate.MOST)
        validate.whole_number("plays", self.plays, 1, validate.MOST)
        validate.whole_number("moments", self.moments, 1, self.plays)
        validate.whole_number("followed", self.followed, 0, self.runs)
        validate.seed(self.seed)
        validate.probabilities(self, "epsilon_start", "epsilon_end", "decay_share")

    def epsilon(self, play: int) -> float:
        """Exploration probability in ``play``, counted from 0."""
        decay = self.plays * self.decay_share
        passed = min(play / decay, 1.0) if decay else 1.0
        return self.epsilon_start + (self.epsilon_end - self.epsilon_start) * passed


def learn(game: Game, learner: Learner | None = None, training: Training | None = None) -> Record:
    """Let a team learn a game from nothing, in ``training.runs`` independent runs.

    Args:
        game: a matrix game (with ``outcomes`` and ``probabilities``), a team game with states
            (``transitions``, ``rewards``, ``start``, ``terminal``, ``discount``, ``horizon``) or an
            array of shared payoffs.
        learner: the method; independent Q-learning by default.
        training: length, exploration, seed, records.

    Raises:
        ValueError: for a game of unknown form, or for tables shared by agents with different
            numbers of actions.
    """
    learner = Learner() if learner is None else learner
    training = Training() if training is None else training
    validate.instance("learner", learner, Learner, "METHODS holds some by name")
    validate.instance("training", training, Training, "Training() has the defaults")
    team = Team(
        make_world(game, learner.credit, learner.default),
        learner,
        training,
    )
    history = History(training, team)
    for play in range(training.plays):
        epsilon = training.epsilon(play)
        payoff, explored = team.play(play, epsilon)
        history.append(play, epsilon, payoff, explored)
    return history.record()


def table_entries(actions: tuple[int, ...], tables: str = "own", states: int = 1) -> int:
    """How many numbers a method stores: the sum of all agents' actions, but their product for
    "joint"."""
    validate.choice("tables", tables, SHARING)
    validate.whole_number("states", states, 1)
    if not isinstance(actions, tuple | list) or not actions:
        raise ValueError(f"actions={validate.shown(actions)} are no numbers of actions, (3, 3)")
    for count in actions:
        validate.whole_number("actions", count, 1)
    own = sum(actions)
    common = max(actions)
    entries = {
        "own": own,
        "shared": common,
        "identity": own + common,
        "joint": math.prod(actions),
    }
    return states * entries[tables]


class Team:
    """The learners of all runs and the world they live in: the core that every method shares.

    ``values`` (R, learners, S, A) float and ``greedy`` (R, learners, S) int are the state of
    learning.
    """

    def __init__(self, world: World, learner: Learner, training: Training):
        if learner.tables in ("shared", "identity") and len(set(world.actions)) > 1:
            raise ValueError(
                f"agents can share values only with equal numbers of actions, got {world.actions}"
            )
        self.world = world
        self.learner = learner
        joint = learner.tables == "joint"
        self.sizes = (int(np.prod(world.actions)),) if joint else tuple(world.actions)
        # Choices, the game's chance and the update rules draw apart, so that methods that differ in
        # one of them meet the same luck in the others.
        explore_seed, env_seed, update_seed = np.random.SeedSequence(training.seed).spawn(3)
        self._explore_rng = np.random.default_rng(explore_seed)
        self._env_rng = np.random.default_rng(env_seed)
        self._update_rng = np.random.default_rng(update_seed)
        self._runs = np.arange(training.runs)
        self._learners = np.arange(len(self.sizes))
        # Products of the later sizes: chosen @ weights numbers the joint action, the last agent
        # changing fastest.
        self._weights = np.cumprod((1, *self.sizes[:0:-1]))[::-1]
        shape = (training.runs, len(self.sizes), world.states, max(self.sizes))
        self.values = np.full(shape, float(learner.first_value))
        for i, size in enumerate(self.sizes):
            self.values[:, i, :, size:] = -np.inf
        self.visits = np.zeros(shape)
        self.greedy = self._random_actions(world.states).swapaxes(1, 2)
        if learner.tables == "shared":
            self.greedy = self.greedy[:, :1].repeat(len(self.sizes), axis=1)
        self.states = world.begin(training.runs, self._env_rng)

    def play(self, time: int, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
        """Act, learn, go on, in every run: returns the payoff (R,) and whether anybody explored
        (R,)."""
        explores = self._explore_rng.random((len(self._runs), len(self.sizes))) < epsilon
        greedy = self.greedy[self._runs, :, self.states]
        chosen = np.where(
            explores,
            self._random_actions(1)[:, 0],
            greedy,
        )
        joint = chosen @ self._weights
        rewards, payoff, next_states, done, fresh_states = self.world.step(
            self.states, joint, time, self._env_rng
        )
        if self.learner.tables == "joint":
            rewards = payoff[:, None]
        self._learn(chosen, self._targets(rewards, next_states, done))
        self._choose_again()
        self.states = fresh_states
        return payoff, explores.any(axis=1)

    def greedy_actions(self, state: int) -> np.ndarray:
        """(R, N) int: what each agent would do in ``state`` without exploring."""
        greedy = self.greedy[:, :, state]
        if self.learner.tables == "joint":
            return np.stack(np.unravel_index(greedy[:, 0], self.world.actions), axis=1)
        return greedy.copy()

    def _random_actions(self, count: int) -> np.ndarray:
        """(R, count, learners) int, uniform over each learner's own actions."""
        draws = self._explore_rng.random((len(self._runs), count, len(self.sizes)))
        return (draws * self.sizes).astype(int)

    def _targets(
        self, rewards: np.ndarray, next_states: np.ndarray, done: np.ndarray
    ) -> np.ndarray:
        """What the values used should have been (R, learners): reward plus discounted best value
        that follows."""
        if not self.world.discount:
            return rewards
        future = self.values[self._runs, :, next_states].max(axis=2)
        future = np.where(done[:, None], 0.0, future)
        return rewards + self.world.discount * future

    def _learn(self, chosen: np.ndarray, targets: np.ndarray) -> None:
        """Move the value of each learner's ``chosen`` action (R, learners) towards its target."""
        luck = self._update_rng.random(chosen.shape)
        transfer = SHARING[self.learner.tables]
        for i in self._learners:  # one after the other, since learners may share values
            actions = chosen[:, i]
            used = (self._runs, i, self.states, actions)
            error = targets[:, i] - self.values[used]
            step = (
                self.learner.rule(
                    error,
                    self.visits[used],
                    luck[:, i],
                )
                * error
            )
            for j in self._learners if transfer else (i,):
                # A use shared by half is half a visit, too: it moved the value by half a step.
                share = 1.0 if i == j else transfer
                moved = (self._runs, j, self.states, actions)
                self.values[moved] += share * step
                self.visits[moved] += share

    def _choose_again(self) -> None:
        """Renew the greedy actions in the states just left; a tie keeps the old one (Lauer &
        Riedmiller, 2000)."""
        here = self.values[self._runs, :, self.states]
        old = self.greedy[self._runs, :, self.states]
        new = here.argmax(axis=2)
        runs = self._runs[:, None]
        better = here[runs, self._learners, new] > here[runs, self._learners, old]
        self.greedy[self._runs, :, self.states] = np.where(
            better,
            new,
            old,
        )
