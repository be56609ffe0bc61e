"""Exercises and quiz of lesson 06, independent learners that cope."""

import math

import numpy as np

from course_lib.games import climbing
from course_lib.learners.multi_agent_q.learn import Learner, Training, learn
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "06",
    quiz=Quiz(
        Question(
            (
                "A hysteretic learner wins the deterministic climbing game and loses the fully "
                "stochastic one. Why?"
            ),
            right=(
                "It cannot tell a partner's mistake from bad luck",
                (
                    "Forgiving bad luck means believing good luck: cells whose payoffs vary most "
                    "look best."
                ),
            ),
            wrong={
                "Its learning rate is too small to follow the noise": (
                    "A smaller alpha averages noise better. The trouble is that the two rates "
                    "differ."
                ),
                "The best joint action is another one in that game": (
                    "The average payoffs are the same; (a, a) stays best."
                ),
            },
        ),
        Question(
            "Six agents share one table and have no identity. In which game must they fail?",
            right=(
                "One in which they must do different things",
                "One table gives all agents the same greedy action, so they cannot split up.",
            ),
            wrong={
                "One in which all must do the same thing": (
                    "There sharing is harmless, and it multiplies the data."
                ),
                "Any game in which the payoffs are random": (
                    "Chance hurts them as it hurts independent learners, no more."
                ),
            },
        ),
        Question(
            "When is a difference reward of no help?",
            right=(
                "When a partner's exploration is the trouble",
                (
                    "It removes what does not depend on the agent's own action. The penalty for a "
                    "partner's mistake does."
                ),
            ),
            wrong={
                "When the team has a large number of agents": (
                    "That is where it helps most: the others' share of the payoff is noise."
                ),
                "When all of the agents get the same payoff": (
                    "That is the case it was invented for."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="Two learning rates",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "The result is not the new value but the *share* of each error that is learned: one "
            "number per error."
        ),
        "`np.where(error >= 0, first, second)` chooses for each entry of an array.",
    ),
    examples=(
        example(np.array([1.0]), np.zeros(1), np.zeros(1), gives=np.array([0.1])),
        example(
            np.array([2.0, -2.0]),
            np.zeros(2),
            np.zeros(2),
            alpha=0.3,
            beta=0.3,
            gives=np.array([0.3, 0.3]),
        ),
    ),
    look_at='"One core, small differences" in lesson 06',
    done="The next cell lets your rule play the climbing game.",
)
def hysteretic_rule(probe: Probe) -> None:
    rng = np.random.default_rng(61)
    for alpha, beta in ((0.1, 0.01), (0.5, 0.2), (1.0, 0.0)):
        error, visits, luck = (
            rng.normal(0, 9, 12),
            rng.integers(1, 50, 12).astype(float),
            rng.random(12),
        )
        error[[0, -1]] = 0.0
        got = probe(error, visits, luck, alpha=alpha, beta=beta)
        probe.require(np.shape(got) == (12,), "one step size comes back for each error")
        got, good = np.asarray(got), error > 0
        probe.equal(
            got[good],
            np.full(good.sum(), alpha),
            "a good surprise is learned with alpha, whatever its size",
        )
        probe.equal(
            got[error < 0],
            np.full((error < 0).sum(), beta),
            "a bad surprise is learned with beta, whatever its size",
        )
        probe.equal(
            got[error == 0],
            np.full(2, alpha),
            "an error of exactly 0 counts as good: it is learned with alpha",
        )


@LESSON.exercise(
    title="How much is forgiven?",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "First the temperature after so many uses: it is multiplied by the cooling once per use.",
        (
            "The probability that bad news is *ignored* is 1 - exp(-moderation * temperature): 1 "
            "while hot, 0 when cold."
        ),
    ),
    examples=(
        example(
            np.array([0.0]),
            temperature=math.log(2),
            cooling=0.9,
            moderation=1.0,
            gives=np.array([0.5]),
        ),
        example(
            np.array([1.0]),
            temperature=2 * math.log(2),
            cooling=0.5,
            moderation=1.0,
            gives=np.array([0.5]),
        ),
    ),
    look_at="the row `lenient` of the table of methods in lesson 06, and the figure below it",
    done=(
        "Half of the bad news is ignored at temperature ln(2) / moderation: a way to choose the "
        "cooling."
    ),
)
def leniency(probe: Probe) -> None:
    rng = np.random.default_rng(62)
    for _ in range(5):
        visits = rng.integers(0, 200, 6).astype(float)
        visits[2] = 0.0
        temperature, cooling, moderation = (
            rng.uniform(1, 5),
            rng.uniform(0.97, 0.999),
            rng.uniform(0.3, 2.5),
        )
        got = probe(visits, temperature=temperature, cooling=cooling, moderation=moderation)
        heat = moderation * temperature * cooling**visits
        probe.require(np.shape(got) == (6,), "one probability comes back for each entry of visits")
        falling = np.diff(np.asarray(got)[np.argsort(visits)]) <= 1e-12
        probe.require(falling.all(), "the more uses, the less is forgiven")
        probe.equal(
            got,
            1 - np.exp(-heat),
            "bad news is ignored with probability 1 - exp(-moderation * temperature)",
        )


