"""The experiments of lesson 07 that run while it is read, and what was recorded for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.cyber_range import TwoZones
from course_lib.experiments.lesson_runs import read_run
from course_lib.experiments.lesson_runs.l07 import HELD_OUT, HELD_OUT_SEED
from course_lib.experiments.lesson_runs.l07_noise import TEAMS
from course_lib.games import TEAM_PROBES, MatrixGame, TeamBatch, coverage, one_shot, penalty
from course_lib.learners import (
    COMA,
    MAPPO,
    COMAConfig,
    FactoredConfig,
    FactoredQ,
    ManyTeamsConfig,
    MAPPOConfig,
    counterfactual_advantages,
    greedy,
    play_team,
    train_teams,
)
from course_lib.learners.team_rollout import team_advantages
from course_lib.viz import INK, new_figure

SMALL = MAPPOConfig(hidden=(16,), num_steps=4, learning_rate=0.01, minibatch_size=512)
"""Enough for worlds of one or two states."""
WORLDS = 32
LOSS_TO_GAIN = LinearSegmentedColormap.from_list("loss to gain", ("#f0a068", "#fcfcfa", "#78b8ee"))
"""Orange, white, blue: light enough for the numbers on them."""
LEVELS = slice(3, 6)
"""Where a defender of the slice sees its level of suspicion."""


@dataclass(frozen=True)
class CoinCritic:
    """What a critic says in the world whose reward is a coin that no agent sees."""

    lucky: float
    """Value of the state that pays +1."""
    unlucky: float
    """Value of the state that pays -1."""
    noise: float
    """Mean size of an advantage, in points; the right one is 0, for no action matters."""


def coin_critic(critic: str, iterations: int = 30) -> CoinCritic:
    """Train on the hidden coin with ``critic`` "own" (IPPO) or "state" (MAPPO)."""
    learner = MAPPO(TEAM_PROBES["hidden state"].env(WORLDS), replace(SMALL, critic=critic))
    learner.learn(SMALL.num_steps * WORLDS * iterations)
    rollout, _ = learner.collector.collect(learner.actor, 20)
    advantages, _ = team_advantages(
        rollout,
        learner.values(rollout.obs, rollout.state),
        learner.values(rollout.next_obs, rollout.next_state),
        SMALL.discount,
        SMALL.gae_lambda,
    )
    coins = torch.eye(3)[:2]
    lucky, unlucky = learner.values(torch.ones(2, 2, 1), coins)[:, 0].tolist()
    return CoinCritic(lucky, unlucky, float(advantages.abs().mean()))


def zones_watched(sharing: str, seed: int) -> int:
    """Train two sensors on the coverage game; how many of the two zones they watch in the end."""
    world = TeamBatch(one_shot(coverage()), WORLDS)
    learner = MAPPO(world, replace(SMALL, sharing=sharing, seed=seed))
    learner.learn(SMALL.num_steps * WORLDS * 30)
    taken = greedy(learner.actor)(world.reset(0)[0])[0]
    return len(set(taken.tolist()))


def critic_error(points: float, normalise: bool) -> float:
    """Train MAPPO where every watched zone is worth ``points``; the critic's mean error at the
    end, as a share of what the team earns."""
    world = TeamBatch(one_shot(coverage((points, points))), WORLDS)
    learner = MAPPO(world, replace(SMALL, normalise_values=normalise))
    learner.learn(SMALL.num_steps * WORLDS * 30)
    rollout, _ = learner.collector.collect(learner.actor, 2)
    expected = learner.values(rollout.obs, rollout.state)
    error = (expected - rollout.rewards).abs().mean()
    return float(error / rollout.rewards.mean())


def two_step_values(mixer: str, ticks: int = 900) -> tuple[FactoredQ, np.ndarray]:
    """Train on the two-step game from even exploration.

    Returns:
        the learner, and (3, 2, 2) what it says of each joint action in the states "start", "safe"
        and "joint".
    """
    world = TEAM_PROBES["two steps"].env(WORLDS)
    config = FactoredConfig(
        mixer=mixer,
        epsilon_end=1.0,
        exploration_steps=1,
        hidden=(16,),
        mixer_width=16,
        learning_rate=0.01,
        warm_up=64,
        batch_size=64,
        updates=1,
        target_every=40,
        discount=0.99,
    )
    learner = FactoredQ(world, config)
    learner.learn(WORLDS * ticks)
    joint = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    tables = []
    for state in range(3):
        seen = torch.as_tensor(world.sees[state]).expand(4, -1, -1)
        with torch.no_grad():
            values = learner.network(seen, torch.eye(4)[state].expand(4, -1), joint)
        tables.append(values.reshape(2, 2).numpy())
    return learner, np.stack(tables)


def even_credit(game: MatrixGame) -> np.ndarray:
    """COMA's credit of agent 0 for every joint action (A_0, ..., A_N-1) when its policy is even
    and the critic exact."""
    payoffs = game.team_payoffs
    actions = payoffs.shape[0]
    own_last = torch.as_tensor(np.moveaxis(payoffs, 0, -1).copy())
    even = torch.full(own_last.shape, 1 / actions, dtype=own_last.dtype)
    credits = []
    for action in range(actions):
        taken = torch.full(own_last.shape[:-1], action)
        credits.append(counterfactual_advantages(own_last, even, taken).numpy())
    return np.stack(credits)


def learned_credit() -> np.ndarray:
    """COMA trained where agent 1's action changes nothing: credit (4, 2) of both agents for the
    joint actions (a, a), (a, b), (b, a), (b, b), from an even policy."""
    # The actors hardly move, so that the critic meets every joint action.
    config = COMAConfig(hidden=(16,), num_steps=4, learning_rate=1e-5, critic_learning_rate=0.02)
    learner = COMA(TEAM_PROBES["idle agent"].env(WORLDS), config)
    learner.learn(4 * WORLDS * 60)
    joint = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    with torch.no_grad():
        first_state = torch.eye(2)[:1].expand(4, 2)
        values = learner.scale.denormalise(learner.critic(first_state, joint))
    return counterfactual_advantages(values, torch.full((4, 2, 2), 0.5), joint).numpy()


def by_level(orders: Sequence[int]) -> Callable[[np.ndarray], np.ndarray]:
    """A defender that gives ``orders[level]``: one order for quiet, for an event, for a file."""
    return lambda obs: np.array(orders)[obs[..., LEVELS].argmax(axis=-1)]


def held_out_points(act: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Points (64,) of a team on the episodes on which the recorded learners were compared."""
    return play_team(act, TwoZones(HELD_OUT), seed=HELD_OUT_SEED)


