"""The table of run times: complete, within budget, and able to say otherwise."""

import pathlib

import pytest

from course_lib.commands.bench import notebooks as bench_notebooks
from course_lib.commands.bench.report_files import RUN_TIMES

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = bench_notebooks.read_table(RUN_TIMES.read_text(encoding="utf-8"))


def test_every_notebook_is_in_the_table_once():
    there = [
        (folder, path.name)
        for folder in bench_notebooks.BUDGETS
        for path in (ROOT / folder).glob("*.ipynb")
    ]
    assert sorted(there) == sorted((folder, name) for folder, name, _ in TABLE)


@pytest.mark.parametrize(("folder", "name", "seconds"), TABLE)
def test_no_notebook_is_over_its_budget_by_half(folder, name, seconds):
    slow = bench_notebooks.too_slow(folder, seconds, name)
    assert not slow, f"{folder}/{name} took {seconds} s"


def test_half_over_the_budget_is_too_slow():
    assert not bench_notebooks.too_slow("notebooks", 112)
    assert bench_notebooks.too_slow("notebooks", 113)
    training = "13-training-the-hierarchy.ipynb"  # whole teams are trained in it
    assert not bench_notebooks.too_slow("notebooks", 113, training)
    assert bench_notebooks.too_slow("solutions", 113, training)


def test_a_new_table_replaces_the_old_one():
    begin, end = bench_notebooks.MARKS
    text = bench_notebooks.with_table(
        f"above\n{begin}\nold\n{end}\nbelow\n", [("solutions", "x.ipynb", 12.4)]
    )
    assert bench_notebooks.read_table(text) == [("solutions", "x.ipynb", 12)]
    assert text.startswith("above\n") and text.endswith("\nbelow\n") and "old" not in text


def test_one_lesson_is_measured_and_the_other_rows_stay():
    names = [f"{path.parent.name}/{path.name[:2]}" for path in bench_notebooks.chosen(["04"])]
    assert names == ["notebooks/04", "exercises/04", "solutions/04"]
    assert len(bench_notebooks.chosen([])) == len(TABLE)
    gone = [("notebooks", "03-gone.ipynb", 5)]
    text = bench_notebooks.with_table("{}\n{}\n".format(*bench_notebooks.MARKS), TABLE + gone)
    new = [(*TABLE[4][:2], 999.4)]
    rows = bench_notebooks.beside_others(text, new)
    assert rows == TABLE[:4] + new + TABLE[5:]
    with pytest.raises(ValueError, match="there is no lesson '99'"):
        bench_notebooks.chosen(["99"])


def test_a_report_without_marks_is_refused():
    with pytest.raises(ValueError, match="no place for this: it lacks"):
        bench_notebooks.with_table("text", [])
