"""Wrong answers to the exercises of lesson 02, as readers give them."""

import numpy as np
import torch

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("02")


@WRONG("exploration_bonus", says="sqrt(log_term / visits)")
def no_square_root(visits, horizon, log_term, scale):
    return scale * horizon * log_term / np.maximum(visits, 1)


@WRONG("exploration_bonus", says="scale * horizon")
def no_horizon(visits, horizon, log_term, scale):
    return scale * np.sqrt(log_term / np.maximum(visits, 1))


@WRONG("exploration_bonus", says="sqrt(log_term / visits)")
def logarithm_outside_the_root(visits, horizon, log_term, scale):
    return scale * horizon * log_term * np.sqrt(1 / np.maximum(visits, 1))


@WRONG("exploration_bonus", says="sqrt(log_term / visits)")
def one_visit_too_many(visits, horizon, log_term, scale):
    return scale * horizon * np.sqrt(log_term / (visits + 1))


@WRONG("exploration_bonus", says="never tried counts as tried once")
def nothing_for_the_unknown(visits, horizon, log_term, scale):
    known = scale * horizon * np.sqrt(log_term / np.maximum(visits, 1))
    return np.where(visits == 0, 0.0, known)


@WRONG("exploration_bonus", says="counts as tried once")
def horizon_for_the_unknown(visits, horizon, log_term, scale):
    known = scale * horizon * np.sqrt(log_term / np.maximum(visits, 1))
    return np.where(visits == 0, horizon, known)


@WRONG("exploration_bonus", says="nothing cuts the bonus off")
def never_above_the_horizon(visits, horizon, log_term, scale):
    return np.minimum(horizon, scale * horizon * np.sqrt(log_term / np.maximum(visits, 1)))


@WRONG("exploration_bonus", says="the arguments stay as they are")
def writes_into_the_visits(visits, horizon, log_term, scale):
    visits[visits == 0] = 1
    return scale * horizon * np.sqrt(log_term / visits)


@WRONG("advantages", says="the arguments stay as they are")
def overwrites_the_rewards(rewards, values, last_value, gamma, gae_lambda):
    rewards += gamma * np.append(values[1:], last_value) - values
    return discounted(rewards, gamma * gae_lambda)


@WRONG("advantages", says="gamma * gae_lambda per step")
def lambda_without_gamma(rewards, values, last_value, gamma, gae_lambda):
    found, ahead, after = np.zeros(len(rewards)), 0.0, last_value
    for t in reversed(range(len(rewards))):
        ahead = rewards[t] + gamma * after - values[t] + gae_lambda * ahead
        found[t], after = ahead, values[t]
    return found


@WRONG("advantages", says="last_value, discounted once")
def always_ends_at_zero(rewards, values, last_value, gamma, gae_lambda):
    following = np.append(values[1:], 0.0)
    return discounted(rewards + gamma * following - values, gamma * gae_lambda)


@WRONG("advantages", says="gamma * gae_lambda per step")
def one_step_only(rewards, values, last_value, gamma, gae_lambda):
    return rewards + gamma * np.append(values[1:], last_value) - values


@WRONG("advantages", says="reward + gamma * next value - value")
def forgets_to_subtract_the_value(rewards, values, last_value, gamma, gae_lambda):
    following = np.append(values[1:], last_value)
    return discounted(rewards + gamma * following, gamma * gae_lambda)


@WRONG("advantages", says="reward + gamma * next value - value")
def next_value_not_discounted(rewards, values, last_value, gamma, gae_lambda):
    following = np.append(values[1:], last_value)
    return discounted(rewards + following - values, gamma * gae_lambda)


def discounted(deltas, weight):
    found, ahead = np.zeros(len(deltas)), 0.0
    for t in reversed(range(len(deltas))):
        found[t] = ahead = deltas[t] + weight * ahead
    return found


@WRONG("clipped_objective", says="less likely is not clipped")
def clips_both_ways(ratio, advantage, clip):
    return (ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


@WRONG("clipped_objective", says="earns no more than at 1 + clip")
def does_not_clip(ratio, advantage, clip):
    return (ratio * advantage).mean()


@WRONG("clipped_objective", says="earns no more than at 1 + clip")
def takes_the_larger(ratio, advantage, clip):
    return torch.maximum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


@WRONG("clipped_objective", says="earns no more than at 1 - clip")
def clips_only_above(ratio, advantage, clip):
    return torch.minimum(ratio * advantage, ratio.clamp(max=1 + clip) * advantage).mean()


@WRONG("clipped_objective", says="the mean over the samples")
def adds_up(ratio, advantage, clip):
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).sum()


def usual_objective(ratio, advantage, clip):
    """The right answer, which the next ones change."""
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


@WRONG("clipped_objective", says="it carries the gradient")
def cuts_the_gradient(ratio, advantage, clip):
    return usual_objective(ratio.detach(), advantage, clip)


@WRONG("clipped_objective", says="it carries the gradient")
def gives_a_plain_number(ratio, advantage, clip):
    return float(usual_objective(ratio, advantage, clip))


@WRONG("clipped_objective", says="it carries the gradient")
def clips_without_gradient(ratio, advantage, clip):
    unclipped = ratio * advantage
    with torch.no_grad():
        clipped = ratio.clamp(1 - clip, 1 + clip) * advantage
        smaller = torch.minimum(unclipped, clipped)
    return (unclipped + (smaller - unclipped).detach()).mean()  # the value is right


