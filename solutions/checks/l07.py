"""Exercises and quiz of lesson 07, central critics and factored values."""

import numpy as np

from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "07",
    quiz=Quiz(
        Question(
            "What does a MAPPO defender need on duty?",
            right=(
                "Its actor and what it sees itself",
                "The critic judges actions during training only. Nobody asks it for an action.",
            ),
            wrong={
                "Its actor and the critic, but not the state": "The critic has no part in "
                "choosing an action.",
                "The state, because it was trained with it": "Only the critic ever saw the state.",
            },
        ),
        Question(
            "A monotone mixer was trained on the 8 / -12 matrix from even exploration. Why is "
            "its greedy joint "
            "action wrong?",
            right=(
                "On average `a` looks worst, and learning keeps that order",
                "Learning starts from averages. The order of own values that it finds puts (a, "
                "a) below 0 as well.",
            ),
            wrong={
                "The matrix has no best joint action for both agents": (
                    "(a, a) pays 8, and nothing else pays more than 0."
                ),
                "The agents' own best actions are not the mixer's best": "They are: "
                "that is what "
                "monotone buys. The mixer's values themselves are wrong.",
            },
        ),
        Question(
            "COMA's credit of an agent is exactly 0, whatever it does. What follows?",
            right=(
                "Its own action changes nothing in that step",
                "The others' actions are held fixed. If all of its own have one value, each equals "
                "the baseline.",
            ),
            wrong={
                "The team earned no points at all in that step": (
                    "A large reward, the same for each own action, gives no credit either."
                ),
                "Its policy is uniform over all actions": (
                    "With unequal values a uniform policy gets credit above and below 0."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="What a sum can say",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "Three kinds of mean: over each row, over each column, and over the whole table.",
        "`payoffs.mean(axis=1, keepdims=True)` is a column of row means. The table's mean is in "
        "both, so take it away "
        "once.",
    ),
    examples=(
        example(np.array([[0.0, 0.0], [0.0, 4.0]]), gives=np.array([[-1.0, 1.0], [1.0, 3.0]])),
        example(np.array([[1.0, 0.0], [0.0, -1.0]]), gives=np.array([[1.0, 0.0], [0.0, -1.0]])),
        example(np.zeros((2, 2)), gives=np.zeros((2, 2))),
    ),
    look_at='"VDN: a sum" in lesson 07',
    done="This is what VDN learns when all joint actions are met equally often. No training "
    "needed.",
)
def vdn_fit(probe: Probe) -> None:
    rng = np.random.default_rng(71)
    for shape in ((3, 3), (2, 5), (4, 2), (1, 3)):
        payoffs = rng.normal(0, 5, shape)
        if shape == (4, 2):  # a table of whole numbers has a fit of fractions
            payoffs = rng.integers(-9, 9, shape)
        got = np.asarray(probe(payoffs))
        probe.require(got.shape == shape, "the fit has the shape of the table")
        rows = payoffs.mean(axis=1, keepdims=True)
        columns = payoffs.mean(axis=0, keepdims=True)
        probe.equal(
            got,
            rows + columns - payoffs.mean(),
            "row mean + column mean - mean of the table",
        )


@LESSON.exercise(
    title="May each choose for itself?",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "First each agent's best actions: all those whose own value is the largest, for there "
        "may be several.",
        "IGM asks that *every* pair of own best actions is a best joint action: `joint[i, j] == "
        "joint.max()`.",
    ),
    examples=(
        example(
            np.array([[1.0, 2.0], [3.0, 9.0]]),
            np.array([0.0, 5.0]),
            np.array([1.0, 2.0]),
            gives=True,
        ),
        example(
            np.array([[8.0, 0.0], [0.0, 1.0]]),
            np.array([0.0, 5.0]),
            np.array([1.0, 2.0]),
            gives=False,
        ),
    ),
    look_at='"VDN: a sum" in lesson 07, and the formula of IGM above it',
    done="IGM is what lets a team act without talking: each takes its own best, and the team has "
    "its best.",
)
def satisfies_igm(probe: Probe) -> None:
    rng = np.random.default_rng(72)
    tied = np.array([2.0, 2.0])
    rising = np.array([0.0, 4.0, 2.0])
    wide = np.array([[0.0, 7.0, 0.0], [0.0, 0.0, 1.0]])
    negative = np.array([[-5.0, -1.0], [-3.0, -2.0]])
    cases = [
        (np.array([[5.0, 5.0], [0.0, 0.0]]), np.array([1.0, 0.0]), tied, True),
        (np.array([[5.0, 4.0], [0.0, 0.0]]), np.array([1.0, 0.0]), tied, False),
        (np.array([[5.0, 0.0], [4.0, 0.0]]), tied, np.array([1.0, 0.0]), False),
        (wide, np.array([3.0, 1.0]), rising, True),
        (negative, np.array([-1.0, -2.0]), np.array([-9.0, -8.0]), True),
        (wide, np.array([0.6, 0.2]), np.array([0.1, 0.5, 0.3]), True),  # differences below 1
    ]
    for _ in range(4):
        joint = rng.integers(0, 4, (3, 3)).astype(float)
        cases.append((joint, rng.normal(size=3), rng.normal(size=3), None))
    for joint, first, second, expected in cases:
        if expected is None:
            expected = joint[first.argmax(), second.argmax()] == joint.max()
        got = probe(joint, first, second)
        probe.require(isinstance(got, bool | np.bool_), "the answer is True or False")
        probe.require(
            bool(got) == expected,
            "every pair of own best actions is a best joint action, ties included",
        )


@LESSON.exercise(
    title="A mixer that cannot fall",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "Only the *weights* must not be negative; a bias moves the whole surface and may have "
        "any sign.",
        "`hidden = values @ np.abs(first) + first_bias`, then `elu(hidden) @ np.abs(second) + "
        "second_bias`.",
    ),
    examples=(
        example(
            np.array([[1.0, 2.0]]),
            np.array([[1.0], [1.0]]),
            np.zeros(1),
            np.array([2.0]),
            0.5,
            gives=np.array([6.5]),
        ),
        example(
            np.array([[1.0, 2.0]]),
            np.array([[0.0], [1.0]]),
            np.array([1.0]),
            np.array([1.0]),
            -1.0,
            gives=np.array([2.0]),
        ),
        example(
            np.array([[0.0, 0.0]]),
            np.array([[-1.0], [1.0]]),
            np.zeros(1),
            np.array([1.0]),
            0.0,
            gives=np.array([0.0]),
        ),
    ),
    look_at='"QMIX: whatever rises" in lesson 07',
    done="Two absolute values are all that makes QMIX's mixer monotone.",
)
def mix(probe: Probe) -> None:
    rng = np.random.default_rng(73)
    for agents, width in ((2, 3), (3, 5), (4, 1)):
        values = rng.normal(0, 2, (6, agents))
        first, second = rng.normal(size=(agents, width)), rng.normal(size=width)
        first_bias, second_bias = rng.normal(size=width), float(rng.normal())
        got = np.asarray(probe(values, first, first_bias, second, second_bias))
        probe.require(got.shape == (6,), "one joint value comes back for each row of values")
        for agent in range(agents):
            higher = values.copy()
            higher[:, agent] += 3
            raised = np.asarray(probe(higher, first, first_bias, second, second_bias))
            probe.require(
                (raised >= got - 1e-9).all(), "the joint value never falls when an own value rises"
            )
        hidden = values @ np.abs(first) + first_bias
        hidden = np.where(hidden > 0, hidden, np.expm1(np.minimum(hidden, 0)))
        probe.equal(
            got,
            hidden @ np.abs(second) + second_bias,
            "elu(values @ |first| + first_bias) @ |second| + second_bias",
        )


