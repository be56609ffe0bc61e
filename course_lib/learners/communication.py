"""Learning to talk: RIAL and DIAL (Foerster, Assael, de Freitas, Whiteson, NeurIPS 2016).

    team = TalkingTeam(SwitchRiddle(3), TalkConfig(method="dial", runs=5))
    curve = team.learn(3_000)               # mean reward of each update, (updates, runs)
    team.play(1_000, seed=1).reward         # without exploration, bits are bits, (runs, episodes)
    team.play(1_000, seed=1, channel=muted) # the same, and nothing comes through

Every agent is a recurrent Q-network with two heads: values of its actions, and what it says.

* **RIAL**: a message is one more action. It has a Q-value, learned from the *speaker's* own reward.
* **DIAL**: while training, a message is a real number, and the gradient of the *listener's* error
  flows back through it into the speaker: a listener tells the speaker what it should have said.
* **mute**: the same networks, and nothing is heard. What both must be compared with.

Several training runs are learned side by side (`many_networks`), each on episodes of its own: no
number of one reaches another, so they count as so many training seeds. When they `play`, all of
them get the same episodes.
"""

import copy
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from torch import nn

from course_lib import validate

from .channel import Channel, discretise, muted, regularise
from .gradient_step import renew_target
from .many_networks import ManyGRU, ManyLinear, clip_each_run
from .networks import seeded

METHODS = ("dial", "rial", "mute")


class GameTurn(Protocol):
    """What a game with messages gives in each step, for E episodes of N agents."""

    observations: np.ndarray
    """(E, N, F)."""
    hears: np.ndarray
    """(E, N, N), listener x speaker: weights with which messages of the last step arrive."""
    rewards: np.ndarray
    """(E, N)."""
    over: np.ndarray
    """(E,) bool."""


class TalkingGame(Protocol):
    """A game whose agents may talk; `course_lib.games.SwitchRiddle` is one."""

    agents: int
    actions: int
    steps: int
    observation_size: int

    def begin(
        self,
        episodes: int,
        rng: np.random.Generator,
        copies: int = 1,
    ) -> GameTurn:
        """Draw so many episodes, and play each of them ``copies`` times (copy by copy)."""
        ...

    def step(self, actions: np.ndarray) -> GameTurn:
        """Go on with ``actions`` (E, N)."""
        ...


@dataclass(frozen=True)
class TalkConfig:
    """How to learn. Raises ValueError for values out of range."""

    method: str = "dial"
    """"dial", "rial" or "mute"."""
    bits: int = 1
    """Bits of a message."""
    runs: int = 5
    """Training runs side by side: teams that differ in their first weights and their chances."""
    shared: bool = True
    """One network for all agents of a team (with an identity as input), or one each."""
    episodes: int = 32
    """Episodes per update and run."""
    hidden: int = 32
    """Size of the encoder and of the memory."""
    noise: float = 2.0
    """Standard deviation of the noise on DIAL's messages while training."""
    epsilon: float = 0.05
    """Probability of a random action, and in RIAL of a random message, while training."""
    discount: float = 1.0
    """Weight of the next step's reward."""
    learning_rate: float = 1e-3
    """Step size of Adam."""
    target_every: int = 100
    """Updates after which the copy of the networks that gives the targets is renewed."""
    max_grad_norm: float = 10.0
    """Longest gradient allowed, of each run for itself."""
    seed: int = 0
    """Fixes weights, episodes and choices."""

    def __post_init__(self) -> None:
        validate.choice("method", self.method, METHODS)
        validate.truth("shared", self.shared)
        validate.counts(self, "runs", "episodes", "hidden", "target_every")
        validate.whole_number("bits", self.bits, 1, 8)
        validate.not_negative(self, "noise")
        validate.probabilities(self, "epsilon", "discount")
        validate.positive(self, "learning_rate", "max_grad_norm")
        validate.seed(self.seed)


