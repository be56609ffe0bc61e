"""The runs of lesson 07 about noise in the critic: a search through small games for one in which it
helps, with MAPPO's networks and then with tables, and the game found, with fresh teams."""

from collections.abc import Callable
from dataclasses import replace

import torch

from course_lib.games import MatrixGame, TeamBatch, climbing, factoring, one_shot, penalty
from course_lib.learners import MAPPO, ManyTeamsConfig, MAPPOConfig, greedy, train_teams

from .record import LessonRun, Row

UPDATES = 60
BATCH = 32
"""Team decisions in an update."""
PLAIN = MAPPOConfig(
    sharing="none",
    hidden=(8,),
    num_steps=1,
    epochs=1,
    learning_rate=0.03,
    max_grad_norm=10.0,
)

GAMES: dict[str, Callable[[], MatrixGame]] = {
    "factoring": factoring,
    "climbing": climbing,
    "penalty -10": penalty,
    "penalty -30": lambda: penalty(-30),
}
NOISES = {
    "none": PLAIN,
    "values, deviation 10": replace(PLAIN, value_noise=10.0),
    "advantages, share 0.5": replace(PLAIN, advantage_noise=0.5),
    "advantages, share 0.8": replace(PLAIN, advantage_noise=0.8),
}
"""Every kind of noise is tried in every game: 12 places to look in."""
SEARCH_SEEDS = 10_000
"""Added to the seeds of a search: the game that it found is played again with others."""
ENTROPIES = (0.03, 0.1, 0.3, 1.0)
"""Bonuses for randomness: does noise do more than to make agents explore?"""

TEAMS = 200
"""Teams of tables in one run."""
BATCHES = (8, 32, 128)
SHARES = (0.5, 0.8, 0.9)
"""Shares of noise; with a batch and a game, 36 more places."""
BONUSES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
FOUND = "penalty -30"
FOUND_SHARE = 0.9
"""Where the search with tables found the largest gain, at a batch of 32."""


def taught(
    game: MatrixGame,
    config: MAPPOConfig,
    batch: int = BATCH,
    updates: int = UPDATES,
) -> float:
    """What a team earns by its first choices after its training.

    Args:
        game: of the team.
        config: how it learns.
        batch: team decisions in an update.
        updates: how many there are.
    """
    world = TeamBatch(one_shot(game), batch)
    learner = MAPPO(world, config)
    learner.learn(batch * updates)
    obs, _ = world.reset(0)
    joint = greedy(learner.actor)(obs)[0]
    return float(game.team_payoffs[tuple(joint.tolist())])


def search(seed: int) -> list[Row]:
    """Every kind of noise in every game, and bonuses for randomness in one."""
    torch.set_num_threads(1)
    trials = []
    for name in GAMES:
        trials += [(name, noise, config) for noise, config in NOISES.items()]
    for bonus in ENTROPIES:
        trials.append((FOUND, f"none, ent_coef {bonus:g}", replace(PLAIN, ent_coef=bonus)))
    rows = []
    for name, noise, config in trials:
        game = GAMES[name]()
        paid = taught(game, replace(config, seed=SEARCH_SEEDS + seed))
        best = int(paid == game.team_payoffs.max())
        rows.append({"game": name, "noise": noise, "paid": paid, "best": best})
    return rows


def search_with_tables(seed: int) -> list[Row]:
    """Every share of noise in every game, at three sizes of the batch; how many of the teams end on
    the best joint action."""
    rows = []
    for name in GAMES:
        for batch in BATCHES:
            for share in (0.0, *SHARES):
                config = ManyTeamsConfig(TEAMS, batch=batch, advantage_noise=share)
                best, _ = at_the_best(name, replace(config, seed=SEARCH_SEEDS + seed))
                rows.append({"game": name, "batch": batch, "share": share, "best": best})
    return rows


def at_the_best(game: str, config: ManyTeamsConfig) -> tuple[int, float]:
    """How many teams end on the best joint action, and the mean points of all."""
    payoffs = GAMES[game]().team_payoffs
    paid = train_teams(payoffs, config)
    best = int((paid == payoffs.max()).sum())
    return best, round(float(paid.mean()), 3)


def found(seed: int) -> list[Row]:
    """Fresh teams in every game: without noise, with it, and with what else may do the same."""
    plain = ManyTeamsConfig(TEAMS, seed=seed)
    noisy = replace(plain, advantage_noise=FOUND_SHARE)
    learners = {
        "no noise": plain,
        "own noise": noisy,
        "the same noise for both": replace(noisy, noise="same"),
        "batch of 128": replace(plain, batch=128),
        "batch of 8": replace(plain, batch=8),
    }
    for bonus in BONUSES:
        learners[f"ent_coef {bonus:g}"] = replace(plain, ent_coef=bonus)
    rows = []
    for game in GAMES:
        for name, config in learners.items():
            best, points = at_the_best(game, config)
            rows.append({"game": game, "learner": name, "best": best, "points": points})
    return rows


def with_networks(seed: int) -> list[Row]:
    """MAPPO itself in the game that was found, without noise and with it."""
    torch.set_num_threads(1)
    game = GAMES[FOUND]()
    plain = replace(PLAIN, learning_rate=0.1, seed=seed)
    rows = []
    for share in (0.0, FOUND_SHARE):
        paid = taught(game, replace(plain, advantage_noise=share))
        rows.append({"share": share, "paid": paid, "best": int(paid == game.team_payoffs.max())})
    return rows


RUNS = {
    "l07-noise": LessonRun(
        make=search,
        seeds=20,
        question="Is there a small game in which noise leads more teams to the best joint action? "
        "A search, which proves nothing: four games, three kinds of noise, 20 seeds each; the "
        "largest gain in teams is tried again with other seeds (l07-noise-found).",
        minutes=0.3,
        config={
            "updates": UPDATES,
            "batch": BATCH,
            "games": list(GAMES),
            "noises": list(NOISES),
            "entropies": list(ENTROPIES),
        },
    ),
    "l07-noise-search": LessonRun(
        make=search_with_tables,
        seeds=2,
        question="20 teams show no small gain. The same search with tables in place of networks, "
        "400 teams in each of 36 places. It proves nothing either: the largest gain is tried again "
        "with fresh teams (l07-noise-found).",
        minutes=0.5,
        config={"teams": TEAMS, "batches": list(BATCHES), "shares": list(SHARES)},
    ),
    "l07-noise-found": LessonRun(
        make=found,
        seeds=5,
        question="Does advantage noise, share 0.9, lead more teams to the best joint action of the "
        "penalty game with -30 at a batch of 32? Primary contrast: share of 1,000 fresh teams on "
        "it, own noise minus none. Controls: the same noise for both, seven bonuses for "
        "randomness, a batch four times as large and one of a quarter. Second: the same in the "
        "three other games.",
        minutes=0.5,
        config={"teams": TEAMS, "share": FOUND_SHARE, "bonuses": list(BONUSES)},
    ),
    "l07-noise-networks": LessonRun(
        make=with_networks,
        seeds=100,
        question="And MAPPO with its networks, in the game that was found, with a step of 0.1? "
        "Contrast: share of 100 teams on the best joint action, own noise minus none.",
        minutes=0.05,
        config={"updates": UPDATES, "batch": BATCH, "game": FOUND, "share": FOUND_SHARE},
    ),
}
"""The recorded runs about noise by name."""
