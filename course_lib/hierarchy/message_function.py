"""The message function phi: any number of children's messages become one message of 76 entries.

A transformer encoder with the sizes of the paper's table 1 lets every child's message look at those
of its siblings (section 3.4); a pooling then makes one vector of them. No position is encoded, so
the order of children means nothing, and an absent child has no weight anywhere.

What the paper leaves open, and what we chose:

* *Pooling* ("an aggregation operation"). Ours is a learned weighted mean: each child gets a score,
  the softmax of the scores weighs the messages. The weights sum to 1, start equal (that is, as a
  plain mean), and say which child the unit listens to. ``pooling`` may also be "mean" or "max".
* *Dropout* (0.1 in table 1) makes a stored probability and the one recomputed in the update differ
  although nothing was learned. It is off unless ``use_dropout`` is set.
* ``kind="mean"`` leaves the transformer out, ``kind="zeros"`` the children: the two ablations.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib import validate

from .spaces import MESSAGE

MOST_LAYERS, WIDEST = 100, 65_536
"""Encoder layers, and nodes of a layer, at most: more would not fit into memory."""

POOLINGS = ("attention", "mean", "max")
KINDS = ("transformer", "mean", "zeros")


@dataclass(frozen=True)
class MessageConfig:
    """Sizes of the message function; the defaults are table 1 of the paper."""

    d_model: int = MESSAGE
    """Entries of a message, and width of the encoder."""
    nhead: int = 4
    """Attention heads H; must divide ``d_model``."""
    num_encoder_layers: int = 1
    """Encoder layers, one after the other."""
    dim_feedforward: int = 256
    """Hidden width of each layer's feed-forward part."""
    dropout: float = 0.1
    """Share of entries dropped while ``use_dropout`` is on."""
    use_dropout: bool = False
    """Whether dropout is applied in training mode at all."""
    pooling: str = "attention"
    """How children's encodings become one message: "attention", "mean" or "max"."""
    kind: str = "transformer"
    """"transformer", or an ablation: "mean" (no encoder) or "zeros" (nothing comes through)."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.whole_number("d_model", self.d_model, 1, WIDEST)
        if self.nhead < 1 or self.d_model % self.nhead:
            raise ValueError(
                f"nhead={self.nhead} does not divide d_model={self.d_model}; "
                "take 1, 2, 4 or 19 of 76"
            )
        validate.in_range("dropout", self.dropout, 0, below=1)
        validate.whole_number("num_encoder_layers", self.num_encoder_layers, 0, MOST_LAYERS)
        validate.whole_number("dim_feedforward", self.dim_feedforward, 1, WIDEST)
        validate.choice("pooling", self.pooling, POOLINGS)
        validate.choice("kind", self.kind, KINDS)


class MessageRecord(NamedTuple):
    """What one pass of the message function computed, for B units with up to N children each."""

    message: Tensor
    """(B, 76) the fused message; zeros where no child is present."""
    attention: Tensor
    """(B, H, N, N) attention of receiver (row) to sender (column) in the last layer; the row of a
    present receiver sums to 1. All zeros without an encoder (the ablations)."""
    pooling: Tensor
    """(B, N) weight of each child in the fused message, sums to 1 where a child is present ("max":
    share of entries it won; kind "zeros": equal, although nothing comes through)."""


class MessageFunction(nn.Module):
    """phi of section 3.4, for any number of children, zero included.

    Args:
        config: sizes and choices; by default the paper's table 1.
    """

    def __init__(self, config: MessageConfig | None = None) -> None:
        super().__init__()
        self.config = MessageConfig() if config is None else config
        validate.instance("config", self.config, MessageConfig, "MessageConfig() has the defaults")
        layers = self.config.num_encoder_layers if self.config.kind == "transformer" else 0
        self.layers = nn.ModuleList(EncoderLayer(self.config) for _ in range(layers))
        self.score = nn.Linear(self.config.d_model, 1)
        # Equal scores at the start: a new unit pools with a plain mean.
        nn.init.zeros_(self.score.weight)
        nn.init.zeros_(self.score.bias)

    def forward(self, messages: Tensor, present: Tensor) -> MessageRecord:
        """Fuse the messages of up to N children for each of B units.

        Args:
            messages: (B, N, 76) float; rows of absent children may hold anything, even nan.
            present: (B, N) bool.

        Raises:
            ValueError: for other shapes or types.
        """
        self._check(messages, present)
        batch, children, width = messages.shape
        attention = messages.new_zeros(batch, self.config.nhead, children, children)
        if children == 0 or self.config.kind == "zeros":
            nothing = messages.new_zeros(batch, width)
            pooling = even_weights(present, messages.dtype)
            return MessageRecord(nothing, attention, pooling)
        # Zeros in place of absent children, for a nan would survive a weight of 0.
        is_there = present.unsqueeze(-1)
        encoded = torch.where(is_there, messages, 0.0)
        for layer in self.layers:
            encoded, attention = layer(encoded, present)
        message, pooling = self._pool(encoded, present)
        return MessageRecord(message, attention, pooling)

    def _pool(self, encoded: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Encodings (B, N, 76) -> the fused message (B, 76) and each child's weight (B, N)."""
        if self.config.pooling == "max":
            return max_pool(encoded, present)
        if self.config.pooling == "attention" and self.config.kind == "transformer":
            scores = self.score(encoded).squeeze(-1)
            weights = masked_softmax(scores, present)
        else:
            weights = even_weights(present, encoded.dtype)
        message = torch.einsum("bn,bnd->bd", weights, encoded)
        return message, weights

    def _check(self, messages: Tensor, present: Tensor) -> None:
        width = self.config.d_model
        fits = messages.ndim == 3 and messages.shape[2] == width
        if not fits or not messages.is_floating_point():
            raise ValueError(
                f"messages have shape {tuple(messages.shape)} and type {messages.dtype}; "
                f"wanted floats (units, children, {width})"
            )
        if present.shape != messages.shape[:2] or present.dtype != torch.bool:
            wanted = tuple(messages.shape[:2])
            raise ValueError(
                f"present has shape {tuple(present.shape)} and type {present.dtype}; "
                f"wanted bool {wanted}"
            )


