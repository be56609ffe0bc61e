"""Does a task need memory, talk, coordination? Information probes of teams that play it.

Games of a policy are recorded and asked, with plug-in information and a permutation null
(`learners.information`): knowing what a defender sees now, do its earlier sights, the other zones'
sights or the other defenders' actions tell anything more about

* what *happens next* in its zone (does the world offer something to remember or to be told?), and
* what it *does* (does this team make use of it?).

After Tessera and others (AAMAS 2026, arXiv 2602.20804); the discretisation and the two questions
are ours. Four one-zone defenders are pooled: which zone it is counts as known.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.cyber_range import VectorRange, action_layout
from course_lib.cyber_range.observations import PHASE
from course_lib.learners.information import Information, labels, tested_information
from course_lib.training.pretrained import load_policy

from .crew import levels

ZONES = 4
NEIGHBOUR = np.array([1, 0, 3, 2])
"""RZA and OZA lie behind each other, and so do RZB and OZB."""
LAG, EVERY = 5, 25
"""Ticks between "before", "now" and "next"; and between two samples, so that they are nearly
independent, as the permutations assume."""


@dataclass(frozen=True)
class Games:
    """E episodes of T ticks, for the four one-zone defenders."""

    level: np.ndarray
    """(T, E, 4) level of suspicion of each zone, as its defender sees it."""
    phase: np.ndarray
    """(T, E)."""
    action: np.ndarray
    """(T, E, 4) class of action."""
    free: np.ndarray
    """(T, E, 4) bool: the defender could decide; while busy it could not."""


def recorded_games(policy_name: str, episodes: int, seed: int) -> Games:
    """Play a policy on the official range, seeds from ``seed`` on."""
    policy = load_policy(policy_name, "official")
    world = VectorRange(episodes, "official", seed=seed, observation=policy.observation)
    classes = action_layout("official").classes
    obs, info = world.reset()
    policy.reset(seed)
    level = []
    phase = []
    action = []
    free = []
    for _ in range(498):  # the tick after that would show the next episode
        chosen = policy.act_batch(obs, info)
        messages = obs[:, :ZONES]
        level.append(levels(messages))
        phase.append(messages[:, 0, PHASE].astype(int))
        orders = np.asarray(chosen)[:, :ZONES]
        action.append(classes[np.arange(ZONES), orders])
        free.append(info["busy"][:, :ZONES] == 0)
        obs, *_, info = world.step(chosen)
    return Games(
        level=np.stack(level),
        phase=np.stack(phase),
        action=np.stack(action),
        free=np.stack(free),
    )


def probes(games: Games, seed: int = 0) -> dict[str, Information]:
    """Information in bits, by what is asked."""
    ticks = np.arange(LAG, len(games.level) - LAG, EVERY)
    free = games.free[ticks].reshape(-1)

    def at(table: np.ndarray, shift: int = 0) -> np.ndarray:
        return table[ticks + shift].reshape(-1)

    zone = at(np.broadcast_to(np.arange(ZONES), games.level.shape))
    phase = at(np.repeat(games.phase[:, :, None], ZONES, axis=2))
    own = labels(zone, phase, at(games.level))
    before = at(games.level, -LAG)
    other = at(games.level[:, :, NEIGHBOUR])
    both = labels(own, other)
    following = at(games.level, LAG)
    action = at(games.action)
    neighbours = games.action[:, :, NEIGHBOUR]
    questions = {
        ("next", "memory"): (following, before, own),
        ("next", "talk"): (following, other, own),
        ("action", "memory"): (action, before, own),
        ("action", "talk"): (action, other, own),
        ("action", "coordination"): (action, at(neighbours), both),
        ("action", "influence"): (action, at(neighbours, -LAG), both),
    }
    found = {}
    # A busy defender does nothing of its own, so only free ones are asked about actions.
    for (about, needs), (x, y, given) in questions.items():
        counted = free if about == "action" else np.ones(len(free), bool)
        known = given[counted]
        found[f"{about}: {needs}"] = tested_information(
            x[counted], y[counted], known, permutations=100, seed=seed
        )
    return found
