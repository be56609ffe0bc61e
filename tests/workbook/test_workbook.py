"""Exercises answer rightly and helpfully; cards are the same every time; progress survives crashes
and neighbours."""

import codecs
import json
import os
import pathlib
import sqlite3
import subprocess

import numpy as np
import pytest
import torch
from support.example_lesson import LESSON

from course_lib.commands import main
from course_lib.commands import progress as progress_command
from course_lib.workbook import card, exercise, progress
from course_lib.workbook.probe import NotAttempted, Probe, Wrong
from course_lib.workbook.values import difference, show

ROOT = pathlib.Path(__file__).resolve().parents[2]


def right(q, reward, alpha, beta):
    return q + (alpha if reward > q else beta) * (reward - q)


def one_rate(q, reward, alpha, beta):
    return q + alpha * (reward - q)


def stub(q, reward, alpha, beta):
    return ...


def half_done(q, reward, alpha, beta):
    rate = ...
    return q + rate * (reward - q)


def text_of(shown: card.Card, label: str) -> str:
    return " ".join(row.text for row in shown.rows if row.label == label)


# Outcomes


def test_a_right_answer_is_correct_and_says_what_is_next():
    shown = LESSON.hysteretic_update(right)
    assert shown.correct and shown.outcome == "correct"
    assert "beta=0" in text_of(shown, "next")


@pytest.mark.parametrize("answer", [stub, half_done, ...], ids=["stub", "half done", "placeholder"])
def test_a_placeholder_is_not_attempted_and_the_examples_are_shown(answer):
    shown = LESSON.hysteretic_update(answer)
    assert shown.outcome == "not attempted"
    assert "hysteretic_update(q=1, reward=2, alpha=0.5, beta=0.1) gives 1.5" in text_of(
        shown, "example"
    )


def test_a_wrong_answer_says_what_was_called_what_came_back_what_must_hold_and_where_to_look():
    shown = LESSON.hysteretic_update(one_rate)
    assert shown.outcome == "wrong"
    assert text_of(shown, "called").startswith("one_rate(q=")
    assert float(text_of(shown, "came back")) == pytest.approx(-1.06)
    assert text_of(shown, "must hold") == "a negative error is weighted by beta"
    assert text_of(shown, "instead") == "-0.852 is expected"
    assert text_of(shown, "look at") == "the hysteretic update in the lesson"
    assert "hint(1)" in text_of(shown, "next")


def test_a_number_is_not_given_away():
    shown = LESSON.joint_actions(64)
    assert shown.outcome == "wrong" and "81" not in repr(shown) and "81" not in shown._repr_html_()
    assert LESSON.joint_actions(81).correct
    assert LESSON.joint_actions(np.int64(81)).correct
    assert LESSON.joint_actions(...).outcome == "not attempted"


def raises(q, reward, alpha, beta):
    return q.no_such_thing


def too_few_parameters(q, reward):
    return q


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (raises, "object has no attribute 'no_such_thing' (at `return q.no_such_thing`)"),
        (lambda q, reward, alpha, beta: None, "it is None; is a `return` missing?"),
        (lambda q, reward, alpha, beta: "1.5", "a number is expected, not a str"),
        (lambda q, reward, alpha, beta: [1.5], "the shape is (1,) where () is expected"),
        (lambda q, reward, alpha, beta: float("nan"), "there is a nan"),
        (too_few_parameters, "does not take (q="),
        (1.5, "hand in the function's name, without brackets"),
        (None, "hand in the function's name"),
    ],
)
def test_common_slips_have_words_of_their_own(answer, said):
    shown = LESSON.hysteretic_update(answer)
    assert shown.outcome == "wrong" and said in text_of(shown, "instead")


def test_a_value_the_check_cannot_use_is_wrong_and_not_a_traceback():
    made = exercise.Lesson("98")

    @made.exercise(
        title="T",
        priority="bonus",
        difficulty="hard",
        minutes=1,
        hints=("h",),
        look_at="the lesson",
    )
    def table(probe):
        probe.require(probe(2)["mean"] == 1, "the mean is one")

    assert made.table(lambda n: {"mean": 1}).correct
    assert "KeyError" in text_of(made.table(lambda n: {}), "must hold")
    assert text_of(made.table(lambda n: {"mean": 2}), "must hold") == "the mean is one"


