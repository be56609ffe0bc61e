"""Grades: hidden and repeatable episodes, a scale with two fixed points, and files that are refused
one by one."""

import numpy as np
import pytest

from course_lib.commands import grade as command
from course_lib.commands import main
from course_lib.cyber_range import make_policy
from course_lib.experiments.grading import (
    FIRST_SEED,
    LAST_SEED,
    grades,
    hidden_test,
    submissions,
)

PHRASE = "seven blue herons"


@pytest.fixture
def handed_in(tmp_path):
    """Three readers: one as good as the expert, one asleep, one whose file is damaged."""
    folder = tmp_path / "class"
    (folder / "anna").mkdir(parents=True)
    make_policy("expert").save(folder / "anna" / "mine.json")
    make_policy("sleep").save(folder / "bo.json")
    (folder / "cem.json").write_text('{"format": "something else"}')
    (folder / "notes.txt").write_text("no policy")
    return folder


def test_a_phrase_gives_the_same_episodes_and_another_phrase_others():
    one, again, other = (hidden_test(p, 5) for p in (PHRASE, f" {PHRASE} ", "another phrase"))
    assert one == again and one.seeds != other.seeds
    assert FIRST_SEED <= one.seeds[0] < LAST_SEED and len(one.seeds) == 5
    assert list(one.worlds) == ["official", one.surprise]


def test_surprises_are_drawn_by_the_phrase():
    """Of forty phrases every surprise comes up."""
    assert len({hidden_test(f"phrase number {n}").surprise for n in range(40)}) == 5


def test_the_expert_has_full_marks_and_sleep_has_none(handed_in):
    found = {one.reader: one for one in grades(submissions(handed_in), hidden_test(PHRASE, 3))}
    assert found["anna"].points == pytest.approx(100) and found["bo"].points == pytest.approx(0)
    assert found["anna"].low < 100 < found["anna"].high
    assert np.isnan(found["cem"].points) and "something else" in found["cem"].problem
    assert "\n" not in found["cem"].problem


def test_the_command_prints_and_keeps_the_table(handed_in, tmp_path, capsys):
    file = tmp_path / "grades.csv"
    call = ["grade", str(handed_in), "--phrase", PHRASE, "--episodes", "2", "--csv", str(file)]
    assert main(call) == 0
    printed = capsys.readouterr().out
    table = printed.splitlines()
    assert table[0].startswith("| reader | points | official | ")
    readers = [line.split(" | ")[0] for line in table[2:]]
    assert readers == ["| anna", "| bo", "| cem"]
    lines = file.read_text().splitlines()
    assert lines[0] == ",".join(command.COLUMNS) and len(lines) == 4
    assert lines[1].startswith("anna,100.0,")
    file.write_text("my own notes")
    assert main(call) == 1
    assert file.read_text() == "my own notes"


def test_what_cannot_be_graded_is_one_line(tmp_path, handed_in):
    with pytest.raises(ValueError, match="too easy"):
        hidden_test("short")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no policy"):
        submissions(tmp_path / "empty")
    with pytest.raises(ValueError, match="is no folder"):
        submissions(tmp_path / "nowhere")
    make_policy("sleep").save(handed_in / "anna" / "second.json")
    with pytest.raises(ValueError, match="several policies"):
        submissions(handed_in)
