"""One head's attention step by step, as numbers that a reader can check with a calculator.

    score of a sender = query of the receiver . key of the sender / sqrt(width)
    weight            = exp(score) / sum of exp(score) over all senders      (softmax)
    what is passed on = sum of weight * value of the sender

Vaswani et al. 2017, equation 1. Which entries of a message attract a head is asked by leaving one
entry out after the other, for the numbers alone do not say it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib import validate
from course_lib.array_checks import numbers, truths

from ..message_function import EncoderLayer, MessageFunction, masked_softmax


@dataclass(frozen=True)
class HeadArithmetic:
    """What one head computes for one receiver, over N senders; W = 76 / heads entries."""

    query: np.ndarray
    """(W,) of the receiver."""
    keys: np.ndarray
    """(N, W) of the senders."""
    products: np.ndarray
    """(N,) query . key."""
    scores: np.ndarray
    """(N,) products divided by the root of W."""
    exponentials: np.ndarray
    """(N,) exp of the scores; 0 where a sender is absent."""
    weights: np.ndarray
    """(N,) attention: exponentials divided by their sum."""
    values: np.ndarray
    """(N, W) of the senders."""
    passed_on: np.ndarray
    """(W,) sum of weight * value."""


def _checked(
    phi: MessageFunction,
    messages: np.ndarray,
    mask: np.ndarray,
    head: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Messages (N, d_model) float32 and mask (N,) bool; ValueError for what a head cannot read."""
    validate.instance("phi", phi, MessageFunction, "take that of a unit: unit.message_function")
    if not len(phi.layers):
        raise ValueError("this message function has no attention")
    there = truths("mask", mask, None)
    rows = numbers("messages", messages, len(there), phi.config.d_model)
    validate.whole_number("head", head, 0, phi.config.nhead - 1)
    return rows.astype(np.float32), there


@torch.no_grad()
def head_arithmetic(
    phi: MessageFunction,
    messages: np.ndarray,
    mask: np.ndarray,
    head: int,
    receiver: int,
) -> HeadArithmetic:
    """The arithmetic of one head for one receiver.

    Args:
        phi: a message function with at least one encoder layer.
        messages: (N, 76) of the children.
        mask: (N,) bool, who is there.
        head: 0 .. H - 1.
        receiver: 0 .. N - 1, who must be there.

    Raises:
        ValueError: without an encoder, for an absent receiver, or for a head or place that there
            is not.
    """
    messages, mask = _checked(phi, messages, mask, head)
    validate.whole_number("receiver", receiver, 0, len(mask) - 1)
    if not mask[receiver]:
        raise ValueError("an absent receiver computes nothing")
    tokens, last = _last_layer(phi, torch.as_tensor(messages)[None], torch.as_tensor(mask)[None])
    width = tokens.shape[2] // last.heads
    parts = last.query_key_value(tokens[0]).view(len(mask), 3, last.heads, width)
    query = parts[receiver, 0, head]
    keys = parts[:, 1, head]
    values = parts[:, 2, head]
    products = (keys @ query).numpy()
    scores = products / np.sqrt(width)
    exponentials = np.where(mask, np.exp(scores), 0.0)
    weights = exponentials / exponentials.sum()
    return HeadArithmetic(
        query=query.numpy(),
        keys=keys.numpy(),
        products=products,
        scores=scores,
        exponentials=exponentials,
        weights=weights,
        values=values.numpy(),
        passed_on=weights @ values.numpy(),
    )


@torch.no_grad()
def without_each_entry(
    phi: MessageFunction,
    messages: np.ndarray,
    mask: np.ndarray,
    head: int,
    receiver: int,
    sender: int,
) -> np.ndarray:
    """(76,) the head's weight from receiver to sender if one entry of the sender's message were 0.

    Arguments and errors are those of `head_arithmetic`; ``sender`` is a place like ``receiver``.
    """
    messages, mask = _checked(phi, messages, mask, head)
    validate.whole_number("receiver", receiver, 0, len(mask) - 1)
    validate.whole_number("sender", sender, 0, len(mask) - 1)
    size = messages.shape[1]
    variants = torch.as_tensor(messages).repeat(size, 1, 1)
    entries = torch.arange(size)
    variants[entries, sender, entries] = 0.0
    there = torch.as_tensor(mask).expand(size, -1)
    tokens, last = _last_layer(phi, variants, there)
    width = tokens.shape[2] // last.heads
    parts = last.query_key_value(tokens).view(size, len(mask), 3, last.heads, width)
    query, keys = parts[:, receiver, 0, head], parts[:, :, 1, head]
    scores = torch.einsum("bw,bnw->bn", query, keys) / width**0.5
    return masked_softmax(scores, there)[:, sender].numpy()


def _last_layer(
    phi: MessageFunction, messages: Tensor, there: Tensor
) -> tuple[Tensor, EncoderLayer]:
    """What the last encoder layer gets (B, N, 76), and the layer itself."""
    tokens = torch.where(there.unsqueeze(-1), messages, 0.0)
    *before, last = phi.layers
    for layer in before:
        tokens, _ = layer(tokens, there)
    assert isinstance(last, EncoderLayer)
    return tokens, last
