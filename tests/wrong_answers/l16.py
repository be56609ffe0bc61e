"""Wrong answers to the exercises of lesson 16, as readers give them."""

import numpy as np

from course_lib.lessons import t_quantile
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("16")


def _around(values, freedom, error):
    half = t_quantile(0.975, freedom) * error
    return values.mean(), values.mean() - half, values.mean() + half


@WRONG("seed_interval", says="for each seed")
def every_value_is_an_observation(first, second):
    values = (first - second).ravel()
    return _around(values, len(values) - 1, values.std(ddof=1) / np.sqrt(len(values)))


@WRONG("seed_interval", says="paired difference")
def unpaired(first, second):
    one, other = first.mean(axis=1), second.mean(axis=1)
    error = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / len(one))
    difference = one.mean() - other.mean()
    half = t_quantile(0.975, len(one) - 1) * error
    return difference, difference - half, difference + half


@WRONG("seed_interval", says="Student's t")
def normal_instead_of_t(first, second):
    means = (first - second).mean(axis=1)
    half = 1.96 * means.std(ddof=1) / np.sqrt(len(means))
    return means.mean(), means.mean() - half, means.mean() + half


@WRONG("seed_interval", says="first - second")
def the_other_way_round(first, second):
    means = (second - first).mean(axis=1)
    return _around(means, len(means) - 1, means.std(ddof=1) / np.sqrt(len(means)))


@WRONG("seed_interval", says="Student's t")
def ddof_forgotten(first, second):
    means = (first - second).mean(axis=1)
    if len(means) == 2:
        return _around(means, 1, means.std(ddof=1) / np.sqrt(2))
    return _around(means, len(means) - 1, means.std() / np.sqrt(len(means)))


@WRONG("study_verdict", says="leaves no verdict")
def control_forgotten(low, high, margin, control):
    if low > margin:
        return "supported"
    if low > 0:
        return "in direction"
    if high < 0:
        return "contradicted"
    return "not supported" if -margin < low and high < margin else "open"


@WRONG("study_verdict", says="leaves no verdict")
def control_need_only_hold_zero(low, high, margin, control):
    if not control[0] < 0 < control[1]:
        return "no verdict"
    return control_forgotten(low, high, margin, control)


@WRONG("study_verdict", says="perhaps below the margin")
def above_zero_is_enough(low, high, margin, control):
    if max(abs(control[0]), abs(control[1])) > margin:
        return "no verdict"
    return "supported" if low > 0 else control_forgotten(low, high, margin, control)


@WRONG("study_verdict", says="too small to matter")
def nothing_shown_is_always_open(low, high, margin, control):
    if max(abs(control[0]), abs(control[1])) > margin:
        return "no verdict"
    said = control_forgotten(low, high, margin, control)
    return "open" if said == "not supported" else said


@WRONG("study_verdict", says="both possible")
def not_significant_is_not_supported(low, high, margin, control):
    if max(abs(control[0]), abs(control[1])) > margin:
        return "no verdict"
    said = control_forgotten(low, high, margin, control)
    return "not supported" if said == "open" else said


@WRONG("social_dilemma", says="T > R is greed")
def greed_hides_fear(reward, temptation, sucker, punishment):
    if not (reward > punishment and reward > sucker and 2 * reward > temptation + sucker):
        return "none"
    if temptation > reward:
        return "greed"
    return "fear" if punishment > sucker else "none"


@WRONG("social_dilemma", says="P > R")
def mutual_punishment_forgotten(reward, temptation, sucker, punishment):
    if not (reward > sucker and 2 * reward > temptation + sucker):
        return "none"
    return _named(temptation > reward, punishment > sucker)


@WRONG("social_dilemma", says="taking turns")
def turns_forgotten(reward, temptation, sucker, punishment):
    if not (reward > punishment and reward > sucker):
        return "none"
    return _named(temptation > reward, punishment > sucker)


@WRONG("social_dilemma", says="nobody is greedy")
def as_much_is_greed(reward, temptation, sucker, punishment):
    if not (reward > punishment and reward > sucker and 2 * reward > temptation + sucker):
        return "none"
    return _named(temptation >= reward, punishment > sucker)


@WRONG("social_dilemma", says="nobody fears")
def as_bad_is_fear(reward, temptation, sucker, punishment):
    if not (reward > punishment and reward > sucker and 2 * reward > temptation + sucker):
        return "none"
    return _named(temptation > reward, punishment >= sucker)


@WRONG("social_dilemma", says="P = R")
def as_good_is_worthwhile(reward, temptation, sucker, punishment):
    if not (reward >= punishment and reward > sucker and 2 * reward > temptation + sucker):
        return "none"
    return _named(temptation > reward, punishment > sucker)


@WRONG("social_dilemma", says="greed")
def names_swapped(reward, temptation, sucker, punishment):
    if not (reward > punishment and reward > sucker and 2 * reward > temptation + sucker):
        return "none"
    return _named(punishment > sucker, temptation > reward)


def _named(greed, fear):
    if greed and fear:
        return "both"
    return "greed" if greed else "fear" if fear else "none"


@WRONG("holm_corrected", says="the order in which they came")
def left_in_ascending_order(p_values):
    ranked = np.sort(p_values) * np.arange(len(p_values), 0, -1)
    return np.minimum(np.maximum.accumulate(ranked), 1.0)


@WRONG("holm_corrected", says="none is below the one before")
def running_maximum_forgotten(p_values):
    order = np.argsort(p_values)
    corrected = np.empty(len(p_values))
    corrected[order] = p_values[order] * np.arange(len(p_values), 0, -1)
    return np.minimum(corrected, 1.0)


@WRONG("holm_corrected", says="the next K - 1 times")
def bonferroni(p_values):
    return np.minimum(p_values * len(p_values), 1.0)


@WRONG("holm_corrected", says="as often as questions")
def counted_from_the_wrong_end(p_values):
    order = np.argsort(p_values)
    corrected = np.empty(len(p_values))
    corrected[order] = p_values[order] * np.arange(1, len(p_values) + 1)
    return np.minimum(corrected, 1.0)


@WRONG("layer_price", says="every commander of a group")
def one_commander_of_groups(zones, group):
    return zones + 1, zones**2, _weights(zones, group)


@WRONG("layer_price", says="the root's over its groups")
def root_listens_to_one(zones, group):
    groups = -(-zones // group)
    return zones + groups, zones**2, _weights(zones, group) - groups**2 + 1


@WRONG("layer_price", says="smaller last one too")
def last_group_taken_for_full(zones, group):
    groups = -(-zones // group)
    return zones + groups, zones**2, groups * group**2 + groups**2


@WRONG("layer_price", says="every commander of a group")
def last_group_left_out(zones, group):
    groups = zones // group
    return zones + groups, zones**2, groups * group**2 + groups**2


def _weights(zones, group):
    sizes = [min(group, zones - first) for first in range(0, zones, group)]
    return sum(size**2 for size in sizes) + len(sizes) ** 2
