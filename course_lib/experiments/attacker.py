"""An attacker that learns: a table of chances, found by the cross-entropy method, at the seat of
red.

In each tick every free red agent draws one of the hosts it knows, weighted by what it believes of
them, and then an action by that belief: the form of the simulator's own agents, with every number
free.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.cyber_range.constants import RED_ACTIONS, RED_SLEEP, SERVER_SLOTS, SLOTS
from course_lib.cyber_range.engine.state import RD, UNKNOWN, F, K
from course_lib.cyber_range.envs.red_seat import RedSeat, RedView
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.red_variants import FINITE_STATE, SHORT_NAMES, STATES
from course_lib.learners.cross_entropy import CrossEntropyConfig, Generation, cross_entropy

__all__ = ["CrossEntropyConfig"]

SEARCH_EPISODES = 4_000_000
"""Seed of the first episode of a search; those that are judged on lie elsewhere."""

CHOICES = tuple((STATES.index(state), kind) for state, row in FINITE_STATE.items() for kind in row)
"""Pairs (belief state, action) that have a chance; all others are impossible or senseless."""
BELIEFS = range(K, RD + 1)
PARAMETERS = len(CHOICES) + len(BELIEFS) + 1
"""Logits of the choices, logits of the belief states, and one for servers."""
NEVER = -1e9


@dataclass(frozen=True)
class Attackers:
    """Tables of E attackers, one for each environment."""

    kinds: np.ndarray
    """(E, 10, 10) chances of an action by belief state, summed up along the last axis."""
    beliefs: np.ndarray
    """(E, 10) logit of a host in that state; `NEVER` for hosts that cannot be chosen."""
    servers: np.ndarray
    """(E,) logit that a server has besides."""

    @classmethod
    def of(cls, parameters: np.ndarray) -> "Attackers":
        """From (E, n) parameters."""
        count = len(parameters)
        of_choices, of_beliefs, of_servers = np.split(parameters, [len(CHOICES), -1], axis=1)
        logits = np.full((count, len(STATES), len(RED_ACTIONS)), NEVER)
        logits[:, :, RED_SLEEP] = -20.0  # for states without any choice
        for place, (state, kind) in enumerate(CHOICES):
            action = SHORT_NAMES.index(kind)
            logits[:, state, action] = of_choices[:, place]
        # Softmax; the largest logit is taken off first, so that no exponential overflows.
        largest = logits.max(axis=2, keepdims=True)
        chances = np.exp(logits - largest)
        chances /= chances.sum(axis=2, keepdims=True)
        beliefs = np.full((count, len(STATES)), NEVER)
        beliefs[:, BELIEFS] = of_beliefs
        return cls(chances.cumsum(axis=2), beliefs, of_servers[:, 0])

    def orders(self, view: RedView, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(E, 6) actions and (E, 6) hosts for the next tick."""
        envs = np.arange(len(self.servers))[:, None]
        logits = self.beliefs[envs[:, :, None], view.belief]
        is_server = np.arange(logits.shape[2]) % SLOTS < SERVER_SLOTS
        logits = logits + self.servers[:, None, None] * is_server
        known = (view.belief != UNKNOWN) & (view.belief != F)
        # The largest logit after Gumbel noise is a draw by softmax.
        noise = rng.gumbel(size=logits.shape)
        noisy = np.where(known, logits + noise, NEVER)
        hosts = noisy.argmax(axis=2)
        belief = np.take_along_axis(view.belief, hosts[:, :, None], axis=2)
        states = belief[:, :, 0]
        # How many sums of chances one uniform number has passed is the action drawn.
        uniform = rng.random(states.shape)
        passed = uniform[:, :, None] > self.kinds[envs, states]
        kinds = passed.sum(axis=2)
        # Rounding may leave the last sum a hair below 1.
        return np.minimum(kinds, RED_SLEEP), hosts


def scripted() -> np.ndarray:
    """(n,) parameters of the finite-state agent, from which learning starts."""
    chances = [FINITE_STATE[STATES[state]][kind] for state, kind in CHOICES]
    parameters = np.zeros(PARAMETERS)
    parameters[: len(CHOICES)] = np.log(chances)
    return parameters


def play_against(blue: TickPolicy, attackers: Attackers, seed: int, steps: int = 500) -> np.ndarray:
    """(E,) defended parts of the scores; row e is the episode of seed ``seed + e`` against
    attacker e."""
    size = len(attackers.servers)
    env = VectorRange(
        size,
        blue.defenders,
        seed,
        blue.observation,
        red="policy",
        steps=steps,
    )
    seat = RedSeat(env)
    rng = np.random.default_rng([seed, size])
    blue.reset(seed)
    obs, info = env.reset()
    for _ in range(steps - 1):
        seat.order(*attackers.orders(seat.look(), rng))
        actions = blue.act_batch(obs, info)
        obs, _, _, _, info = env.step(actions)
    return defended_part(info["final_statistics"])


def best_response(
    blue: TickPolicy, config: CrossEntropyConfig, episodes: int = 4, seed: int = 0
) -> list[Generation]:
    """Search for the attacker that hurts a frozen defender most.

    Args:
        blue: the defender; it does not learn.
        config: of the search, which begins with the official attacker.
        episodes: that each try plays.
        seed: of the search; its episodes begin at `SEARCH_EPISODES`.
    """
    played = 0

    def scores(tries: np.ndarray) -> np.ndarray:
        nonlocal played  # no two tries of a search play the same episode
        parameters = np.repeat(tries, episodes, axis=0)
        lost = -play_against(blue, Attackers.of(parameters), SEARCH_EPISODES + played)
        played += len(parameters)
        return lost.reshape(len(tries), episodes).mean(axis=1)

    return cross_entropy(scores, scripted(), config, seed)


def judge(blue: TickPolicy, attacker: np.ndarray, seeds: range) -> np.ndarray:
    """(N,) defended parts of a defender against one learned attacker, parameters (n,)."""
    table = np.tile(attacker, (len(seeds), 1))
    return play_against(blue, Attackers.of(table), seeds[0])
