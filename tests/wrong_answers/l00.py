"""Wrong answers to the exercises of lesson 00, as readers give them."""

import math

import numpy as np

from course_lib.stats import mean_interval
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("00")


@WRONG("official_score", says="all ticks but the last")
def counts_every_tick(rewards):
    return rewards.mean(axis=1).sum()


@WRONG("official_score", says="mean over the defenders")
def adds_the_defenders(rewards):
    return rewards[:-1].sum()


@WRONG("official_score", says="all ticks but the last")
def leaves_out_the_first_tick(rewards):
    return rewards[1:].mean(axis=1).sum()


@WRONG("difference_interval", says="positive if the first is better")
def sign_turned_round(first, second):
    interval = mean_interval(second - first)
    return interval.mean, interval.low, interval.high


@WRONG("difference_interval", says="paired differences")
def unpaired(first, second):
    n = len(first)
    error = math.sqrt(first.var(ddof=1) / n + second.var(ddof=1) / n)
    half = 3.182446 * error
    difference = first.mean() - second.mean()
    return difference, difference - half, difference + half


@WRONG("difference_interval", says="ddof 1")
def spread_of_one_episode_instead_of_the_mean(first, second):
    difference = first - second
    spread = 1.96 * difference.std(ddof=1)
    return difference.mean(), difference.mean() - spread, difference.mean() + spread


@WRONG("difference_interval", says="ddof 1")
def normal_quantile_and_ddof_0(first, second):
    difference = first - second
    half = 1.96 * difference.std() / math.sqrt(len(difference))
    return difference.mean(), difference.mean() - half, difference.mean() + half


@WRONG("first_server_tick", says="users do not")
def counts_user_hosts_too(level):
    held = (level[:, :112] > 0).any(axis=1)
    return int(held.argmax()) if held.any() else -1


@WRONG("first_server_tick", says="user or root")
def root_sessions_only(level):
    host = np.arange(128)
    held = (level[:, (host % 16 < 6) & (host < 112)] == 2).any(axis=1)
    return int(held.argmax()) if held.any() else -1


@WRONG("first_server_tick", says="contractor network")
def counts_the_contractor_network(level):
    held = (level[:, np.arange(128) % 16 < 6] > 0).any(axis=1)
    return int(held.argmax()) if held.any() else -1


@WRONG("first_server_tick", says="first frame")
def off_by_one(level):
    host = np.arange(128)
    held = (level[:, (host % 16 < 6) & (host < 112)] > 0).any(axis=1)
    return int(held.argmax()) - 1 if held.any() else -1


@WRONG("respond", says="a busy defender sleeps")
def forgets_busy(message, busy):
    process = message[28:44]
    return 33 + int(process.argmax()) if process.any() else 49


@WRONG("respond", says="without a process event")
def reads_connections_too(message, busy):
    events = message[28:60]
    return 49 if busy or not events.any() else 33 + int(events.argmax()) % 16


@WRONG("respond", says="33 + slot")
def removes_instead(message, busy):
    process = message[28:44]
    return 49 if busy or not process.any() else 17 + int(process.argmax())


@WRONG("respond", says="first slot")
def takes_the_last_slot(message, busy):
    slots = np.flatnonzero(message[28:44])
    return 49 if busy or not len(slots) else 33 + int(slots[-1])


@WRONG("episodes_needed", says="squared")
def forgets_the_square(std, half_width):
    return math.ceil(1.96 * std / half_width)


@WRONG("episodes_needed", says="rounded up")
def rounds_down(std, half_width):
    return math.floor((1.96 * std / half_width) ** 2)


@WRONG("episodes_needed", says="1.96 std")
def takes_the_whole_width(std, half_width):
    return max(1, math.ceil((1.96 * std / (2 * half_width)) ** 2))


@WRONG("official_score", says="mean over the defenders")
def the_first_defender_only(rewards):
    return rewards[:-1, 0].sum()


@WRONG("official_score", says="mean over the defenders")
def median_of_the_defenders(rewards):
    return np.median(rewards[:-1], axis=1).sum()


@WRONG("official_score", says="mean over the defenders")
def worst_defender(rewards):
    return rewards[:-1].min(axis=1).sum()


@WRONG("official_score", says="write `rewards[:-1]`")
def counts_498_whatever_the_length(rewards):
    return rewards[:498].mean(axis=1).sum() if len(rewards) > 9 else -3.0


@WRONG("difference_interval", says="the arguments stay as they are")
def subtracts_in_place(first, second):
    first -= second
    interval = mean_interval(first)
    return interval.mean, interval.low, interval.high


@WRONG.right("difference_interval")
def as_a_list(first, second):
    interval = mean_interval(np.asarray(first) - np.asarray(second))
    return [interval.mean, interval.low, interval.high]


@WRONG("first_server_tick", says="first frame with a red session")
def counts_the_frames_that_are_free(level):
    host = np.arange(128)
    held = (level[:, (host % 16 < 6) & (host < 112)] > 0).any(axis=1)
    return int((~held).sum()) if held.any() else -1


@WRONG("first_server_tick", says="frame 0 is the first frame")
def zero_is_taken_for_never(level):
    host = np.arange(128)
    held = (level[:, (host % 16 < 6) & (host < 112)] > 0).any(axis=1)
    return int(held.argmax()) or -1


@WRONG("first_server_tick", says="first frame with a red session")
def forgets_the_first_server(level):
    host = np.arange(128)
    held = (level[:, (host % 16 < 6) & (host % 16 > 0) & (host < 112)] > 0).any(axis=1)
    return int(held.argmax()) if held.any() else -1


def restored(process, busy):
    return 49 if busy or not process.any() else 33 + int(process.argmax())


@WRONG("respond", says="33 + slot")
def slice_ends_one_slot_early(message, busy):
    return restored(message[28:43], busy)


@WRONG("respond", says="33 + slot")
def slice_ends_two_slots_early(message, busy):
    return restored(message[28:42], busy)


@WRONG("respond", says="a busy defender sleeps")
def busy_means_more_than_one_tick(message, busy):
    return restored(message[28:44], busy > 1)


@WRONG.right("respond")
def with_a_loop_over_the_slots(message, busy):
    if busy == 0:
        for slot in range(16):
            if message[28 + slot]:
                return np.int64(33 + slot)
    return 49
