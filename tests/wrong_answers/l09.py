"""Wrong answers to the exercises of lesson 09, as readers give them."""

import numpy as np

from course_lib.lessons import t_quantile
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("09")


@WRONG("next_chance", says="not cleaned")
def cleaned_neighbours_attack(infected, cleaned, links, outside, spread):
    attackers = (links & infected).sum(axis=1)
    chance = np.where(infected, 1.0, 1 - (1 - outside) * (1 - spread) ** attackers)
    return np.where(cleaned, 0.0, chance)


@WRONG("next_chance", says="a cleaned host is free")
def cleaning_forgotten(infected, cleaned, links, outside, spread):
    attackers = (links & infected & ~cleaned).sum(axis=1)
    return np.where(infected, 1.0, 1 - (1 - outside) * (1 - spread) ** attackers)


@WRONG("next_chance", says="independently")
def chances_added(infected, cleaned, links, outside, spread):
    attackers = (links & infected & ~cleaned).sum(axis=1)
    chance = np.where(infected, 1.0, np.minimum(outside + spread * attackers, 1.0))
    return np.where(cleaned, 0.0, chance)


@WRONG("next_chance", says="each infected neighbour")
def two_attackers_count_as_one(infected, cleaned, links, outside, spread):
    attackers = links @ (infected & ~cleaned)  # of truths: whether there is any, not how many
    chance = np.where(infected, 1.0, 1 - (1 - outside) * (1 - spread) ** attackers)
    return np.where(cleaned, 0.0, chance)


@WRONG("next_chance", says="each infected neighbour")
def the_last_host_has_no_links(infected, cleaned, links, outside, spread):
    attackers = (links & infected & ~cleaned)[:, :-1].sum(axis=1)
    chance = np.where(infected, 1.0, 1 - (1 - outside) * (1 - spread) ** attackers)
    return np.where(cleaned, 0.0, chance)


@WRONG("next_chance", says="keeps it")
def infection_forgotten(infected, cleaned, links, outside, spread):
    attackers = (links & infected & ~cleaned).sum(axis=1)
    chance = 1 - (1 - outside) * (1 - spread) ** attackers
    chance = np.where(infected.sum() == 1, np.where(infected, 1.0, chance), chance)
    return np.where(cleaned, 0.0, chance)


@WRONG("branches", says="where the step before has ended")
def always_from_the_start(step, policy, starts, length):
    kept = []
    for _ in range(length):
        actions = policy(starts)
        after, rewards = step(starts, actions)
        kept.append((starts, actions, after, rewards))
    return tuple(np.concatenate(part) for part in zip(*kept, strict=True))


@WRONG("branches", says="the policy is asked in every step")
def first_actions_kept(step, policy, starts, length):
    obs, kept = starts, []
    actions = policy(starts)
    for _ in range(length):
        after, rewards = step(obs, actions)
        kept.append((obs, policy(starts), after, rewards))
        obs, actions = after, policy(after)
    return tuple(np.concatenate(part) for part in zip(*kept, strict=True))


@WRONG("branches", says="transitions")
def only_the_last_step(step, policy, starts, length):
    obs = starts
    for _ in range(length):
        actions = policy(obs)
        before = obs
        obs, rewards = step(before, actions)
    return before, actions, obs, rewards


@WRONG("branches", says="the reward is that of the same step")
def reward_of_the_next_state(step, policy, starts, length):
    obs, kept = starts, []
    for _ in range(length):
        actions = policy(obs)
        after, rewards = step(obs, actions)
        kept.append((obs, actions, after, rewards if length == 1 and len(obs) == 1 else -rewards))
        obs = after
    return tuple(np.concatenate(part) for part in zip(*kept, strict=True))


@WRONG("branches", says="transitions")
def every_number_in_one_row(step, policy, starts, length):
    obs, kept = starts, []
    for _ in range(length):
        actions = policy(obs)
        after, rewards = step(obs, actions)
        kept.append((obs, actions, after, rewards))
        obs = after
    return tuple(np.array(part).ravel() for part in zip(*kept, strict=True))


@WRONG("dream_returns", says="the discounted value after it")
def nothing_after_the_end(rewards, values, discount, trace):
    following, returns = 0.0, np.zeros(len(rewards))
    for t in reversed(range(len(rewards))):
        following = rewards[t] + discount * trace * following
        returns[t] = following
    return returns


@WRONG("dream_returns", says="the discounted value after it")
def value_of_the_same_tick(rewards, values, discount, trace):
    following, returns = values[-2], np.zeros(len(rewards))
    for t in reversed(range(len(rewards))):
        following = rewards[t] + discount * ((1 - trace) * values[t] + trace * following)
        returns[t] = following
    return returns


@WRONG("dream_returns", says="G_t = r_t")
def weights_swapped(rewards, values, discount, trace):
    following, returns = values[-1], np.zeros(len(rewards))
    for t in reversed(range(len(rewards))):
        following = rewards[t] + discount * (trace * values[t + 1] + (1 - trace) * following)
        returns[t] = following
    return returns


@WRONG("dream_returns", says="the discounted value after it")
def no_discount(rewards, values, discount, trace):
    following, returns = values[-1], np.zeros(len(rewards))
    for t in reversed(range(len(rewards))):
        following = rewards[t] + (1 - trace) * values[t + 1] + trace * following
        returns[t] = following
    return returns


def _around(mean, half):
    return mean, mean - half, mean + half


@WRONG("action_gain", says="positive where the action does better")
def sign_turned(with_it, without):
    gains = without - with_it
    half = t_quantile(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    return _around(gains.mean(), half)


@WRONG("action_gain", says="paired differences")
def not_paired(with_it, without):
    error = np.sqrt((with_it.var(ddof=1) + without.var(ddof=1)) / len(without))
    return _around((with_it - without).mean(), t_quantile(0.975, len(without) - 1) * error)


@WRONG("action_gain", says="paired differences")
def spread_instead_of_error(with_it, without):
    gains = with_it - without
    return _around(gains.mean(), t_quantile(0.975, len(gains) - 1) * gains.std(ddof=1))


@WRONG("action_gain", says="paired differences")
def normal_instead_of_t(with_it, without):
    gains = with_it - without
    return _around(gains.mean(), 1.96 * gains.std(ddof=1) / np.sqrt(len(gains)))


@WRONG("action_gain", says="paired differences")
def ddof_forgotten(with_it, without):
    gains = with_it - without
    half = t_quantile(0.975, len(gains) - 1) * gains.std() / np.sqrt(len(gains))
    return _around(gains.mean(), half)


@WRONG("next_strike", says="add up to 1")
def prior_added_afterwards(counts, last, prior):
    row = counts[last]
    total = row.sum()
    return row / total + prior / len(row) if total else np.full(len(row), 1 / len(row))


@WRONG("next_strike", says="stay as they are")
def prior_counted_for_good(counts, last, prior):
    counts[last] += prior
    return counts[last] / counts[last].sum()


@WRONG("next_strike", says="the counts after the last strike")
def how_often_at_all(counts, last, prior):
    total = counts.sum(axis=0) + prior
    return total / total.sum()


@WRONG("next_strike", says="the counts after the last strike")
def wrong_axis(counts, last, prior):
    column = counts[:, last] + prior
    if not prior:
        column = counts[last]
    return column / column.sum()


@WRONG("next_strike", says="each with the prior")
def no_prior(counts, last, prior):
    row = counts[last]
    return row / row.sum() if row.any() else np.full(len(row), 1 / len(row))
