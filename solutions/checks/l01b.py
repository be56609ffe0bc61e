"""Exercises and quiz of lesson 01b, a bandit or RL."""

import numpy as np

from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "01b",
    quiz=Quiz(
        Question(
            "Your desk may try one of four alert queues per hour. Nothing you do changes what "
            "comes next, and nobody labels alerts in advance. What fits?",
            right=(
                "A bandit",
                "Only the chosen action answers, so one must explore; nothing carries over, so "
                "there is nothing to plan.",
            ),
            wrong={
                "Reinforcement learning": (
                    "It would work, and it would learn about a future that does not depend on the "
                    "action: more to estimate, nothing to gain."
                ),
                "A supervised classifier": (
                    "It needs the right answer for past cases, and here only the queue that was "
                    "tried has answered."
                ),
            },
        ),
        Question(
            (
                "In the state foothold, isolating is the cheapest action of the tick, and still "
                "the wrong one. Why?"
            ),
            right=(
                "It makes the expensive states come back more often",
                (
                    "The value of an action is what it pays now plus what the states it leads to "
                    "are worth."
                ),
            ),
            wrong={
                "The bandit had too few episodes to learn what it costs": (
                    "With every amount of training it learns what an action pays now, and that it "
                    "learned correctly."
                ),
                "The costs of isolating are too noisy to be learned": (
                    "They are fixed numbers in a table; even an exact planner without foresight "
                    "isolates."
                ),
            },
        ),
        Question(
            "New software arrives, and the network's loss rises from 9 to 63 points. What is its "
            "fault?",
            right=(
                "It is out of date, and as sure as ever",
                "It was right about the world of its log. Later data and a fixed rule beside it "
                "show the day.",
            ),
            wrong={
                "It was given too few labels in its log": (
                    "With 2,000 it was the best of all, in the world that they came from."
                ),
                "It cannot learn what the bandit learns": (
                    "With a thousand new labels it is clearly better again; they cost a thousand "
                    "points."
                ),
            },
        ),
    ),
)

BETTER = {
    "a": (
        "rule",
        "membership of a list is exact, needs no data, and the reason for a decision is the entry",
    ),
    "b": (
        "classifier",
        "the right answer of each past case is known, and a decision changes nothing later",
    ),
    "c": ("detector", "there is no example of what is looked for, only of what is usual"),
    "d": ("bandit", "only what was tried answers, and one try does not influence the next"),
    "e": ("planning", "all probabilities are written down, so nothing has to be explored"),
    "f": ("rl", "actions change what comes next, and the rules of the world are not written down"),
    "g": ("rule", "the steps are straightforward to define, and somebody already has defined them"),
    "h": (
        "bandit",
        "each situation is new, only the chosen action answers, and nothing carries over",
    ),
}
WORDS = ("rule", "classifier", "detector", "bandit", "planning", "rl")
"""The answers that exercise 1 offers; upper and lower case are the same to it."""


@LESSON.exercise(
    title="Spot the wrong paradigm",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "Ask four questions: is the solution known? Are the right answers of past cases known? "
        "Does an action change what comes next? Is the model known?",
        "Two cases need a rule and two a bandit; the other four words occur once each.",
    ),
    look_at='"Which one for which problem" at the end of lesson 01b',
    done="Four questions sorted eight proposals. Try them on a project of your own.",
)
def better(probe: Probe) -> None:
    answers = probe.answer
    probe.require(
        isinstance(answers, dict) and set(answers) == set(BETTER),
        f"a dict with the keys {', '.join(BETTER)}",
    )
    for answer in answers.values():
        probe.attempted(answer)
    for case, (fits, reason) in BETTER.items():
        word = answers[case].strip().lower() if isinstance(answers[case], str) else answers[case]
        # A word that is not on the list says nothing about the idea behind it.
        allowed = f"case {case}: one of the words {', '.join(WORDS)}; {answers[case]!r} is none"
        probe.require(isinstance(word, str) and word in WORDS, allowed)
        probe.require(word == fits, f"case {case}: {reason}")


@LESSON.exercise(
    title="UCB1's index",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        (
            "Two terms: what was seen, and how much more it could be. The second shrinks with the "
            "arm's own count."
        ),
        (
            "`np.log` is the natural logarithm; the root covers the whole fraction 2 ln(time) / "
            "counts."
        ),
    ),
    examples=(
        example(np.array([0.5]), np.array([1]), 1, gives=np.array([0.5])),
        example(
            np.array([0.5, 0.5]),
            np.array([20, 80]),
            100,
            gives=np.array([1.178614, 0.839307]),
            tolerance=1e-5,
        ),
    ),
    look_at='the formula in "1. A bandit" in lesson 01b',
    done="The bonus of an arm that is left alone grows with ln(time): no arm is given up for ever.",
)
def ucb1_index(probe: Probe) -> None:
    rng = np.random.default_rng(11)
    said = (
        "mean plus the root of 2 ln(time) / counts, with the natural logarithm and each arm's own "
        "count"
    )
    for runs in (None, 4, 2):
        arms = 5 if runs is None else 3
        shape = (arms,) if runs is None else (runs, arms)
        means = rng.random(shape).round(2)
        counts = rng.integers(1, 60, shape)
        # The runs of a batch go on side by side: in each of them the arms' pulls add up to time.
        time = int(counts.sum(axis=-1).max())
        counts[..., -1] += time - counts.sum(axis=-1)
        if runs is not None:
            said = (
                f"time is the number of pulls in each of the {runs} runs (rows), not in all "
                "together"
            )
        bonus = (2 * np.log(time) / counts) ** 0.5
        probe.equal(probe(means, counts, time), means + bonus, said)


