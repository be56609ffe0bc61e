"""A policy for any number of hosts: attention between the rows of a table.

A network over a fixed vector has one weight per *place* in it: what it learned about host 3 says
nothing about host 4, and a ninth host does not fit. Here all hosts share the same weights. Each
host looks at the others (attention; Vaswani et al. 2017), gets scores for the actions on it, and
the pooled table gives the value and the score of waiting. So renaming hosts renames the actions in
the same way (equivariance), leaves the value alone (invariance), and the number of hosts may change
from one tick to the next (compare Zaheer et al. 2017, Deep sets).

Observations are tables (T, N, S, F): S slots, F features, the first of which is 1 where a host is
present and 0 in an empty slot. Actions are numbered kind by kind: action = kind * S + slot, and
last of all 1 action on no host.
"""

import math
from collections.abc import Callable
from functools import partial

import gymnasium
import torch
from torch import nn

from .networks import IMPOSSIBLE, mlp


def mean_over_present(hosts: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """Mean of the rows of the hosts that are present: (..., S, D) and (..., S) bool -> (..., D); 0
    if there are none.

    The simplest pooling that neither depends on the order of the hosts nor on empty slots.
    """
    weights = present.unsqueeze(-1).to(hosts.dtype)
    return (hosts * weights).sum(-2) / weights.sum(-2).clamp_min(1)


def attention_weights(
    queries: torch.Tensor, keys: torch.Tensor, present: torch.Tensor
) -> torch.Tensor:
    """How much each host listens to each other one; every row sums to 1.

    (..., S, D), (..., S, D) and (..., S) bool -> (..., S receivers, S senders). Somebody must be
    present.
    """
    match = queries @ keys.transpose(-1, -2)
    match = match / math.sqrt(keys.shape[-1])
    # An empty slot has nothing to tell: nobody listens to it.
    return match.masked_fill(~present.unsqueeze(-2), IMPOSSIBLE).softmax(-1)


def attend(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, present: torch.Tensor
) -> torch.Tensor:
    """What each host hears: the values of those that are present, by the weights above; (..., S,
    D)."""
    return attention_weights(queries, keys, present) @ values


class Attention(nn.Module):
    """Each host adds to itself what it learns from those that are present; (B, S, D) both ways."""

    def __init__(self, width: int, heads: int, attend: Callable = attend):
        """``attend``: as the function of that name."""
        super().__init__()
        if width % heads:
            raise ValueError(f"width={width} must be a multiple of heads={heads}")
        self.heads = heads
        self.attend = attend
        self.ask = nn.Linear(width, width, bias=False)
        self.offer = nn.Linear(width, width, bias=False)
        self.tell = nn.Linear(width, width, bias=False)
        self.mix = nn.Linear(width, width)
        self.before = nn.LayerNorm(width)
        self.after = nn.LayerNorm(width)
        self.think = mlp((width, width, width), activation=nn.ReLU)

    def forward(self, hosts: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """``present`` is (B, S) bool; rows of empty slots come back as nonsense and must not be
        used."""
        queries, keys = self._asked(hosts)
        values = self._split(self.tell(self.before(hosts)))
        heard = self.attend(queries, keys, values, present[:, None])  # (B, heads, S, D / heads)
        hosts = hosts + self.mix(heard.transpose(1, 2).flatten(2))
        return hosts + self.think(self.after(hosts))

    def weights(self, hosts: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Who listens to whom, (B, heads, S receivers, S senders)."""
        queries, keys = self._asked(hosts)
        return attention_weights(queries, keys, present[:, None])

    def _asked(self, hosts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        own = self.before(hosts)
        return self._split(self.ask(own)), self._split(self.offer(own))

    def _split(self, part: torch.Tensor) -> torch.Tensor:
        """(B, S, D) -> (B, heads, S, D / heads)."""
        return part.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class EntityPolicy(nn.Module):
    """Shared reading of each host, one attention layer, scores per host, and a pooled summary.

    Shapes as described in `networks`; without memory. The same weights serve any number S of slots.
    """

    memory_size = 0

    def __init__(
        self,
        features: int,
        kinds: int,
        width: int = 32,
        heads: int = 2,
        pool: Callable = mean_over_present,
        attend: Callable = attend,
    ):
        """``features``: numbers per host; ``kinds``: actions per host; ``pool``: as
        `mean_over_present`; ``attend``: as the function of that name."""
        super().__init__()
        self.pool = pool
        self.read = mlp((features, width, width), activation=nn.ReLU)
        self.attention = Attention(width, heads, attend)
        self.scores = mlp(
            (2 * width, width, kinds),
            last_gain=0.01,
            activation=nn.ReLU,
        )
        self.rest = mlp(
            (width, width, 1),
            last_gain=0.01,
            activation=nn.ReLU,
        )
        self.critic = mlp((width, width, 1), activation=nn.ReLU)

    def forward(
        self,
        obs: torch.Tensor,
        memory: torch.Tensor | None = None,
        episode_starts: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Logits (T, N, kinds * S + 1), values (T, N) and the memory, untouched."""
        shape = obs.shape[:2]
        table = obs.flatten(0, 1).float()
        present = table[..., 0] > 0
        hosts = self.attention(self.read(table), present)
        summary = self.pool(hosts, present)
        # Each host is judged by its own row and by the summary of all.
        context = summary.unsqueeze(-2).expand_as(hosts)
        scores = self.scores(torch.cat([hosts, context], -1))  # (B, S, kinds)
        kind_by_kind = scores.transpose(-1, -2).flatten(1)
        logits = torch.cat([kind_by_kind, self.rest(summary)], -1)
        values = self.critic(summary).squeeze(-1)
        return logits.unflatten(0, shape), values.unflatten(0, shape), memory

    @torch.no_grad()
    def listens_to(self, table: torch.Tensor) -> torch.Tensor:
        """(B, S, F) tables of hosts -> (B, S receivers, S senders): who listens to whom, mean of
        the heads."""
        table = table.float()
        weights = self.attention.weights(self.read(table), table[..., 0] > 0)
        return weights.mean(dim=1)


def entity_policy(
    width: int = 32,
    heads: int = 2,
    pool: Callable = mean_over_present,
    attend: Callable = attend,
) -> Callable[..., EntityPolicy]:
    """The factory that `ppo.PPO` wants; it reads the sizes from the environment's spaces.

    The factory raises ValueError if the number of actions is not a multiple of the slots, plus one.
    """
    return partial(_fitted, width=width, heads=heads, pool=pool, attend=attend)


def _fitted(
    observation_space: gymnasium.Space, action_space: gymnasium.Space, **options
) -> EntityPolicy:
    if len(observation_space.shape) != 2:
        raise ValueError(
            "an entity policy reads tables of hosts by features, not shape "
            f"{observation_space.shape}"
        )
    slots, features = observation_space.shape
    kinds, odd = divmod(int(action_space.n) - 1, slots)
    if odd or not kinds:
        raise ValueError(
            f"{action_space.n} actions do not fit {slots} slots: need kinds * slots + 1"
        )
    return EntityPolicy(features, kinds, **options)
