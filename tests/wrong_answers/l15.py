"""Wrong answers to the exercises of lesson 15, as readers give them."""

import numpy as np

from course_lib.lessons import t_quantile
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("15")


@WRONG("official_score", says="the mean over the agents")
def summed_over_agents(rewards):
    return rewards[:-1].sum()


@WRONG("official_score", says="all ticks but the last")
def last_tick_counted(rewards):
    return rewards.mean(axis=1).sum()


@WRONG("official_score", says="all ticks but the last")
def first_tick_dropped(rewards):
    return rewards[1:].mean(axis=1).sum()


@WRONG("official_score", says="added up")
def mean_over_ticks_too(rewards):
    return rewards[:-1].mean()


def _around(mean, half):
    return mean, mean - half, mean + half


def _numbers(summary):
    reward = summary["reward"]
    return reward["mean"], reward["stdev"], summary["parameters"]["max_episodes"]


@WRONG("summary_interval", says="standard error")
def spread_instead_of_error(summary):
    mean, std, episodes = _numbers(summary)
    return _around(mean, t_quantile(0.975, episodes - 1) * std)


@WRONG("summary_interval", says="n - 1 degrees of freedom")
def normal_instead_of_t(summary):
    mean, std, episodes = _numbers(summary)
    return _around(mean, 1.96 * std / np.sqrt(episodes))


@WRONG("summary_interval", says="standard error")
def divided_by_the_wrong_count(summary):
    mean, std, episodes = _numbers(summary)
    return _around(mean, t_quantile(0.975, episodes - 1) * std / np.sqrt(episodes - 1))


@WRONG("summary_interval", says="low comes before high")
def ends_swapped(summary):
    mean, std, episodes = _numbers(summary)
    half = t_quantile(0.975, episodes - 1) * std / np.sqrt(episodes)
    return mean, mean + half, mean - half


@WRONG("engines_verdict", says="inside the margin")
def zero_decides(difference, error, freedom, margin):
    half = t_quantile(0.95, freedom) * error
    return "equivalent" if abs(difference) < half else "different"


@WRONG("engines_verdict", says="inside the margin")
def interval_of_95_percent(difference, error, freedom, margin):
    half = t_quantile(0.975, freedom) * error
    if abs(difference) + half < margin:
        return "equivalent"
    return "different" if abs(difference) - half > margin else "open"


@WRONG("engines_verdict", says="below the margin")
def only_one_side(difference, error, freedom, margin):
    half = t_quantile(0.95, freedom) * error
    if difference + half < margin and difference - half > -margin:
        return "equivalent"
    return "different" if difference - half > margin else "open"


@WRONG("engines_verdict", says="leaves the question open")
def no_open_question(difference, error, freedom, margin):
    half = t_quantile(0.95, freedom) * error
    if abs(difference) + half < margin:
        return "equivalent"
    return "open" if half > margin else "different"


@WRONG("engines_verdict", says="holding zero proves nothing")
def not_significant_is_equal(difference, error, freedom, margin):
    half = t_quantile(0.95, freedom) * error
    if abs(difference) - half > margin:
        return "different"
    if abs(difference) + half < margin or abs(difference) < half:
        return "equivalent"
    return "open"


@WRONG("value_targets", says="the network goes on")
def every_flag_ends_the_task(rewards, values, flags, ticks, steps, discount):
    return rewards + discount * values * ~flags


@WRONG("value_targets", says="ends the task")
def no_flag_ends_the_task(rewards, values, flags, ticks, steps, discount):
    return rewards + discount * values


@WRONG("value_targets", says="ends the task")
def clock_off_by_one(rewards, values, flags, ticks, steps, discount):
    return rewards + discount * values * ~(flags & (ticks < steps - 2))


@WRONG("value_targets", says="the next value is added")
def discount_forgotten(rewards, values, flags, ticks, steps, discount):
    return rewards + values * ~(flags & (ticks < steps - 1))


@WRONG("training_bill", says="every core is paid")
def one_core_paid(steps, rate, cores, efficiency, price):
    hours = steps / (rate * cores * efficiency) / 3600
    return hours, hours * price


@WRONG("training_bill", says="what all cores make")
def efficiency_forgotten(steps, rate, cores, efficiency, price):
    hours = steps / (rate * cores) / 3600
    return hours, hours * cores * price


@WRONG("training_bill", says="what all cores make")
def one_core_works(steps, rate, cores, efficiency, price):
    hours = steps / (rate * efficiency) / 3600
    return hours, hours * cores * price


@WRONG("training_bill", says="what all cores make")
def efficiency_as_a_power(steps, rate, cores, efficiency, price):
    hours = steps / (rate * cores**efficiency) / 3600  # four cores at 0.5: the same two
    return hours, hours * cores * price


@WRONG("training_bill", says="every core is paid")
def begun_hours_are_paid(steps, rate, cores, efficiency, price):
    hours = steps / (rate * cores * efficiency) / 3600
    return hours, np.ceil(hours) * cores * price


@WRONG("training_bill", says="every core is paid")
def idle_cores_cost_nothing(steps, rate, cores, efficiency, price):
    hours = steps / (rate * cores * efficiency) / 3600
    return hours, hours * cores * efficiency * price
