"""Example study: 7, 28 and 70 zones. What grows, and what does learning together get harder by?

The range has seven zones and no more, so the zones here are a small world of their own: in each an
intruder gets a foothold, becomes root, and reaches over to the two zones next to it. Each zone has
one unit with a table of values. What a hierarchy over so many zones costs is counted on the
course's own `hierarchy.Team`.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch

from course_lib.hierarchy import Team, Tree

from ..plan import StudyPlan
from ..runs import Measured

SIZES = (7, 28, 70)
GROUP = 7
"""Zones below one commander of a group."""
TEAMS = 12
"""Teams that learn side by side for each seed."""
TICKS, JUDGED = 3_000, 400
"""Ticks of learning, and of play that is judged."""
LONGER = 4
"""How many times as long one arm learns."""
LEARNING_RATE, DISCOUNT, EXPLORES = 0.05, 0.9, 0.1
CLEAN, FOOTHOLD, ROOT = range(3)
WAIT, REMOVE, RESTORE = range(3)
COSTS = np.array([0.0, 1.0, 3.0])
"""Points that a zone loses in a tick, by its state."""
PRICES = np.array([0.0, 0.2, 1.5])
"""Points that an action costs: a Remove is cheap, a Restore takes a host from its users."""
INTRUSION, ESCALATION, SPREAD = 0.1, 0.3, 0.05
"""Chances per tick: of a foothold, of root from there, and of a foothold by a neighbour's root."""

PLAN = StudyPlan(
    name="scale",
    question="What does learning together lose when 7 zones become 70?",
    hypothesis=(
        "With pay by the points of the whole team, a unit hears its own action as one voice among "
        "all zones, so ten times the zones leave worse policies after equally long learning. With "
        "pay by the own zone, the number of zones does not matter. (Seed 100 was tried before, to "
        "see that the code runs.)"
    ),
    metric="points lost per zone and tick (points)",
    arms={
        **{f"team-{size}": f"{size} zones, paid by the mean of all zones" for size in SIZES},
        **{f"own-{size}": f"{size} zones, each paid by its own" for size in SIZES},
        "team-70-longer": f"as team-70, {LONGER} times as many ticks",
    },
    primary=("team-70", "team-7"),
    expected="higher",
    margin=0.05,
    control=("own-70", "own-7"),
    control_says="A unit that is paid by its own zone need not notice how many others there are.",
    seeds=5,
    minutes=6.0,
    secondary=(
        ("team-28", "team-7"),
        ("team-70", "own-70"),
        ("team-70-longer", "team-70"),
    ),
    settings={
        "teams": TEAMS,
        "ticks": TICKS,
        "judged": JUDGED,
        "longer": LONGER,
        "learning_rate": LEARNING_RATE,
        "discount": DISCOUNT,
        "explores": EXPLORES,
        "chances": [INTRUSION, ESCALATION, SPREAD],
        "prices": PRICES.tolist(),
    },
)