def test_answers_get_copies_and_the_check_sees_what_they_did_to_them():
    given = np.zeros(3)
    probe = Probe(lambda q: q.__setitem__(1, 5.0), "", in_place=True)
    probe(given)
    assert given.tolist() == [0, 0, 0] and probe.arguments["q"].tolist() == [0, 5, 0]
    generator = np.random.default_rng(0)
    assert Probe(lambda rng: rng.random(), "")(generator) != Probe(lambda rng: rng.random(), "")(
        generator
    )


def adds_one_in_place(table):
    table += 1
    return table


def appends(edits):
    edits.append(0)
    return len(edits)


@pytest.mark.parametrize(
    ("answer", "argument"),
    [
        (adds_one_in_place, np.zeros(3)),
        (adds_one_in_place, torch.zeros(3)),
        (appends, [1, 2]),
        (lambda table: table["q"].fill(1.0), {"q": np.zeros(2)}),
    ],
)
def test_an_answer_that_changes_its_arguments_is_told_so(answer, argument):
    with pytest.raises(Wrong) as caught:
        Probe(answer, "")(argument)
    said = " ".join(row.text for row in caught.value.rows)
    assert "the arguments stay as they are" in said and "was changed in place" in said


def test_arguments_with_nan_and_records_count_as_unchanged():
    log = np.zeros(2, dtype=[("kind", int), ("hour", float)])
    log["hour"] = np.nan
    probe = Probe(lambda values, log: 1, "")
    assert probe(np.array([np.nan, 1.0]), log) == 1


def test_a_cut_gradient_is_found_and_named():
    given = torch.ones(3, requires_grad=True)
    right = Probe(lambda x: 2 * x, "")
    right.carries_gradient(right(given), 0, torch.full((3,), 2.0), "the answer can be trained")
    for answer, said in (
        (lambda x: 2 * x.detach(), "was it detached"),
        (lambda x: 3 * x, "is expected"),
    ):
        probe = Probe(answer, "")
        got = probe(given)
        with pytest.raises(Wrong) as caught:
            wanted = torch.full((3,), 2.0)
            probe.carries_gradient(got, 0, wanted, "the answer can be trained")
        assert said in " ".join(row.text for row in caught.value.rows)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.zeros(4, 5), "one tensor of shape (4, 5) came back"),
        (None, "None (is a `return` missing?) came back"),
        ((1, 2, 3), "a tuple of 3 came back"),
    ],
)
def test_one_thing_instead_of_two_is_said_without_the_checks_own_code(value, said):
    probe = Probe(lambda: value, "")
    with pytest.raises(Wrong) as caught:
        probe.parts(probe(), "message", "weights")
    texts = [row.text for row in caught.value.rows]
    assert texts[0] == "2 things come back, in this order: message, weights" and said in texts


def test_a_card_says_what_must_hold_first_and_shows_values_in_one_line():
    probe = Probe(lambda table: table, "the lesson")
    table = np.arange(60.0).reshape(12, 5)
    with pytest.raises(Wrong) as caught:
        probe.equal(probe(table), table + 1, "one more everywhere")
    rows = caught.value.rows
    assert [row.label for row in rows][:2] == ["must hold", "instead"]
    assert all("\n" not in row.text and len(row.text) < 200 for row in rows)
    assert rows[3].text.startswith("shape (12, 5), begins 0, 1, 2")


class Unfinished:
    def act(self, observations):
        return {"blue_agent_0": ...}


def test_a_placeholder_deep_inside_is_not_attempted():
    with pytest.raises(NotAttempted):
        Probe(Unfinished(), "").call(Unfinished().act, {})
    with pytest.raises(NotAttempted):
        Probe((1, [...]), "").attempted((1, [...]))


def test_an_ellipsis_as_an_index_is_no_placeholder():
    probe = Probe(lambda x: x[..., 0] / 0 if x.size > 9 else x.nothing, "")
    with pytest.raises(Wrong):
        probe(np.ones((2, 2)))


def test_hints_and_solution():
    assert "sign of the error" in repr(LESSON.hysteretic_update.hint(1))
    assert "hint(2)" in repr(LESSON.hysteretic_update.hint())
    assert "solution()" in repr(LESSON.hysteretic_update.hint(2))
    for n in (0, 3, "1"):
        with pytest.raises(ValueError, match="has hints 1 to 2"):
            LESSON.hysteretic_update.hint(n)


def test_unknown_names_and_lessons_are_one_clear_line():
    with pytest.raises(
        AttributeError, match="no exercise 'hysteric'; it has: hysteretic_update, joint_actions"
    ):
        LESSON.hysteric  # noqa: B018
    for number in ("5", "98", "../x"):
        with pytest.raises(ValueError, match="has no exercises"):
            exercise.lesson(number)


