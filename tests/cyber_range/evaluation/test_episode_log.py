"""Files of finished episodes: going on after a stop, and whose episodes they are."""

import json

import numpy as np
import pytest

from course_lib.cyber_range.envs.wrappers import ActionDelay
from course_lib.cyber_range.evaluation.episode_log import (
    FORMAT,
    from_table,
    read_episodes,
    to_table,
)
from course_lib.cyber_range.evaluation.evaluate import evaluate
from course_lib.cyber_range.evaluation.fingerprint import fingerprint
from course_lib.cyber_range.policies import make_policy
from course_lib.training import load_policy


class Threshold:
    """Acts at random where a draw is below its weight: other weights, other scores."""

    defenders, observation, name = "official", "flat", "threshold"

    def __init__(self, weight, **more):
        self.layers = [{"weight": np.array([weight])}]
        self.__dict__ |= more

    def reset(self, seed):
        self.rng = np.random.default_rng(seed)

    def act(self, observations, infos):
        if self.rng.random() >= self.layers[0]["weight"][0]:
            return {}
        return {a: self.rng.choice(np.flatnonzero(i["action_mask"])) for a, i in infos.items()}


class OneByOne:
    """A scripted policy without its batch method."""

    defenders, observation, name = "official", "message", "expert"

    def __init__(self):
        self.inner = make_policy("expert")

    def reset(self, seed):
        self.inner.reset(seed)

    def act(self, observations, infos):
        return self.inner.act(observations, infos)


def test_going_on_after_a_kill(tmp_path):
    file = tmp_path / "episodes.jsonl"
    whole = evaluate(OneByOne(), episodes=4, seed=50, steps=60, resume=file)
    lines = file.read_text().splitlines()
    assert len(lines) == 5 and json.loads(lines[1])["score"] == whole.scores[0]
    file.write_text("\n".join([*lines[:2], lines[3], lines[4][:40]]))
    calls = []
    again = evaluate(
        OneByOne(), episodes=4, seed=50, steps=60, resume=file, progress=lambda *c: calls.append(c)
    )
    assert calls == [(3, 4), (4, 4)], "two of four were still there"
    assert np.array_equal(again.scores, whole.scores) and again.breakdown == whole.breakdown
    assert len(file.read_text().splitlines()) == 5
    plain = evaluate("expert", episodes=5, seed=50, steps=60)
    assert np.array_equal(plain.scores[:4], whole.scores)


def test_batches_fill_the_gaps(tmp_path):
    file = tmp_path / "episodes.jsonl"
    whole = evaluate("random", episodes=6, steps=40, resume=file)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], lines[2], lines[5], ""]))
    again = evaluate("random", episodes=6, steps=40, resume=file)
    assert np.array_equal(again.scores, whole.scores)


def test_a_policy_that_has_played_is_still_the_same(tmp_path):
    policy = Threshold(0.5)
    for file in ("a.jsonl", "b.jsonl"):
        evaluate(policy, episodes=1, steps=30, resume=tmp_path / file)
    evaluate(policy, episodes=2, steps=30, resume=tmp_path / "b.jsonl")
    evaluate(Threshold(0.5), episodes=3, steps=30, resume=tmp_path / "b.jsonl")
    played = make_policy("expert")
    evaluate(played, episodes=3, steps=30)
    evaluate(played, episodes=1, steps=30, wrap=late(2), resume=tmp_path / "c.jsonl")
    fresh = make_policy("expert")
    evaluate(fresh, episodes=2, steps=30, wrap=late(2), resume=tmp_path / "c.jsonl")


@pytest.mark.parametrize("name", ["expert", "decoy-roundrobin", "three-layer-taught"])
def test_what_a_policy_wanted_last_is_no_part_of_it(name):
    played, fresh = load_policy(name), load_policy(name)
    evaluate(played, episodes=1, steps=20)
    for policy in (played, fresh):
        policy.reset(0)
    assert fingerprint(played) == fingerprint(fresh)


def late(ticks):
    """A wrapper that a notebook would make."""
    return lambda env: ActionDelay(env, ticks=ticks)


@pytest.mark.parametrize(
    "change",
    [
        {"policy": Threshold(0.25)},
        {"policy": Threshold(0.5, doctrine=("never",))},
        {"wrap": late(3)},
        {"wrap": None},
    ],
)
def test_other_weights_options_and_wrappers_are_refused(change, tmp_path):
    file = tmp_path / "episodes.jsonl"
    first = {"policy": Threshold(0.5), "wrap": late(2), "steps": 30, "resume": file}
    evaluate(episodes=1, **first)
    before = file.read_bytes()
    with pytest.raises(ValueError, match="belongs to another"):
        evaluate(episodes=1, **(first | change))
    assert file.read_bytes() == before
    evaluate(episodes=1, **first)


