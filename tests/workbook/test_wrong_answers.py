"""Every exercise rejects at least three realistic wrong answers, says why, and accepts its own
solution."""

import ast
import contextlib
import importlib
import json
import pathlib
import re

import numpy as np
import pytest
from support.example_lesson import LESSON as EXAMPLE
from wrong_answers import WrongAnswer, WrongAnswers

from course_lib.workbook import markers
from course_lib.workbook.exercise import Example, Exercise, Lesson, lesson, lesson_numbers
from course_lib.workbook.probe import NotAttempted, Probe, Wrong
from course_lib.workbook.values import as_numbers

AT_LEAST = 3
ROOT = pathlib.Path(__file__).resolve().parents[2]
LESSONS = {number: lesson(number) for number in lesson_numbers()}
EXERCISES = [exercise for one in LESSONS.values() for exercise in one.exercises.values()]


def wrong_answers(number: str) -> WrongAnswers:
    """The file of a lesson, or an empty one."""
    if not (pathlib.Path(__file__).parents[1] / "wrong_answers" / f"l{number}.py").exists():
        return WrongAnswers(number)
    return importlib.import_module(f"wrong_answers.l{number}").WRONG


WRONG = {number: wrong_answers(number) for number in LESSONS}


def too_few(one: Lesson, wrong: WrongAnswers) -> list[str]:
    """What the file of a lesson lacks, or has for an exercise that does not exist."""
    lacking = [
        f"{name}: {len(wrong.of(name))} wrong answers"
        for name in one.exercises
        if len(wrong.of(name)) < AT_LEAST
    ]
    return lacking + [
        f"{w.name}: no exercise {w.exercise}"
        for w in wrong.answers
        if w.exercise not in one.exercises
    ]


def unrealistic(exercise: Exercise, answer: object) -> str:
    """Why no reader would hand this in and believe in it; empty if it is a plausible mistake."""
    if not exercise.examples:
        return "" if answer not in (None, ...) else "it is no answer"
    passed, gave = 0, []
    for trial in exercise.examples:
        probe = Probe(answer, "", in_place=True)  # a reader does not see what it does in place
        try:
            trial(probe)
            passed += 1
        except NotAttempted:
            return "it is not attempted"
        except Wrong as error:
            text = " ".join(row.text for row in error.rows)
            if any(
                sign in text
                for sign in ("it raised", "it is None", "the shape is", "expected, not a")
            ):
                return f"it does not look right: {text}"
        gave.append(probe.came_back)
    if not passed:
        return "it is right on no example"
    probe = Probe(answer, "")
    with contextlib.suppress(Wrong):
        exercise.try_hidden(probe)
    return "it is a constant" if is_constant(exercise, [*gave, probe.came_back]) else ""


def is_constant(exercise: Exercise, gave: list) -> bool:
    """Whether an answer gives the same on all examples and at its last hidden call although the
    examples differ."""
    wanted = [trial.gives for trial in exercise.examples if isinstance(trial, Example)]
    same = [
        as_numbers(value) is not None and np.array_equal(as_numbers(value), as_numbers(gave[0]))
        for value in gave
    ]
    return (
        len(gave) > 1 and all(same) and any(repr(value) != repr(wanted[0]) for value in wanted[1:])
    )


def complaint(exercise: Exercise, wrong: WrongAnswer) -> str:
    """Why a wrong answer does not do its work in the tests; empty if it does."""
    card = exercise.judge(wrong.answer)
    if card.outcome != "wrong":
        return f"{wrong.name} is {card.outcome}"
    said = " ".join(row.text for row in card.rows)
    if wrong.says not in said:
        return f"{wrong.name} is told {said!r}, without {wrong.says!r}"
    problem = unrealistic(exercise, wrong.answer)
    return f"{wrong.name}: {problem}" if problem else ""


def right_answer(exercise: Exercise) -> object:
    """The answer of the solutions notebook: its marked cells are run, and those that prepare
    them."""
    names: dict = {"__name__": "solutions"}
    for source in markers.code_cells(exercise.lesson.solutions):
        if markers.has_solution(source) or only_prepares(source):
            exec(compile(source, exercise.lesson.solutions.name, "exec"), names)
    return names[exercise.name]


