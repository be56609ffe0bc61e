"""A prediction keeps the guess, says how far off it was, and hides the answer until then."""

import json

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import static_twin
from course_lib.workbook import predict, progress
from course_lib.workbook.build import hide_answers
from course_lib.workbook.predict_kinds import Choice, Number, Range, figure, number_in

HOSTS = {"question": "How many hosts does red hold?", "unit": "hosts", "within": 2}


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """The progress file of this test."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


@pytest.mark.parametrize(
    ("written", "value"),
    [("12", 12), (" 1,250 ", 1250), ("-3.5", -3.5), ("\N{MINUS SIGN}3", -3), ("40 %", 40),
     ("1_000_000", 1e6), ("7 hosts", 7), ("1e3", 1000)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written, value):
    assert number_in(written, "hosts") == value


@pytest.mark.parametrize("written", ["", "many", "1,5", "nan", "inf", "1 or 2"])
def test_what_is_no_number_is_said_with_examples(written):
    with pytest.raises(ValueError, match="such as 12, -3 or 0.5"):
        number_in(written)


@pytest.mark.parametrize(
    ("kind", "guess", "answer", "said"),
    [
        (Number("hosts", within=2), 20, 61, "it is 61 hosts: 41 too low, and the answer is 3 times "
         "your guess."),
        (Number("hosts", within=2), 63, 61, "it is 61 hosts: near enough, 2 too high."),
        (Number("hosts", within=2), 64, 61, "it is 61 hosts: 3 too high."),
        (Number("points per episode"), 2, 1, "it is 1 point per episode: 1 too high, and "
         "your guess is 2 times the answer."),
        (Number("attacks"), 1, 271, "it is 271 attacks: 270 too low, and the answer is 270 times "
         "your guess."),
        (Number(), 0.25, 0.25, "it is 0.25: exactly right."),
        (Number("points"), -400, -100, "it is -100 points: 300 too low, and your guess is 4 "
         "times the answer."),
        (Number("points"), -5, 5, "it is 5 points: 10 too low."),
        (Range("%"), (10, 30), 61, "it is 61 %: 31 above your range."),
        (Range("%"), (70, 80), 61, "it is 61 %: 9 below your range."),
        (Range("%"), (60, 80), 61, "it is 61 %: inside your range, which is 20 wide."),
        (Choice(("a", "b")), "a", "b", "it is “b”."),
        (Choice(("a", "b")), "b", "b", "right."),
    ],
)  # fmt: skip
def test_how_far_off_a_guess_is_said_in_numbers(kind, guess, answer, said):
    assert kind.compare(guess, answer) == said


def test_numbers_are_written_with_no_more_digits_than_are_read():
    shown = [figure(value) for value in (3.0, 12345, 0.123456, -164.44, 12345.678)]
    assert shown == ["3", "12,345", "0.1235", "-164.4", "12,345.7"]


def test_a_range_may_be_entered_the_wrong_way_round_and_a_choice_has_to_be_made():
    assert Range("%").read(["30 %", "10"]) == (10, 30)
    assert Choice(("a", "b")).read(["1"]) == "b"
    for entered in ([], ["2"], ["b"]):
        with pytest.raises(ValueError, match="Choose one"):
            Choice(("a", "b")).read(entered)


def test_the_answer_is_in_no_view_until_there_is_a_guess():
    asked = predict(**HOSTS)
    answer = asked.reveal(61, "Nobody removes it.")
    views = [asked.widget(), answer.asked.widget("answer")]
    for view in views:
        # Without the names of its parts, which are drawn by chance and may hold any digits.
        state = [value for value in view.get_state().values() if "IPY_MODEL" not in str(value)]
        assert view.waits and "61" not in str(state) and "Nobody" not in view.said
    assert "hidden until you have guessed" in views[1].said
    views[0].entered = ["lots"]
    assert asked.waits and "such as 12" in views[0].said
    views[0].entered = ["20"]
    for view in views:
        assert not view.waits and "You said 20 hosts; it is 61 hosts: 41 too low" in view.said
        assert view.said.endswith("Nobody removes it.")
    assert asked.guess == 20


def test_a_guess_before_the_answer_is_known_says_where_to_go_on():
    asked = predict(**HOSTS)
    view = asked.widget()
    view.entered = ["20"]
    assert view.said == "<b>You said 20 hosts.</b> Now run the next cell."
    asked.reveal(61)
    assert "41 too low" in view.said


def test_the_first_guess_counts():
    asked = predict(**HOSTS)
    asked.note(["20"])
    asked.note(["61"])
    assert asked.guess == 20


def test_skipping_shows_the_answer_and_keeps_no_guess(notes):
    asked = predict("Which?", choices=["one", "two"])
    asked.reveal("two", "`two` is even.")
    view = asked.widget("answer")
    view.skipped = True
    assert not view.waits and asked.guess is None and not notes.exists()
    assert view.said == "<b>The answer: “two”.</b> <code>two</code> is even."


def test_a_guess_is_kept_and_found_again_but_not_for_a_question_that_changed(notes):
    predict("Which?", choices=["one", "two"]).note(["1"])
    assert progress.record("99/x", "checks", "correct") == ""
    again = predict("Which?", choices=["one", "two"])
    assert again.guess == "two" and not again.waits
    assert predict("Which?", choices=["two", "three"]).waits
    assert "99/x" in progress.read(notes)["exercises"]


@pytest.mark.parametrize("kept", [["x"], [], 7, {"Predict: Which?": 7}])
def test_a_damaged_note_of_guesses_is_no_guess_and_is_mended(notes, kept):
    notes.write_text(json.dumps({"version": 1, "exercises": {}, "guesses": kept}))
    asked = predict("Which?", unit="hosts")
    assert asked.waits and not asked.trouble
    asked.note(["3"])
    assert predict("Which?", unit="hosts").guess == 3


def test_a_guess_that_cannot_be_kept_counts_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    asked = predict(**HOSTS)
    asked.note(["20"])
    assert asked.guess == 20 and "was not noted" in asked.said("question")


def test_questions_and_answers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="two or more different choices"):
        predict("Which?", choices=["one", "one"])
    with pytest.raises(ValueError, match="leave choices out"):
        predict("Which?", choices=["one", "two"], unit="hosts")
    with pytest.raises(ValueError, match="none of the choices: 'one', 'two'"):
        predict("Which?", choices=["one", "two"]).reveal("three")
    with pytest.raises(ValueError, match="finite number"):
        predict("How many?").reveal(float("nan"))


def test_the_twins_say_question_and_answer_and_do_not_depend_on_the_guess():
    asked = predict("Which `n`?", choices=["one", "<two>"])
    answer = asked.reveal("one", "Because.")
    twins = repr(asked), repr(answer), asked._repr_html_(), answer._repr_html_()
    assert twins[:2] == ("Predict: Which n?\n  a) one\n  b) <two>", "Answer: “one”. Because.")
    assert "&lt;two&gt;" in twins[2] and "one" in twins[3] and "<code>n</code>" in twins[2]
    asked.note(["1"])
    assert (repr(asked), repr(answer), asked._repr_html_(), answer._repr_html_()) == twins


def test_a_notebook_stores_the_answer_as_text_for_nbval_folded_away():
    setup = "from course_lib.workbook import predict\n\n"
    notebook = new_notebook(
        cells=[
            new_code_cell(setup + "guess = predict('How many?', unit='hosts')\nguess"),
            new_code_cell("print('the table')\nguess.reveal(61, 'So it is.')"),
        ]
    )
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    notebook.cells[0].metadata["jupyter"] = {"outputs_hidden": True}  # from an earlier version
    hide_answers(notebook)
    question, answer = notebook.cells
    assert question.outputs[0].data["text/plain"] == "Predict: How many?"
    printed, twin, view = answer.outputs
    assert (
        printed.text == "the table\n" and twin.data["text/plain"] == "Answer: 61 hosts. So it is."
    )
    assert set(view.data) == {static_twin.VIEW}
    assert (
        answer.metadata["jupyter"] == {"outputs_hidden": True}
        and "jupyter" not in question.metadata
    )
