"""Exercises and quiz of lesson 11, command and doctrine."""

import functools

import numpy as np
import torch

from course_lib import cyber_range
from course_lib.cyber_range import ACTION_CLASSES
from course_lib.hierarchy import (
    ACTION_CLASS,
    ACTION_SLOT,
    THREE_LAYER,
    Doctrine,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.hierarchy.doctrine import FULL, Rule
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

ANALYSE, MONITOR, REMOVE, RESTORE, SLEEP, TRAFFIC, DECOY = 0, 16, 17, 33, 49, 50, 66
"""Where each class begins in the list of 82 actions."""
PROCESS, CONNECTION, PRIORITY = 28, 44, 60
"""Where each group of 16 hosts begins in a message."""

LESSON = Lesson(
    "11",
    quiz=Quiz(
        Question(
            (
                "A commander orders 'restore'. In which reading can the order make Restore less "
                "likely?"
            ),
            right=(
                "When the priorities multiply logits, before the softmax",
                (
                    "A negative logit times 1 stays as low as it was; times 0.3 it rises. So the "
                    "others gain."
                ),
            ),
            wrong={
                "When the priorities multiply weights, after the softmax": (
                    "Positive weights shrink by 0.3; the ordered class keeps its own, so its share "
                    "can only grow."
                ),
                "When no rule of the doctrine fires in that zone at all": (
                    "Then network and command decide alone, and the order works."
                ),
            },
        ),
        Question(
            (
                "Untrained networks with w = 0.9 lose about four times as much as with w = 1. "
                "Where do the points go?"
            ),
            right=(
                "To a few changes of traffic between zones",
                (
                    "A weighted sum gives weight; it takes none away from what it does not "
                    "mention. A mask would."
                ),
            ),
            wrong={
                "To many Restores of hosts that are clean": (
                    "A Restore costs one point. The table's column says what cost more."
                ),
                "To sleeping: a tenth of the ticks is lost": (
                    "Sleep and Monitor are 2 of 82 actions, and a lost tick is cheap."
                ),
            },
        ),
        Question(
            (
                "Why is Restore right for a host that touched a decoy and wrong for every exploit "
                "event?"
            ),
            right=(
                "A touched decoy never lies, an exploit event often does",
                (
                    "The price of the action follows how often the sign lies. Remove is free, so "
                    "it fits doubtful signs."
                ),
            ),
            wrong={
                "An exploit is harmless as long as red is not yet root": (
                    "They open the session from which red becomes root."
                ),
                "Remove has no effect on a host on which a decoy runs": (
                    "It does; what it cannot remove is a foothold whose process no event has "
                    "flagged."
                ),
            },
        ),
    ),
)


def message(phase: int = 0, process=(), connection=(), **priority: int) -> np.ndarray:
    """(76,) raw message; ``h3=1`` gives slot 3 host priority 1."""
    raw = np.zeros(76, np.int64)
    raw[0] = phase
    raw[[PROCESS + slot for slot in process]] = 1
    raw[[CONNECTION + slot for slot in connection]] = 1
    for name, value in priority.items():
        raw[PRIORITY + int(name[1:])] = value
    return raw


@functools.lru_cache(maxsize=32)
def play(doctrine: Doctrine, unit: UnitConfig, episodes: int = 48) -> float:
    """Mean score of an untrained team on seeds that no lesson reports.

    It is always the same, so an answer that is checked again is not played again.
    """
    team = Team(THREE_LAYER, TeamConfig(unit=unit), seed=0)
    return cyber_range.evaluate(
        HierarchicalDefender(team, doctrine), episodes=episodes, seed=5000
    ).mean


@LESSON.exercise(
    title="Eight numbers for 82 actions",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "`ACTION_CLASS[a]` is the class of action a. Which column of `command` belongs to "
            "action a?"
        ),
        (
            "`table[:, places]` takes columns by a list of places, as often and in the order in "
            "which the list names them."
        ),
    ),
    examples=(
        example(torch.ones(1, 8), gives=torch.ones(1, 82)),
        example(torch.zeros(2, 8), gives=torch.zeros(2, 82)),
    ),
    look_at='"The command: eight numbers for 82 actions" in lesson 11',
    done="After exercise 4, a team plays with it.",
)
def expand_command(probe: Probe) -> None:
    rng = np.random.default_rng(111)
    for units in (1, 3):
        command = torch.tensor(rng.random((units, 8)), dtype=torch.float32)
        got = probe(command)
        probe.require(
            tuple(np.shape(got)) == (units, 82), "one priority comes back for each action, (B, 82)"
        )
        got = np.asarray(got)
        starts = ((ANALYSE, 0), (REMOVE, 1), (RESTORE, 2), (DECOY, 3))
        for first, kind in starts:
            wanted = np.repeat(command[:, [kind]].numpy(), 16, axis=1)
            probe.equal(
                got[:, first : first + 16],
                wanted,
                "the 16 actions of a class on hosts get the class's priority",
            )
        probe.equal(
            got[:, [MONITOR, SLEEP]],
            command[:, [6, 7]].numpy(),
            "Monitor is action 16 and Sleep action 49",
        )
        traffic = np.repeat(command[:, [4, 5]].numpy(), 8, axis=1)
        probe.equal(
            got[:, TRAFFIC:DECOY], traffic, "AllowTraffic and BlockTraffic have 8 actions each"
        )


