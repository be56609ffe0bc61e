"""One repair crew for seven zones: a condition under which a commander matters.

The defenders are the scripted `expert`, unchanged but for one thing: there is one crew that
restores, and after it has begun a Restore somewhere it is away for `CREW_TICKS` ticks. In a tick in
which it is back and several zones ask for it, somebody must choose. A zone cannot: it does not see
what the others need. A *commander* hears every zone's request, as a few numbers, and sends the crew
to one zone or keeps it at home.

    Commander(weights)      learned: what each number of a request is worth
    drawn, first_zone       nobody commands
    only_root               nobody commands, and every zone asks only where red is root
    root_then_price         a commander by rule
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib import validate
from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import DEFENDED_ZONES, RESTORE
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.cyber_range.evaluation.rollout import play_batch
from course_lib.cyber_range.policies.expert import (
    DEAR_FOOTHOLD,
    ROOT_FOUND,
    USED_FOOTHOLD,
    Expert,
)
from course_lib.cyber_range.policies.wishes import Wishes
from course_lib.cyber_range.policy import Tick
from course_lib.learners.cross_entropy import CrossEntropyConfig, Generation, cross_entropy

CREW_TICKS = 25
"""Ticks from one Restore to the next, over all zones."""
SEARCH_EPISODES = 5_000_000
"""Seed of the first episode of a search; those that are judged on lie elsewhere."""
SEEDS_EACH = 100_000
"""Distance between the first seeds of two searches."""

FEATURES = (
    "red is root",
    "dear foothold",
    "foothold in use",
    "hosts to restore",
    "price of a host",
    "share of time left",
    "always",
)
"""What a request tells the commander."""
REASONS = ROOT_FOUND, DEAR_FOOTHOLD, USED_FOOTHOLD
HIGHEST_PRICE = 10.0
"""Prices are told as a share of this, points per event."""
MANY_HOSTS = 4.0
"""Numbers of hosts are told as a share of this."""


@dataclass(frozen=True)
class Requests:
    """Which zones want the crew in this tick, and why."""

    asked: np.ndarray
    """(E, 7) bool."""
    told: np.ndarray
    """(E, 7, 7) what each zone tells, see `FEATURES`; 0 where nothing is asked."""


Dispatch = Callable[[Requests, np.random.Generator], np.ndarray]
"""(E, 7) how much each zone's request is worth. The crew goes to the largest above 0."""


def drawn(requests: Requests, rng: np.random.Generator) -> np.ndarray:
    """Nobody commands: one of those who ask, by chance."""
    return 1.0 + rng.random(requests.asked.shape)


def first_zone(requests: Requests, rng: np.random.Generator) -> np.ndarray:
    """Nobody commands: always the same zone goes first, and so on."""
    order = np.arange(DEFENDED_ZONES, 0.0, -1.0)
    return np.broadcast_to(order, requests.asked.shape)


def only_root(requests: Requests, rng: np.random.Generator) -> np.ndarray:
    """Nobody commands, and zones hold back: they ask only where red is root."""
    is_root = requests.told[:, :, 0] > 0
    return is_root * drawn(requests, rng)


def root_then_price(requests: Requests, rng: np.random.Generator) -> np.ndarray:
    """A commander by rule: where red is root, and there, where a host costs most."""
    root, price = requests.told[:, :, 0], requests.told[:, :, FEATURES.index("price of a host")]
    return 1.0 + 10.0 * root + price + 1e-3 * rng.random(root.shape)


@dataclass(frozen=True)
class Commander:
    """A commander that learned what each number of a request is worth.

    Args:
        weights: (7,) or, to play many at once, (E, 7), one commander for each environment.
        shuffled: a control: every request is heard as if another asking zone had sent it.
    """

    weights: np.ndarray
    shuffled: bool = False

    def __call__(self, requests: Requests, rng: np.random.Generator) -> np.ndarray:
        """(E, 7) worth of each zone's request, with a little noise between equals."""
        told = requests.told
        if self.shuffled:
            told = _exchanged(requests, rng)
        weights = np.atleast_2d(self.weights)[:, None, :]
        worth = (told * weights).sum(axis=2)
        return worth + 1e-3 * rng.random(worth.shape)


def _exchanged(requests: Requests, rng: np.random.Generator) -> np.ndarray:
    """The requests, dealt out anew among the zones that ask in the same tick."""
    told = requests.told.copy()
    for told_here, asked in zip(told, requests.asked, strict=True):
        zones = np.flatnonzero(asked)
        told_here[zones] = told_here[rng.permutation(zones)]  # only among those who ask
    return told


