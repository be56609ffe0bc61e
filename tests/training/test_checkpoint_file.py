"""The file of a checkpoint: whole or not at all, and only of its own training."""

import errno
import os

import pytest
import torch

from course_lib.training import checkpoint_file

FINGERPRINT = {"format": "course-test", "version": 1, "seed": 3}


def write(path, iteration, **changed):
    """A small checkpoint."""
    parts = {"weights": {"a": torch.full((4,), float(iteration))}, "seeds": [iteration, 9]}
    checkpoint_file.write(path, {**FINGERPRINT, **changed}, {"iteration": iteration}, parts)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_is_cut_off_leaves_the_checkpoint_before(step, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    write(path, 1)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match=r"No space .*checkpoint"):
        patched.setattr(os, step, full)
        write(path, 2)
    progress, parts = checkpoint_file.read(path, FINGERPRINT)
    assert progress == {"iteration": 1} and parts["weights"]["a"].tolist() == [1.0] * 4
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    write(path, 1, seed=4)
    with pytest.raises(ValueError, match="belongs to another training: seed"):
        checkpoint_file.read(path, FINGERPRINT)


@pytest.mark.parametrize("part, value", [("weights", {"a": torch.zeros(4)}), ("seeds", [1, 8])])
def test_a_changed_part_is_refused(part, value, tmp_path):
    path = tmp_path / "checkpoint.pt"
    write(path, 1)
    whole = torch.load(path, weights_only=True)
    torch.save({**whole, part: value}, path)
    with pytest.raises(ValueError, match="its parts do not fit together"):
        checkpoint_file.read(path, FINGERPRINT)
    torch.save(whole, path)
    assert checkpoint_file.read(path, FINGERPRINT)[0] == {"iteration": 1}
