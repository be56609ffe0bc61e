"""Two workers on a local Ray cluster, one of which is killed while it plays."""

import os
import signal
import sys
import types

import numpy as np
import pytest
import torch

from course_lib import commands, scale
from course_lib.cyber_range import evaluate
from course_lib.scale import ray_pool
from course_lib.training import RunSpec, build_trainer, load_policy, runs

SIZES = {"num_envs": 4, "num_steps": 40, "iterations": 3, "minibatch_size": 256}
SPEC = RunSpec("two-layer", config="fast", training=SIZES)
needs_ray = pytest.mark.skipif(not scale.available(), reason="Ray is not installed")


def weights(trainer):
    return torch.cat([part.detach().flatten() for part in trainer.defender.team.parameters()])


def test_without_ray_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(ray_pool, "available", lambda: False)
    with pytest.raises(ValueError, match=r"scale.requirements\.txt") as found:
        scale.RayPool(SPEC, 2)
    assert "\n" not in str(found.value)
    asked = f"{sys.executable} -m pip install"
    assert asked in str(found.value), "a bare pip would install into another environment"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--workers", "2"], "--workers goes with --runner ray"),
        (["--address", "auto"], "--address goes with --runner ray"),
        (["--runner", "ray", "--config", "taught"], "one process only"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(options, reason, capsys):
    assert commands.main(["train", *options]) != 0
    assert reason in capsys.readouterr().err


def disturbed(pool, asked):
    """A pool whose first worker is killed once, in the middle of its second rollout."""
    real = pool.collect

    def collect(given, pieces):
        asked.append(len(pieces))
        if len(asked) == 2:
            victim = pool._ray.get(pool.workers[0].process.remote())
            shared = pool._ray.put(given)
            pool.workers[0].collect.remote(shared, pieces[0])
            os.kill(victim, signal.SIGKILL)
        return real(given, pieces)

    pool.collect = collect
    return pool


@needs_ray
@pytest.mark.slow
def test_two_workers_one_killed_same_numbers_and_checkpoints_both_ways(tmp_path):
    asked = []

    def stop(record, trainer):
        if record.iteration == 2:
            raise KeyboardInterrupt

    with scale.RayPool(SPEC, 2) as pool:
        workers = {pool._ray.get(worker.process.remote()) for worker in pool.workers}
        assert len(workers) == 2 and os.getpid() not in workers

        def build(spec):
            return scale.distributed_trainer(spec, disturbed(pool, asked))

        with pytest.raises(KeyboardInterrupt):
            runs.train(SPEC, tmp_path, stop, build)
        after = {pool._ray.get(worker.process.remote()) for worker in pool.workers}
        assert len(after - workers) == 1, "one worker is a new process"
    assert asked == [2, 2]
    straight = build_trainer(SPEC)
    for _ in range(2):
        straight.step()
    stopped = load_policy(tmp_path / "policy.pt")
    kept = torch.cat([part.flatten() for part in stopped.team.parameters()])
    assert torch.allclose(kept, weights(straight), atol=1e-3), "float16 in the file"
    score = evaluate(stopped, episodes=1, seed=3, steps=30).scores
    assert len(score) == 1 and np.isfinite(score).all(), "the same class of policy plays"
    ended = runs.train(SPEC, tmp_path)  # the built-in trainer takes up Ray's checkpoint
    straight.step()
    assert torch.allclose(weights(ended), weights(straight), atol=1e-5)


@needs_ray
@pytest.mark.slow
def test_the_command_trains_on_two_workers(tmp_path, capsys):
    sizes = [f"training.{name}={value}" for name, value in SIZES.items()]
    settings = [word for size in sizes for word in ("--set", size)]
    where = ["--out", str(tmp_path), "--runner", "ray", "--workers", "2"]
    chosen = ["train", "--structure", "flat", "--config", "fast", *settings, *where]
    assert commands.main(chosen) == 0
    assert "Trained" in capsys.readouterr().out
    assert (tmp_path / "policy.pt").exists() and (tmp_path / "checkpoint.pt").exists()


class PretendedRay(types.SimpleNamespace):
    """As much of Ray as it takes to fail."""

    def __init__(self, cores=1.0, answers=True):
        def init(**options):
            if not answers:
                raise ConnectionError("nobody there\nand a long explanation")

        super().__init__(init=init, cluster_resources=lambda: {"CPU": cores}, shutdown=lambda: None)


def refused(monkeypatch, ray, address="first:6379"):
    """The one line with which a cluster is refused."""
    monkeypatch.setitem(sys.modules, "ray", ray)
    with pytest.raises(ValueError) as found:
        ray_pool.connected(2, address)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_a_cluster_that_is_too_small_or_silent_is_refused_in_one_line(monkeypatch):
    assert "1 cores for 2 workers" in refused(monkeypatch, PretendedRay(cores=1.0))
    silent = refused(monkeypatch, PretendedRay(answers=False))
    assert "no Ray cluster answers at 'first:6379': nobody there" in silent
    slow = refused(monkeypatch, PretendedRay(answers=False), None)
    assert slow == "Ray does not start here: nobody there"
    monkeypatch.setitem(sys.modules, "ray", PretendedRay(cores=2.0))
    assert ray_pool.connected(2, "first:6379") is sys.modules["ray"]
