"""Recorded runs of lessons: kept after each seed, gone on with, never mixed."""

import math
from pathlib import Path

import numpy as np
import pytest

from course_lib.experiments import lesson_runs
from course_lib.experiments.lesson_runs import LessonRun, read_run, record_run, recorded_seeds


def rows_of(seed):
    return [
        {"arm": "learned", "step": 10, "score": -1.5 - seed},
        {"arm": "rule", "step": 10, "score": ""},
    ]


RUN = LessonRun(rows_of, seeds=3, question="Is the rule better?", minutes=0.1, config={"lr": 0.5})


def test_figures_come_back_by_column_with_their_seed(tmp_path):
    record_run("l00-example", RUN, tmp_path)
    figures = read_run("l00-example", tmp_path)
    assert figures["seed"].tolist() == [0, 0, 1, 1, 2, 2]
    assert figures["arm"].tolist() == ["learned", "rule"] * 3
    assert figures["score"][0::2].tolist() == [-1.5, -2.5, -3.5]
    assert np.isnan(figures["score"][1::2]).all()


def test_a_stopped_run_goes_on_with_the_next_seed(tmp_path):
    ran = []

    def make(seed):
        ran.append(seed)
        if ran == [0, 1]:
            raise KeyboardInterrupt
        return rows_of(seed)

    run = LessonRun(make, 3, "?", 0.1)
    with pytest.raises(KeyboardInterrupt):
        record_run("l00-example", run, tmp_path)
    assert recorded_seeds("l00-example", run, tmp_path) == [0]
    record_run("l00-example", run, tmp_path)
    assert ran == [0, 1, 1, 2]
    assert len(read_run("l00-example", tmp_path)["seed"]) == 6


def test_figures_of_another_configuration_are_not_added_to(tmp_path):
    record_run("l00-example", RUN, tmp_path)
    before = (tmp_path / "l00-example.csv").read_text()
    changed = LessonRun(rows_of, 5, "?", 0.1, config={"lr": 0.1})
    with pytest.raises(ValueError, match="another configuration; delete l00-example.json"):
        record_run("l00-example", changed, tmp_path)
    assert (tmp_path / "l00-example.csv").read_text() == before


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "seed,score\n1\n", "seed,score\n1,2,3\n"])
def test_a_file_that_is_something_else_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "l00-example.csv").write_text(text)
    with pytest.raises(ValueError, match="is no recorded run") as refused:
        read_run("l00-example", tmp_path)
    assert "\n" not in str(refused.value)


def test_a_run_that_is_not_there_says_so(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        read_run("l00-example", tmp_path)


@pytest.mark.parametrize("name", list(lesson_runs.RUNS))
def test_what_the_course_ships_is_whole_and_made_by_the_present_configuration(name):
    run = lesson_runs.RUNS[name]
    assert recorded_seeds(name, run) == list(range(run.seeds))
    seeds = read_run(name)["seed"]
    assert set(seeds.tolist()) == set(range(run.seeds))
    assert not any(math.isnan(seed) for seed in seeds)
    assert name.startswith("l") and name[1:3].isdecimal()


def test_every_lesson_file_that_has_runs_is_named():
    folder = Path(lesson_runs.__file__).parent
    files = [path for path in folder.glob("l[01]*.py") if "\nRUNS" in path.read_text("utf-8")]
    assert len(files) == len(lesson_runs._FILES)
    assert {path.stem for path in files} == set(lesson_runs._FILES)