def at_random(seed: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """A team that gives any order."""
    rng = np.random.default_rng(seed)
    return lambda obs: rng.integers(0, TwoZones.actions, obs.shape[:2])


@dataclass(frozen=True)
class MethodRecord:
    """What was recorded of one learner."""

    steps: np.ndarray
    """(C,) team decisions at which it was tried, rounded to thousands."""
    points: np.ndarray
    """(seeds, C) mean points on the held-out episodes, as it was trained to act."""
    first_choice: np.ndarray
    """(seeds, C) the same when every agent takes its first choice."""
    seconds: np.ndarray
    """(seeds,) time of the whole training."""


def method_records() -> dict[str, MethodRecord]:
    """The recorded comparison of learners, by method, in the order in which they were run."""
    run = read_run("l07-methods")
    records = {}
    for method in dict.fromkeys(run["method"].tolist()):
        rows = run["method"] == method
        seeds = len(np.unique(run["seed"][rows]))
        shape = (seeds, -1)
        steps = run["steps"][rows].reshape(shape)[0]
        records[method] = MethodRecord(
            steps=np.round(steps, -3),
            points=run["points"][rows].reshape(shape),
            first_choice=run["first_choice"][rows].reshape(shape),
            seconds=run["seconds"][rows].reshape(shape)[:, -1],
        )
    return records


def few_episodes(critic: str, episodes: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Recorded points and explained variance (seeds,) of one critic, number of training episodes
    and place ("trained on" or "held out")."""
    run = read_run("l07-few-episodes")
    rows = (run["critic"] == critic) & (run["episodes"] == episodes) & (run["where"] == where)
    if not rows.any():
        raise ValueError(f"no record of critic {critic!r}, {episodes!r}, {where!r}")
    return run["points"][rows], run["explained"][rows]


def teams_at_the_best(game: str, noise: str) -> int:
    """Recorded number of MAPPO's teams, of 20, that end on the best joint action of a matrix game,
    with one kind of noise."""
    run = read_run("l07-noise")
    wanted = (run["game"] == game) & (run["noise"] == noise)
    return int(run["best"][wanted].sum())


@dataclass(frozen=True)
class FreshTeams:
    """Teams of tables that were trained with one learner in one matrix game."""

    best: np.ndarray
    """(5,) share of 200 teams each that end on the best joint action."""
    points: float
    """What all of them earn in the mean."""


def fresh_teams(game: str) -> dict[str, FreshTeams]:
    """The recorded fresh teams of a game by how they learned; "best entropy bonus" is the one of
    seven that leads most of these teams to the best joint action."""
    run = read_run("l07-noise-found")
    teams = {}
    for learner in dict.fromkeys(run["learner"].tolist()):
        rows = (run["game"] == game) & (run["learner"] == learner)
        points = float(run["points"][rows].mean())
        teams[learner] = FreshTeams(run["best"][rows] / TEAMS, points)
    bonuses = [name for name in teams if name.startswith("ent_coef")]
    best = max(bonuses, key=lambda name: teams[name].best.mean())
    return {**teams, "best entropy bonus": teams[best]}


def networks_at_the_best(noise: bool) -> int:
    """Recorded number of MAPPO's teams, of 100, at the best joint action of the game found."""
    run = read_run("l07-noise-networks")
    return int(run["best"][(run["share"] > 0) == noise].sum())


def noise_triples_the_share(seed: int) -> bool:
    """Train 400 teams in the game found; whether noise leads at least three times as many of them
    to the best joint action."""
    payoffs = penalty(-30).team_payoffs
    plain = ManyTeamsConfig(400, seed=seed)
    noisy = ManyTeamsConfig(400, seed=seed, advantage_noise=0.9)
    counts = [(train_teams(payoffs, config) == payoffs.max()).sum() for config in (plain, noisy)]
    return bool(counts[1] >= 3 * counts[0] > 0)


def draw_tables(
    tables: dict[str, np.ndarray],
    marked: dict[str, tuple[int, ...]],
) -> Figure:
    """Payoff tables (3, 3) side by side, blue for gains and orange for losses; a frame stands
    around the joint action that the agents take."""
    figure, axes = new_figure(1, len(tables), figsize=(2.3 * len(tables), 2.6))
    for ax, (name, table) in zip(np.atleast_1d(axes), tables.items(), strict=True):
        ax.imshow(table, cmap=LOSS_TO_GAIN, vmin=-12, vmax=12)
        for (row, column), value in np.ndenumerate(table):
            # Adding 0 turns a rounded minus zero into zero.
            words = f"{round(float(value), 1) + 0.0:.1f}"
            ax.text(column, row, words, ha="center", va="center", color=INK, fontsize=9)
        if name in marked:
            row, column = marked[name]
            corner = (column - 0.46, row - 0.46)
            frame = {"fill": False, "edgecolor": INK, "linewidth": 2.5}
            ax.add_patch(Rectangle(corner, 0.92, 0.92, **frame))
        ax.set_xticks(range(3), list("abc"))
        ax.set_yticks(range(3), list("abc"))
        ax.grid(visible=False)
        ax.set_title(name, fontsize=10)
    return figure