# Comparing


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        (0.1 + 0.2, 0.3, None),
        (1.001, 1.0, "1 is expected"),
        (
            [1, 2, 4],
            np.array([1, 2, 3]),
            "1 of 3 entries differ, first at [2]: 4 where 3 is expected",
        ),
        (np.ones((2, 3)), np.ones((3, 2)), "the shape is (2, 3) where (3, 2) is expected"),
        (torch.ones(2, requires_grad=True), [1.0, 1.0], None),
        ([True, False], np.array([1, 0]), None),
        ({"a": 1}, {"a": 2}, "entry 'a': 2 is expected"),
        ({"a": 1, "c": 1}, {"a": 1, "b": 2}, "missing keys: 'b'; unknown keys: 'c'"),
        (("x", 1), ("x", 2), "entry 1: 2 is expected"),
        (("x",), ("x", 2), "2 entries are expected, not 1 entries"),
        ("Nash", "Pareto", "'Pareto' is expected"),
        (3, "Pareto", "a str is expected, not a int"),
        (np.inf, np.inf, None),
        (np.inf, 1.0, "1 is expected"),
        (1, True, None),
    ],
)
def test_differences_are_found_and_put_in_words(got, expected, said):
    assert difference(got, expected, 1e-6, reveal=True) == said


def test_values_are_shown_the_same_everywhere():
    assert show(0.1 + 0.2) == "0.3" and show(np.float32(2)) == "2" and show(True) == "True"
    assert show(torch.arange(3)) == "[0, 1, 2]"
    assert show(np.array([1.4375, 1.75, 1])) == "[1.4375, 1.75, 1.]"
    assert show(torch.tensor([[True, False], [True, True]])) == "[[True, False], [True, True]]"
    assert show(np.array([-1e-6, np.nan, np.inf, 3e20])) == "[0., nan, inf, 3e+20]"
    assert show({"a": (1.0,), "b": [np.int64(2)]}) == "{'a': (1,), 'b': [2]}"
    assert "0x" not in show(object()) + show(show) + show(Unfinished())
    assert (show(len), show(show), show(object())) == ("len", "show", "<object>")
    assert len(show("long " * 100)) == 220


# Cards


def test_cards_are_the_same_every_time_and_keep_html_out():
    first, second = (LESSON.hysteretic_update(one_rate) for _ in range(2))
    assert repr(first) == repr(second) and first._repr_html_() == second._repr_html_()
    made = card.Card(
        "f",
        "wrong",
        "<b>",
        (card.Row("called", "f('<script>')", code=True), card.Row("x", "`a<b`")),
    )
    assert "<script>" not in made._repr_html_() and "<code>a&lt;b</code>" in made._repr_html_()


@pytest.mark.parametrize("outcome", card.LOOKS)
def test_both_twins_say_the_verdict_in_words(outcome):
    made = card.Card("f", outcome, "Title", (card.Row("label", "text"),))
    if outcome != "note":
        assert outcome in repr(made).splitlines()[0] and outcome.capitalize() in made._repr_html_()
    assert "--jp-" in made._repr_html_() and "text" in repr(made)


def test_the_overview_names_every_exercise_with_its_label():
    assert "must 10 minutes, should 3 minutes" in repr(LESSON)
    assert "How many joint actions? (should · easy · 3 minutes)" in repr(LESSON)


# Progress