def test_files_of_another_evaluation_are_refused(tmp_path):
    file = tmp_path / "episodes.jsonl"
    evaluate("sleep", episodes=1, steps=30, resume=file)
    changes = (
        {"policy": "monitor"},
        {"steps": 40},
        {"red": "aggressive"},
        {"defenders": "per-zone"},
    )
    for change in changes:
        asked = {"policy": "sleep", "episodes": 1, "steps": 30, "resume": file} | change
        with pytest.raises(ValueError, match="belongs to another evaluation"):
            evaluate(**asked)
    # What was asked with an option is not what is asked without it either.
    other = tmp_path / "other.jsonl"
    evaluate("sleep", episodes=1, steps=30, red="aggressive", resume=other)
    with pytest.raises(ValueError, match="red is .*aggressive"):
        evaluate("sleep", episodes=1, steps=30, resume=other)


@pytest.mark.parametrize(
    "text",
    [
        "my only copy",
        "two\nlines\n",
        '{"mine": 1}',
        '{"mine": 1}\n',
        "[" * 100_000,
        "{",
        '{"format": "other',
    ],
)
def test_a_file_that_is_not_ours_is_never_touched(text, tmp_path):
    file = tmp_path / "note.txt"
    file.write_text(text)
    if text == "{":  # the beginning of every file of ours as well: nothing is lost
        evaluate("sleep", episodes=1, steps=30, resume=file)
        return
    with pytest.raises(ValueError, match="not a file of finished episodes"):
        evaluate("sleep", episodes=1, steps=30, resume=file)
    assert file.read_text() == text


def test_a_header_that_a_kill_cut_off_is_begun_again(tmp_path):
    file = tmp_path / "episodes.jsonl"
    evaluate("sleep", episodes=1, steps=30, resume=file)
    whole = file.read_text()
    for length in (1, 30, 100, whole.index("\n")):
        file.write_text(whole[:length])
        evaluate("sleep", episodes=1, steps=30, resume=file)
        assert file.read_text() == whole


def test_a_whole_file_is_not_written_again(tmp_path, monkeypatch):
    file = tmp_path / "episodes.jsonl"
    evaluate("sleep", episodes=2, steps=30, resume=file)

    def refuse(path, data):
        raise AssertionError("finished episodes were written anew")

    monkeypatch.setattr("course_lib.storage.write_atomically", refuse)
    assert evaluate("sleep", episodes=2, steps=30, resume=file).episodes == 2


def test_files_that_went_through_windows(tmp_path):
    file = tmp_path / "episodes.jsonl"
    whole = evaluate("random", episodes=3, steps=30, resume=file)
    lines = file.read_text().splitlines()
    for encoding, end in (("utf-8-sig", "\n"), ("utf-16", "\r\n"), ("utf-8", "\r\n")):
        file.write_bytes("".join(line + end for line in lines[:3]).encode(encoding))
        again = evaluate("random", episodes=3, steps=30, resume=file)
        assert np.array_equal(again.scores, whole.scores)
        assert file.read_text(encoding="utf-8").splitlines() == lines


def damage(table, name, value):
    table["statistics"][name] = value


@pytest.mark.parametrize(
    "name, value",
    [
        ("steps", -1),
        ("steps", 10**30),
        ("steps", 28),
        ("steps", 29.5),
        ("score", 999.0),
        ("score", None),
        ("hosts", [1, 2]),
        ("penalties", -1),
        ("recoveries", -1),
        ("overflow", "x"),
    ],
)
def test_impossible_episodes_are_damage(name, value, tmp_path):
    file = tmp_path / "episodes.jsonl"
    evaluate("sleep", episodes=1, steps=30, resume=file)
    header, line = file.read_text().splitlines()
    entry = json.loads(line)
    entry["statistics"][name] = value
    file.write_text(f"{header}\n{json.dumps(entry)}\n")
    with pytest.raises(ValueError, match="is damaged"):
        evaluate("sleep", episodes=1, steps=30, resume=file)


@pytest.mark.parametrize(
    "line", ["null", "[]", "{}", "[" * 100_000, '{"seed": true, "statistics": {}}', '{"seed": -1}']
)
def test_damaged_lines(line, tmp_path):
    file = tmp_path / "episodes.jsonl"
    evaluate("sleep", episodes=1, steps=30, resume=file)
    file.write_text(file.read_text().splitlines()[0] + f"\n{line}\n")
    with pytest.raises(ValueError, match="episodes.jsonl is damaged"):
        evaluate("sleep", episodes=1, steps=30, resume=file)


def test_statistics_as_a_table():
    found = evaluate("random", episodes=1, steps=60).statistics[0]
    again = from_table(json.loads(json.dumps(to_table(found))))
    assert again == found


def test_a_folder_that_is_not_there_is_named_before_anything_is_played(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        evaluate("sleep", episodes=1, resume=tmp_path / "nowhere" / "episodes.jsonl")


def test_recorded_episodes_of_the_simulator_still_load():
    from course_lib.experiments.benchmarks.fidelity import DEFENDERS, RECORDINGS

    for name in DEFENDERS:
        header, *lines = (RECORDINGS / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert json.loads(header)["format"] == FORMAT
        assert len(read_episodes(lines, name, ticks=499)) == len(lines) > 0
    # A scripted policy goes on from a recording: nothing has to be played for these.
    report = evaluate("sleep", "cyborg", 20, 1000, resume=RECORDINGS / "sleep.jsonl")
    assert report.engine == "cyborg" and report.episodes == 20
