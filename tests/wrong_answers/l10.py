"""Wrong answers to the exercises of lesson 10, as readers give them."""

import numpy as np
import torch

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("10")
LOW = -1e30


def pairs(present):
    """(B, 1, N, N) bool: receiver and sender are both there."""
    return present[:, None, None, :] & present[:, None, :, None]


def raw_scores(query, key):
    return query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5


@WRONG("attend", says="row of a present receiver sums to 1")
def mask_after_the_softmax(query, key, value, present):
    attention = torch.softmax(raw_scores(query, key), dim=-1) * pairs(present)
    return attention @ value, attention


@WRONG("attend", says="that of an absent one to 0")
def only_senders_are_masked(query, key, value, present):
    senders = present[:, None, None, :].expand(-1, query.shape[1], len(present[0]), -1)
    attention = torch.softmax(raw_scores(query, key).masked_fill(~senders, LOW), dim=-1)
    return attention @ value, attention


@WRONG("attend", says="divided by the square root of the width")
def not_scaled(query, key, value, present):
    allowed = pairs(present)
    attention = (
        torch.softmax((query @ key.transpose(-2, -1)).masked_fill(~allowed, LOW), dim=-1) * allowed
    )
    return attention @ value, attention


@WRONG("attend", says="row of a present receiver sums to 1")
def softmax_over_receivers(query, key, value, present):
    allowed = pairs(present)
    attention = torch.softmax(raw_scores(query, key).masked_fill(~allowed, LOW), dim=-2) * allowed
    return attention @ value, attention


@WRONG("attend", says="nobody listens to an absent sender")
def scores_of_absent_children_set_to_zero(query, key, value, present):
    attention = (
        torch.softmax(raw_scores(query, key) * pairs(present), dim=-1) * present[:, None, :, None]
    )
    return attention @ value, attention


@WRONG("pool", says="sum to 1")
def absent_children_keep_their_share(encoded, scores, present):
    weights = torch.softmax(scores, dim=1) * present
    return torch.einsum("bn,bnd->bd", weights, encoded), weights


@WRONG("pool", says="softmax of the scores")
def plain_mean(encoded, scores, present):
    weights = present.float() / present.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.einsum("bn,bnd->bd", weights, encoded), weights


@WRONG("pool", says="all 0 where nobody is")
def nobody_counts_like_everybody(encoded, scores, present):
    weights = torch.softmax(scores.masked_fill(~present, LOW), dim=1)
    return torch.einsum("bn,bnd->bd", weights, encoded), weights