def zone_tick(
    state: np.ndarray, action: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """States (R, N) and actions (R, N) -> states that follow, and points (R, N), zero or below."""
    repaired = (action == RESTORE) | ((action == REMOVE) & (state == FOOTHOLD))
    now = np.where(repaired, CLEAN, state)
    root = now == ROOT
    left, right = np.roll(root, 1, axis=1), np.roll(root, -1, axis=1)
    beside = left.astype(int) + right
    enters = 1 - (1 - INTRUSION) * (1 - SPREAD) ** beside
    luck = rng.random(state.shape)
    rises = np.where(now == CLEAN, luck < enters, luck < ESCALATION)
    points = -(COSTS[state] + PRICES[action])
    return np.minimum(now + rises, ROOT), points


def learned(zones: int, pay: str, seed: int, ticks: int = TICKS) -> np.ndarray:
    """(R, N, 3) greedy action of every unit in every state of its zone, after Q-learning."""
    rng = np.random.default_rng([seed, zones])
    shape = (TEAMS, zones)
    values = np.zeros((*shape, 3, 3))
    state = np.zeros(shape, int)
    teams, units = np.indices(shape)
    for _ in range(ticks):
        explores = rng.random(shape) < EXPLORES
        greedy = values[teams, units, state].argmax(axis=2)
        action = np.where(explores, rng.integers(3, size=shape), greedy)
        after, points = zone_tick(state, action, rng)
        paid = points if pay == "own" else points.mean(axis=1, keepdims=True)
        future = values[teams, units, after].max(axis=2)
        error = paid + DISCOUNT * future - values[teams, units, state, action]
        values[teams, units, state, action] += LEARNING_RATE * error
        state = after
    return values.argmax(axis=3)


def points_lost(policies: np.ndarray, seed: int, ticks: int = JUDGED) -> np.ndarray:
    """(R,) points lost per zone and tick by policies (R, N, 3)."""
    rng = np.random.default_rng([seed, 1, policies.shape[1]])
    state = np.zeros(policies.shape[:2], int)
    teams, units = np.indices(state.shape)
    lost = np.zeros(len(policies))
    for _ in range(ticks):
        state, points = zone_tick(state, policies[teams, units, state], rng)
        lost -= points.mean(axis=1)
    return lost / ticks


@dataclass(frozen=True)
class Growth:
    """What a hierarchy over so many zones is made of."""

    messages: int
    """Up, in every tick: one from every unit but the root."""
    decisions: float
    """Per tick: all zones, and the commanders every tenth tick."""
    weights_flat: int
    """Attention weights of one head where one commander hears all zones."""
    weights_grouped: int
    """The same where commanders of groups stand between."""
    shared: int
    """Parameters where all units of a level share them."""
    own: int
    """Parameters where every unit has its own."""


def tree_of(zones: int) -> Tree:
    """A root, commanders of groups of seven, and the zones."""
    groups = {}
    for first in range(0, zones, GROUP):
        members = range(first, min(first + GROUP, zones))
        groups[f"group {first // GROUP}"] = [f"zone {number}" for number in members]
    return Tree.from_description({"commander": groups})


def growth(zones: int) -> Growth:
    """Counted on the course's own team, not estimated."""
    team = Team(tree_of(zones))
    wiring = team.wiring
    inner = wiring.count - wiring.leaf_count
    sizes = [len(unit.children) for unit in team.tree.units if unit.children]
    counts = []
    for level in range(len(team.tree.levels)):
        unit, _ = team.groups(level)[0]
        counts.append(sum(weights.numel() for weights in unit.parameters()))
    each = [count * len(level) for count, level in zip(counts, team.tree.levels, strict=True)]
    return Growth(
        messages=wiring.count - 1,
        decisions=zones + inner / team.config.command_every,
        weights_flat=zones**2,
        weights_grouped=sum(size**2 for size in sizes),
        shared=sum(counts),
        own=sum(each),
    )


@torch.no_grad()
def pass_milliseconds(zones: int, repeats: int = 5) -> float:
    """Processor time of one upward pass for one environment."""
    team = Team(tree_of(zones)).eval()
    messages = torch.zeros(1, team.wiring.leaf_count, 76)
    alive = np.ones((1, team.wiring.count), bool)
    team.up(messages, alive)
    started = time.process_time()
    for _ in range(repeats):
        team.up(messages, alive)
    return 1000 * (time.process_time() - started) / repeats


def measure(arm: str, seed: int) -> Measured:
    """What the units of every team lose after learning; and what a hierarchy of this size costs."""
    pay, size, *more = arm.split("-")
    zones = int(size)
    ticks = TICKS * LONGER if more else TICKS
    lost = points_lost(learned(zones, pay, seed, ticks), seed)
    found = growth(zones)
    facts = {
        "messages per tick": found.messages,
        "decisions per tick": found.decisions,
        "attention weights, one commander": found.weights_flat,
        "attention weights, groups of 7": found.weights_grouped,
        "parameters, shared by level": found.shared,
        "parameters, one set a unit": found.own,
        "upward pass, ms": pass_milliseconds(zones),
    }
    return Measured(lost, facts)
