"""Recorded run of lesson 06: table learners on the two-zone slice with seventeen times the time.

In the lesson each team learns for six episodes, and no method stands out. Here the same learners
have a hundred, so that "they have seen too little" is tried and not only said.
"""

import numpy as np

from course_lib.cyber_range import TwoZones
from course_lib.cyber_range.envs.two_zones import ORDERS, ORDERS_PER_EPISODE
from course_lib.learners import Learner, Lenient, Plain, Team, Training
from course_lib.learners.multi_agent_q.rules import Hysteretic

from .record import LessonRun, Row

TEAMS = 48
"""Teams of each method and seed, each with a range of its own."""
EPISODES = 100
"""Training of each team; the lesson has time for 6."""
JUDGED = 2
"""Fresh episodes that each trained team plays."""
EVALUATION_SEED = 500_000
"""The lesson's own: trained teams are judged on the same episodes there and here."""
LEVEL = slice(3, 6)
"""Where a defender of the slice sees its level of suspicion, one of three."""
START = -100.0
"""First value of every entry: about what ten orders of a bad policy lose, discounted."""
METHODS = {
    "independent": Learner(Plain(0.2), first_value=START),
    "hysteretic": Learner(Hysteretic(0.2, 0.02), first_value=START),
    "lenient": Learner(Lenient(0.2, cooling=0.95), first_value=START),
    "joint-action": Learner(Plain(0.2), tables="joint", first_value=START),
}
RULE = np.array([1, 3, 3])
"""Analyse when quiet, Restore on an event or a file."""


class SliceByLevel:
    """The slice as a world of `multi_agent_q`: both defenders see both levels, nine states."""

    actions = (len(ORDERS), len(ORDERS))
    states = 9
    discount = 0.9
    first_state = 0
    expected = None

    def __init__(self, seed: int):
        """``seed``: of the first episode; the later ones count on."""
        self.seed = seed

    def begin(self, teams: int, rng: np.random.Generator | None) -> np.ndarray:
        """The first state (teams,) of as many copies; the range draws its own luck."""
        self._slice = TwoZones(teams, seed=self.seed)
        obs, _ = self._slice.reset()
        return _state(obs)

    def step(
        self, states: np.ndarray, joint: np.ndarray, time: int, rng: np.random.Generator | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Rewards (R, 2), the team's (R,), the state that follows, ended (R,), the next state."""
        orders = np.stack(np.unravel_index(joint, self.actions), axis=1)
        obs, _, rewards, terminated, _, info = self._slice.step(orders)
        points = info["points"].astype(float)
        return rewards.astype(float), points, _state(info["final_obs"]), terminated, _state(obs)


def _state(obs: np.ndarray) -> np.ndarray:
    """Both levels as one number 0..8, RZA's counting three times."""
    return obs[..., LEVEL].argmax(axis=-1) @ (3, 1)


def trained(
    learner: Learner,
    seed: int,
    episodes: int = EPISODES,
    teams: int = TEAMS,
) -> np.ndarray:
    """The order (teams, 2, 9) that each team gives in each state, after its training."""
    plays = episodes * ORDERS_PER_EPISODE
    training = Training(runs=teams, plays=plays, epsilon_end=0.05, seed=seed)
    # No two seeds of the run share an episode.
    world = SliceByLevel(seed=1000 + seed * episodes * teams)
    team = Team(world, learner, training)
    for play in range(plays):
        team.play(play, training.epsilon(play))
    best = [team.greedy_actions(state) for state in range(world.states)]
    return np.stack(best, axis=2)


def points_of(policies: np.ndarray, episodes: int = JUDGED) -> np.ndarray:
    """Points per episode (teams,) of policies (teams, 2, 9) on the lesson's fresh episodes."""
    teams = len(policies)
    world = SliceByLevel(EVALUATION_SEED)
    state = world.begin(teams, None)
    total = np.zeros(teams)
    for play in range(episodes * ORDERS_PER_EPISODE):
        orders = policies[np.arange(teams), :, state]
        joint = orders @ (len(ORDERS), 1)
        _, points, _, _, state = world.step(state, joint, play, None)
        total += points
    return total / episodes


def rule_policy(teams: int = TEAMS) -> np.ndarray:
    """The written rule as a policy (teams, 2, 9)."""
    both = np.stack([np.repeat(RULE, 3), np.tile(RULE, 3)])
    return np.broadcast_to(both, (teams, *both.shape))


def longer_training(seed: int) -> list[Row]:
    """One row for each team: the points of every method, and of the rule on the same episodes."""
    points = {name: points_of(trained(learner, seed)) for name, learner in METHODS.items()}
    points["rule"] = points_of(rule_policy())
    rows = []
    for team in range(TEAMS):
        row: Row = {"team": team}
        for name, each in points.items():
            row[name] = round(float(each[team]), 1)
        rows.append(row)
    return rows


RUNS: dict[str, LessonRun] = {
    "l06-longer": LessonRun(
        longer_training,
        seeds=3,
        question=(
            "Does a method stand out when every team learns for 100 episodes in place of 6? "
            "Primary contrast: joint-action minus independent, team by team, 144 teams. Beside it: "
            "does the rule with three numbers still win? Control: 6 episodes, in the lesson."
        ),
        minutes=4.0,
        config={
            "teams": TEAMS,
            "episodes": EPISODES,
            "judged": JUDGED,
            "evaluation_seed": EVALUATION_SEED,
            "start": START,
            "methods": {name: repr(learner) for name, learner in METHODS.items()},
        },
    )
}
