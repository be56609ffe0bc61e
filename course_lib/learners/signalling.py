"""A speaker and a listener who make up a language: bits for alerts, learned from being understood.

    pairs = SignallingPairs(game.seen(), game.alerts, game.sizes, SignalConfig(runs=20))
    pairs.learn(2_000, on=~game.is_kept_back)
    pairs.words()                 # (runs, alerts, bits): the dictionary of each pair
    pairs.accuracy()              # (runs, alerts): named in full

The listener's error flows back through the channel (`channel.regularise`), as in DIAL. A listener
may be replaced by a beginner every now and then: a language that can be learned quickly again has
an advantage then, and one with parts is learned more quickly (Li and Bowling, 2019).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from course_lib.validate import counts, not_negative, positive, seed, whole_number

from .channel import discretise, regularise
from .many_networks import many_mlp
from .networks import seeded

SURE = 6.0
"""Logit of a bit that is meant, well above the noise."""


@dataclass(frozen=True)
class SignalConfig:
    """How pairs learn. Raises ValueError for values out of range."""

    runs: int = 20
    """Pairs that learn side by side, each for itself."""
    bits: int = 4
    """Bits of a word."""
    hidden: int = 32
    """Hidden units of speaker and listener."""
    noise: float = 1.0
    """Standard deviation of the noise on a bit while training."""
    learning_rate: float = 3e-3
    """Step size of Adam."""
    copies: int = 8
    """How often each alert is told in an update, each time with other noise."""
    beginner_every: int = 0
    """Updates after which the listener forgets everything; 0: never."""
    seed: int = 0
    """Fixes weights and noise."""

    def __post_init__(self) -> None:
        counts(self, "runs", "bits", "hidden", "copies")
        whole_number("beginner_every", self.beginner_every, 0)
        not_negative(self, "noise")
        positive(self, "learning_rate")
        seed(self.seed)


class SignallingPairs:
    """S pairs of a speaker and a listener."""

    def __init__(
        self,
        seen: np.ndarray,
        attributes: np.ndarray,
        sizes: tuple[int, ...],
        config: SignalConfig | None = None,
        code: np.ndarray | None = None,
    ):
        """``seen`` (n, F) is what the speaker sees of each alert, ``attributes`` (n, K) what the
        listener must name, ``sizes`` how many values each attribute has; ``code`` (n, B) of -1 and
        +1 is a predefined dictionary, and then only the listener learns."""
        self.config = config = config or SignalConfig()
        self.seen = torch.as_tensor(seen, dtype=torch.float32)
        self.attributes = torch.as_tensor(attributes)
        self.sizes = sizes
        self.generator = torch.Generator().manual_seed(config.seed)
        self.beginners = 0
        with seeded(config.seed):
            shape = (self.seen.shape[1], config.hidden, config.bits)
            self.speaker = many_mlp(config.runs, shape)
        self.code = None if code is None else torch.as_tensor(code).float()
        self._new_listener()
        self.updated = 0

    def learn(self, updates: int, on: np.ndarray | None = None) -> None:
        """Learn to talk about the alerts ``on`` (n,) bool, or about all."""
        chosen = torch.ones(len(self.seen), dtype=torch.bool)
        if on is not None:
            chosen = torch.as_tensor(on)
        attributes = self.attributes[chosen].repeat(self.config.copies, 1)
        for _ in range(updates):
            if self.config.beginner_every and self.updated % self.config.beginner_every == 0:
                self._new_listener()
            logits = self._logits()[:, chosen].repeat(
                1,
                self.config.copies,
                1,
            )
            word = regularise(logits, self.config.noise, self.generator)
            loss = self._loss(self.listener(word), attributes)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.updated += 1

    @torch.no_grad()
    def words(self) -> np.ndarray:
        """(S, n, B) bits of -1 and +1: what each speaker says about each alert."""
        return discretise(self._logits()).numpy().astype(int)

    @torch.no_grad()
    def accuracy(self, words: np.ndarray | None = None) -> np.ndarray:
        """(S, n) bool: alerts that the listener names in full, from its own speaker's words or from
        ``words`` (S, n, B), such as another speaker's."""
        heard = torch.as_tensor(self.words() if words is None else words).float()
        named = self.listener(heard).split(self.sizes, dim=-1)
        right = []
        for part, attribute in zip(named, self.attributes.T, strict=True):
            right.append(part.argmax(-1) == attribute)
        return torch.stack(right).all(0).numpy()

    def _loss(self, named: torch.Tensor, attributes: torch.Tensor) -> torch.Tensor:
        """Cross entropy of every attribute; summed over pairs, so that each learns for itself."""
        total = torch.zeros(())
        for place, part in enumerate(named.split(self.sizes, dim=-1)):
            target = attributes[:, place].expand(len(part), -1)
            total = total + nn.functional.cross_entropy(
                part.flatten(0, 1),
                target.flatten(),
            )
        return total * self.config.runs

    def _new_listener(self) -> None:
        config = self.config
        with seeded(config.seed + 7919 * (self.beginners + 1)):
            shape = (config.bits, config.hidden, sum(self.sizes))
            self.listener = many_mlp(config.runs, shape)
        self.beginners += 1
        parameters = [*self.speaker.parameters(), *self.listener.parameters()]
        self.optimiser = torch.optim.Adam(parameters, config.learning_rate)

    def _logits(self) -> torch.Tensor:
        """(S, n, B): what each speaker would say about each alert, before it becomes bits."""
        if self.code is not None:
            return SURE * self.code.expand(self.config.runs, -1, -1)
        return self.speaker(
            self.seen.expand(
                self.config.runs,
                -1,
                -1,
            )
        )