class TalkNetwork(nn.Module):
    """Encoder, memory, and two heads; ``networks`` of them side by side."""

    def __init__(
        self,
        networks: int,
        inputs: int,
        hidden: int,
        actions: int,
        speech: int,
    ):
        super().__init__()
        self.encoder = ManyLinear(networks, inputs, hidden)
        self.memory = ManyGRU(networks, hidden, hidden)
        self.values = ManyLinear(networks, hidden, actions)
        self.speech = ManyLinear(networks, hidden, speech)

    def forward(
        self, rows: torch.Tensor, memory: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Values (K, R, actions), speech (K, R, speech) and memory (K, R, hidden) from the inputs
        (K, R, inputs) and the memory before."""
        encoded = torch.relu(self.encoder(rows))
        memory = self.memory(encoded, memory)
        return self.values(memory), self.speech(memory), memory


@dataclass
class Episodes:
    """What S teams did in E episodes of N agents and T steps; a list has one entry a step."""

    actions: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N) ints."""
    said: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N, B), what each agent said."""
    heard: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N, B), what reached it, after the channel."""
    hears: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N, N), who hears whom."""
    observations: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N, F)."""
    going_on: list[torch.Tensor] = field(default_factory=list)
    """(S, E) bool, False once an episode was over before the step."""
    rewards: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N), points for the step."""
    chosen: list[torch.Tensor] = field(default_factory=list)
    """(S, E, N), value of the chosen action, and in RIAL (S, E, N, 2) with that of the message."""
    best: list[torch.Tensor] = field(default_factory=list)
    """What the target copy holds to be the best values, in the same shape."""

    @property
    def reward(self) -> np.ndarray:
        """(S, E) total reward of the team: the mean over its agents."""
        return torch.stack(self.rewards).mean(-1).sum(0).numpy()


class TalkingTeam:
    """The teams of all runs, their target copies, and the game they play."""

    def __init__(self, game: TalkingGame, config: TalkConfig | None = None):
        self.game = game
        self.config = config = config or TalkConfig()
        self.networks = config.runs * (1 if config.shared else game.agents)
        speech = 2**config.bits if config.method == "rial" else config.bits
        inputs = game.observation_size + config.bits + game.actions + game.agents
        with seeded(config.seed):
            self.network = TalkNetwork(self.networks, inputs, config.hidden, game.actions, speech)
        self.target = copy.deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), config.learning_rate)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.rng = np.random.default_rng(config.seed)
        self.updated = 0

    def learn(self, updates: int, channel: Channel | None = None) -> np.ndarray:
        """Learn, messages going through ``channel``; mean reward (updates, S) while exploring."""
        curve = []
        for _ in range(updates):
            episodes = self.rollout(
                self.config.episodes, self.rng, self.generator, channel, training=True
            )
            self._update(episodes)
            curve.append(episodes.reward.mean(axis=1))
        return np.array(curve)

    @torch.no_grad()
    def play(
        self,
        episodes: int,
        seed: int,
        channel: Channel | None = None,
    ) -> Episodes:
        """Play without exploration and with true bits; every team plays the same episodes."""
        generator = torch.Generator().manual_seed(seed)
        return self.rollout(
            episodes, np.random.default_rng(seed), generator, channel, training=False
        )

    def loss(self, episodes: Episodes) -> torch.Tensor:
        """Squared error of the Q-values against their targets: the sum over steps and agents, the
        mean over episodes, the sum over runs (so that each run learns as if it were alone)."""
        total = torch.zeros(())
        steps = len(episodes.rewards)
        for step in range(steps):
            target = self._widened(episodes.rewards[step])
            if step + 1 < steps:
                following = self._widened(episodes.going_on[step + 1][..., None].float())
                target = target + self.config.discount * following * episodes.best[step + 1]
            error = (target - episodes.chosen[step]) ** 2
            counted = self._widened(episodes.going_on[step][..., None].float())
            total = total + (error * counted).flatten(1).sum()
        return total / self.config.episodes

    def _widened(self, numbers: torch.Tensor) -> torch.Tensor:
        """(S, E, N) as it is, or with a last axis where a step has two values."""
        return numbers[..., None] if self.config.method == "rial" else numbers

    def _update(self, episodes: Episodes) -> None:
        loss = self.loss(episodes)
        self.optimiser.zero_grad()
        loss.backward()
        clip_each_run(self.network, self.config.runs, self.config.max_grad_norm)
        self.optimiser.step()
        self.updated += 1
        renew_target(self.target, self.network, self.updated, self.config.target_every)

    def rollout(
        self,
        count: int,
        rng: np.random.Generator,
        generator: torch.Generator,
        channel: Channel | None,
        training: bool,
    ) -> Episodes:
        """Play ``count`` episodes with each team.

        In ``training`` it explores, DIAL's messages are real numbers with noise, and gradients are
        kept; else the best known is done, and messages are bits.
        """
        game, config = self.game, self.config
        shape = (config.runs, count, game.agents)
        if training:
            turn = game.begin(count * config.runs, rng)  # other episodes for each run
        else:
            turn = game.begin(count, rng, copies=config.runs)
        said = torch.zeros(*shape, config.bits)
        action = torch.zeros(shape, dtype=torch.long)
        own_memory = self._new_memory(count)
        target_memory = self._new_memory(count)
        played = Episodes()
        for _ in range(game.steps):
            going_on = ~torch.as_tensor(turn.over).reshape(shape[:2])
            observed = torch.as_tensor(turn.observations).reshape(*shape, -1)
            hears = torch.as_tensor(turn.hears).reshape(*shape, game.agents)
            heard = self._heard(hears, said, channel, generator)
            rows = self._inputs(observed, heard, action, bool(played.actions))
            values, speech, own_memory = self.network(rows, own_memory)
            values = self._by_agent(values, shape)
            speech = self._by_agent(speech, shape)
            epsilon = config.epsilon if training else 0.0
            action = choose(values, epsilon, generator)
            said, message = self._say(speech, training, generator)
            played.chosen.append(self._chosen(values, action, speech, message))
            if training:
                best, target_memory = self._judge(rows.detach(), target_memory, shape)
                played.best.append(best)
            turn = game.step(action.reshape(-1, game.agents).numpy())
            played.actions.append(action)
            played.said.append(said)
            played.heard.append(heard)
            played.hears.append(hears)
            played.observations.append(observed)
            played.going_on.append(going_on)
            played.rewards.append(torch.as_tensor(turn.rewards).reshape(shape))
        return played

    def _heard(
        self,
        hears: torch.Tensor,
        said: torch.Tensor,
        channel: Channel | None,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """What reaches each agent, (S, E, N, B), of what was said in the step before."""
        heard = hears @ said
        listening = hears.any(-1)
        if self.config.method == "mute":
            heard = muted(heard, listening, generator)
        return channel(heard, listening, generator) if channel else heard

    @torch.no_grad()
    def _judge(
        self,
        rows: torch.Tensor,
        memory: torch.Tensor,
        shape: tuple[int, int, int],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The target copy's best values and its memory. It hears what was heard, without a
        gradient: it only gives targets."""
        values, speech, memory = self.target(rows, memory)
        return self._best(values, speech, shape), memory

    def _new_memory(self, count: int) -> torch.Tensor:
        rows = count * (self.game.agents if self.config.shared else 1)
        return torch.zeros(self.networks, rows, self.config.hidden)

    def _inputs(
        self, observed: torch.Tensor, heard: torch.Tensor, action: torch.Tensor, acted: bool
    ) -> torch.Tensor:
        """(K, R, inputs): what an agent sees and hears, what it did last, and who it is."""
        last = nn.functional.one_hot(action, self.game.actions).float() * acted
        identity = torch.eye(self.game.agents).expand(
            *action.shape,
            -1,
        )
        parts = torch.cat([observed, heard, last, identity], dim=-1)
        if self.config.shared:
            return parts.flatten(1, 2)
        return parts.transpose(1, 2).flatten(0, 1)

    def _by_agent(
        self,
        rows: torch.Tensor,
        shape: tuple[int, int, int],
    ) -> torch.Tensor:
        """(S, E, N, ...) from the rows (K, R, ...) of the networks."""
        runs, count, agents = shape
        if self.config.shared:
            return rows.reshape(runs, count, agents, -1)
        return rows.reshape(runs, agents, count, -1).transpose(1, 2)

    def _say(
        self, speech: torch.Tensor, training: bool, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Messages (S, E, N, B), and in RIAL which of all messages was chosen (S, E, N)."""
        if self.config.method == "rial":
            epsilon = self.config.epsilon if training else 0.0
            message = choose(speech, epsilon, generator)
            return bits_of(message, self.config.bits), message
        if training:
            return regularise(speech, self.config.noise, generator), None
        return discretise(speech), None

    def _chosen(
        self,
        values: torch.Tensor,
        action: torch.Tensor,
        speech: torch.Tensor,
        message: torch.Tensor | None,
    ) -> torch.Tensor:
        of_action = values.gather(-1, action[..., None])[..., 0]
        if message is None:
            return of_action
        of_message = speech.gather(-1, message[..., None])[..., 0]
        return torch.stack([of_action, of_message], dim=-1)

    def _best(
        self, values: torch.Tensor, speech: torch.Tensor, shape: tuple[int, int, int]
    ) -> torch.Tensor:
        best_action = self._by_agent(values, shape).max(-1).values
        if self.config.method != "rial":
            return best_action
        best_message = self._by_agent(speech, shape).max(-1).values
        return torch.stack([best_action, best_message], dim=-1)


def choose(
    values: torch.Tensor,
    epsilon: float,
    generator: torch.Generator,
) -> torch.Tensor:
    """The best of the last axis, or with probability ``epsilon`` any."""
    best = values.argmax(-1)
    if epsilon == 0:
        return best
    anything = torch.randint(values.shape[-1], best.shape, generator=generator)
    explores = torch.rand(best.shape, generator=generator) < epsilon
    return torch.where(explores, anything, best)


def bits_of(message: torch.Tensor, bits: int) -> torch.Tensor:
    """(..., B) of -1 and +1 from the numbers 0 to 2^B - 1, lowest bit first."""
    places = 2 ** torch.arange(bits)
    return ((message[..., None] // places) % 2).float() * 2 - 1
