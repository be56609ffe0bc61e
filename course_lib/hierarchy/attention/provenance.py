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

from ..message_function import EncoderLayer, MessageFunction
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
    wiring = record.wiring
    children = [wiring.number(child) for child in record.children(unit)]
    level, place = wiring.position(wiring.number(unit))
    phi = record.team.unit_at(level, place).message_function
    last = record.ticks - 1
    stride = 1 + last // MOST_TICKS
    ticks = list(range(0, record.ticks, stride))
    said = np.stack([record.messages(tick) for tick in ticks])  # (R, U, 76)
    messages = torch.as_tensor(said[:, children])
    present = torch.as_tensor(record.child_mask(unit)[ticks])
    parts = _parts(phi, messages, present)
    fused = phi(messages, present)
    sizes = []
    for part in parts:
        pooled = _pooled(part, fused.pooling)
        sizes.append(pooled.abs().mean(dim=0))
    total = torch.stack(sizes).sum(dim=0)
    below = _pooled(messages, fused.pooling)
    return ComesFrom(
        residual=(sizes[0] / total).numpy(),
        correlation=_correlation(fused.message.numpy(), below.numpy()),
    )


def _pooled(encoded: Tensor, weights: Tensor) -> Tensor:
    """(R, N, 76) weighted by (R, N) -> (R, 76)."""
    return torch.einsum("rn,rnd->rd", weights, encoded)


def _parts(phi: MessageFunction, messages: Tensor, present: Tensor) -> list[Tensor]:
    """What the encodings (R, N, 76) are the sum of: the messages first, scaled, then the rest.

    The means that normalisations subtract, and their shifts, belong to no entry and are left out.
    """
    tokens = torch.where(present.unsqueeze(-1), messages, 0.0)
    parts = [tokens]
    for layer in phi.layers:
        assert isinstance(layer, EncoderLayer)
        encoded, before_first, before_second = _through(layer, tokens, present)
        attended = before_first - tokens
        first_scale = _scale(layer.norm_attention, before_first)
        parts = [part * first_scale for part in (*parts, attended)]
        fed = before_second - layer.norm_attention(before_first)
        second_scale = _scale(layer.norm_feed, before_second)
        parts = [part * second_scale for part in (*parts, fed)]
        tokens = encoded
    return parts


def _through(
    layer: EncoderLayer,
    tokens: Tensor,
    present: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """What comes out of a layer, and what entered its two normalisations, each (R, N, 76)."""
    entered: list[Tensor] = []

    def keep(norm: torch.nn.Module, given: tuple) -> None:
        entered.append(given[0])

    hooks = []
    for norm in (layer.norm_attention, layer.norm_feed):
        hooks.append(norm.register_forward_pre_hook(keep))
    encoded, _ = layer(tokens, present)
    for hook in hooks:
        hook.remove()
    before_first, before_second = entered
    return encoded, before_first, before_second


def _scale(norm: torch.nn.LayerNorm, values: Tensor) -> Tensor:
    """(R, N, 76) by what a normalisation multiplies each entry."""
    spread = values.var(dim=-1, unbiased=False, keepdim=True)
    return norm.weight / torch.sqrt(spread + norm.eps)


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(R, 76) twice -> (76,) correlation of each column with the same one of the other."""
    first = first - first.mean(axis=0)
    second = second - second.mean(axis=0)
    spread = first.std(axis=0)
    other_spread = second.std(axis=0)
    smaller = np.minimum(spread, other_spread)
    product = spread * other_spread
    varying = np.where(smaller < STILL, np.nan, product)
    together = (first * second).mean(axis=0)
    return together / varying
