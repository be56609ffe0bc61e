"""Reading back what the challenge's evaluation script has written."""

import json

import numpy as np
import pytest

from course_lib import commands
from course_lib.cyber_range import read_official_results

SCORES = [-113.0, -80.0, -97.0]


@pytest.fixture
def results(tmp_path):
    """A folder as the script leaves it after three episodes."""
    summary = {
        "submission": {"author": "them", "team": "a team", "technique": "rules"},
        "parameters": {"seed": None, "episode_length": 500, "max_episodes": 3},
        "time": {"start": "", "end": "", "elapsed": ""},
        "reward": {"mean": float(np.mean(SCORES)), "stdev": float(np.std(SCORES, ddof=1))},
        "agents": {},
    }
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    episodes = [
        f"actions: [{{'blue_agent_0': [Sleep]}}],\n observations: [array([0,\n 1])],\n"
        f" total reward: {score}\n"
        for score in SCORES
    ]
    (tmp_path / "full.txt").write_text("CybORG v4, Scenario4\nAuthor: them\n" + "".join(episodes))
    return tmp_path


def test_folder_and_summary_give_the_same(results):
    read = read_official_results(results)
    assert read.scores.tolist() == SCORES
    assert read.mean == pytest.approx(np.mean(SCORES))
    assert read == read_official_results(results / "summary.json")


def test_the_interval_is_students(results):
    low, high = read_official_results(results).interval
    half = 4.302653 * np.std(SCORES, ddof=1) / np.sqrt(3)
    assert (low, high) == pytest.approx((np.mean(SCORES) - half, np.mean(SCORES) + half))


def test_a_summary_alone_has_no_single_scores(results):
    (results / "full.txt").unlink()
    read = read_official_results(results)
    assert not len(read.scores) and "without single scores" in read.summary()


def test_files_of_two_runs_are_not_mixed(results):
    text = (results / "full.txt").read_text()
    (results / "full.txt").write_text(text.replace("-113.0", "-13.0"))
    with pytest.raises(ValueError, match="different runs"):
        read_official_results(results)


@pytest.mark.parametrize("score", ["12.0", "nan", "much"])
def test_an_impossible_score_is_one_line(score, results):
    text = (results / "full.txt").read_text()
    (results / "full.txt").write_text(text.replace("-113.0", score))
    with pytest.raises(ValueError, match="is not a score of zero or below"):
        read_official_results(results)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"submission": 1, "parameters": 2, "reward": 3}']
)
def test_another_file_is_one_line(text, results):
    (results / "summary.json").write_text(text)
    with pytest.raises(ValueError, match="summary.json"):
        read_official_results(results)


def test_the_command_reads_them(results, capsys):
    assert commands.main(["evaluate", "--read", str(results)]) == 0
    assert "score -96.7" in capsys.readouterr().out
    assert commands.main(["evaluate", "--read", str(results), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scores"] == SCORES
