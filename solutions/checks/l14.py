"""Exercises and quiz of lesson 14, does it hold?"""

import numpy as np

from course_lib.stats import mean_interval
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "14",
    quiz=Quiz(
        Question(
            "A defender was tested against six attackers and held. What does that say about a "
            "seventh, who may watch it for a month?",
            right=(
                "Little: they may try what the six did not",
                "So a best response with a stated budget belongs in the table, and even that is "
                "only a lower bound on what can be found.",
            ),
            wrong={
                "It holds as well, six kinds are a wide sample": (
                    "The six were chosen by us. Nobody of them has looked at this defender."
                ),
                "Nothing at all, such tests are useless": (
                    "They find what fails at once, and they are the baseline for the attacker who "
                    "learns."
                ),
            },
        ),
        Question(
            "All messages and commands of a team are cut, and it loses nothing that can be shown. "
            "What follows?",
            right=(
                "In this world its units manage without them",
                "Where units must share something, such as one repair crew, a commander earns its "
                "place (lesson 13b). So the result belongs to the world too.",
            ),
            wrong={
                "Communication is of no use in network defence": (
                    "One world and some teams were tried. Lesson 13b has a world in which it pays."
                ),
                "The cut did not work, or it would have cost points": (
                    "It might be so; therefore the control stands beside it, and a test sees that "
                    "commands change."
                ),
            },
        ),
        Question(
            "192 episodes of search found an attacker that costs a defender 160 points. What is "
            "its exploitability?",
            right=(
                "At least 160 points in the mean, and perhaps a lot more",
                "A longer search, or an attacker with a memory, may find something worse.",
            ),
            wrong={
                "160 points, for the search looked for the best response": (
                    "It looked, within 192 episodes and 31 numbers. Red 2 did more harm to the "
                    "taught team than the attacker that learned against it."
                ),
                "At most 160 points, since a real attacker cannot search": (
                    "A real attacker can watch for months; and nobody said that theirs is weaker."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="The worst world",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "The mean over episodes first, world by world; then the smallest of the means.",
        "The interval belongs to the *difference* of the two worlds, episode by episode.",
    ),
    examples=(
        example(
            np.array([[-1.0, -3.0], [-5.0, -7.0]]),
            gives=(1, -4.0, -4.0, -4.0),
        ),
        example(
            np.array([[-2.0, -2.0], [-1.0, -1.0]]),
            gives=(0, 0.0, 0.0, 0.0),
        ),
    ),
    look_at='"Another attacker, another network" in lesson 14',
    done="One number for a table of many: what is left where it is worst.",
)
def worst_world(probe: Probe) -> None:
    rng = np.random.default_rng(141)
    for worlds, episodes in ((2, 4), (5, 12), (8, 30)):
        shared = rng.normal(-60, 25, episodes)
        points = shared + rng.normal(0, 4, (worlds, episodes))
        worst = int(rng.integers(1, worlds))
        points[worst] -= 200
        # Neither the worst single episode nor the worst last one is in the worst world.
        points[0, 0] = -500.0
        points[1:, 0] = -480.0
        points[(worst + 1) % worlds, -1] = points[worst, -1] - 40
        wanted = mean_interval(points[worst] - points[0])
        got = probe.parts(probe(points), "world", "difference", "low", "high")
        probe.equal(got[0], worst, "the worst world has the smallest mean, over all its episodes")
        probe.equal(got[1], wanted.mean, "the difference is the worst world minus world 0")
        probe.equal(
            (got[2], got[3]),
            (wanted.low, wanted.high),
            "the interval is that of the paired differences, with n - 1 degrees of freedom",
        )


@LESSON.exercise(
    title="The next generation",
    priority="must",
    difficulty="medium",
    minutes=20,
    hints=(
        "The attacker wants the defender to lose: the best tries are those with the *largest* "
        "loss. `np.argsort(-lost)[:elite]` are their numbers.",
        "Mean and standard deviation of the best tries, number by number (`axis=0`); then "
        "`np.maximum(..., least)`.",
    ),
    examples=(
        example(
            np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 3.0]]),
            np.array([10.0, 30.0, 20.0]),
            elite=2,
            least=0.1,
            gives=(np.array([3.0, 4.0]), np.array([1.0, 1.0])),
        ),
        example(
            np.array([[1.0, 1.0], [3.0, 3.0]]),
            np.array([5.0, 5.5]),
            elite=1,
            least=0.5,
            gives=(np.array([3.0, 3.0]), np.array([0.5, 0.5])),
        ),
        example(
            np.array([[1.0], [5.0]]),
            np.array([7.0, 9.0]),
            elite=2,
            least=0.1,
            gives=(np.array([3.0]), np.array([2.0])),
        ),
    ),
    look_at='"An attacker that learns" in lesson 14, and course_lib/learners/cross_entropy.py',
    done="The next cell lets your attacker search against the real expert.",
)
def next_generation(probe: Probe) -> None:
    rng = np.random.default_rng(146)
    for population, elite, least in ((8, 2, 0.1), (12, 5, 0.6), (6, 1, 0.3)):
        tries = rng.normal(0, 1, (population, 4))
        # One number hardly differs among the tries: there the floor decides.
        tries[:, 2] = 1.5 + 0.01 * rng.normal(size=population)
        lost = rng.normal(80, 40, population).round(1)
        best = np.argsort(-lost)[:elite]
        got = probe.parts(probe(tries, lost, elite=elite, least=least), "centre", "spread")
        centre = tries[best].mean(axis=0)
        probe.equal(got[0], centre, "the centre is the mean of the tries that cost the most")
        spread = np.maximum(tries[best].std(axis=0), least)
        probe.equal(
            got[1], spread, "the spread is that of the same tries (ddof=0), and never below least"
        )


