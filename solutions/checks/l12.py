"""Exercises and quiz of lesson 12, shaping the reward."""

import functools

import numpy as np
import torch

from course_lib.hierarchy import FULL, THREE_LAYER, Doctrine, HierarchicalDefender, Team, TeamConfig
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.unit import UnitConfig
from course_lib.lessons.l12_reward_audit import audit
from course_lib.training.rewards import RewardConfig, signs
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

torch.set_num_threads(1)

LESSON = Lesson(
    "12",
    quiz=Quiz(
        Question(
            "A training curve climbs steadily from 15 to 30 points. What do you ask first?",
            right=(
                "Points of what: pay, or official score?",
                (
                    "In the lesson such a curve belonged to an agent whose network was being taken "
                    "over."
                ),
            ),
            wrong={
                "How many seeds does the curve stand for?": (
                    "A good second question. A thousand seeds of a curve of pay say nothing about "
                    "the score."
                ),
                "Does it still climb, or is it at its end?": (
                    "If it is the wrong curve, it had better not."
                ),
            },
        ),
        Question(
            "Which change of the reward leaves the best behaviour of a single agent what it was?",
            right=(
                "Adding the discounted difference of a potential",
                "Its sum over an episode does not depend on what the agent does, if the potential "
                "is 0 at the end.",
            ),
            wrong={
                "Adding 0.2 points for every action that is useful": (
                    "An agent can do more of it than the task needs."
                ),
                "Multiplying only the official term by 0.01": (
                    "The other terms become a hundred times as important beside it."
                ),
            },
        ),
        Question(
            "All terms of the reward are multiplied by 0.1. What changes?",
            right=(
                "Only units; the best policy stays the same",
                "Returns are a tenth and the value loss a hundredth, but what is best does not "
                "depend on units. A learner whose gradients depend on units may still learn "
                "faster or slower.",
            ),
            wrong={
                "Local rewards matter more than they did": (
                    "They were scaled, too; their ratio to the official term is the same."
                ),
                "The official score is a tenth of before": (
                    "The score is computed by the range, not from the pay."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="Pay in a family",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "The mean of a unit's siblings is (sum of all minus its own) / (n - 1).",
        (
            "What the superior gets is the mean of what its children get; does sharing change that "
            "mean?"
        ),
    ),
    examples=(
        example(
            np.array([[-3.0, -3.0, -3.0]]),
            0.7,
            gives=(np.array([[-3.0, -3.0, -3.0]]), np.array([-3.0])),
        ),
        example(np.array([[-2.0, 0.0]]), 1.0, gives=(np.array([[-2.0, 0.0]]), np.array([-1.0]))),
    ),
    look_at='"Credit: from zones to units" in lesson 12',
    done="Sharing moves pay between siblings and makes none.",
)
def family_pay(probe: Probe) -> None:
    rng = np.random.default_rng(121)
    for children, share in ((3, 0.7), (2, 0.4), (4, 0.0)):
        own = rng.normal(-1, 2, (5, children))
        got = probe(own, share)
        got = probe.parts(got, "the children's pay", "the superior's pay")
        leaves, parent = np.asarray(got[0], float), np.asarray(got[1], float)
        probe.require(
            leaves.shape == own.shape and parent.shape == (5,), "shapes are (E, n) and (E,)"
        )
        probe.equal(
            leaves.sum(axis=1),
            own.sum(axis=1),
            "siblings pass pay on: the sum over the family stays",
        )
        others = (own.sum(axis=1, keepdims=True) - own) / (children - 1)
        probe.equal(
            leaves,
            share * own + (1 - share) * others,
            "a unit keeps `share`; the rest is the mean of its *siblings*",
        )
        probe.equal(
            parent, own.mean(axis=1), "the superior gets the mean of its children's pay, once"
        )


def marks(*places, envs: int = 1) -> np.ndarray:
    """(E, 7, 16, 3) bool with True at (environment, zone, slot, kind)."""
    seen = np.zeros((envs, 7, 16, 3), bool)
    for place in places:
        seen[place] = True
    return seen


FIRST = np.zeros((1, 7))
FIRST[0, 1] = 0.5


@LESSON.exercise(
    title="The staged reward",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "New is what is seen and not yet known: `seen & ~known`. A host counts if any of its "
            "three kinds is new."
        ),
        (
            "What is known grows and never shrinks: `known | seen`. Return it, and leave the "
            "arguments as they are."
        ),
    ),
    examples=(
        example(marks((0, 1, 3, 0)), marks(), gives=(FIRST, marks((0, 1, 3, 0)))),
        example(
            marks((0, 1, 3, 0)), marks((0, 1, 3, 0)), gives=(np.zeros((1, 7)), marks((0, 1, 3, 0)))
        ),
    ),
    look_at='"What a unit is paid" and "The loophole in first" in lesson 12',
    done="The next cells put it into an audit and into a training.",
)
def staged_reward(probe: Probe) -> None:
    known = np.zeros((2, 7, 16, 3), bool)
    rng = np.random.default_rng(122)
    for _ in range(12):
        seen = rng.random(known.shape) < 0.05
        got = probe(seen, known)
        got = probe.parts(got, "the pay", "what is known now")
        probe.require(np.shape(got[0]) == (2, 7), "the pay has one number for each zone, (E, 7)")
        after = np.asarray(got[1])
        probe.require(after.shape == known.shape, "what is known keeps its shape (E, 7, 16, 3)")
        probe.equal(
            np.asarray(got[0], float),
            0.5 * (seen & ~known).any(axis=3).sum(axis=2),
            (
                "0.5 for each host with a sign that was never seen in this episode; kinds that "
                "come together count once"
            ),
        )
        probe.equal(after, known | seen, "a sign stays known after it has been cleared")
        known = known | seen


def broken(before, after, finished, team):
    """The reward with the loophole: 0.5 whenever a sign is there that was not there a tick ago."""
    return 0.5 * (signs(after) & ~signs(before)).any(axis=3).sum(axis=2)


def paid_by_the_broken(doctrine: Doctrine) -> tuple[float, float]:
    """Pay of the broken reward, and official score, of rules that decide alone; on seeds no lesson
    uses."""
    alone = UnitConfig(policy=PolicyConfig(doctrine_weight=1.0))
    defender = HierarchicalDefender(Team(THREE_LAYER, TeamConfig(unit=alone)), doctrine)
    found = audit(defender, RewardConfig(), broken, episodes=6, seed=910_000)
    return found.pay("custom"), found.score


@functools.cache
def pay_of_full() -> float:
    """What the broken reward pays the lesson's own five rules; played once."""
    pay, _ = paid_by_the_broken(FULL)
    return pay


@LESSON.exercise(
    title="Break it",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Which action wipes a sign and leaves the foothold? And what lures red into leaving "
            "more signs?"
        ),
        "Never clean for good. Remove wherever there is a sign; decoys in quiet ticks.",
    ),
    look_at='"The loophole in first" in lesson 12',
    done="This is what a learner would have found, after some hours.",
)
def my_exploit(probe: Probe) -> None:
    doctrine = probe.answer
    probe.require(isinstance(doctrine, Doctrine), "the answer is a Doctrine")
    honest = pay_of_full()
    pay, score = paid_by_the_broken(doctrine)
    probe.require(
        pay > 1.4 * honest,
        (
            f"the broken reward pays it more than 1.4 times what FULL gets ({honest:.1f}); yours "
            f"gets {pay:.1f}"
        ),
    )
    probe.require(
        score < -1000,
        f"its official score is worse than -1,000; yours scores {score:,.0f}: no exploit",
    )


