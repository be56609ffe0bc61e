"""Example study: do owners who learn for themselves clean their networks?

The world is `games.OwnersGame`. Owners learn with tables, side by side and without a word between
them; only what they are paid differs. What they have learned is judged exactly, by the long-run
cost of their greedy policies.
"""

from dataclasses import replace

import numpy as np

from course_lib.games.owners import OwnersGame, OwnersOptions
from course_lib.learners.multi_agent_q.games import Step
from course_lib.learners.multi_agent_q.learn import Learner, Plain, Team, Training

from ..plan import StudyPlan
from ..runs import Measured

GROUPS = 25
"""Groups of owners that learn side by side for each seed."""
TICKS = 20_000
"""Ticks of learning."""
LEARNING_RATE = 0.05
PAY = ("own", "team")

SHARED_WORLD = OwnersOptions()
BORDERS = 2
"""Neighbours of an owner on the ring of three."""
HARM_AT_HOME = replace(SHARED_WORLD, own=SHARED_WORLD.own + BORDERS * SHARED_WORLD.spill, spill=0.0)
"""The same points are lost in every state, but each owner pays what its own infection costs."""
NO_NEIGHBOURS = replace(HARM_AT_HOME, spread=0.0)
"""Nothing passes between the networks either: nobody's choice touches another owner."""

ARMS = {
    "selfish": (SHARED_WORLD, "own"),
    "team-paid": (SHARED_WORLD, "team"),
    "liable": (HARM_AT_HOME, "own"),
    "apart-selfish": (NO_NEIGHBOURS, "own"),
    "apart-team": (NO_NEIGHBOURS, "team"),
}
"""Name -> the world, and what an owner is paid."""

PLAN = StudyPlan(
    name="owners",
    question="Do owners who learn for themselves keep a shared network as clean as a paid team?",
    hypothesis=(
        "No. That nobody cleans is an equilibrium, although everybody loses by it: a cleaning "
        "costs its owner more than it saves them. Learners who are paid by their own points should "
        "end near it, and learners who share all points should not. (Seed 100 was tried before, to "
        "see that the code runs.)"
    ),
    metric="points lost by all owners per tick, long run (points)",
    arms={
        "selfish": "each learns from its own points",
        "team-paid": "each learns from the points of all",
        "liable": "each pays the harm that its own infection does, and learns from its own points",
        "apart-selfish": "no neighbours at all, own points",
        "apart-team": "no neighbours at all, points of all",
    },
    primary=("selfish", "team-paid"),
    expected="higher",
    margin=0.3,
    control=("apart-selfish", "apart-team"),
    control_says=(
        "Where no owner's choice touches another, it cannot matter whose points one learns from."
    ),
    seeds=10,
    minutes=6.0,
    secondary=(("liable", "team-paid"), ("liable", "selfish")),
    settings={"groups": GROUPS, "ticks": TICKS, "learning_rate": LEARNING_RATE},
)


class OwnersWorld:
    """The owners' game as a world of `multi_agent_q`, for R groups at once, without an end."""

    first_state = 0
    expected = None

    def __init__(self, game: OwnersGame, pay: str) -> None:
        self.game = game
        self.pay = pay
        self.states = game.states
        self.actions = (2,) * game.options.owners
        self.discount = game.options.discount
        self._limits = np.cumsum(game.transitions, axis=2)[:, :, :-1]

    def begin(self, runs: int, rng: np.random.Generator) -> np.ndarray:
        """(R,) all networks are clean."""
        return np.zeros(runs, int)

    def step(
        self, states: np.ndarray, joint: np.ndarray, time: int, rng: np.random.Generator
    ) -> Step:
        """One tick of every group; an owner gets its own points, or the mean of all."""
        points = self.game.rewards[states, joint]
        drawn = rng.random(len(states))[:, None]
        after = (drawn >= self._limits[states, joint]).sum(axis=1)
        mean = points.mean(axis=1)
        shared = np.repeat(mean[:, None], points.shape[1], axis=1)
        paid = points if self.pay == "own" else shared
        return Step(paid, mean, after, np.zeros(len(states), bool), after)


def measure(arm: str, seed: int) -> Measured:
    """Long-run cost of what each group has learned, and how often the infected clean."""
    options, pay = ARMS[arm]
    game = OwnersGame(options)
    policies = learned(OwnersWorld(game, pay), seed)
    costs = [game.cost_per_tick(policy) for policy in policies]
    infected = np.broadcast_to(game.infected, policies.shape)
    nobody = np.zeros_like(policies[0])
    facts = {
        "share of infected owners that clean": float(policies[infected].mean()),
        "exact: best": game.cost_per_tick(game.best_joint_policy()),
        "exact: nobody cleans": game.cost_per_tick(nobody),
    }
    return Measured(costs, facts)


def learned(world: OwnersWorld, seed: int, ticks: int = TICKS) -> np.ndarray:
    """(R, S, N) greedy policies of groups of independent learners."""
    training = Training(runs=GROUPS, plays=ticks, epsilon_end=0.05, seed=seed)
    team = Team(world, Learner(Plain(LEARNING_RATE)), training)
    for play in range(ticks):
        team.play(play, training.epsilon(play))
    return np.stack([team.greedy_actions(state) for state in range(world.states)], axis=1)
