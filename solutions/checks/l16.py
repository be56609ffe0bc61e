"""Exercises and quiz of lesson 16, open questions."""

import numpy as np

from course_lib.stats import t_quantile
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

WIDE = t_quantile(0.975, 1)
"""Half the interval of two observations whose mean has a standard error of 1."""

LESSON = Lesson(
    "16",
    quiz=Quiz(
        Question(
            "After five seeds the interval just holds zero. You add three more, and it does not "
            "any longer. What may you report?",
            right=(
                "The five as planned; the rest is a new study",
                "Stopping when it looks good finds something in every noise, sooner or later.",
            ),
            wrong={
                "The eight seeds: more data is better data": (
                    "It would be, had the eight been planned. Now the data chose their number."
                ),
                "The three new seeds alone, since they are fresh": (
                    "They were made because of what the first five said, and nobody planned them."
                ),
            },
        ),
        Question(
            "Units that cannot Restore lost thousands of points, and so did the scripted expert "
            "under the same limit. What does the second tell?",
            right=(
                "The missing action costs that, not the hierarchy",
                "A defender without any commander loses as much.",
            ),
            wrong={
                "The expert is as bad a defender as the hierarchy": (
                    "With all actions it is the better one. The limit made them alike."
                ),
                "The hierarchy hides the loss of its units": (
                    "Then it would have lost less than a defender without commanders."
                ),
            },
        ),
        Question(
            "Liable owners keep the network clean, selfish ones do not. What differs between the "
            "two worlds?",
            right=(
                "Who pays: in each state the same points are lost",
                "The harm is moved to the owner whose network does it.",
            ),
            wrong={
                "Cleaning is cheaper for liable owners": "It costs two points in both.",
                "Liable owners learn from the points of all owners": (
                    "They learn from their own. That is why liability works without a team."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="One seed, one observation",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "What belongs together: the same seed of both arms. Subtract first, then there is one "
        "array of differences.",
        "The mean of each row of differences is one observation. Student's t interval of S of "
        "them: standard deviation with ddof 1, square root of S, `t_quantile(0.975, S - 1)`.",
    ),
    examples=(
        example(np.array([[1.0], [3.0]]), np.zeros((2, 1)), gives=(2.0, 2.0 - WIDE, 2.0 + WIDE)),
        example(
            np.array([[4.0, 5.0], [7.0, 9.0]]),
            np.array([[4.0, 5.0], [7.0, 9.0]]),
            gives=(0.0, 0.0, 0.0),
        ),
    ),
    look_at='"One observation, or many?" in lesson 16',
    done="The kit does the same in judge.py. The next cell asks yours about a recorded study.",
)
def seed_interval(probe: Probe) -> None:
    rng = np.random.default_rng(161)
    for seeds, values in ((3, 7), (5, 40), (8, 1)):
        luck = rng.normal(0, 20, (seeds, 1))
        first = luck + rng.normal(3, 1, (seeds, values))
        second = luck + rng.normal(0, 1, (seeds, values))
        got = probe(first, second)
        difference, low, high = probe.parts(got, "difference", "low", "high")
        means = (first - second).mean(axis=1)
        half = t_quantile(0.975, seeds - 1) * means.std(ddof=1) / np.sqrt(seeds)
        probe.equal(difference, means.mean(), "the difference is that of the means, first - second")
        probe.require(low <= high, "low comes before high")
        probe.equal(
            (high - low) / 2,
            half,
            "half the interval is Student's t over one paired difference for each seed",
        )
        probe.equal((low + high) / 2, means.mean(), "the interval lies around the difference")


@LESSON.exercise(
    title="The verdict that was planned",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "Ask about the control first. Where it fails, nothing else may be said.",
        "Then from the strongest to the weakest: whole interval beyond the margin, above zero, "
        "below zero, inside the margin, anything else.",
    ),
    examples=(
        example(3.0, 5.0, margin=1.0, control=(-0.5, 0.5), gives="supported"),
        example(3.0, 5.0, margin=1.0, control=(-0.5, 2.0), gives="no verdict"),
        example(-4.0, 6.0, margin=1.0, control=(-0.5, 0.5), gives="open"),
    ),
    look_at='"A study, from plan to report" in lesson 16',
    done="Six verdicts, and only one of them is the one that was hoped for.",
)
def study_verdict(probe: Probe) -> None:
    rng = np.random.default_rng(162)
    for _ in range(3):
        margin = float(rng.uniform(1, 4))
        good = (-0.4 * margin, 0.5 * margin)
        cases = (
            ((1.2, 3.0), good, "supported", "wholly above the margin is supported"),
            ((0.2, 3.0), good, "in direction", "above zero, and perhaps below the margin, is only "
             "a direction"),
            ((0.2, 0.8), good, "in direction", "above zero is a direction, also inside the margin"),
            ((-3.0, -0.1), good, "contradicted", "wholly below zero contradicts the plan"),
            ((-0.7, 0.8), good, "not supported", "around zero and inside the margin: too small to "
             "matter"),
            ((-0.7, 1.5), good, "open", "no difference and one that matters are both possible"),
            ((-1.5, 0.5), good, "open", "no difference and one that matters are both possible"),
            ((1.2, 3.0), (-0.4 * margin, 1.3 * margin), "no verdict", "a control that may lie "
             "beyond the margin leaves no verdict"),
            ((-3.0, -2.0), (-1.3 * margin, 0.4 * margin), "no verdict", "a control that may lie "
             "beyond the margin leaves no verdict, on either side"),
        )  # fmt: skip
        for (low, high), control, wanted, rule in cases:
            got = probe(low * margin, high * margin, margin=margin, control=control)
            probe.equal(got, wanted, rule)


@LESSON.exercise(
    title="Is it a dilemma?",
    priority="must",
    difficulty="easy",
    minutes=15,
    hints=(
        "Three conditions must hold in every case: R > P, R > S, and 2 R > T + S.",
        "Greed is T > R: leaving pays although the other works on. Fear is P > S: working on alone "
        "is worse than nobody working.",
    ),
    examples=(
        example(3.0, 4.0, sucker=0.0, punishment=1.0, gives="both"),
        example(4.0, 3.0, sucker=0.0, punishment=1.0, gives="fear"),
        example(4.0, 3.0, sucker=2.0, punishment=1.0, gives="none"),
    ),
    look_at='"Study 3" in lesson 16',
    done="The next cell asks it about two owners, with payoffs worked out exactly.",
)
def social_dilemma(probe: Probe) -> None:
    cases = (
        ((3.0, 4.0, 0.0, 1.0), "both", "T > R is greed and P > S is fear; both hold here"),
        ((3.0, 3.5, 2.0, 1.0), "greed", "only T > R: greed"),
        ((4.0, 3.0, 0.0, 1.0), "fear", "only P > S: fear"),
        ((4.0, 3.0, 2.0, 1.0), "none", "neither greed nor fear: working together is also best "
         "for each alone"),
        ((3.0, 4.0, 0.0, 3.5), "none", "where all gain by everybody leaving (P > R) there is "
         "no dilemma"),
        ((3.0, 7.0, 0.0, 1.0), "none", "where taking turns beats working together (T + S > 2 R) "
         "it is no dilemma of this kind"),
        ((3.0, 3.0, 2.0, 1.0), "none", "where leaving pays just as much (T = R) nobody is greedy"),
        ((3.0, 4.0, 1.0, 1.0), "greed", "where working on alone is no worse (P = S) nobody fears"),
        ((3.0, 4.0, 0.0, 3.0), "none", "where nobody working pays just as much (P = R) there is "
         "no dilemma"),
    )  # fmt: skip
    rng = np.random.default_rng(163)
    for payoffs, wanted, rule in cases:
        scale, shift = float(rng.uniform(1, 9)), float(rng.uniform(-50, 5))
        # Points are mostly negative here; a dilemma does not depend on where zero is.
        moved = [scale * one + shift for one in payoffs]
        got = probe(moved[0], moved[1], sucker=moved[2], punishment=moved[3])
        probe.equal(got, wanted, rule)


@LESSON.exercise(
    title="As many questions as you asked",
    priority="should",
    difficulty="medium",
    minutes=20,
    hints=(
        "In ascending order the smallest p counts K times, the next K - 1 times, the largest once.",
        "A corrected p is never smaller than the one before it in that order (running maximum), "
        "nor above 1. Then put them back where they came from: `argsort` helps twice.",
    ),
    examples=(
        example(np.array([0.04]), gives=np.array([0.04])),
        example(np.array([0.01, 0.5]), gives=np.array([0.02, 0.5])),
    ),
    look_at='"How many questions?" in lesson 16',
    done="`holm` of the study of lesson 13b does the same, by name.",
)
def holm_corrected(probe: Probe) -> None:
    rng = np.random.default_rng(164)
    rule = "the smallest counts K times, the next K - 1 times, and none is below the one before it"
    for values in (
        np.array([0.03, 0.01, 0.04]),
        np.array([0.9, 0.02, 0.021, 0.6]),
        np.array([0.01, 0.01]),
        rng.uniform(0, 0.2, 7),
    ):
        got = np.asarray(probe(values), float)
        order = np.argsort(values, kind="stable")
        ranked = values[order] * np.arange(len(values), 0, -1)
        wanted = np.empty(len(values))
        wanted[order] = np.minimum(np.maximum.accumulate(ranked), 1.0)
        probe.require(got.shape == values.shape, "one p comes back for each")
        probe.require(bool((got <= 1).all()), "no p is above 1")
        probe.equal(got.min(), wanted.min(), "the smallest p counts as often as questions")
        probe.equal(got, wanted, f"in the order in which they came: {rule}")


@LESSON.exercise(
    title="What a layer saves",
    priority="should",
    difficulty="easy",
    minutes=10,
    hints=(
        "Every unit but the root sends one message up: the zones, and the commanders of groups.",
        "A commander of n children has n * n weights in each head. The last group may be smaller.",
    ),
    examples=(
        example(7, group=7, gives=(8, 49, 50)),
        example(28, group=7, gives=(32, 784, 212)),
    ),
    look_at='"Study 2" in lesson 16',
    done="The next cell finds the size of group that is cheapest for 70 zones.",
)
def layer_price(probe: Probe) -> None:
    for zones, group in ((70, 7), (10, 4), (29, 7), (12, 1), (5, 9)):
        sizes = [min(group, zones - first) for first in range(0, zones, group)]
        got = probe(zones, group=group)
        messages, flat, grouped = probe.parts(got, "messages", "flat", "grouped")
        probe.equal(
            messages, zones + len(sizes), "a message from every zone and every commander of a group"
        )
        probe.equal(flat, zones**2, "one commander over all zones: zones * zones weights")
        wanted = sum(size**2 for size in sizes) + len(sizes) ** 2
        probe.equal(grouped, wanted, "the weights of every group, smaller last one too, and the "
                    "root's over its groups")  # fmt: skip
