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

from course_lib.validate import check_kinds

from .spaces import MESSAGE

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

    def __post_init__(self):
        check_kinds(self)
        if self.nhead < 1 or self.d_model % self.nhead:
            raise ValueError(
                f"nhead={self.nhead} does not divide d_model={self.d_model}; take 1, 2, 4 or 19 of 76"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} is not a share of at least 0 and below 1")
        if self.num_encoder_layers < 0 or self.dim_feedforward < 1:
            raise ValueError("num_encoder_layers must be at least 0 and dim_feedforward at least 1")
        for name, value, allowed in (
            ("pooling", self.pooling, POOLINGS),
            ("kind", self.kind, KINDS),
        ):
            if value not in allowed:
                raise ValueError(f"{name}={value!r} is unknown; allowed: {', '.join(allowed)}")


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

    def __init__(self, config: MessageConfig | None = None):
        super().__init__()
        self.config = config or MessageConfig()
        layers = self.config.num_encoder_layers if self.config.kind == "transformer" else 0
        self.layers = nn.ModuleList(EncoderLayer(self.config) for _ in range(layers))
        self.score = nn.Linear(self.config.d_model, 1)
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
        batch, children, _ = messages.shape
        attention = messages.new_zeros(batch, self.config.nhead, children, children)
        if children == 0 or self.config.kind == "zeros":
            nothing = messages.new_zeros(batch, self.config.d_model)
            return MessageRecord(nothing, attention, even_weights(present, messages.dtype))
        encoded = torch.where(present[..., None], messages, 0.0)
        for layer in self.layers:
            encoded, attention = layer(encoded, present)
        return MessageRecord(*self._pooled(encoded, present, attention))

    def _pooled(
        self, encoded: Tensor, present: Tensor, attention: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        if self.config.pooling == "max":
            found = encoded.masked_fill(~present[..., None], -torch.inf).max(dim=1)
            someone = present.any(dim=1, keepdim=True)  # (B, 1)
            won = functional.one_hot(found.indices, present.shape[1]).to(encoded.dtype)  # (B, D, N)
            return (
                torch.where(someone, found.values, 0.0),
                attention,
                torch.where(someone, won.mean(dim=1), 0.0),
            )
        learned = self.config.pooling == "attention" and self.config.kind == "transformer"
        if learned:
            weights = masked_softmax(self.score(encoded).squeeze(-1), present)
        else:
            weights = even_weights(present, encoded.dtype)
        return torch.einsum("bn,bnd->bd", weights, encoded), attention, weights

    def _check(self, messages: Tensor, present: Tensor) -> None:
        if (
            messages.ndim != 3
            or messages.shape[2] != self.config.d_model
            or not messages.is_floating_point()
        ):
            raise ValueError(
                f"messages have shape {tuple(messages.shape)} and type {messages.dtype}; "
                f"wanted floats (units, children, {self.config.d_model})"
            )
        if present.shape != messages.shape[:2] or present.dtype != torch.bool:
            wanted = tuple(messages.shape[:2])
            raise ValueError(
                f"present has shape {tuple(present.shape)} and type {present.dtype}; wanted bool {wanted}"
            )


class EncoderLayer(nn.Module):
    """One encoder layer (Vaswani et al. 2017): attention, then feed-forward, each added and
    normalised."""

    def __init__(self, config: MessageConfig):
        super().__init__()
        width = config.d_model
        self.heads, self.rate, self.use_dropout = config.nhead, config.dropout, config.use_dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix_heads = nn.Linear(width, width)
        self.feed_in = nn.Linear(width, config.dim_feedforward)
        self.feed_out = nn.Linear(config.dim_feedforward, width)
        self.norm_attention, self.norm_feed = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, N, 76), present (B, N) bool -> encoded tokens (B, N, 76) and attention (B, H,
        N, N)."""
        batch, children, width = tokens.shape
        parts = self.query_key_value(tokens).view(
            batch, children, 3, self.heads, width // self.heads
        )
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (B, H, N, 19)
        scores = query @ key.transpose(-2, -1) / (width // self.heads) ** 0.5  # (B, H, N, N)
        pairs = (
            present[:, None, None, :] & present[:, None, :, None]
        )  # sender there and receiver there
        attention = masked_softmax(scores, pairs)
        heard = (self._drop(attention) @ value).transpose(1, 2).reshape(batch, children, width)
        tokens = self.norm_attention(tokens + self._drop(self.mix_heads(heard)))
        inner = self._drop(functional.relu(self.feed_in(tokens)))
        return self.norm_feed(tokens + self._drop(self.feed_out(inner))), attention

    def _drop(self, values: Tensor) -> Tensor:
        return functional.dropout(values, self.rate, training=self.training and self.use_dropout)


def masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """Softmax over the last axis among the allowed entries; zeros where none is allowed, and no nan
    in the gradient."""
    weights = torch.softmax(scores.masked_fill(~allowed, torch.finfo(scores.dtype).min), dim=-1)
    return weights * allowed


def even_weights(present: Tensor, dtype: torch.dtype) -> Tensor:
    """(B, N) bool -> equal weights of the present children, zeros where there is none."""
    return present.to(dtype) / present.sum(dim=1, keepdim=True).clamp(min=1)
