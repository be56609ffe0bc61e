"""What lessons 14 and 14b play, and the rows of their tables."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course_lib import cyber_range, games
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policy import Tick
from course_lib.experiments import attacker
from course_lib.experiments.attacker import CrossEntropyConfig, best_response, judge
from course_lib.experiments.lesson_runs.budget_price import (
    PacedExpert,
    dual_ascent,
    priced,
    restores,
)
from course_lib.experiments.lesson_runs.disturbances import SilentSensors
from course_lib.experiments.lesson_runs.held_out import held_out_seeds
from course_lib.experiments.lesson_runs.l14_budget import STEP, NoSecondChoice
from course_lib.experiments.lesson_runs.l14_cross import DEFENDERS, WORLDS
from course_lib.hierarchy import (
    AttentionRecord,
    HierarchicalDefender,
    Recommender,
    influence_over_time,
)
from course_lib.hierarchy.recommender import Operator
from course_lib.stats import Contrast, mean_interval, paired_contrast

__all__ = [
    "CrossEntropyConfig",
    "PacedExpert",
    "best_response",
    "held_out_seeds",
    "judge",
    "priced",
    "restores",
]

Points = dict[str, dict[str, np.ndarray]]
"""defender -> world -> (N,) points, paired by episode."""


FEW_WORLDS = ("official", "stealthy", "impact-hungry", "phishing 0.75", "full zones")
"""Of the recorded worlds, those that an exercise plays."""


SIZES: dict[str, dict[str, tuple[int, int]]] = {
    "small: 1 server, 3 users": {"servers": (1, 1), "users": (3, 3)},
    "official: 1 to 6, 3 to 10": {},
    "full: 6 servers, 10 users": {"servers": (6, 6), "users": (10, 10)},
}
"""Hosts of each zone, from the fewest to the most that the range can have."""


def play_worlds(
    seeds: range,
    names: Sequence[str],
    worlds: Mapping[str, dict[str, Any]] | None = None,
) -> Points:
    """Defended parts of these defenders' scores, on the same episodes in each world.

    Args:
        seeds: of the episodes.
        names: of `DEFENDERS`.
        worlds: name -> options of the range; by default `FEW_WORLDS`.
    """
    if worlds is None:
        worlds = {name: WORLDS[name] for name in FEW_WORLDS}
    points: Points = {name: {} for name in names}
    for world, options in worlds.items():
        for name in names:
            report = cyber_range.evaluate(
                DEFENDERS[name](),
                episodes=len(seeds),
                seed=seeds[0],
                **options,
            )
            points[name][world] = report.defended_scores
    return points


def mean_rows(points: Points) -> list[tuple[str, ...]]:
    """Rows of a table: world, then mean and half-width of every defender."""
    rows = []
    for world in next(iter(points.values())):
        cells = []
        for by_world in points.values():
            found = mean_interval(by_world[world])
            cells.append(f"{found.mean:.0f} ± {found.half_width:.0f}")
        rows.append((world, *cells))
    return rows


def worst_worlds(points: Points) -> dict[str, tuple[str, float]]:
    """Defender -> its worst world and the mean points there."""
    found = {}
    for defender, by_world in points.items():
        means = {}
        for world, of in by_world.items():
            means[world] = float(of.mean())
        worst = min(means, key=means.__getitem__)
        found[defender] = (worst, means[worst])
    return found


Update = Callable[[np.ndarray, np.ndarray, int, float], tuple[np.ndarray, np.ndarray]]
"""(tries (P, n), points lost (P,), elite, least spread) -> centre (n,), spread (n,)."""


def search_by(
    update: Update,
    blue: TickPolicy,
    config: CrossEntropyConfig,
    episodes: int = 2,
    seed: int = 0,
) -> list[float]:
    """The attacker of the lesson searches with somebody's own update of its table.

    Args:
        update: makes the next centre and spread from the tries of a generation.
        blue: the frozen defender.
        config: of the search, which begins with the official attacker.
        episodes: that each try plays.
        seed: of the search.

    Returns:
        What the defender lost in the mean of each generation, points.
    """
    rng = np.random.default_rng(seed)
    centre = attacker.scripted()
    spread = np.full(centre.shape, config.spread)
    first = attacker.SEARCH_EPISODES
    means = []
    for _ in range(config.generations):
        noise = rng.normal(size=(config.population, len(centre)))
        tries = centre + spread * noise
        played = np.repeat(tries, episodes, axis=0)
        points = attacker.play_against(blue, attacker.Attackers.of(played), first)
        first += len(played)
        lost = -points.reshape(config.population, episodes).mean(axis=1)
        means.append(float(lost.mean()))
        centre, spread = update(tries, lost, config.elite, config.least_spread)
    return means


def contrasts(points: dict[str, np.ndarray], reference: str) -> dict[str, Contrast]:
    """Everything minus the reference, paired."""
    base = points[reference]
    found = {}
    for name, of in points.items():
        if name != reference:
            found[name] = paired_contrast(of, base)
    return found


def contrast_row(name: str, found: Contrast) -> tuple[str, str]:
    """A difference with its interval, for a table."""
    interval = f"({found.low:+.0f} to {found.high:+.0f})"
    return name, f"{found.difference:+.0f} {interval}"


BUDGET_EPISODES = 4_500_000
"""Seed of the first episode on which a price is learned."""


def silent(policy: cyber_range.Policy) -> cyber_range.Policy:
    """The same policy, which does not say what it would do instead of what is refused."""
    return NoSecondChoice(policy)  # type: ignore[arg-type]


def learn_price(budget: int, rounds: int = 4, episodes: int = 8) -> list[float]:
    """The price of a Restore in each round of dual ascent, and the one that was learned."""
    done = dual_ascent(priced, budget, BUDGET_EPISODES, rounds, episodes, STEP)
    return [one.price for one in done] + [done[-1].next_price]


def running(name: str, seed: int, ticks: int) -> tuple[cyber_range.VectorRange, object]:
    """A range in the middle of an episode, and the scripted policy that has played it so far."""
    env = cyber_range.VectorRange(1, seed=seed, observation="message")
    policy = cyber_range.make_policy(name)
    policy.reset(seed)
    obs, info = env.reset()
    for _ in range(ticks):
        obs, *_, info = env.step(policy.act_batch(obs, info))
    return env, policy


def contributions(
    env: cyber_range.VectorRange, policy: object, futures: int, horizon: int
) -> np.ndarray:
    """(D, F) Shapley values of the defenders in each common future, points."""
    members = env.num_defenders
    asked = games.coalitions(members)
    worths = cyber_range.coalition_worths(env, policy, 0, asked, futures=futures, horizon=horizon)  # type: ignore[arg-type]
    place = {coalition: number for number, coalition in enumerate(asked)}
    values = np.zeros((members, futures))
    for future in range(futures):
        earned = worths[:, future]
        values[:, future] = games.shapley_values(
            members,
            lambda coalition, earned=earned: earned[place[coalition]],
        )
    return values


def interval_rows(names: Sequence[str], values: np.ndarray) -> list[tuple[str, str]]:
    """Names with mean and interval of each row of ``values`` (K, F)."""
    rows = []
    for name, row in zip(names, values, strict=True):
        found = mean_interval(row)
        interval = f"({found.low:+.1f} to {found.high:+.1f})"
        rows.append((name, f"{found.mean:+.1f} {interval}"))
    return rows


def recommended(
    defender: HierarchicalDefender, operator: Operator, seed: int, ticks: int
) -> Recommender:
    """A recommender that has watched over the first ticks of an episode."""
    recommender = Recommender(defender, operator)
    watch(recommender, seed, ticks)
    return recommender


def watch(policy: cyber_range.BatchPolicy, seed: int, ticks: int) -> cyber_range.VectorRange:
    """Let a policy play the first ticks of an episode; returns the range at that moment."""
    policy.reset(seed)
    env = cyber_range.VectorRange(1, seed=seed, observation="message")
    obs, info = env.reset()
    for _ in range(ticks):
        obs, *_, info = env.step(policy.act_batch(obs, info))
    return env


class AsLogged(Around):
    """Does what was logged, and when the log ends, what the policy inside wants.

    Args:
        inside: is told what was done in its place.
        actions: (T, D) of the first ticks of an episode.
    """

    def __init__(self, inside: TickPolicy, actions: list[list[int]]) -> None:
        super().__init__(inside)
        self.actions = actions

    def screened(self, tick: Tick, wanted: np.ndarray) -> np.ndarray:
        """(E, D) what was logged for this tick."""
        now = int(tick.step[0])
        if now >= len(self.actions):
            return wanted
        return np.tile(self.actions[now], (tick.size, 1))


def gain_of(
    recommender: Recommender, proposal: dict[str, Any], futures: int = 32, horizon: int = 50
) -> Contrast:
    """What a logged proposal earns more than its alternative, points.

    The episode is played again up to that moment, and forked: once with each of the two actions,
    in the same futures; afterwards the hierarchy plays on by itself. ValueError for a proposal of
    the first tick: nothing has been played that could be forked.
    """
    now = proposal["tick"]
    again = AsLogged(recommender.inside, recommender.log.actions[:now])
    env = watch(again, recommender.log.seed, now)
    agent = proposal["defender"]
    labels = []
    for action in range(env.layout.size(agent)):
        labels.append(cyber_range.action_label(env.defenders, agent, action))
    both = [proposal["action"], labels.index(proposal["alternative"])]
    values = cyber_range.action_values(
        env,
        again,
        0,
        agent,
        both,
        futures=futures,
        horizon=horizon,
    )
    return paired_contrast(*values.returns)


def weight_and_influence(record: AttentionRecord, unit: str) -> list[tuple[str, str, str]]:
    """Rows: a child of a commander, its mean weight, and how far its message moves the command."""
    weight = record.pooling(unit).mean(axis=0)
    moves = influence_over_time(record, unit).mean(axis=0)
    rows = []
    for child, heard, moved in zip(record.children(unit), weight, moves, strict=True):
        rows.append((child, f"{heard:.2f}", f"{moved:.1%}"))
    return rows


def budget_rows(played: dict[str, cyber_range.Report]) -> list[tuple[str, str, str, str]]:
    """Rows (how, mean Restores of an episode, most in one, mean defended part)."""
    rows = []
    for name, report in played.items():
        used = restores(report)
        defended = report.defended_scores.mean()
        rows.append((name, f"{used.mean():.1f}", f"{used.max():.0f}", f"{defended:.0f}"))
    return rows


def verdict(found: Contrast) -> str:
    """What an interval of a difference allows to say of it."""
    if found.low > 0:
        return "clearly better"
    return "clearly worse" if found.high < 0 else "no clear difference"


ALARMS = {"local_false_positive_rate": 0.2, "access_false_positive_rate": 0.2}
"""Twenty times as many false alarms as the challenge has."""


def deaf(policy: cyber_range.Policy) -> cyber_range.Policy:
    """The same policy, to which no event is shown: it goes by its own looks alone."""
    return SilentSensors(policy, share=1.0)  # type: ignore[arg-type]


def with_false_alarms(
    policy: cyber_range.Policy | str,
    episodes: int = 8,
    seed: int = 870_100,
) -> tuple[cyber_range.Report, cyber_range.Report]:
    """The same episodes as they are, and with twenty times as many false alarms."""
    honest = cyber_range.evaluate(policy, episodes=episodes, seed=seed)
    lying = cyber_range.evaluate(policy, episodes=episodes, seed=seed, **ALARMS)
    return honest, lying
