"""A lesson of two exercises and a quiz, on which the tests try the workbook; no lesson of the
course."""

import numpy as np

from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "99",
    quiz=Quiz(
        Question(
            (
                "Two agents explore with probability 0.1 each. How often does at least one of them "
                "explore?"
            ),
            right=("In 19 % of the steps", "1 - 0.9 * 0.9 = 0.19."),
            wrong={
                "In 10 % of the steps": "That is how often one given agent explores.",
                "In 20 % of the steps": (
                    "Adding the two counts the steps in which both explore twice."
                ),
            },
        ),
        Question(
            (
                "What does `beta < alpha` do in the hysteretic update, after the partner's "
                "exploration has cost points?"
            ),
            right=(
                "It forgets the loss slowly",
                "A negative error is weighted by the smaller rate.",
            ),
            wrong={
                "It learns from the loss at once": (
                    "That would be one rate for both signs, as in plain Q-learning, where the "
                    "explorer's mistakes pull the good action down for everybody who shares it."
                ),
                "It stops all learning": "Only negative errors are slowed.",
                "It makes the partner explore less": (
                    "A learning rate changes no exploration, neither mine nor theirs."
                ),
            },
        ),
        Question(
            "Who may read this quiz without a mouse?",
            right=("Everyone", "Tab reaches a question, the arrow keys choose."),
            wrong={"Nobody": "Try Tab.", "Only the teacher": "The teacher has no other keyboard."},
        ),
    ),
)


@LESSON.exercise(
    title="Two learning rates",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "What is the sign of the error?",
        "`alpha` when the error is positive, `beta` otherwise.",
    ),
    examples=(
        example(q=1.0, reward=2.0, alpha=0.5, beta=0.1, gives=1.5),
        example(q=1.0, reward=1.0, alpha=0.5, beta=0.1, gives=1.0),
    ),
    look_at="the hysteretic update in the lesson",
    done="Try `beta=0`: what does the agent never unlearn?",
)
def hysteretic_update(probe: Probe) -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        q, reward = rng.normal(size=2).round(2)
        got = probe(q=q, reward=reward, alpha=0.5, beta=0.1)
        rate = 0.5 if reward > q else 0.1
        name = (
            "positive error is weighted by alpha"
            if reward > q
            else "negative error is weighted by beta"
        )
        probe.equal(got, q + rate * (reward - q), f"a {name}")


@LESSON.exercise(
    title="How many joint actions?",
    priority="should",
    difficulty="easy",
    minutes=3,
    hints=("Each of the four agents has three choices, whatever the others choose.",),
    look_at="the first cell of the lesson",
)
def joint_actions(probe: Probe) -> None:
    probe.equal(probe.answer, 81, "each agent chooses independently of the others")
