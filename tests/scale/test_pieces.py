"""A training whose environments are cut into pieces comes to the numbers of one that is whole."""

import dataclasses

import numpy as np
import pytest
import torch

from course_lib.scale import LocalPool, device, distributed_trainer, pieces, speed
from course_lib.training import RunSpec, build_trainer, runs

SMALL = {
    "num_envs": 4,
    "num_steps": 24,
    "iterations": 2,
    "minibatch_size": 256,
    "epochs": 2,
    "precision": "float32",
}


def spec(structure="two-layer", **training):
    return RunSpec(structure, config="fast", training={**SMALL, **training})


def in_pieces(wanted, count):
    return distributed_trainer(wanted, LocalPool(wanted, count))


def weights(trainer):
    return torch.cat([part.detach().flatten() for part in trainer.defender.team.parameters()])


@pytest.mark.parametrize(("structure", "count"), [("two-layer", 3), ("flat", 2)])
def test_pieces_come_to_the_numbers_of_the_whole(structure, count):
    whole, cut = build_trainer(spec(structure)), in_pieces(spec(structure), count)
    for _ in range(2):
        expected, found = whole.step(), cut.step()
        assert found.decisions_by_group == expected.decisions_by_group
        assert found.terms == pytest.approx(expected.terms, abs=1e-6)
        for name, diagnostics in expected.groups.items():
            other = dataclasses.asdict(found.groups[name])
            assert other == pytest.approx(dataclasses.asdict(diagnostics), abs=1e-4)
    assert np.array_equal(cut.range.state, whole.range.state), "the very same episodes"
    assert torch.allclose(weights(cut), weights(whole), atol=1e-5)
    assert not torch.allclose(weights(cut), weights(build_trainer(spec(structure))), atol=1e-5)


def test_the_next_episodes_are_those_of_the_whole():
    """Two environments of 499 ticks each: the next seed of a row lies two further on, whoever
    plays it."""
    long = spec(num_envs=2, num_steps=260, iterations=2, epochs=1)
    whole, cut = build_trainer(long), in_pieces(long, 2)
    for _ in range(2):
        expected, found = whole.step(), cut.step()
    assert len(expected.scores) == 2, "every environment ended an episode"
    assert np.array_equal(found.scores, expected.scores)
    assert np.array_equal(cut.range.episode_seeds, whole.range.episode_seeds)
    assert cut.defender.state_dict()["seeds"].tolist() == whole.range.episode_seeds.tolist()


def test_a_piece_played_again_is_the_same_piece():
    """What makes the loss of a worker harmless."""
    wanted = spec()
    cut = in_pieces(wanted, 2)
    cut.step()
    (piece, _), worker = pieces.split(cut, 2), cut.pool.workers[0]
    first = worker.collect(cut.defender.team.state_dict(), piece)
    again = worker.collect(cut.defender.team.state_dict(), piece)
    assert np.array_equal(first.rollout.rewards, again.rollout.rewards)
    assert np.array_equal(first.piece.range["state"], again.piece.range["state"])
    assert not np.array_equal(first.piece.range["state"], piece.range["state"]), "it was played"


def test_checkpoints_are_exchanged_both_ways(tmp_path):
    long = spec(iterations=3)

    def stop(record, trainer):
        if record.iteration == 2:
            raise KeyboardInterrupt

    def cut(wanted):
        return in_pieces(wanted, 2)

    straight = runs.train(long, tmp_path / "straight")
    seen = []
    for name, first, second in (("out", cut, build_trainer), ("in", build_trainer, cut)):
        with pytest.raises(KeyboardInterrupt):
            runs.train(long, tmp_path / name, stop, first)
        ended = runs.train(long, tmp_path / name, lambda r, _: seen.append(r.iteration), second)
        assert torch.allclose(weights(ended), weights(straight), atol=1e-5)
    assert seen == [3, 3], "each went on where the other stopped"


def test_bounds_share_all_environments():
    found = pieces.bounds(7, 3)
    assert [one.stop - one.start for one in found] == [2, 2, 3]
    assert (found[0].start, found[-1].stop) == (0, 7)
    with pytest.raises(ValueError, match="4 environments cannot be shared by 5 workers"):
        pieces.bounds(4, 5)


def test_a_piece_without_an_end_gets_zeros_where_another_ended():
    def rollout(size, final):
        zeros = np.zeros
        messages = zeros((size, 7, 76), np.float32)
        summaries = zeros((3, size, 46), np.float32)
        shape = (2, size)
        return pieces.Rollout(zeros((*shape, 7)), zeros(shape, bool), summaries, messages, final)

    ones = np.ones((1, 46), np.float32), np.ones((1, 7, 76), np.float32)
    found = pieces.joined_rollouts([rollout(2, {}), rollout(1, {1: ones})])
    summaries, messages = found.final[1]
    assert summaries.shape == (3, 46) and messages.shape == (3, 7, 76)
    assert summaries[:2].max() == 0 and summaries[2].min() == 1


@pytest.mark.parametrize("config", ["strong", "settled", "taught"])
def test_configurations_that_play_otherwise_are_refused_in_one_line(config):
    with pytest.raises(ValueError, match="one process only") as found:
        LocalPool(RunSpec(config=config), 2)
    assert "\n" not in str(found.value)


def test_an_update_on_a_device_comes_to_the_same_and_leaves_nothing_there():
    """The processor under another name stands for the device: every line of the move is run."""
    elsewhere = torch.device("cpu:0")
    assert elsewhere != device.CPU
    stayed, moved = in_pieces(spec(), 1), in_pieces(spec(), 1)
    moved.device = elsewhere
    seen = []
    real = moved.defender.team.to
    moved.defender.team.to = lambda where: seen.append(where) or real(where)
    for _ in range(2):
        stayed.step()
        moved.step()
    assert seen == [elsewhere, device.CPU] * 2, "there for the update, and back"
    assert torch.equal(weights(moved), weights(stayed))


def test_a_device_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="no graphics card here") as found:
        distributed_trainer(spec(), LocalPool(spec(), 1), "cuda")
    assert "\n" not in str(found.value)
    with pytest.raises(ValueError, match="device"):
        device.checked_device("abacus")


def test_an_iteration_lasts_as_long_as_its_slowest_worker_and_its_learner():
    found = speed.WorkersSpeed(workers=2, steps=600, seconds=4.0, collecting=2.0, learning=1.0)
    assert found.steps_per_second == 150 and found.steps_per_processor_second == 200
    (row,) = speed.table_rows([found])
    assert row == ["2 Ray workers", "150", "200", "2.0", "1.0"]
    measured = speed.measure(spec(iterations=2), (0,), iterations=1)[0]
    assert measured.steps == 96 and measured.collecting > 0 and measured.learning > 0
