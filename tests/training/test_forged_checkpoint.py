"""A checkpoint that somebody changed and sealed anew: it is refused in one line, or the training
goes on with it; nothing of it reaches compiled code unchecked."""

import copy
import json

import numpy as np
import pytest
import torch

from course_lib.hierarchy import (
    STANDARD,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.hierarchy.checksum import sha256_of
from course_lib.training.checkpoint import load_checkpoint, save_checkpoint
from course_lib.training.config import TrainConfig
from course_lib.training.rewards import RewardConfig
from course_lib.training.trainer import Trainer

torch.set_num_threads(1)
TRIES = 36
CONFIG = TrainConfig(
    num_envs=2, num_steps=4, iterations=4, minibatch_size=64, epochs=1, precision="float32"
)


def trainer():
    """A small training with commands, notes and shaping, all of which a checkpoint keeps."""
    policy = PolicyConfig(network="host-shared", notes="all", hidden=8)
    team = Team(THREE_LAYER, TeamConfig(UnitConfig(policy=policy)))
    made = HierarchicalDefender(team, STANDARD)
    return Trainer(made, RewardConfig(potential=0.3, zone_share=0.5), CONFIG, 0, steps=40)


@pytest.fixture(scope="module")
def genuine(tmp_path_factory):
    """Text and parts of a checkpoint."""
    path = tmp_path_factory.mktemp("genuine") / "checkpoint.pt"
    made = trainer()
    made.step()
    save_checkpoint(made, path)
    parts = torch.load(path, weights_only=True)
    return json.loads(parts.pop("text")), parts


def sealed(path, text, parts):
    """Write a checkpoint with the checksum that belongs to these parts."""
    own = {name: value for name, value in text.items() if name != "sha256"}
    sha256 = sha256_of({"text": own, **parts})
    torch.save({"text": json.dumps({**own, "sha256": sha256}), **parts}, path)
    return path


def leaves(part, path=()):
    """(table, name, path) of everything in nested tables that is no table."""
    for name, value in part.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield part, name, (*path, name)


def changed(value, rng):
    """Something else in the place of a value."""
    if not isinstance(value, torch.Tensor):
        others = [None, -1, 2**40, float("nan"), "a", [], {}, torch.zeros(3)]
        return others[rng.integers(len(others))]
    kind = rng.integers(5)
    if kind == 0:
        return value.flatten()[:-1]
    if kind == 1:
        return value.tolist()
    if kind == 2:
        return torch.zeros_like(value)
    if kind == 3:
        return value.to(torch.float64 if value.dtype == torch.float32 else torch.int32)
    raw = np.frombuffer(bytearray(value.contiguous().numpy().tobytes()), np.uint8)
    place = rng.integers(max(1, len(raw)))
    raw[place : place + 8] = rng.integers(0, 256, len(raw[place : place + 8]))
    return torch.from_numpy(raw).view(value.dtype).reshape(value.shape)


def forged(parts, number):
    """The parts with one leaf changed, and where; every group of parts has its turn."""
    rng = np.random.default_rng(number)
    own = copy.deepcopy(parts)
    name = list(own)[number % len(own)]
    if not isinstance(own[name], dict):
        own[name] = changed(own[name], rng)
        return own, name
    found = list(leaves(own[name]))
    table, leaf, path = found[rng.integers(len(found))]
    table[leaf] = changed(table[leaf], rng)
    return own, (name, *path)


def test_the_genuine_one_goes_on(genuine, tmp_path):
    fresh = trainer()
    load_checkpoint(fresh, sealed(tmp_path / "checkpoint.pt", *genuine))
    assert fresh.iteration == 1
    fresh.step()


@pytest.mark.parametrize("number", range(TRIES))
def test_a_forged_one_is_refused_or_goes_on(genuine, number, tmp_path):
    text, parts = genuine
    own, where = forged(parts, number)
    fresh = trainer()
    try:
        load_checkpoint(fresh, sealed(tmp_path / "checkpoint.pt", text, own))
    except ValueError as error:
        assert "\n" not in str(error) and "damaged" in str(error), where
        assert fresh.iteration == 0
    else:
        fresh.step()


@pytest.mark.parametrize("name", ["state", "visible", "memory", "statistics", "masks", "message"])
def test_random_bytes_in_the_state_are_refused(genuine, name, tmp_path):
    text, parts = copy.deepcopy(genuine)
    own = parts["range"][name]
    generator = torch.Generator().manual_seed(1)
    noise = torch.randint(0, 256, own.flatten().shape, generator=generator).to(torch.uint8)
    parts["range"][name] = noise.to(own.dtype).reshape(own.shape)
    with pytest.raises(ValueError, match="its parts do not fit together"):
        load_checkpoint(trainer(), sealed(tmp_path / "checkpoint.pt", text, parts))


NOTES = {"host": 112, "action_class": 8, "finished": -2, "looked_at": float("inf")}


@pytest.mark.parametrize("name, value", NOTES.items())
def test_notes_that_nobody_takes_are_refused(genuine, name, value, tmp_path):
    text, parts = copy.deepcopy(genuine)
    parts["defender"]["notes"][name].flatten()[0] = value
    with pytest.raises(ValueError, match="its parts do not fit together"):
        load_checkpoint(trainer(), sealed(tmp_path / "checkpoint.pt", text, parts))


def test_episodes_of_an_evaluation_are_refused(genuine, tmp_path):
    text, parts = copy.deepcopy(genuine)
    parts["range"]["seed"] = 0
    with pytest.raises(ValueError, match="its parts do not fit together"):
        load_checkpoint(trainer(), sealed(tmp_path / "checkpoint.pt", text, parts))
    text, parts = copy.deepcopy(genuine)
    parts["defender"]["seeds"] += 1
    with pytest.raises(ValueError, match="its parts do not fit together"):
        load_checkpoint(trainer(), sealed(tmp_path / "checkpoint.pt", text, parts))