@LESSON.exercise(
    title="Fix it: a difference of potentials",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "What follows counts with the discount, what is now counts in full.",
        (
            "`np.where(ended[:, None], 0.0, after)`: after the end there is no state, and its "
            "potential is 0."
        ),
    ),
    examples=(
        example(
            np.zeros((1, 7)), np.zeros((1, 7)), np.array([False]), 0.99, gives=np.zeros((1, 7))
        ),
        example(np.zeros((1, 7)), -np.ones((1, 7)), np.array([False]), 1.0, gives=-np.ones((1, 7))),
        example(
            np.full((1, 7), -2.0),
            np.zeros((1, 7)),
            np.array([False]),
            1.0,
            gives=np.full((1, 7), 2.0),
        ),
    ),
    look_at='"Shaping that cannot be gamed" in lesson 12',
    done="No behaviour can earn more of it than another.",
)
def shaping(probe: Probe) -> None:
    rng = np.random.default_rng(124)
    for discount in (1.0, 0.9):
        track = -rng.random((6, 2, 7)) * 4
        total = 0.0
        for tick in range(5):
            ended = np.array([tick == 4, tick == 4])
            got = probe(track[tick], track[tick + 1], ended, discount)
            probe.require(np.shape(got) == (2, 7), "one number for each zone comes back, (E, 7)")
            following = track[tick + 1] * (tick < 4)
            rule = (
                "when the episode is over the potential is 0"
                if tick == 4
                else "discount * after - before"
            )
            probe.equal(np.asarray(got, float), discount * following - track[tick], rule)
            total = total + discount**tick * np.asarray(got, float)
        probe.equal(
            total, -track[0], "the discounted sum over an episode is minus the first potential"
        )
        ended = np.array([True, False])
        goes_on = track[1] * np.array([[0.0], [1.0]])
        probe.equal(
            probe(track[0], track[1], ended, discount),
            discount * goes_on - track[0],
            "each environment ends for itself: only where `ended` is True is the potential 0",
        )