@LESSON.exercise(
    title="Which defender is safest?",
    priority="should",
    difficulty="easy",
    minutes=10,
    hints=(
        "Every attacker takes what hurts most: the smallest number of each row.",
        "The safest defender has the *largest* of these smallest numbers.",
    ),
    examples=(
        example(np.array([[-1.0, -9.0], [-5.0, -4.0]]), gives=(1, -5.0, 4.0)),
        example(np.array([[-2.0, -6.0]]), gives=(0, -6.0, 0.0)),
    ),
    look_at='"An attacker that learns" in lesson 14',
    done="A pure choice. Drawing the defender at random can be safer still: lesson 05.",
)
def safest(probe: Probe) -> None:
    rng = np.random.default_rng(144)
    for blues, reds in ((2, 2), (3, 5), (5, 3)):
        table = rng.uniform(-300, -20, (blues, reds)).round(1)
        worst = table.min(axis=1)
        best = int(worst.argmax())
        got = probe.parts(probe(table), "defender", "value", "price")
        probe.equal(got[0], best, "the safest defender loses least where it loses most")
        probe.equal(got[1], worst[best], "its value is what it loses against its worst attacker")
        probe.equal(
            got[2],
            table[:, 0].max() - table[best, 0],
            "the price is what it gives up against attacker 0, compared with who is best there",
        )


@LESSON.exercise(
    title="More than their sum",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        "For each episode: what all troubles together cost, minus the sum of what each costs "
        "alone. Each cost is a difference to the undisturbed episode.",
        "So there is one number for each episode; the interval is that of their mean.",
    ),
    examples=(
        example(
            np.array([-10.0, -20.0]),
            np.array([[-11.0, -22.0], [-12.0, -21.0]]),
            np.array([-16.0, -26.0]),
            gives=(-3.0, -3.0, -3.0),
        ),
        example(
            np.array([0.0, 0.0]),
            np.array([[-1.0, -1.0]]),
            np.array([-1.0, -1.0]),
            gives=(0.0, 0.0, 0.0),
        ),
    ),
    look_at='"Cut, late and forged" in lesson 14',
    done="A negative number: a test of one disturbance at a time says too little.",
)
def more_together(probe: Probe) -> None:
    rng = np.random.default_rng(147)
    for troubles, episodes in ((2, 5), (4, 24), (3, 9)):
        base = rng.normal(-60, 30, episodes)
        alone = base - rng.gamma(2.0, 8.0, (troubles, episodes))
        together = base - rng.gamma(2.0, 40.0, episodes)
        costs = (together - base) - (alone - base).sum(axis=0)
        wanted = mean_interval(costs)
        got = probe.parts(probe(base, alone, together), "difference", "low", "high")
        probe.equal(
            got[0],
            wanted.mean,
            "every cost is a difference to the undisturbed episodes, before anything is added",
        )
        probe.equal(
            (got[1], got[2]),
            (wanted.low, wanted.high),
            "the interval is that of the differences of the episodes, with n - 1 degrees of "
            "freedom",
        )