@LESSON.exercise(
    title="A rule as a function",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "First which hosts: `messages[:, PRIORITY] == 3` is (B, 16). Then which actions: those of "
        "class Restore, each on the slot that `ACTION_SLOT` says.",
        "`seen[:, ACTION_SLOT]` is (B, 82): for every action, whether its slot is one of the "
        "hosts. Divide by the row sums, but not by 0.",
    ),
    examples=(
        example(message(h4=3)[None], gives=np.eye(82)[[RESTORE + 4]]),
        example(message(process=(2,))[None], gives=np.zeros((1, 82))),
    ),
    look_at='"Doctrine: experience as a list of rules" in lesson 11',
    done="The next cell puts your rule before all others, and a team plays with it.",
)
def restore_touched(probe: Probe) -> None:
    signs = (
        message(h0=3, h9=3),
        message(h0=1, h2=2, process=(5,)),
        message(2, h15=3, h3=1),
        message(),
    )
    got = probe(np.stack(signs))
    probe.require(
        tuple(np.shape(got)) == (4, 82), "one row of 82 weights comes back for each message"
    )
    got = np.asarray(got, float)
    probe.require(
        np.isfinite(got).all(), "a message without a touched decoy gives zeros, no division by zero"
    )
    probe.equal(
        got[[1, 3]],
        np.zeros((2, 82)),
        "only host priority 3 means a touched decoy; 1 and 2 are files",
    )
    probe.equal(
        got[2],
        np.eye(82)[RESTORE + 15],
        "the weight is on Restore of the host that touched it, in every phase",
    )
    probe.equal(got[0].sum(), 1.0, "two hosts share a weight of 1")
    probe.equal(
        got[0, [RESTORE, RESTORE + 9]],
        np.array([0.5, 0.5]),
        "each of two hosts gets the same weight",
    )