@LESSON.exercise(
    title="The Q-update",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "Where should the number go? Reward, plus what the best action of the next state is worth, "
        "discounted. How far does it go there?",
        "`future = 0.0 if done else discount * q[next_state].max()`; the number moves by `alpha` "
        "times `reward + future - q[state, action]`.",
    ),
    examples=(
        example(
            np.array([[0.0, 1.0], [2.0, 4.0]]),
            0,
            0,
            1.0,
            1,
            False,
            alpha=0.5,
            discount=0.5,
            gives=np.array([[1.5, 1.0], [2.0, 4.0]]),
        ),
    ),
    look_at='"2. Reinforcement learning" in lesson 01b',
    done="With discount 0 the same line is a bandit. Run the next cell and see the difference.",
)
def q_update(probe: Probe) -> None:
    rng = np.random.default_rng(13)
    for done in (False, True, False):
        q = rng.normal(size=(5, 3)).round(2)
        state, next_state = (int(place) for place in rng.choice(5, 2, replace=False))
        action = int(q[state].argmin())
        reward, alpha, discount = (float(number) for number in rng.random(3).round(2))
        future = 0.0 if done else discount * q[next_state].max()
        expected = q.copy()
        expected[state, action] += alpha * (reward + future - q[state, action])
        got = np.asarray(probe(q, state, action, reward, next_state, done, alpha, discount))
        probe.require(got.shape == q.shape, "the whole table comes back")
        others = np.ones(q.shape, bool)
        others[state, action] = False
        said = "only the number of this state and this action moves"
        probe.equal(got[others], q[others], said)
        said = (
            "the episode has ended, so nothing follows: the number moves towards the reward alone"
            if done
            else "it moves by alpha towards the reward plus the discounted best of the next state"
        )
        probe.equal(got[state, action], expected[state, action], said)


def the_last_step_counts_alone(probe: Probe) -> None:
    """plan_backwards(transitions, rewards, 1) takes the larger reward in each state."""
    rewards = np.array([[1.0, 2.0], [5.0, 0.0]])
    got = probe.parts(probe(np.full((2, 2, 2), 0.5), rewards, 1), "values", "policy")
    probe.equal(got[1], np.array([[1, 0]]), "with one step to go only its own reward counts")


@LESSON.exercise(
    title="Backward induction",
    priority="should",
    difficulty="hard",
    minutes=20,
    hints=(
        "Fill `values` from its last row, which is 0, to its first. What is an action worth if you "
        "know what every next state is worth?",
        "`worth = rewards + transitions @ values[step + 1]` is (S, A); the maximum and its place "
        "go into row ``step``, for ``step`` from T - 1 down to 0.",
    ),
    examples=(the_last_step_counts_alone,),
    look_at='"2. Reinforcement learning" in lesson 01b, Bellman\'s equation',
    done="No draw, no learning rate, no mistake: exact, as long as the model is.",
)
def plan_backwards(probe: Probe) -> None:
    rng = np.random.default_rng(14)
    for states, actions, horizon in ((3, 2, 2), (5, 3, 4), (4, 2, 7)):
        transitions = rng.dirichlet(np.ones(states), size=(states, actions))
        rewards = rng.normal(size=(states, actions)).round(2)
        rewards[0] = rewards[0, 0]  # equals at the end: the first of them
        values, policy = _backwards(transitions, rewards, horizon)
        got = probe.parts(probe(transitions, rewards, horizon), "values", "policy")
        shapes = (np.shape(got[0]), np.shape(got[1]))
        said = "values are (T + 1, S), the policy is (T, S)"
        probe.equal(shapes, (values.shape, policy.shape), said)
        probe.equal(
            got[0][-1], values[-1], "after the last step nothing is to come: values[T] is 0"
        )
        said = "the last step takes what its own reward says, the first among equals"
        probe.equal(got[1][-1], policy[-1], said)
        said = "reward plus the mean of what the next states are worth one step later"
        probe.equal(got[0], values, said)
        probe.equal(got[1], policy, "the action with the largest of these sums")


def _backwards(
    transitions: np.ndarray, rewards: np.ndarray, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Values (T + 1, S) and policy (T, S), one number at a time."""
    states, actions = rewards.shape
    values = np.zeros((horizon + 1, states))
    policy = np.zeros((horizon, states), int)
    for step in range(horizon - 1, -1, -1):
        for state in range(states):
            worth = []
            for action in range(actions):
                future = (transitions[state, action] * values[step + 1]).sum()
                worth.append(rewards[state, action] + future)
            policy[step, state] = int(np.argmax(worth))
            values[step, state] = max(worth)
    return values, policy
