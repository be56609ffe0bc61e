"""The fidelity report: its arithmetic, and the range against the recorded episodes of the public
simulator."""

import numpy as np
import pytest

from course_lib.commands.bench import fidelity as bench_fidelity
from course_lib.cyber_range import evaluate
from course_lib.cyber_range.engine.counters import STATISTICS
from course_lib.experiments.benchmarks import fidelity

RECORDED = {path.stem for path in fidelity.RECORDINGS.glob("*.jsonl")}
RANGE_EPISODES = 250
LIMIT = 5.0
"""Standard errors. With about 170 skewed figures a defender, 4 is met by chance once in a while."""


def episode(**counts):
    record = np.zeros(1, STATISTICS)[0]
    record.steps, record.hosts[:], record.host_ticks = 499, 2, 1
    for name, value in counts.items():
        record[name] = value
    return record


def test_rates_are_per_host_and_tick():
    record = episode()
    record.process_bits[3, 1] = 499
    record.priority[2] = (90, 4, 6, 0)
    found = fidelity.figures(record)
    assert found["process rate OZB users"] == pytest.approx(0.5)
    assert (found["priority 1 RZB"], found["priority 2 RZB"], found["priority 3 RZB"]) == (
        0.04,
        0.06,
        0,
    )


def test_penalties_are_added_over_phases_by_zone_and_kind():
    record = episode()
    record.penalties[:, 1, 2] = (1, 2, 4)
    assert fidelity.figures(record)["RIA OZA"] == 7
    assert fidelity.figures(record)["LWF OZA"] == 0


def test_a_shifted_world_is_found_out():
    rng = np.random.default_rng(0)
    simulator = {"score": rng.normal(-1000, 200, 60), "phished": rng.poisson(26, 60).astype(float)}
    same = {"score": rng.normal(-1000, 200, 900), "phished": rng.poisson(26, 900).astype(float)}
    shifted = {"score": same["score"] - 150, "phished": rng.poisson(31, 900).astype(float)}
    assert fidelity.compare("x", simulator, same).score.equivalent
    result = fidelity.compare("x", simulator, shifted)
    assert not result.score.equivalent
    assert [d.name for d in result.far()] == ["score", "phished"]


def test_a_figure_that_never_varies_must_agree_exactly():
    assert fidelity.difference("x", np.zeros(20), np.zeros(90)).z == 0
    assert fidelity.difference("x", np.zeros(20), np.ones(90)).z == float("inf")


def test_the_spread_is_pooled_over_both_engines():
    found = fidelity.difference("x", np.array([0.0, 2.0]), np.array([1.0, 3.0]))
    assert found.z == pytest.approx(
        1 / np.sqrt(2.0)
    )  # gap 1, pooled variance 2, 2 * (1/2 + 1/2) = 2


def test_episodes_wanted_follow_the_variation():
    scores = np.array([-90.0, -110.0])  # coefficient of variation 0.1414
    assert fidelity.wanted_episodes(scores) == 22
    assert fidelity.wanted_episodes(np.array([-1.0, -1000.0])) == 120
    assert fidelity.wanted_episodes(np.array([-100.0, -100.1])) == 20


def test_a_damaged_recording_is_one_clear_line(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"format": 1}\n{"seed": 3}\n')
    with pytest.raises(ValueError, match="x.jsonl is damaged"):
        fidelity.recorded_episodes("x", tmp_path)


def test_every_defender_of_the_report_is_recorded():
    assert set(fidelity.DEFENDERS) <= RECORDED  # beside them lie episodes of trained teams


@pytest.mark.parametrize("name", fidelity.DEFENDERS)
def test_the_range_plays_like_the_public_simulator(name):
    recorded = fidelity.recorded_episodes(name)
    assert len(recorded) >= 20
    ours = evaluate(name, episodes=RANGE_EPISODES).statistics
    result = fidelity.compare(name, fidelity.table(recorded), fidelity.table(ours))
    assert [(d.name, round(d.z, 1)) for d in result.far(LIMIT)] == []


def test_an_unknown_defender_is_refused():
    with pytest.raises(ValueError, match="no defender 'x' in the report; it has sleep"):
        bench_fidelity.run(["--defenders", "x"])


def test_missing_recordings_say_how_to_make_them(tmp_path):
    with pytest.raises(ValueError, match="record them with --record"):
        bench_fidelity.run(["--defenders", "sleep", "--recordings", str(tmp_path)])