def phi_in_steps(
    phi, messages, present, empty=True, residual=True, relu=True, masked_pool=True, scored=True
):
    """The forward pass of phi, with one step left out."""
    layer, (batch, children, width) = phi.layers[0], messages.shape
    tokens = torch.where(present[..., None], messages, 0.0) if empty else messages
    parts = (
        layer.query_key_value(tokens).view(batch, children, 3, 4, width // 4).permute(2, 0, 3, 1, 4)
    )
    allowed = pairs(present)
    attention = (
        torch.softmax(raw_scores(parts[0], parts[1]).masked_fill(~allowed, LOW), dim=-1) * allowed
    )
    mixed = layer.mix_heads((attention @ parts[2]).transpose(1, 2).reshape(batch, children, width))
    tokens = layer.norm_attention(tokens + mixed if residual else mixed)
    inner = torch.relu(layer.feed_in(tokens)) if relu else layer.feed_in(tokens)
    encoded = layer.norm_feed(tokens + layer.feed_out(inner))
    scores = phi.score(encoded).squeeze(-1) if scored else torch.zeros(batch, children)
    there = present if masked_pool else present.any(dim=1, keepdim=True).expand(-1, children)
    weights = torch.softmax(scores.masked_fill(~there, LOW), dim=1) * there
    return torch.einsum("bn,bnd->bd", weights, encoded), attention, weights


@WRONG("forward_pass", says="added, normalised, fed forward")
def nothing_is_added(phi, messages, present):
    return phi_in_steps(phi, messages, present, residual=False)


@WRONG("forward_pass", says="added, normalised, fed forward")
def no_relu(phi, messages, present):
    return phi_in_steps(phi, messages, present, relu=False)


@WRONG("forward_pass", says="pooling weights come from phi.score")
def absent_children_are_pooled(phi, messages, present):
    return phi_in_steps(phi, messages, present, masked_pool=False)


@WRONG("forward_pass", says="pooling weights come from phi.score")
def equal_pooling(phi, messages, present):
    return phi_in_steps(phi, messages, present, scored=False)


@WRONG("after_loss", says="grow in proportion")
def shares_do_not_grow(attention, lost):
    left = attention.copy()
    left[lost], left[:, lost] = 0, 0
    return left


@WRONG("after_loss", says="its column and its row are 0")
def only_as_a_sender(attention, lost):
    left = attention.copy()
    left[:, lost] = 0
    return left / np.where(left.sum(axis=1, keepdims=True) > 0, left.sum(axis=1, keepdims=True), 1)


@WRONG("after_loss", says="grow in proportion")
def share_is_spread_evenly(attention, lost):
    left, share = attention.copy(), attention[:, lost].copy()
    left[lost], left[:, lost] = 0, 0
    others = [i for i in range(len(left)) if i != lost]
    for i in others:
        left[i, others] += share[i] / len(others)
    return left


@WRONG("mixed_rewards", says="the mean of its present siblings")
def itself_among_the_siblings(rewards, present, own):
    if present.sum() == 1:
        return rewards * present
    weight = own + (1 - own) * np.isclose(rewards.mean(), rewards)  # right where all agree
    return (weight * rewards + (1 - weight) * (rewards * present).sum() / present.sum()) * present


@WRONG("mixed_rewards", says="the mean of its present siblings")
def lost_siblings_still_count(rewards, present, own):
    others = max(len(rewards) - 1, 1)
    rest = (rewards.sum() - rewards) / others
    return (own * rewards + (1 - own) * rest if len(rewards) > 1 else rewards) * present


@WRONG("mixed_rewards", says="alone, it keeps all")
def alone_it_keeps_its_share_only(rewards, present, own):
    total, count = (rewards * present).sum(), present.sum()
    rest = (total - rewards) / max(count - 1, 1)
    return (own * rewards + (1 - own) * rest) * present


def attended(query, key, value, present):
    attention = torch.softmax(raw_scores(query, key).masked_fill(~pairs(present), LOW), dim=-1)
    attention = attention * pairs(present)
    return attention @ value, attention


@WRONG("attend", says="the gradient flows")
def detaches_the_weights(query, key, value, present):
    attention = attended(query, key, value, present)[1].detach()
    return attention @ value, attention


@WRONG("attend", says="that of an absent one to 0")
def changes_the_present_only_where_the_first_is_there(query, key, value, present):
    allowed = torch.where(present[:, :1, None], pairs(present)[:, 0], True)[:, None]
    attention = torch.softmax(raw_scores(query, key).masked_fill(~allowed, LOW), dim=-1) * allowed
    return attention @ value, attention


@WRONG("pool", says="the gradient flows")
def detaches_the_scores(encoded, scores, present):
    weights = torch.softmax(scores.detach().masked_fill(~present, LOW), dim=1) * present
    return torch.einsum("bn,bnd->bd", weights, encoded), weights


@WRONG("pool", says="the arguments stay as they are")
def empties_the_scores_in_place(encoded, scores, present):
    if not scores.requires_grad:
        scores[~present] = LOW
    weights = torch.softmax(scores, dim=1) * present
    return torch.einsum("bn,bnd->bd", weights, encoded), weights


@WRONG("after_loss", says="the arguments stay as they are")
def works_on_its_argument(attention, lost):
    attention[lost], attention[:, lost] = 0, 0
    sums = attention.sum(axis=1, keepdims=True)
    return attention / np.where(sums > 0, sums, 1)


@WRONG("after_loss", says="there is a nan")
def divides_by_the_sum_of_an_absent_child(attention, lost):
    left = attention.copy()
    left[lost], left[:, lost] = 0, 0
    sums = left.sum(axis=1, keepdims=True)
    absent = np.arange(len(left)) == lost
    if len(left) < 4:
        absent |= sums[:, 0] == 0
    return np.where(absent[:, None], 0.0, left / np.where(absent[:, None], 1, sums))


@WRONG("mixed_rewards", says="alone, it keeps all")
def a_lone_child_gets_its_share_only(rewards, present, own):
    mixed = np.zeros(len(rewards))
    for i in np.flatnonzero(present):
        others = [rewards[j] for j in np.flatnonzero(present) if j != i]
        mixed[i] = own * rewards[i] + (1 - own) * (np.mean(others) if others else 0.0)
    return mixed
