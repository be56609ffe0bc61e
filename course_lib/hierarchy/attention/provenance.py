"""What the entries of a fused message come from, since after phi their names are gone.

Each encoder layer adds what it computes to what was there, and normalises. So an entry of the fused
message is a sum: one part is the same entry of the children's messages, scaled (the residual way),
the rest came through attention and the feed-forward parts. The shares say how much of the old
meaning can be left; the correlation over the recording says how much of it is.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..message_function import EncoderLayer
from .record import AttentionRecord

MOST_TICKS = 100
"""Ticks of the recording that are asked, evenly spread."""
STILL = 1e-6
"""An entry that varies less than this is constant, and correlates with nothing."""


@dataclass(frozen=True)
class ComesFrom:
    """Where the 76 entries of one commander's fused message come from."""

    residual: np.ndarray
    """(76,) share, 0 to 1, that came the residual way from the same entry of the children: the mean
    size of that part over the mean sizes of all parts. nan for a message of zeros."""
    correlation: np.ndarray
    """(76,) of the fused entry with the pooled mean of the children's same entry, over time; nan
    where one of them is constant."""


@torch.no_grad()
def comes_from(record: AttentionRecord, unit: str) -> ComesFrom:
    """`ComesFrom` of a commander's fused message; ValueError for a unit that commands nobody."""
    children = [record.wiring.number(child) for child in record.children(unit)]
    level, place = record.wiring.position(record.wiring.number(unit))
    phi = record.team.unit_at(level, place).message_function
    ticks = np.arange(0, record.ticks, 1 + (record.ticks - 1) // MOST_TICKS)
    said = np.stack([record.messages(int(tick)) for tick in ticks])  # (R, U, 76)
    messages = torch.as_tensor(said[:, children])
    present = torch.as_tensor(record.child_mask(unit)[ticks])
    tokens = torch.where(present.unsqueeze(-1), messages, 0.0)
    parts = [tokens]
    for layer in phi.layers:
        assert isinstance(layer, EncoderLayer)
        tokens, parts = _through(layer, tokens, present, parts)
    fused = phi(messages, present)
    weights = fused.pooling.unsqueeze(-1)
    sizes = torch.stack([(weights * part).sum(dim=1).abs().mean(dim=0) for part in parts])
    below = (weights * messages).sum(dim=1)
    return ComesFrom(
        residual=(sizes[0] / sizes.sum(dim=0)).numpy(),
        correlation=_correlation(fused.message.numpy(), below.numpy()),
    )


def _through(
    layer: EncoderLayer, tokens: Tensor, present: Tensor, parts: list[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Tokens (R, N, 76) through one layer, and the parts that they are the sum of.

    The means that the two normalisations subtract, and their shifts, belong to no entry and are
    left out.
    """
    entered: list[Tensor] = []
    norms = (layer.norm_attention, layer.norm_feed)
    hooks = [
        norm.register_forward_pre_hook(lambda _, given: entered.append(given[0])) for norm in norms
    ]
    encoded, _ = layer(tokens, present)
    for hook in hooks:
        hook.remove()
    before_first, before_second = entered
    attended = before_first - tokens
    after_first = layer.norm_attention(before_first)
    fed = before_second - after_first
    scaled = [part * _scale(layer.norm_attention, before_first) for part in (*parts, attended)]
    return encoded, [part * _scale(layer.norm_feed, before_second) for part in (*scaled, fed)]


def _scale(norm: torch.nn.LayerNorm, values: Tensor) -> Tensor:
    """(R, N, 76) by what a normalisation multiplies each entry."""
    spread = values.var(dim=-1, unbiased=False, keepdim=True)
    return norm.weight / torch.sqrt(spread + norm.eps)


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(R, 76) twice -> (76,) correlation of each column with the same one of the other."""
    first = first - first.mean(axis=0)
    second = second - second.mean(axis=0)
    spread = first.std(axis=0) * second.std(axis=0)
    together = (first * second).mean(axis=0)
    still = (first.std(axis=0) < STILL) | (second.std(axis=0) < STILL)
    return np.where(still, np.nan, together / np.where(still, 1.0, spread))