def only_prepares(source: str) -> bool:
    """Whether a cell imports or defines functions and does nothing else that matters: it may set
    constants such as ``check`` and the number of threads, and refuse a wrong kernel."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic command
        return False
    made = [n for n in body if isinstance(n, ast.Import | ast.ImportFrom | ast.FunctionDef)]
    others = [node for node in body if node not in made]
    return bool(made) and all(is_harmless(node) for node in others)


def is_harmless(node: ast.stmt) -> bool:
    """Whether a statement sets a name or the number of threads, raises an error, or does
    nothing."""
    if isinstance(node, ast.Expr):
        return ast.unparse(node).startswith("torch.set_num_threads(")
    if isinstance(node, ast.If):
        return all(isinstance(one, ast.Raise) for one in node.body)
    return isinstance(node, ast.Assign)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: f"{e.lesson.number}-{e.name}")
def test_an_exercise_has_a_known_priority_and_difficulty_and_a_hint(exercise):
    assert exercise.priority in ("must", "should", "bonus") and exercise.difficulty in (
        "easy",
        "medium",
        "hard",
    )
    assert exercise.title and exercise.hints and exercise.look_at and exercise.minutes > 0


@pytest.mark.parametrize("number", LESSONS)
def test_every_exercise_has_enough_wrong_answers(number):
    assert too_few(LESSONS[number], WRONG[number]) == []


@pytest.mark.parametrize(
    ("exercise", "wrong"),
    [
        pytest.param(e, w, id=f"{e.name}-{w.name}")
        for e in EXERCISES
        for w in WRONG[e.lesson.number].of(e.name)
    ],
)
def test_a_wrong_answer_is_rejected_and_told_why(exercise, wrong):
    assert complaint(exercise, wrong) == ""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: f"{e.lesson.number}-{e.name}")
def test_the_solution_is_accepted(exercise):
    card = exercise.judge(right_answer(exercise))
    assert card.correct, card


RIGHT = [
    pytest.param(LESSONS[number].exercises[exercise], answer, id=f"{exercise}-{name}")
    for number, wrong in WRONG.items()
    for exercise, answer, name in wrong.right_ones
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_in_another_style_is_accepted(exercise, answer):
    card = exercise.judge(answer)
    assert card.correct, card


HEADING = re.compile(r"^#+ (.*)$|\*\*([^*]+)\*\*|^\*([^*]+)\*", re.MULTILINE)


def headings(number: str) -> str:
    """Headings and bold words of a lesson and its exercises, without marks, one a line."""
    found = []
    for folder in ("notebooks", "exercises"):
        (path,) = (ROOT / folder).glob(f"{number}-*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            found += ["".join(groups) for groups in HEADING.findall("".join(cell["source"]))]
    return "\n".join(found).replace('"', "")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: f"{e.lesson.number}-{e.name}")
def test_the_section_that_a_card_points_to_exists(exercise):
    sections = re.findall(r'"([^"]+)"(?=(?:[^"]*?in lesson (\d\d[a-z]?)\b)?)', exercise.look_at)
    for name, number in sections:
        assert name in headings(number or exercise.lesson.number), f"{exercise.key}: {name}"


# The mechanism itself, on the example lesson.

MISTAKES = WrongAnswers("99")


@MISTAKES("hysteretic_update", says="a negative error is weighted by beta")
def one_rate(q, reward, alpha, beta):
    return q + alpha * (reward - q)


@MISTAKES("hysteretic_update", says="a negative error is weighted by beta")
def rates_swapped(q, reward, alpha, beta):
    return q + (beta if reward > q else alpha) * (reward - q)


@MISTAKES("hysteretic_update", says="a negative error is weighted by beta")
def sign_of_the_reward(q, reward, alpha, beta):
    return q + (alpha if reward > 0 else beta) * (reward - q)


MISTAKES.value("joint_actions", 12, says="independently")
MISTAKES.value("joint_actions", 64, says="independently")


@pytest.mark.parametrize("wrong", MISTAKES.answers, ids=lambda wrong: wrong.name)
def test_the_example_lesson_rejects_its_wrong_answers(wrong):
    assert complaint(EXAMPLE.exercises[wrong.exercise], wrong) == ""


def test_too_few_wrong_answers_are_found():
    assert too_few(EXAMPLE, MISTAKES) == ["joint_actions: 2 wrong answers"]
    lost = WrongAnswers("99", [*MISTAKES.answers, WrongAnswer("renamed", 3, "", "three")])
    assert "three: no exercise renamed" in too_few(EXAMPLE, lost)


def nothing(q, reward, alpha, beta):
    return None


def constant(q, reward, alpha, beta):
    return 1.0


def never_right(q, reward, alpha, beta):
    return 7 * q + reward


def fails(q, reward, alpha, beta):
    return q.there_is_no_such_thing


def wrong_shape(q, reward, alpha, beta):
    return [q, reward]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (nothing, "does not look right"),
        (constant, "a constant"),
        (never_right, "right on no example"),
        (fails, "does not look right"),
        (wrong_shape, "does not look right"),
    ],
)
def test_an_unrealistic_wrong_answer_is_refused(answer, why):
    assert why in complaint(
        EXAMPLE.hysteretic_update, WrongAnswer("hysteretic_update", answer, "", answer.__name__)
    )


def test_a_wrong_answer_must_be_told_the_right_thing():
    found = complaint(
        EXAMPLE.hysteretic_update,
        WrongAnswer("hysteretic_update", one_rate, "beyond the horizon", "one"),
    )
    assert "without 'beyond the horizon'" in found


def test_a_right_answer_is_no_wrong_one():
    def right(q, reward, alpha, beta):
        return q + (alpha if reward > q else beta) * (reward - q)

    assert (
        complaint(EXAMPLE.hysteretic_update, WrongAnswer("hysteretic_update", right, "", "right"))
        == "right is correct"
    )
