"""The quiz says the same in its widget and in its static twin, and each option has its reason."""

import pytest
from support.example_lesson import LESSON

from course_lib.workbook.exercise import lesson, lesson_numbers
from course_lib.workbook.question import feedback
from course_lib.workbook.quiz import Quiz

QUIZ = LESSON.quiz


def test_options_are_mixed_and_stay_where_they_are():
    places = {question.options.index(question.right[0]) for question in QUIZ.questions}
    assert len(places) > 1
    assert (
        repr(QUIZ) == repr(Quiz(*QUIZ.questions))
        and QUIZ._repr_html_() == Quiz(*QUIZ.questions)._repr_html_()
    )


def test_each_option_has_its_reason():
    for question in QUIZ.questions:
        right = [option for option in question.options if question.answer(option)[0]]
        assert right == [question.right[0]]
        assert len({question.answer(option)[1] for option in question.options}) == len(
            question.options
        )


def test_the_twins_hold_every_question_and_option_but_the_plain_text_no_answer():
    plain, page = repr(QUIZ), QUIZ._repr_html_()
    assert plain.startswith("Quiz\n1. Two agents explore")
    for question in QUIZ.questions:
        assert all(f") {option}" in plain for option in question.options)
    assert "1 - 0.9 * 0.9 = 0.19." in page and "1 - 0.9 * 0.9" not in plain
    assert page.count("<details>") == 3 and "<code>beta &lt; alpha</code>" in page


def test_the_bundle_has_the_widget_and_both_twins():
    bundle = QUIZ._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == repr(QUIZ) and "object at 0x" not in bundle["text/plain"]


def test_choosing_an_option_says_at_once_whether_and_why():
    widget = QUIZ.widget()
    assert (widget.chosen, widget.verdicts) == ([-1, -1, -1], ["", "", ""])
    question = QUIZ.questions[1]
    for number, option in enumerate(question.options):
        widget.chosen = [-1, number, -1]
        assert widget.verdicts == ["", feedback(question, option), ""]
        assert ("Correct." in widget.verdicts[1]) == (option == question.right[0])
    widget.chosen = [-1, -1, -1]
    assert widget.verdicts == ["", "", ""]


def test_the_widget_shows_the_questions_and_no_answer():
    widget = QUIZ.widget()
    assert widget.questions[1]["text"].startswith("2. What does <code>beta &lt; alpha</code>")
    assert [len(one["options"]) for one in widget.questions] == [3, 4, 3]
    assert "Adding the two" not in str(widget.get_state()) and "0x" not in repr(widget)


@pytest.mark.parametrize("number", lesson_numbers())
def test_every_lesson_has_three_questions_with_two_wrong_options_and_reasons(number):
    questions = lesson(number).quiz.questions
    assert len(questions) == 3
    for question in questions:
        assert len(question.wrong) >= 2 and question.right[0] not in question.wrong, question.text
        assert all([question.text, *question.right, *question.wrong, *question.wrong.values()]), (
            question.text
        )


def test_the_right_option_cannot_be_told_by_its_length():
    """A guesser who takes the longest option of each question is right no more often than chance
    has it, and none of the right options sticks out."""
    longest = 0
    by_chance = 0.0
    for number in lesson_numbers():
        for question in lesson(number).quiz.questions:
            longest_wrong = max(len(option) for option in question.wrong)
            right = len(question.right[0])
            assert right <= 1.3 * longest_wrong, (number, question.text, right, longest_wrong)
            longest += right > longest_wrong
            by_chance += 1 / len(question.options)
    assert longest <= by_chance