@pytest.fixture
def notes(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


def entries(path):
    return progress.read(path)["exercises"]


def test_attempts_hints_and_the_solution_are_noted(notes):
    LESSON.hysteretic_update(stub)
    assert entries(notes)["99/hysteretic_update"]["outcome"] == "not attempted"
    for answer in (one_rate, right, one_rate):
        LESSON.hysteretic_update(answer)
    LESSON.hysteretic_update.hint(2)
    LESSON.hysteretic_update.hint(1)
    entry = entries(notes)["99/hysteretic_update"]
    assert (entry["attempts"], entry["outcome"], entry["hints"]) == (
        3,
        "wrong",
        2,
    ) and "solved" in entry


def test_only_notebooks_in_my_work_leave_notes(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    for folder in ("exercises", "solutions", "my-work/deep"):
        (tmp_path / folder).mkdir(parents=True)
        monkeypatch.chdir(tmp_path / folder)
        LESSON.hysteretic_update(right)
    assert [path.name for path in tmp_path.rglob("*.json")] == ["progress.json"]
    assert "99/hysteretic_update" in entries(tmp_path / "my-work" / "progress.json")
    monkeypatch.setenv("COURSE_PROGRESS", "")
    assert progress.progress_file() is None


NOTE_MANY = """
import sys
from course_lib.workbook import progress
for i in range(25):
    print(progress.record(f"99/{sys.argv[1]}-{i}", "checks", "correct"), end="")
    print(progress.record("99/both", "checks", "wrong"), end="")
"""


def test_two_notebooks_at_once_lose_nothing(notes, python):
    started = [
        subprocess.Popen([python, "-c", NOTE_MANY, who], cwd=ROOT, stdout=subprocess.PIPE)
        for who in ("anna", "ben")
    ]
    assert [process.communicate(timeout=60)[0] for process in started] == [b"", b""]
    assert len(entries(notes)) == 51 and entries(notes)["99/both"]["attempts"] == 50


def test_a_crash_while_writing_leaves_the_old_file(notes, monkeypatch):
    LESSON.hysteretic_update(right)
    before = notes.read_bytes()

    def crash(*_):
        raise KeyboardInterrupt

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, step, crash)
            with pytest.raises(KeyboardInterrupt):
                LESSON.joint_actions(81)
        assert notes.read_bytes() == before and not list(notes.parent.glob("*.part"))
    LESSON.joint_actions(81)  # the lock is free again
    assert "99/joint_actions" in entries(notes)


def test_a_process_that_dies_frees_the_lock(notes, python):
    code = (
        "import os, pathlib, sys\nfrom course_lib.workbook import progress\n"
        "with progress.locked(pathlib.Path(sys.argv[1])):\n    os._exit(9)"
    )
    died = subprocess.run([python, "-c", code, str(notes)], cwd=ROOT)
    assert died.returncode == 9
    assert progress.record("99/x", "checks", "correct") == ""


def test_a_file_that_stays_locked_or_cannot_be_written_does_not_stop_the_check(
    notes, monkeypatch, tmp_path
):
    monkeypatch.setattr(progress, "WAIT", 0.1)
    with progress.locked(notes):
        shown = LESSON.hysteretic_update(right)
    assert shown.correct and "another notebook" in text_of(shown, "note")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert "was not noted" in text_of(LESSON.hysteretic_update(right), "note")


@pytest.mark.parametrize(
    "content",
    [
        "{half",
        "[]",
        '{"exercises": {"a": 3}}',
        '{"version": 7, "exercises": {}}',
        "\xff",
        "[" * 100_000,
        '{"version": 1, "exercises": {"99/joint_actions": {"last": 5}}}',
        '{"version": 1, "exercises": {"99/joint_actions": {"last": null}}}',
        '{"version": 1, "exercises": {"99/joint_actions": {"attempts": "many"}}}',
        '{"version": 1, "exercises": {"99/joint_actions": {"attempts": true}}}',
        '{"version": 1, "exercises": {"99/joint_actions": {"outcome": "<b>"}}}',
        '{"version": 1, "exercises": {"99/joint_actions": {"outcome": ["x"]}}}',
    ],
)
def test_a_damaged_file_is_set_aside_and_named(notes, content, capsys):
    notes.write_text(content, encoding="latin-1")
    assert main(["progress"]) == 1
    assert str(notes) in capsys.readouterr().err
    shown = LESSON.hysteretic_update(right)
    assert shown.correct and "set-aside" in text_of(shown, "note")
    assert len(entries(notes)) == 1 and len(list(notes.parent.glob("*set-aside*"))) == 1


def test_what_was_solved_before_a_lesson_was_divided_stays_solved(notes):
    solved = {"outcome": "correct", "solved": "2026-01-01", "attempts": 2}
    newer = {"outcome": "wrong", "attempts": 1}
    kept = {"01/better": solved, "10/my_tree": solved, "10b/my_tree": newer}
    notes.write_text(json.dumps({"version": 1, "exercises": kept}))
    assert entries(notes) == {"01b/better": solved, "10b/my_tree": solved}
    kept["10b/my_tree"] = newer | {"solved": "2026-02-02"}
    notes.write_text(json.dumps({"version": 1, "exercises": kept}))
    assert entries(notes)["10b/my_tree"]["solved"] == "2026-02-02"


def test_a_copy_from_before_a_lesson_was_divided_still_finds_its_exercise():
    assert exercise.lesson("13").training_gain is exercise.lesson("13b").training_gain
    with pytest.raises(AttributeError, match="no exercise 'look_alikes'"):
        _ = exercise.lesson("13b").look_alikes


def test_every_moved_exercise_is_where_it_is_said_to_be():
    for old, new in progress.MOVED.items():
        (before, name), (number, same) = old.split("/"), new.split("/")
        assert same == name and name in exercise.lesson(number).exercises
        assert name not in exercise.lesson(before).exercises


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16"])
def test_notes_that_a_windows_tool_wrote_are_read(notes, form):
    notes.write_bytes(json.dumps({"version": 1, "exercises": {"99/x": {"hints": 2}}}).encode(form))
    LESSON.hysteretic_update(right)
    assert entries(notes)["99/x"]["hints"] == 2 and len(entries(notes)) == 2
    assert not notes.read_bytes().startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE))