@LESSON.exercise(
    title="The size of the tables",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "Independent learners keep one entry per own action; a joint-action learner one per "
            "combination."
        ),
        (
            "`math.prod` is exact for whole numbers of any size. Both counts are needed once per "
            "state."
        ),
    ),
    examples=(example((2, 2), 1, gives=(4, 4)), example((4, 4), 9, gives=(72, 144))),
    look_at='"What a joint-action learner costs" in lesson 06',
    done="Sums grow with the number of agents, products explode.",
)
def table_sizes(probe: Probe) -> None:
    for sizes, states in (((3, 3, 3), 1), ((82, 82, 82, 82, 242), 1), ((4, 5), 10), ((3,) * 40, 2)):
        got = probe(sizes, states)
        own, joint = probe.parts(got, "independent", "joint")
        probe.require(int(own) == states * sum(sizes), "independent tables add up, in every state")
        said = "joint tables multiply, in every state, exactly"
        probe.require(int(joint) == states * math.prod(sizes), said)


@LESSON.exercise(
    title="What did I change?",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Two entries of the payoff table: one for what happened, one for what would have "
            "happened with the default."
        ),
        (
            "`other = list(joint)`, then replace the entry of *this* agent, then "
            "`payoffs[tuple(other)]`."
        ),
    ),
    examples=(
        example(np.array([[0.0, 5.0], [5.0, 8.0]]), (1, 1), agent=0, default=0, gives=3.0),
        example(np.array([[0.0, 4.0], [4.0, 4.0]]), (0, 0), agent=1, default=0, gives=0.0),
        example(np.array([[0.0, 2.0], [1.0, 6.0]]), (0, 1), agent=1, default=0, gives=2.0),
    ),
    look_at='"Difference rewards" in lesson 06',
    done="The others' part of the payoff is in both terms and cancels. What remains is yours.",
)
def difference_reward(probe: Probe) -> None:
    rng = np.random.default_rng(64)
    for shape in ((3, 3), (2, 3, 4), (3, 3, 3, 3)):
        payoffs = rng.normal(size=shape)
        for draw in range(4):
            joint = tuple(int(rng.integers(size)) for size in shape)
            agent = (0, len(shape) - 1, *rng.integers(len(shape), size=2).tolist())[draw]
            default = (1, 0, shape[agent] - 1, 1)[draw]
            absent = tuple(default if i == agent else action for i, action in enumerate(joint))
            got = probe(payoffs, joint, agent=agent, default=default)
            expected = payoffs[joint] - payoffs[absent]
            probe.equal(
                got, expected, "G(what happened) - G(the same, but this agent took the default)"
            )


@LESSON.exercise(
    title="Who am I?",
    priority="should",
    difficulty="easy",
    minutes=5,
    hints=(
        "`np.eye(n)` holds the one-hot identities of n agents, one per row.",
        "`np.concatenate([first, second], axis=1)` sets two arrays side by side.",
    ),
    examples=(example(np.array([[1.0]]), gives=np.array([[1.0, 1.0]])),),
    look_at='"Sharing, and identity" in lesson 06',
    done=(
        "With these inputs one shared network can play different roles. Part 3 of the course uses "
        "the same trick."
    ),
)
def with_identity(probe: Probe) -> None:
    rng = np.random.default_rng(65)
    for agents, features in ((2, 3), (5, 4), (3, 1)):
        seen = rng.normal(size=(agents, features))
        got = np.asarray(probe(seen))
        probe.require(
            got.shape == (agents, features + agents), "each agent gets one more input per agent"
        )
        probe.equal(got[:, :features], seen, "what an agent sees comes first, unchanged")
        probe.equal(
            got[:, features:],
            np.eye(agents),
            "behind it stands a 1 at the agent's own place, 0 elsewhere",
        )


def it_is_a_rule(probe: Probe) -> None:
    """my_rule(error, visits, luck) gives step sizes from 0 to 1, and learns from good surprises"""
    got = probe(np.array([5.0, -5.0]), np.zeros(2), np.full(2, 0.5))
    probe.require(
        np.shape(got) == (2,) and 0 < got[0] <= 1 and 0 <= got[1] <= 1,
        "step sizes lie between 0 and 1",
    )


@LESSON.exercise(
    title="Tame the fully stochastic game",
    priority="bonus",
    difficulty="hard",
    minutes=10,
    hints=(
        (
            "Start from `Lenient(cooling=0.9985)` in the widget's world of 3,000 plays, and vary "
            "the temperature."
        ),
        (
            "At temperature 50 luck is believed too long, at 5 not even a partner is forgiven. Try "
            "the middle."
        ),
    ),
    examples=(it_is_a_rule,),
    look_at="the third task of the widget in lesson 06",
    done=(
        "Would you have found the setting without knowing the right answer? On a network you do "
        "not know it."
    ),
)
def my_rule(probe: Probe) -> None:
    training = Training(runs=24, plays=3000, moments=1, followed=0, seed=66)
    share = learn(climbing("full"), Learner(rule=probe.answer), training).optimal.mean()
    probe.require(
        share >= 0.5,
        f"at least half of the teams end on (a, a); with your rule {100 * share:.0f} % do",
    )