@LESSON.exercise(
    title="Two rules as data",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            'The signs are called "root file" and "exploit"; a rule that names two classes gives '
            "both the same weight."
        ),
        (
            '`hosts="servers"` and `phases=(1, 2)` say where and when. The more urgent rule stands '
            "first."
        ),
    ),
    look_at="the table of rules in lesson 11",
    done=(
        "Data can be read by people who do not program, and can be tested rule by rule, as this "
        "check does."
    ),
)
def two_rules(probe: Probe) -> None:
    rules = getattr(probe.answer, "rules", probe.answer)  # a Doctrine of two rules will do
    are_two = isinstance(rules, (tuple, list)) and [type(rule) for rule in rules] == [Rule, Rule]
    probe.require(are_two, "the answer is a tuple of two rules: (Rule(...), Rule(...))")
    doctrine, allowed = Doctrine(tuple(rules)), np.ones((1, 82), bool)

    def demand(raw: np.ndarray, wanted: list[int], property: str) -> None:
        named = np.flatnonzero(doctrine.mask(raw[None], allowed)[0]).tolist()
        said = f"{property}; the rules name {in_words(named)}, wanted: {in_words(wanted)}"
        probe.require(named == wanted, said)

    for phase in range(3):
        for slot in (0, 7, 15):
            raw = message(phase, **{f"h{slot}": 1})
            said = f"a host with a root-level file is restored, in every phase (now {phase})"
            demand(raw, [RESTORE + slot], said)
    for slot in (0, 5):
        raw = message(1, (slot,), (slot,))
        said = "an exploit on a server in a mission: Analyse or Remove that server"
        demand(raw, [ANALYSE + slot, REMOVE + slot], said)
    raw = message(2, (2,), (2,))
    demand(raw, [ANALYSE + 2, REMOVE + 2], "mission B (phase 2) is a mission too")
    raw = message(0, (2,), (2,))
    demand(raw, [], "before the missions (phase 0) the second rule is silent")
    for slot in (6, 15):
        demand(message(1, (slot,), (slot,)), [], "the second rule speaks about servers only")
    demand(message(1, (2,)), [], "a process event alone is no exploit")
    raw = message(1, (2,), (2,), h7=1)
    demand(raw, [RESTORE + 7], "the root file is more urgent than the exploit")


def in_words(actions: list[int]) -> str:
    """Action numbers as a person says them, for example ``Remove slot 2``."""
    names = [ACTION_CLASSES[ACTION_CLASS[action]] for action in actions]
    on_hosts = ("Analyse", "Remove", "Restore", "DeployDecoy")
    said = [
        f"{name} slot {ACTION_SLOT[action]}" if name in on_hosts else name
        for name, action in zip(names, actions, strict=True)
    ]
    return ", ".join(said) or "nothing"


def combined(outputs, priority, doctrine, allowed, weight) -> np.ndarray:
    """The formula in numpy."""
    base = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    base /= base.sum(axis=1, keepdims=True)
    kept = ((1 - weight) * base * priority + weight * doctrine) * allowed
    return kept / kept.sum(axis=1, keepdims=True)


FLAT = (
    torch.zeros(1, 82),
    torch.ones(1, 82),
    torch.zeros(1, 82),
    torch.ones(1, 82, dtype=torch.bool),
)


@LESSON.exercise(
    title="Three voices, one distribution",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "`torch.softmax(outputs, dim=1)` first; only then the priorities.",
        "Mask and normalise come last: whatever is not allowed gets 0, and each row is divided by "
        "its own sum (`.sum(dim=1, keepdim=True)`).",
    ),
    examples=(
        example(*FLAT, 0.0, gives=torch.full((1, 82), 1 / 82)),
        example(*FLAT, 0.8, gives=torch.full((1, 82), 1 / 82)),
    ),
    look_at='"Four steps to one distribution" in lesson 11',
    done="The next cell puts it, with your `expand_command`, into every unit of a team.",
)
def combine_voices(probe: Probe) -> None:
    rng = np.random.default_rng(114)
    for weight in (0.0, 0.7):
        outputs, priority = rng.normal(0, 2, (3, 82)), rng.uniform(0.1, 1, (3, 82))
        doctrine = rng.dirichlet(np.full(82, 0.1), 3) * (weight > 0)
        allowed = rng.random((3, 82)) < 0.6
        tensors = [
            torch.tensor(part, dtype=torch.float32) for part in (outputs, priority, doctrine)
        ]
        got = probe(*tensors, torch.tensor(allowed), weight)
        probe.require(
            tuple(np.shape(got)) == (3, 82), "a distribution for each unit comes back, (B, 82)"
        )
        got = np.asarray(got, float)
        probe.equal(
            got[~allowed], np.zeros((~allowed).sum()), "what is not allowed has probability 0"
        )
        probe.equal(
            got.sum(axis=1), np.ones(3), "each row sums to 1 after the mask", tolerance=1e-4
        )
        what = (
            "without doctrine: softmax, times priority, masked, normalised"
            if weight == 0
            else (
                "the network after the command counts 1 - w, the doctrine w; the command does not "
                "touch the doctrine"
            )
        )
        probe.equal(
            got, combined(outputs, priority, doctrine, allowed, weight), what, tolerance=1e-4
        )
    a_weight_for_each_unit(probe, rng)


