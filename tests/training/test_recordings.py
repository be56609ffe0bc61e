"""What is shipped is what the teams do: the same episode, played anew or read from its file."""

import json

import numpy as np
import pytest
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import THREE_LAYER, TWO_LAYER, HierarchicalDefender
from course_lib.hierarchy.attention.episode_file import STORED, load_episode, save_episode
from course_lib.hierarchy.attention.record import SCHEMA
from course_lib.training import load_recording, recordings


def test_a_shipped_recording_is_what_its_team_does():
    read = load_recording("three-layer, OFF lost")
    played = recordings.play_recording("three-layer, OFF lost")
    for name in STORED:
        assert (getattr(read, name) == getattr(played, name)).all(), name
    for name in SCHEMA:
        assert np.allclose(getattr(read, name), getattr(played, name), atol=2e-3), name
    assert read.alive[99:101, read.units.index("OFF")].tolist() == [1, 0]
    assert (read.policy, read.seed, read.ticks) == ("three-layer", 0, 200)


def test_every_recording_is_there_and_small():
    for name, made in recordings.RECORDINGS.items():
        file = recordings.RECORDINGS_FOLDER / made.file
        assert file.stat().st_size < 100_000, name
    with pytest.raises(ValueError, match="three-layer, OFF lost"):
        load_recording("four-layer")


def test_a_file_that_is_damaged_or_of_another_tree_is_refused(tmp_path):
    record = record_messages(opinionated(THREE_LAYER), some_messages(5, 7))
    path = tmp_path / "episode.json"
    save_episode(record, path)
    own = HierarchicalDefender(record.team, record.doctrine)
    again = load_episode(path, own)
    assert (again.raw == record.raw).all() and np.allclose(again.inner, record.inner, atol=2e-3)
    with pytest.raises(ValueError, match="episode.json"):
        load_episode(path, HierarchicalDefender(opinionated(TWO_LAYER)))
    content = json.loads(path.read_text("utf-8"))
    for change in ({"ticks": 6}, {"ticks": "x"}, {"seed": -1}, {"defenders": "all"}, {"arrays": 3}):
        path.write_text(json.dumps({**content, **change}), "utf-8")
        with pytest.raises(ValueError, match="episode.json"):
            load_episode(path, own)