class CrewExpert(Expert):
    """The `expert` in a network with one crew.

    Args:
        dispatch: who gets the crew.
        crew_ticks: from one Restore to the next; 1 is no scarcity but one Restore a tick.
        seed: of the draws.
    """

    name = "crew-expert"

    def __init__(self, dispatch: Dispatch, crew_ticks: int = CREW_TICKS, seed: int = 0) -> None:
        super().__init__()
        self.dispatch = dispatch
        self.crew_ticks = validate.whole_number("crew_ticks", crew_ticks, 1)
        self.rng = np.random.default_rng(validate.seed(seed))
        self.restores = 0
        """Restores begun so far, over all environments."""

    def start(self, size: int) -> None:
        """The crew is at home."""
        super().start(size)
        self._back_at = np.zeros(size, int)

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) actions; the crew leaves where a Restore begins."""
        orders = self.advise(tick)
        self.begin(orders.classes, orders.hosts)
        leaves = (orders.classes == RESTORE).any(axis=1)
        self.restores += int(leaves.sum())
        self._back_at = np.where(leaves, tick.step + self.crew_ticks, self._back_at)
        return orders.actions

    def _want_restores(self, wishes: Wishes, tick: Tick) -> None:
        # What each zone would do with a crew of its own is what it asks for.
        wanted = Wishes(tick.size)
        super()._want_restores(wanted, tick)
        sent = self._sent(self._requests(wanted, tick), tick)
        wishes.want(RESTORE, sent[:, :, None] & (wanted.urgency > 0), wanted.urgency)

    def _requests(self, wanted: Wishes, tick: Tick) -> Requests:
        hosts = (wanted.urgency > 0).sum(axis=2)
        asked = (hosts > 0) & tick.free[:, self.layout.owner]
        urgency = wanted.urgency.max(axis=2)
        price = self._prices(tick).max(axis=2) / HIGHEST_PRICE
        left = np.maximum(self.config.steps - tick.step, 0) / self.config.steps
        columns = [urgency == reason for reason in REASONS]
        columns += [hosts / MANY_HOSTS, price]
        columns += [np.broadcast_to(left[:, None], price.shape), np.ones_like(price)]
        told = np.stack(columns, axis=2).astype(float)
        return Requests(asked, np.where(asked[:, :, None], told, 0.0))

    def _sent(self, requests: Requests, tick: Tick) -> np.ndarray:
        """(E, 7) bool, at most one zone of a network."""
        worth = np.where(requests.asked, self.dispatch(requests, self.rng), -np.inf)
        goes = (worth.max(axis=1) > 0) & (tick.step >= self._back_at)
        best = worth.argmax(axis=1)
        return goes[:, None] & (np.arange(DEFENDED_ZONES) == best[:, None])


def play(
    dispatch: Dispatch, seeds: np.ndarray, crew_ticks: int = CREW_TICKS, draw_seed: int = 0
) -> np.ndarray:
    """(E,) defended parts of the scores of the official episodes ``seeds`` (E,)."""
    world = VectorRange(len(seeds), "official", 0, "message")
    leaves = CrewExpert(dispatch, crew_ticks, draw_seed)
    return defended_part(play_batch(world, leaves, 0, seeds))


def learn_commander(
    config: CrossEntropyConfig, episodes: int = 32, seed: int = 0, crew_ticks: int = CREW_TICKS
) -> list[Generation]:
    """Search for the weights of a commander with the cross-entropy method.

    Every try of a generation plays the same episodes, and each generation has new ones.

    Args:
        config: how it searches.
        episodes: each try plays.
        seed: of the search and its episodes.
        crew_ticks: from one Restore to the next.
    """
    played = 0

    def scores(tries: np.ndarray) -> np.ndarray:
        nonlocal played
        first = SEARCH_EPISODES + SEEDS_EACH * seed + played
        played += episodes
        # All tries of a generation play the same episodes, so that luck favours none of them.
        seeds = np.tile(first + np.arange(episodes), len(tries))
        commanders = Commander(np.repeat(tries, episodes, axis=0))
        lost = play(commanders, seeds, crew_ticks, draw_seed=first)
        return lost.reshape(len(tries), episodes).mean(axis=1)

    return cross_entropy(scores, np.zeros(len(FEATURES)), config, seed)
