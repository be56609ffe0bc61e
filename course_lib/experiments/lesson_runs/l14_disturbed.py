"""One table of disturbances for lesson 14: wires, sensors, orders, and who is first in a tick.

Written before the run. Primary contrast: the four teams with all communication cut (no message, no
alert, no command) minus the same episodes undisturbed, defended part, paired by episode. The
control is ``five rules`` in the same tree, whose zones obey nobody: if the cut costs *it* points,
the cut does something else than it says. Second: the same difference for every disturbance and
every defender, and for red's actions having their effect before blue's. `EPISODES` episodes from
`FIRST_EPISODE` on, which nobody has trained on. ``taught`` plays greedily as in the other tables of
the lesson; ``reward``, ``settled`` and ``three-layer`` draw their actions, with the same chances
each time.
"""

from collections.abc import Callable
from typing import Any

import torch

from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.experiments.benchmarks.generalisation import five_rules
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.training.pretrained import load_policy, load_team

from .disturbances import LateOrders, LateSensors, SilentSensors, TamperedSensors
from .disturbed_team import DisturbedTeam, Wires
from .held_out import held_out_seeds
from .record import LessonRun, Row, episode_rows

EPISODES = 24
FIRST_EPISODE = 894_000
TREES = ("five rules", "three-layer", "taught", "reward", "settled")
"""Defenders that have wires: hierarchies, and the rules in the place of one."""
DEFENDERS = ("expert", "flat", *TREES)

WIRES = {
    "messages cut": Wires(up="cut"),
    "messages 20 ticks late": Wires(up="late"),
    "messages forged": Wires(up="forged"),
    "commands cut": Wires(down="cut"),
    "commands 20 ticks late": Wires(down="late"),
    "commands forged: sleep": Wires(down="forged"),
    "all communication cut": Wires(up="cut", down="cut"),
}
"""What happens between units; nobody but the `TREES` has any."""
AROUND: dict[str, Callable[[TickPolicy], TickPolicy]] = {
    "1 sensor in 4 silent": lambda inside: SilentSensors(inside, 0.25),
    "all sensors silent": lambda inside: SilentSensors(inside, 1.0),
    "sensors 3 ticks late": lambda inside: LateSensors(inside, 3),
    "sensors tampered, 1 in 50": lambda inside: TamperedSensors(inside, 0.02),
    "orders 1 tick late": lambda inside: LateOrders(inside, 1),
    "orders 3 ticks late": lambda inside: LateOrders(inside, 3),
}
"""What happens between a defender and its hosts."""
RANGES: dict[str, dict[str, Any]] = {
    "false alarms x 5": {"local_false_positive_rate": 0.05, "access_false_positive_rate": 0.05},
    "false alarms x 20": {"local_false_positive_rate": 0.2, "access_false_positive_rate": 0.2},
    "red first in a tick": {"red_acts_first": True},
}
"""What is different in the range itself."""
BAD_NIGHT = "a bad night"
"""A quarter of the sensors silent, the others late, orders late, and false alarms, all at once."""
AT_ONCE = ("1 sensor in 4 silent", "sensors 3 ticks late", "orders 1 tick late")
AT_ONCE_IN_RANGE = "false alarms x 5"


def defender(name: str) -> TickPolicy:
    """A defender of the table."""
    if name == "expert":
        return make_policy("expert")
    if name in TREES:
        return tree(name)
    flat = load_policy(name)
    assert isinstance(flat, TickPolicy)  # by its name
    return flat


def tree(name: str) -> HierarchicalDefender:
    """A hierarchy of the table."""
    if name == "five rules":
        return five_rules()
    recipe = name in ("taught", "reward", "settled")
    return load_team(f"three-layer-{name}" if recipe else name, greedy=name == "taught")


def disturbed(seed: int) -> list[Row]:
    """One row for each disturbance, defender and episode."""
    torch.set_num_threads(1)
    rows: list[Row] = []
    for name in DEFENDERS:
        rows += played(defender(name), name, "nothing")
        for what, around in AROUND.items():
            rows += played(around(defender(name)), name, what)
        for what, options in RANGES.items():
            rows += played(defender(name), name, what, **options)
        rows += played(bad_night(name), name, BAD_NIGHT, **RANGES[AT_ONCE_IN_RANGE])
        if name in TREES:
            rows += with_wires(name)
    return rows


def bad_night(name: str) -> TickPolicy:
    """A defender with several disturbances at once."""
    policy = defender(name)
    for what in AT_ONCE:
        policy = AROUND[what](policy)
    return policy


def with_wires(name: str) -> list[Row]:
    """A hierarchy with each disturbance of its wires."""
    rows = []
    for what, wires in WIRES.items():
        rows += played(DisturbedTeam(tree(name), wires), name, what)
    return rows


def played(policy: TickPolicy, name: str, what: str, **options: Any) -> list[Row]:
    """One row for each episode."""
    episodes = held_out_seeds(FIRST_EPISODE, EPISODES)
    report = evaluate(policy, episodes=EPISODES, seed=episodes[0], **options)
    about = {"disturbance": what, "defender": name}
    return episode_rows(episodes, about, defended=report.defended_scores)


RUNS = {
    "l14-disturbed": LessonRun(
        make=disturbed,
        seeds=1,
        question="What do cut, late and forged messages and commands cost, and silent, late and "
        "tampered sensors, false alarms, late orders and red acting first? Primary contrast: all "
        "communication cut minus undisturbed, defended part, paired by episode, for the four "
        "teams; control: five rules in the same tree.",
        minutes=8,
        config={
            "episodes": EPISODES,
            "first_episode": FIRST_EPISODE,
            "defenders": list(DEFENDERS),
            "disturbances": [*WIRES, *AROUND, *RANGES, BAD_NIGHT],
        },
    ),
}
"""The recorded run."""
