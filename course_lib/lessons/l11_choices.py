"""Measure the choices of lesson 11 on the range and record them in notebooks/data/l11-choices.csv.

    python -m course_lib.lessons.l11_choices

in the course's folder. 200 episodes a row, on seeds that no doctrine was chosen on; about four
minutes.
"""

import csv
import pathlib
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from course_lib import cyber_range
from course_lib.hierarchy import (
    THREE_LAYER,
    Doctrine,
    HierarchicalDefender,
    PolicyConfig,
    Rule,
    Team,
    TeamConfig,
)
from course_lib.hierarchy import UnitConfig as Unit
from course_lib.hierarchy.doctrine import FULL
from course_lib.hierarchy.policy import class_probabilities, expand
from course_lib.hierarchy.unit import one_hot_command
from course_lib.stats import paired_contrast

FILE = pathlib.Path(__file__).parents[2] / "notebooks" / "data" / "l11-choices.csv"
EPISODES, SEED = 200, 1000
HEADER = (
    "group",
    "choice",
    "team seed",
    "score",
    "low",
    "high",
    "LWF",
    "ASF",
    "RIA",
    "Restore",
    "changes of traffic",
)
RESTORE_ROOT, RESTORE_TOUCHED, REMOVE, DECOYS, LOOK = FULL.rules
FIRST = (
    RESTORE_ROOT,
    Rule("remove a user-level session", see="user file", do=("Remove",)),
    Rule("remove what touched a decoy", see="decoy touched", do=("Remove",)),
    REMOVE,
    Rule("look around and lay decoys", see="anything", do=("Analyse", "DeployDecoy")),
)
"""A doctrine as one would write it before flying it."""
REMOVE_INSTEAD = tuple(replace(rule, do=("Remove",)) for rule in FULL.rules[:2])
RESTORE_EXPLOITED = Rule("restore", see="exploit", do=("Restore",))
LOOK_AT_CONNECTIONS = Rule("look", see="connection event", do=("Analyse",))
DOCTRINES = {
    "first attempt": FIRST,
    "one word: touched a decoy, Restore": (*FIRST[:2], RESTORE_TOUCHED, *FIRST[3:]),
    "five rules (FULL)": FULL.rules,
    "FULL, decoys all the time": (*FULL.rules[:3], replace(DECOYS, phases=(0, 1, 2)), LOOK),
    "FULL without decoys": (RESTORE_ROOT, RESTORE_TOUCHED, REMOVE, LOOK),
    "FULL, Remove what touched a decoy": (RESTORE_ROOT, FIRST[2], REMOVE, DECOYS, LOOK),
    "FULL, Restore after every exploit": (*FULL.rules[:2], RESTORE_EXPLOITED, *FULL.rules[2:]),
    "FULL, look only where something happened": (
        *FULL.rules[:3],
        LOOK_AT_CONNECTIONS,
        DECOYS,
        LOOK,
    ),
    "FULL, Remove instead of Restore": (*REMOVE_INSTEAD, *FULL.rules[2:]),
    "FULL, looking round first": (LOOK, *FULL.rules[:4]),
}


def team(
    seed: int = 0,
    w: float = 0.8,
    gain: float = 0.2,
    inputs: str = "message",
    **unit: Any,
) -> Team:
    """An untrained three-layer team."""
    policy = PolicyConfig(doctrine_weight=w, ioc_gain=gain, inputs=inputs)
    usual = {"command_from": "sample", "command_floor": 0.3, "ioc_scope": "tree"}
    return Team(THREE_LAYER, TeamConfig(unit=Unit(policy=policy, **{**usual, **unit})), seed=seed)


def play(made: Team, doctrine: Doctrine = FULL, defenders: str = "official"):
    """The report of EPISODES episodes."""
    return cyber_range.evaluate(
        HierarchicalDefender(made, doctrine, defenders), episodes=EPISODES, seed=SEED
    )