@LESSON.exercise(
    title="What did my action change?",
    priority="should",
    difficulty="medium",
    minutes=10,
    hints=(
        "The baseline is a mean over the agent's own actions, weighted by how likely its policy "
        "makes each.",
        "`(probabilities * values).sum(axis=1)` is the baseline of each row.",
    ),
    examples=(
        example(
            np.array([[1.0, 3.0]]), np.array([[0.5, 0.5]]), np.array([1]), gives=np.array([1.0])
        ),
        example(
            np.array([[4.0, 4.0]]), np.array([[0.9, 0.1]]), np.array([0]), gives=np.array([0.0])
        ),
    ),
    look_at='"COMA: what did my action change?" in lesson 07',
    done="No default action has to be named: the agent's own policy is the default.",
)
def credit(probe: Probe) -> None:
    rng = np.random.default_rng(74)
    for count, actions in ((5, 2), (4, 4), (1, 3)):
        values = rng.normal(0, 4, (count, actions))
        odds = rng.uniform(0.1, 3, (count, actions))
        probabilities = odds / odds.sum(axis=1, keepdims=True)
        taken = rng.integers(actions, size=count)
        taken[0] = actions - 1
        got = np.asarray(probe(values, probabilities, taken))
        probe.require(got.shape == (count,), "one credit comes back for each row")
        baseline = (probabilities * values).sum(axis=1)
        probe.equal(
            got,
            values[np.arange(count), taken] - baseline,
            "value of the action taken - mean over the agent's own policy",
        )


@LESSON.exercise(
    title="What the noisy critic sees",
    priority="should",
    difficulty="easy",
    minutes=5,
    hints=(
        "All agents see the same state; `np.tile(state, (agents, 1))` repeats it row by row.",
        "`np.concatenate([first, second], axis=1)` sets two arrays side by side.",
    ),
    examples=(
        example(np.array([7.0]), np.array([[1.0]]), gives=np.array([[7.0, 1.0]])),
        example(np.zeros(2), np.zeros((2, 1)), gives=np.zeros((2, 3))),
    ),
    look_at='"Noisy values" in lesson 07',
    done="Each agent's value now wobbles in its own way, until the critic has learned to ignore "
    "the noise.",
)
def critic_inputs(probe: Probe) -> None:
    rng = np.random.default_rng(75)
    for agents, features, extra in ((2, 3, 2), (4, 1, 3), (3, 5, 1)):
        state, noise = rng.normal(size=features), rng.normal(size=(agents, extra))
        got = np.asarray(probe(state, noise))
        probe.require(
            got.shape == (agents, features + extra), "one row for each agent: state, then noise"
        )
        probe.equal(
            got[:, :features], np.tile(state, (agents, 1)), "the state comes first, unchanged"
        )
        probe.equal(got[:, features:], noise, "behind it stands the agent's own noise")


@LESSON.exercise(
    title="How much punishment does a sum bear?",
    priority="bonus",
    difficulty="hard",
    minutes=15,
    hints=(
        "VDN takes (a, a) if the row of `a` has a larger mean than every other row; the table is "
        "symmetric.",
        "The row of `a` sums to `both + (actions - 1) * x`, every other row to `x`.",
    ),
    examples=(example(8.0, 3, gives=-8.0), example(6.0, 4, gives=-3.0)),
    look_at='the first task of "The mixer\'s surface" in lesson 07',
    done="Move the widget's second slider across your threshold, with VDN as the method.",
)
def threshold(probe: Probe) -> None:
    for both, actions in ((8.0, 3), (10.0, 6), (1.0, 12), (12.0, 5), (7.0, 4)):
        got = probe(both, actions)
        probe.equal(
            got,
            -both / (actions - 2),
            "the row of a has the larger mean as long as x > -both / (actions - 2)",
        )
