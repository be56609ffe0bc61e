"""Wrong answers to the exercises of lesson 14, as readers give them."""

import numpy as np

from course_lib.lessons import t_quantile
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("14")


def answer(points, worst, half=None):
    """World, difference and interval of the paired differences."""
    gains = points[worst] - points[0]
    if half is None:
        half = t_quantile(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    return worst, gains.mean(), gains.mean() - half, gains.mean() + half


@WRONG("worst_world", says="smallest mean")
def world_of_the_worst_episode(points):
    return answer(points, int(points.min(axis=1).argmin()))


@WRONG("worst_world", says="paired differences")
def interval_without_pairs(points):
    worst = int(points.mean(axis=1).argmin())
    count = points.shape[1]
    spread = points[worst].var(ddof=1) + points[0].var(ddof=1)
    half = t_quantile(0.975, count - 1) * np.sqrt(spread / count)
    return answer(points, worst, half)


@WRONG("worst_world", says="minus world 0")
def the_other_way_round(points):
    worst = int(points.mean(axis=1).argmin())
    _, mean, low, high = answer(points, worst)
    return worst, -mean, -high, -low


@WRONG("worst_world", says="n - 1 degrees of freedom")
def normal_instead_of_t(points):
    worst = int(points.mean(axis=1).argmin())
    gains = points[worst] - points[0]
    return answer(points, worst, 1.96 * gains.std(ddof=1) / np.sqrt(len(gains)))


@WRONG("worst_world", says="n - 1 degrees of freedom")
def ddof_forgotten(points):
    worst = int(points.mean(axis=1).argmin())
    gains = points[worst] - points[0]
    half = t_quantile(0.975, len(gains) - 1) * gains.std() / np.sqrt(len(gains))
    return answer(points, worst, half)


@WRONG("worst_world", says="smallest mean")
def by_the_last_episode(points):
    return answer(points, int(points[:, -1].argmin()))


@WRONG("safest", says="loses least where it loses most")
def best_on_average(table):
    best = int(table.mean(axis=1).argmax())
    return best, table[best].min(), table[:, 0].max() - table[best, 0]


@WRONG("safest", says="worst attacker")
def value_against_the_first(table):
    best = int(table.min(axis=1).argmax())
    return best, table[best, 0], table[:, 0].max() - table[best, 0]


@WRONG("safest", says="the price is what it gives up")
def price_with_the_wrong_sign(table):
    best = int(table.min(axis=1).argmax())
    return best, table[best].min(), table[best, 0] - table[:, 0].max()


@WRONG("safest", says="loses least where it loses most")
def largest_loss(table):
    best = int(table.min(axis=1).argmin())
    return best, table[best].min(), table[:, 0].max() - table[best, 0]


@WRONG("safest", says="loses least where it loses most")
def columns_taken_for_defenders(table):
    best = int(table.max(axis=0).argmin()) % len(table)
    return best, table[best].min(), table[:, 0].max() - table[best, 0]


@WRONG("next_generation", says="cost the most")
def the_mildest_attackers(tries, lost, elite, least):
    best = np.argsort(lost)[:elite]
    return tries[best].mean(axis=0), np.maximum(tries[best].std(axis=0), least)


@WRONG("next_generation", says="never below least")
def floor_forgotten(tries, lost, elite, least):
    best = np.argsort(-lost)[:elite]
    return tries[best].mean(axis=0), tries[best].std(axis=0)


@WRONG("next_generation", says="never below least")
def spread_of_a_sample(tries, lost, elite, least):
    best = np.argsort(-lost)[:elite]
    few = tries[best]
    spread = few.std(axis=0, ddof=1) if elite > 1 else np.zeros(tries.shape[1])
    return few.mean(axis=0), np.maximum(spread, least)


@WRONG("next_generation", says="cost the most")
def around_the_best_try(tries, lost, elite, least):
    best = np.argsort(-lost)[:elite]
    return tries[best[0]], np.maximum(tries[best].std(axis=0), least)


@WRONG("next_generation", says="the same tries")
def spread_of_all(tries, lost, elite, least):
    best = np.argsort(-lost)[:elite]
    return tries[best].mean(axis=0), np.maximum(tries.std(axis=0), least)


@WRONG.right("next_generation")
def by_sorting_pairs(tries, lost, elite, least):
    order = sorted(range(len(lost)), key=lambda number: lost[number], reverse=True)
    few = np.array([tries[number] for number in order[:elite]])
    return few.mean(axis=0), np.clip(few.std(axis=0), least, None)


def interval_of(values):
    """Mean and 95 % t interval."""
    half = t_quantile(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half


@WRONG("more_together", says="before anything is added")
def costs_not_taken(base, alone, together):
    return interval_of(together - alone.sum(axis=0) + base)


@WRONG("more_together", says="before anything is added")
def the_other_sign(base, alone, together):
    return interval_of((alone - base).sum(axis=0) - (together - base))


@WRONG("more_together", says="before anything is added")
def mean_of_the_parts(base, alone, together):
    return interval_of((together - base) - (alone - base).mean(axis=0))


@WRONG("more_together", says="differences of the episodes")
def interval_of_the_whole_night(base, alone, together):
    costs = (together - base) - (alone - base).sum(axis=0)
    _, low, high = interval_of(together - base)
    half = (high - low) / 2
    return costs.mean(), costs.mean() - half, costs.mean() + half


@WRONG("more_together", says="n - 1 degrees of freedom")
def normal_quantile(base, alone, together):
    costs = (together - base) - (alone - base).sum(axis=0)
    half = 1.96 * costs.std(ddof=1) / np.sqrt(len(costs))
    return costs.mean(), costs.mean() - half, costs.mean() + half