def row(group: str, choice: str, seed: int, report) -> tuple:
    """One line of the file; the parts of the score are points per episode."""
    events, actions = report.breakdown["event"], report.breakdown["actions"]
    parts = (events[name] for name in ("LWF", "ASF", "RIA", "Restore"))
    traffic = actions["AllowTraffic"] + actions["BlockTraffic"]
    return (
        group,
        choice,
        seed,
        *(f"{x:.1f}" for x in (report.mean, *report.interval, *parts, traffic)),
    )


def without_urgency(made: Team) -> Team:
    """The same, but the commander of the shared zones does not ask the doctrine who is most
    urgent."""
    for unit, _ in made.groups(1):
        unit.policy_function.config = replace(unit.policy_function.config, doctrine_weight=0.0)
    return made


def rows():
    """All rows, one by one."""
    for w in (0, 0.5, 0.8, 0.9, 0.95, 0.99, 1):
        for seed in range(3):
            yield row("w", f"{w:g}", seed, play(team(seed, w=w)))
    for name, rules in DOCTRINES.items():
        yield row("doctrine", name, 0, play(team(w=1), Doctrine(rules)))
    for floor in (0, 0.1, 0.3, 1):
        yield row("command_floor", f"{floor:g}", 0, play(team(command_floor=floor)))
    for how in ("sample", "shares"):
        yield row("command_from", how, 0, play(team(command_from=how)))
    for gain in (0, 0.2, 1):
        yield row("ioc_gain", f"{gain:g}", 0, play(team(gain=gain)))
    for scope in ("tree", "siblings", "own"):
        yield row("ioc_scope", scope, 0, play(team(gain=1, ioc_scope=scope)))
    yield row("inputs", "observation", 0, play(team(inputs="observation")))
    yield row("arbitration", "pooling weight and urgency", 0, play(team(w=1)))
    yield row("arbitration", "pooling weight alone", 0, play(without_urgency(team(w=1))))
    yield row("arbitration", "three agents (per-zone)", 0, play(team(w=1), defenders="per-zone"))
    for name in ("expert", "sleep"):
        yield row("scripted", name, 0, cyber_range.evaluate(name, episodes=EPISODES, seed=SEED))
    always = cyber_range.make_policy("expert", worth=0.0)
    yield row(
        "scripted",
        "expert that always restores",
        0,
        cyber_range.evaluate(always, episodes=EPISODES, seed=SEED),
    )
    expert = cyber_range.evaluate("expert", episodes=EPISODES, seed=SEED)
    gap = paired_contrast(expert.scores, play(team(w=1)).scores)
    yield (
        "paired",
        "expert minus five rules",
        0,
        *(f"{x:.1f}" for x in (gap.difference, gap.low, gap.high)),
        *[""] * 5,
    )
    for weights in ("softmax", "logits"):
        yield "obeyed", weights, 0, *(f"{100 * x:.1f}" for x in obeyed(weights)), *[""] * 5


@torch.no_grad()
def obeyed(weights: str) -> tuple[float, float, float]:
    """Share of orders after which the ordered class is likelier than before: mean, least and most
    of eight classes.

    Orders to an untrained network of ordinary size (its last layer is not made small), on messages
    of 16 episodes.
    """
    policy, heard = team().unit_at(0, 0).policy_function, []
    policy.network[-1].weight.mul_(100)

    def keep(defender, tick, scene, decisions):
        if tick.step[0] % 25 == 0:
            heard.append(scene.messages.flatten(0, 1))

    defender = HierarchicalDefender(team(w=1), FULL)
    defender.recorder = keep
    cyber_range.evaluate(defender, episodes=16, seed=SEED)
    outputs, risen = policy.network(torch.cat(heard)), []
    base = torch.softmax(outputs, dim=1)
    for ordered in range(8):
        priority = expand(one_hot_command(torch.tensor([ordered]), 0.3))
        changed = (
            base * priority if weights == "softmax" else torch.softmax(outputs * priority, dim=1)
        )
        after = class_probabilities(changed / changed.sum(dim=1, keepdim=True))
        risen.append((after > class_probabilities(base))[:, ordered].float().mean().item())
    return float(np.mean(risen)), min(risen), max(risen)


def main() -> None:
    """Write the file."""
    torch.set_num_threads(1)
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for line in rows():
            writer.writerow(line)
            file.flush()


if __name__ == "__main__":
    main()
