"""Lesson 15 with and without the simulator, and what its tables are made of."""

import importlib

import numpy as np
import pytest

from course_lib.cyber_range.cyborg import locate
from course_lib.experiments.benchmarks import two_engines
from course_lib.experiments.benchmarks.two_engines import TwoEngines, verdict
from course_lib.lessons import l15_two_engines as l15
from course_lib.stats import welch_tost


def absent(*_):
    """No simulator, wherever one looks."""
    raise locate.SimulatorNotFound("none here")


def test_without_the_simulator_the_lesson_shows_recordings_and_says_so(monkeypatch):
    monkeypatch.setattr(l15, "find_simulator", absent)
    monkeypatch.setattr(two_engines, "first_ticks", absent)
    assert "from recordings" in l15.simulator_status()
    rows = l15.first_ticks("cyborg")
    assert len(rows) == two_engines.TICKS and rows[0][0] == 0


@pytest.mark.cyborg
def test_with_the_simulator_the_lesson_plays_and_finds_the_recording():
    assert "CybORG is here" in l15.simulator_status()
    recorded = two_engines.read_report()["begun"]["cyborg"]
    assert two_engines.first_ticks("cyborg") == [tuple(row) for row in recorded]


def test_the_range_plays_its_recorded_beginning_again():
    recorded = two_engines.read_report()["begun"]["range"]
    assert two_engines.first_ticks("range") == [tuple(row) for row in recorded]


def test_the_recorded_scores_of_the_expert_are_those_of_the_range():
    from course_lib import cyber_range

    recorded = two_engines.read_report()["range"]["expert"][:3]
    policy = cyber_range.make_policy("expert")
    assert two_engines.range_scores(policy, 3) == recorded


@pytest.mark.parametrize(
    ("shift", "spread", "count", "said"),
    [
        (0.0, 5.0, 60, "equivalent"),
        (30.0, 5.0, 60, "different"),
        (-30.0, 5.0, 60, "different"),
        (0.0, 60.0, 6, "open: too few episodes"),
    ],
)
def test_the_three_verdicts(shift, spread, count, said):
    noise = np.linspace(-spread, spread, count)
    assert verdict(welch_tost(-100 + shift + noise, -100 + noise, 10.0)) == said


def test_a_team_that_hardly_played_is_left_out(tmp_path):
    path = two_engines.RECORDINGS / "expert.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    (tmp_path / "expert.jsonl").write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    assert two_engines.compared({"expert": [-90, -100]}, tmp_path) == []
    (tmp_path / "expert.jsonl").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    (found,) = two_engines.compared({"expert": [-90, -100]}, tmp_path)
    assert len(found.simulator) == 2


def test_pairing_by_seed_is_measured_over_the_shared_episodes():
    rng = np.random.default_rng(0)
    scores = rng.normal(-100, 30, 200)
    together, by_chance = l15.pairing(TwoEngines("same", scores, scores[:150]))
    assert together == pytest.approx(1.0) and by_chance == pytest.approx(1.96 / np.sqrt(150))
    other = rng.permutation(scores)
    assert abs(l15.pairing(TwoEngines("other", scores, other))[0]) < 0.3


def test_teams_are_found_by_name():
    assert l15.team("flat").team == "flat"
    with pytest.raises(ValueError, match="flat"):
        l15.team("nobody")


def test_teams_that_are_not_asked_for_keep_what_was_recorded(monkeypatch, tmp_path, capsys):
    command = importlib.import_module("course_lib.commands.bench.two_engines")
    monkeypatch.setattr(command.venv, "enter_if_ready", lambda arguments: None)
    monkeypatch.setattr(two_engines, "range_scores", lambda policy, episodes: [-1] * episodes)
    monkeypatch.setattr(command, "first_ticks", lambda engine: [])
    chosen = ["--teams", "three-layer-reward", "--episodes", "4", "--write", str(tmp_path)]
    assert command.run(chosen) == 0
    written = two_engines.read_report(tmp_path / "two-engines.json")["range"]
    before = two_engines.read_report()["range"]
    assert written == {**before, "three-layer-reward": [-1] * 4}
    assert "| expert |" in capsys.readouterr().out


def test_the_table_of_trainers_has_no_column_that_the_lesson_has_told():
    rows = l15.trainer_rows()
    assert len(rows) == 5 and {len(row) for row in rows} == {len(l15.TRAINER_HEADINGS)}
    assert "interface of the range" not in l15.TRAINER_HEADINGS
    assert not any("parallel_env" in cell for row in rows for cell in row)
