"""Episodes played one by one, here or shared between processes.

A new process gets policy and wrapper by value, so that a class from a notebook cell, which no other
process could import, plays there too.
"""

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np
from gymnasium.vector.utils import CloudpickleWrapper
from pettingzoo import ParallelEnv

from ..engine.counters import STATISTICS
from ..envs.parallel import parallel_env
from ..envs.wrappers import check_environment
from ..policy import Policy
from .rollout import play_episode

Episode = tuple[int, np.record]
"""Seed and STATISTICS of one episode."""


class Player:
    """Plays single episodes through the PettingZoo API, in one environment that is reset for each.

    Args:
        policy: who defends.
        world: arguments of `parallel_env` (engine, defenders, steps and options).
        wrap: a function of the environment that returns a changed one, or None.
    """

    def __init__(self, policy: Policy, world: dict[str, Any], wrap: Callable | None) -> None:
        env = parallel_env(observation=policy.observation, **world)
        self.env = env if wrap is None else wrapped(env, wrap)
        self.policy = policy

    def play(self, seed: int) -> Episode:
        """Seed and counts of the episode of that seed."""
        play_episode(self.env, self.policy, seed)
        return seed, self.env.unwrapped.statistics()


def wrapped(env: ParallelEnv, wrap: Callable) -> ParallelEnv:
    """``wrap(env)``; ValueError if that is no environment."""
    changed = wrap(env)
    check_environment(changed)
    return changed


def play_shared(
    policy: Policy, seeds: list[int], world: dict[str, Any], wrap: Callable | None, processes: int
) -> Iterator[Episode]:
    """Play episodes in several processes, in the order in which they finish.

    Raises:
        ValueError: one line, if the policy cannot be sent to another process, or a process dies.
    """
    payload = _packed(policy, world, wrap)
    context = multiprocessing.get_context("spawn")
    workers = min(processes, len(seeds))
    with ProcessPoolExecutor(workers, context, _receive, (payload,)) as pool:
        try:
            waiting = [pool.submit(_play, seed) for seed in seeds]
            for finished in as_completed(waiting):
                seed, data = finished.result()
                yield seed, np.frombuffer(data, STATISTICS)[0]
        except BrokenProcessPool:
            raise ValueError(
                "a process that should play episodes has died; use processes=1, or, in a script, "
                'put what it runs below `if __name__ == "__main__":`'
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _packed(policy: Policy, world: dict[str, Any], wrap: Callable | None) -> bytes:
    try:
        return pickle.dumps(CloudpickleWrapper((policy, world, wrap)))  # type: ignore[arg-type]
    except Exception as error:  # whatever a stranger's attributes raise
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{type(policy).__name__} cannot be sent to another process ({reason}); use processes=1"
        ) from None


_payload = b""
_player: Player | None = None


def _receive(payload: bytes) -> None:
    """In a new process: take what has to be played, and unpack it with the first episode."""
    global _payload
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    _payload = payload


def _play(seed: int) -> tuple[int, bytes]:
    """In a worker process: play one episode; the counts travel as bytes."""
    global _player
    if _player is None:
        _player = Player(*_unpacked(_payload))
    seed, statistics = _player.play(seed)
    return seed, np.array([statistics], STATISTICS).tobytes()


def _unpacked(payload: bytes) -> tuple[Policy, dict[str, Any], Callable | None]:
    try:
        return pickle.loads(payload).fn
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"the policy cannot be rebuilt in another process ({reason}); use processes=1"
        ) from None