def a_weight_for_each_unit(probe: Probe, rng: np.random.Generator) -> None:
    """w as a (B, 1) tensor, another for each unit, and one has no rule; and the gradient, which
    PPO needs."""
    outputs, priority = rng.normal(0, 2, (3, 82)), rng.uniform(0.1, 1, (3, 82))
    doctrine = np.stack([np.eye(82)[3], np.zeros(82), np.eye(82)[40]])
    allowed = np.ones((3, 82), bool)
    weight = np.array([[0.7], [0.0], [0.2]])
    parts = [torch.tensor(p, dtype=torch.float32) for p in (outputs, priority, doctrine)]
    handed = [part.clone().requires_grad_() for part in parts[:2]]
    got = probe(*handed, parts[2], torch.tensor(allowed), torch.tensor(weight).float())
    wanted = combined(outputs, priority, doctrine, allowed, weight)
    said = "`weight` may be a (B, 1) tensor, one w for each unit; without a rule it is 0"
    probe.equal(got, wanted, said, tolerance=1e-4)
    ramp = torch.linspace(0, 1, 82)
    base = torch.softmax(handed[0], dim=1) * handed[1]
    kept = (1 - torch.tensor(weight).float()) * base + torch.tensor(weight).float() * parts[2]
    loss = (ramp * kept / kept.sum(dim=1, keepdim=True)).sum()
    gradients = torch.autograd.grad(loss, handed)
    said = "the gradient flows from the probabilities to outputs and priorities: PPO trains with it"
    for place, gradient in enumerate(gradients):
        probe.carries_gradient(ramp * got, place, gradient, said)


@LESSON.exercise(
    title="A doctrine of three rules",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Which signs never lie? They deserve a Restore. And which action makes the evidence "
            "for them?"
        ),
        "The last rule should fire always, so that no tick is left to an untrained network; and on "
        "all hosts, for red takes servers too.",
    ),
    look_at='"A better doctrine, honestly" in lesson 11',
    done=(
        "Seeds that nobody searched on, and the score still holds: that is what makes it a result."
    ),
)
def my_doctrine(probe: Probe) -> None:
    doctrine = probe.answer
    probe.require(isinstance(doctrine, Doctrine), "the answer is a Doctrine")
    probe.require(
        1 <= len(doctrine.rules) <= 3, f"at most three rules; yours has {len(doctrine.rules)}"
    )
    score = play(doctrine, UnitConfig(policy=PolicyConfig(doctrine_weight=1.0)))
    probe.require(
        score > -145,
        f"better than -145 points on 48 episodes of other seeds; yours scores {score:,.0f}",
    )


@LESSON.exercise(
    title="Make the command a veto",
    priority="bonus",
    difficulty="medium",
    minutes=10,
    hints=(
        (
            "An untrained network does its harm with actions that nobody ordered. What does their "
            "priority depend on?"
        ),
        (
            "Two fields of `UnitConfig` decide what a command says about the classes that were not "
            "chosen."
        ),
    ),
    look_at='"Three more open choices" in lesson 11',
    done=(
        "The price: a class that the commander never orders is closed to its units, right or wrong."
    ),
)
def my_unit(probe: Probe) -> None:
    unit = probe.answer
    probe.require(isinstance(unit, UnitConfig), "the answer is a UnitConfig")
    probe.require(unit.policy.doctrine_weight == 0.8, "w stays 0.8")
    score = play(FULL, unit)
    probe.require(
        score > -200, f"better than -200 points on 48 episodes; yours scores {score:,.0f}"
    )