class EncoderLayer(nn.Module):
    """One encoder layer (Vaswani et al. 2017): attention, then feed-forward.

    What each part computes is added to its input and normalised.
    """

    def __init__(self, config: MessageConfig) -> None:
        super().__init__()
        width = config.d_model
        self.heads = config.nhead
        self.rate = config.dropout
        self.use_dropout = config.use_dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix_heads = nn.Linear(width, width)
        self.feed_in = nn.Linear(width, config.dim_feedforward)
        self.feed_out = nn.Linear(config.dim_feedforward, width)
        self.norm_attention = nn.LayerNorm(width)
        self.norm_feed = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, N, 76) -> encoded tokens (B, N, 76) and attention (B, H, N, N).

        ``present`` (B, N) bool says which tokens count.
        """
        batch, children, width = tokens.shape
        head_width = width // self.heads
        # One matrix makes all three parts of all heads; axes are moved so that heads are a batch.
        parts = self.query_key_value(tokens).view(batch, children, 3, self.heads, head_width)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (B, H, N, 19)
        # Divided by the root of the width, scores have the same spread for any width.
        scores = query @ key.transpose(-2, -1) / head_width**0.5  # (B, H, N, N)
        # A pair counts if the sender is there and the receiver is there.
        sender_there = present[:, None, None, :]
        receiver_there = present[:, None, :, None]
        attention = masked_softmax(scores, sender_there & receiver_there)
        values = self._drop(attention) @ value  # (B, H, N, 19)
        side_by_side = values.transpose(1, 2).reshape(batch, children, width)
        mixed = self.mix_heads(side_by_side)
        # Each part adds to what was there: a child's own message stays in its encoding.
        tokens = self.norm_attention(tokens + self._drop(mixed))
        inner = functional.relu(self.feed_in(tokens))
        fed = self.feed_out(self._drop(inner))
        return self.norm_feed(tokens + self._drop(fed)), attention

    def _drop(self, values: Tensor) -> Tensor:
        active = self.training and self.use_dropout
        return functional.dropout(values, self.rate, training=active)


def max_pool(encoded: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """Encodings (B, N, D) of children present (B, N) -> their maxima (B, D) and weights (B, N).

    A child's weight is the share of entries that it won; zeros where nobody is present.
    """
    is_absent = ~present.unsqueeze(-1)
    maxima = encoded.masked_fill(is_absent, -torch.inf).max(dim=1)
    winners = functional.one_hot(maxima.indices, present.shape[1])  # (B, D, N)
    shares = winners.to(encoded.dtype).mean(dim=1)
    # Without any child the maximum is -inf, won by the first.
    anyone = present.any(dim=1, keepdim=True)
    message = torch.where(anyone, maxima.values, 0.0)
    weights = torch.where(anyone, shares, 0.0)
    return message, weights


def masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """Softmax over the last axis among the allowed entries; zeros where none is allowed.

    The lowest finite number stands for "not allowed": with -inf, a row without any allowed entry
    would have nan in its gradient.
    """
    lowest = torch.finfo(scores.dtype).min
    masked = scores.masked_fill(~allowed, lowest)
    weights = torch.softmax(masked, dim=-1)
    return weights * allowed


def even_weights(present: Tensor, dtype: torch.dtype) -> Tensor:
    """(B, N) bool -> equal weights of the present children, zeros where there is none."""
    count = present.sum(dim=1, keepdim=True)
    return present.to(dtype) / count.clamp(min=1)