@WRONG("clipped_objective", says="each with its own smaller gain")
def smaller_of_two_means(ratio, advantage, clip):
    clipped = ratio.clamp(1 - clip, 1 + clip) * advantage
    return torch.minimum((ratio * advantage).mean(), clipped.mean())


@WRONG("clipped_objective", says="the clip handed in")
def a_clip_of_its_own(ratio, advantage, clip):
    return usual_objective(ratio, advantage, clip=0.2)


@WRONG("pool_hosts", says="it carries the gradient")
def pools_without_gradient(hosts, present):
    weights = present.unsqueeze(-1).float()
    return (hosts.detach() * weights).sum(dim=1) / weights.sum(dim=1).clamp_min(1)


@WRONG("pool_hosts", says="whatever the others in the batch have")
def looks_for_hosts_in_the_whole_batch(hosts, present):
    if not present.any():
        return torch.zeros(len(hosts), hosts.shape[2])
    weights = present.unsqueeze(-1).float()
    return (hosts * weights).sum(dim=1) / weights.sum(dim=1)


@WRONG("pool_hosts", says="the mean over the hosts that are present")
def one_number_of_hosts_for_all(hosts, present):
    weights = present.unsqueeze(-1).float()
    return (hosts * weights).sum(dim=1) / weights.sum(dim=1).mean().clamp_min(1)


@WRONG("pool_hosts", says="the arguments stay as they are")
def empties_the_slots_in_place(hosts, present):
    hosts[~present] = 0.0
    return hosts.sum(dim=1) / present.sum(dim=1, keepdim=True).clamp_min(1)


@WRONG("pool_hosts", says="the mean over the hosts that are present")
def hosts_stand_in_front(hosts, present):
    rows = [table[: int(there.sum())] for table, there in zip(hosts, present, strict=True)]
    return torch.stack([row.mean(dim=0) if len(row) else row.sum(dim=0) for row in rows])


@WRONG("pool_hosts", says="the mean over the hosts that are present")
def counts_empty_slots(hosts, present):
    return hosts.mean(dim=1)


@WRONG("pool_hosts", says="the mean over the hosts that are present")
def adds_the_hosts(hosts, present):
    return (hosts * present.unsqueeze(-1)).sum(dim=1)


@WRONG("pool_hosts", says="the mean over the hosts that are present")
def takes_the_largest(hosts, present):
    return hosts.masked_fill(~present.unsqueeze(-1), -1e9).max(dim=1).values


@WRONG("pool_hosts", says="the mean over the hosts that are present")
def takes_the_first(hosts, present):
    return hosts[:, 0]


@WRONG("pool_hosts", says="zeros, not nan")
def divides_by_zero(hosts, present):
    return (hosts * present.unsqueeze(-1)).sum(dim=1) / present.sum(dim=1, keepdim=True)


def attention(queries, keys, values, present, *, root=True, over=-1):
    """Attention with one thing that may be wrong."""
    match = queries @ keys.transpose(-1, -2)
    if root:
        match = match / keys.shape[-1] ** 0.5
    return match.masked_fill(~present.unsqueeze(-2), -1e9).softmax(dim=over) @ values


@WRONG("listen", says="softmax(q . k / sqrt(D)) over the senders")
def without_the_root(queries, keys, values, present):
    return attention(queries, keys, values, present, root=False)


@WRONG("listen", says="softmax(q . k / sqrt(D)) over the senders")
def softmax_over_the_receivers(queries, keys, values, present):
    return attention(queries, keys, values, present, over=-2)


@WRONG("listen", says="softmax(q . k / sqrt(D)) over the senders")
def keys_ask_and_queries_offer(queries, keys, values, present):
    return attention(keys, queries, values, present)


@WRONG("listen", says="softmax(q . k / sqrt(D)) over the senders")
def root_of_the_number_of_hosts(queries, keys, values, present):
    match = queries @ keys.transpose(-1, -2) / keys.shape[-2] ** 0.5
    return match.masked_fill(~present.unsqueeze(-2), -1e9).softmax(dim=-1) @ values


@WRONG("listen", says="the shares of the others add up to 1")
def empty_slots_leave_after_the_softmax(queries, keys, values, present):
    match = queries @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5
    return (match.softmax(dim=-1) * present.unsqueeze(-2)) @ values


@WRONG("listen", says="an empty slot is heard by nobody")
def empty_slots_score_zero(queries, keys, values, present):
    match = queries @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5
    return (match * present.unsqueeze(-2)).softmax(dim=-1) @ values


@WRONG("listen", says="an empty slot is heard by nobody")
def empty_slots_do_not_ask(queries, keys, values, present):
    match = queries @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5
    return match.masked_fill(~present.unsqueeze(-1), -1e9).softmax(dim=-1) @ values


@WRONG("listen", says="the gradient comes back")
def hears_without_gradient(queries, keys, values, present):
    return attention(queries, keys, values.detach(), present)


@WRONG("listen", says="the arguments stay as they are")
def scales_the_queries_in_place(queries, keys, values, present):
    queries /= keys.shape[-1] ** 0.5
    return attention(queries, keys, values, present, root=False)