@pytest.mark.parametrize("lock", ["garbage", "folder"])
def test_a_lock_that_is_something_else_does_not_cost_the_verdict(notes, lock):
    path = notes.with_name("progress.json.lock")
    path.mkdir() if lock == "folder" else path.write_text("garbage" * 100)
    shown = LESSON.hysteretic_update(right)
    assert shown.correct and "was not noted" in text_of(shown, "note")


def test_a_full_disk_is_called_by_its_name(notes, monkeypatch):
    class Full:
        def execute(self, statement):
            raise sqlite3.OperationalError("database or disk is full")

        def close(self):
            pass

    monkeypatch.setattr(progress.sqlite3, "connect", lambda *_, **__: Full())
    said = progress.record("99/x", "checks", "correct")
    assert "disk is full" in said and "another notebook" not in said


def test_a_link_stays_a_link(notes, tmp_path):
    notes.symlink_to(tmp_path / "elsewhere.json")
    LESSON.hysteretic_update(right)
    assert notes.is_symlink() and len(entries(tmp_path / "elsewhere.json")) == 1


def test_the_table_of_a_reader(notes):
    LESSON.hysteretic_update(one_rate)
    LESSON.hysteretic_update(right)
    LESSON.hysteretic_update.hint(1)
    lines = progress_command.of_reader(notes, [LESSON])
    assert lines[0] == "Lesson 99: 1 of 1 must"
    assert (
        lines[1].split()
        == "✓ hysteretic_update must · easy · 10 minutes 2 attempts, hints 1".split()
    )
    assert lines[2].split() == "○ joint_actions should · easy · 3 minutes".split()


def test_the_table_of_a_class(tmp_path):
    solved = {
        "version": 1,
        "exercises": {"99/hysteretic_update": {"solved": "x", "last": "2026-11-20T16:00:00"}},
    }
    (tmp_path / "anna.json").write_text(json.dumps(solved))
    (tmp_path / "ben" / "my-work").mkdir(parents=True)
    (tmp_path / "ben" / "my-work" / "progress.json").write_text(
        json.dumps({"version": 1, "exercises": {}})
    )
    (tmp_path / "broken.json").write_text("{")
    lines = progress_command.of_class([tmp_path], [LESSON])
    assert [line.split() for line in lines[:3]] == [
        ["reader", "99", "must", "should", "bonus", "last", "note"],
        ["anna", "1/1", "1/1", "0/1", "0/0", "2026-11-20"],
        ["ben", "0/1", "0/1", "0/1", "0/0", "never"],
    ]
    assert "broken.json is damaged" in lines[3]
    (tmp_path / "ben" / "my-work" / "lessons").mkdir()
    (tmp_path / "ben" / "my-work" / "lessons" / "data.json").write_text("{}")
    (tmp_path / "\x1b[31mcarla.json").write_text(json.dumps(solved))
    lines = progress_command.of_class([tmp_path], [LESSON])
    assert len(lines) == 5, "data beside a progress file is no progress file"
    assert any(line.startswith("\\x1b[31mcarla") for line in lines)
    with pytest.raises(ValueError, match="there is no progress file in .*nowhere"):
        progress_command.of_class([tmp_path / "nowhere"], [LESSON])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="there is no progress file"):
        progress_command.of_class([tmp_path / "empty"], [LESSON])


@pytest.mark.parametrize("number", exercise.lesson_numbers())
def test_examples_call_functions_by_a_name_that_says_what_they_do(number):
    """A card prints the name alone; "<lambda>" tells a reader nothing."""
    for one in exercise.lesson(number).exercises.values():
        calls = [each for each in one.examples if isinstance(each, exercise.Example)]
        assert [each for each in calls if "<" in each.text(one.name)] == []
