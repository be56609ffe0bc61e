"""Evaluation by the official protocol of CAGE Challenge 4, on either engine.

An official episode is 499 ticks, of which the first 498 rewards are summed; the reward of a tick is
the mean over the five defenders, who all get the same (section 10 of the rules). Episode i is
played with seed ``seed + i``, by the policy reset with that same seed, so scores do not depend on
how many episodes are stepped at once nor on the order in which they are played.
"""

import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..engine.counters import STATISTICS
from ..envs.parallel import ENGINES, parallel_env
from ..envs.vector import VECTOR_OBSERVATIONS, VectorRange
from ..policies import load_policy
from .report import Report, break_down, plain
from .rollout import play_episode

__all__ = ["Report", "evaluate"]

BATCH = 256
"""Episodes stepped at once on the range."""
RESUME_FORMAT, RESUME_VERSION = "course_lib evaluation episodes", 1


def evaluate(
    policy,
    engine: str = "range",
    episodes: int = 100,
    seed: int = 0,
    steps: int = 500,
    defenders: str | None = None,
    *,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
    resume: str | Path | None = None,
    wrap: Callable | None = None,
    **options,
) -> Report:
    """Play ``episodes`` episodes and report the scores and where the points went.

    Args:
        policy: a policy in the contract's sense, or the name or file of a scripted one.
        engine: "range" or "cyborg" (the public simulator, 10 to 17 seconds an episode).
        episodes: how many, at least 1.
        seed: seed of the first episode; episode i uses ``seed + i``.
        steps: nominal length; 500 gives 499 ticks and 498 summed rewards.
        defenders: "official" or "per-zone"; by default, and at most, what the policy was made for.
        processes: how many processes share the episodes where they are played one by one.
        progress: called with (episodes done, episodes wanted) now and then.
        resume: a file of JSON lines to which each finished episode is added; episodes found there
            are not played again.
        wrap: a function of a PettingZoo environment that returns a changed one; such a score is not
            official.
        options: further options of the environment, for example ``red="aggressive"``.

    Raises:
        ValueError: for an impossible option, a policy for other defenders, or a resume file of
            another evaluation.
        RuntimeError: if an episode does not end after ``steps - 1`` ticks.
    """
    policy = load_policy(policy, defenders) if isinstance(policy, str | Path) else policy
    _check(policy, engine, episodes, seed, defenders, processes)
    world = {"engine": engine, "defenders": policy.defenders, "steps": steps, **options}
    name = getattr(policy, "name", "") or type(policy).__name__
    log = _Log(
        resume,
        {
            "policy": name,
            "config": repr(getattr(policy, "config", None)),
            "wrapped": wrap is not None,
            **world,
        },
    )
    todo = [s for s in range(seed, seed + episodes) if s not in log.done]
    batched = engine == "range" and wrap is None and hasattr(policy, "act_batch")
    if batched and policy.observation in VECTOR_OBSERVATIONS:
        results = _play_batches(policy, todo, world)
    elif processes > 1 and len(todo) > 1:
        results = _play_shared(policy, todo, world, wrap, processes)
    else:
        player = _Player(policy, world, wrap)
        results = (player.play(s) for s in todo)
    for number, (episode_seed, statistics) in enumerate(results, episodes - len(todo) + 1):
        log.add(episode_seed, _complete(statistics, episode_seed, steps))
        if progress is not None:
            progress(number, episodes)
    found = np.array([log.done[s] for s in range(seed, seed + episodes)], STATISTICS)
    breakdown = break_down(found, policy.defenders)
    wrapped = wrap is not None
    return Report(
        name,
        engine,
        policy.defenders,
        steps,
        seed,
        options,
        found["score"].copy(),
        breakdown,
        wrapped,
        found,
    )


def _check(policy, engine, episodes, seed, defenders, processes) -> None:
    if engine not in ENGINES:
        raise ValueError(f"engine={engine!r} is unknown; allowed: {', '.join(ENGINES)}")
    for name, value, low in (
        ("episodes", episodes, 1),
        ("seed", seed, 0),
        ("processes", processes, 1),
    ):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
            raise ValueError(f"{name}={value!r} is not a whole number of at least {low}")
    for name in ("observation", "defenders", "reset", "act"):
        if not hasattr(policy, name):
            raise ValueError(f"{type(policy).__name__} is not a policy: it has no {name!r}")
    if defenders is not None and defenders != policy.defenders:
        raise ValueError(
            f"the policy was made for {policy.defenders} defenders, so it cannot play {defenders!r}"
        )


def _complete(statistics, seed: int, steps: int):
    """The counts of one episode, if it had the right number of ticks."""
    if statistics["steps"] != steps - 1:
        raise RuntimeError(
            f"the episode of seed {seed} ended after {statistics['steps']} ticks, not {steps - 1}"
        )
    return statistics


def _play_batches(policy, seeds: list[int], world: dict):
    """(seed, STATISTICS) of each seed, many at once; only runs of consecutive seeds share a
    batch."""
    options = {k: v for k, v in world.items() if k not in ("engine", "defenders")}
    for first, size in _runs(seeds):
        vector = VectorRange(
            size, defenders=policy.defenders, seed=first, observation=policy.observation, **options
        )
        obs, info = vector.reset()
        policy.reset(first)
        truncated = np.zeros(size, bool)
        while not truncated.any():
            obs, _, _, truncated, info = vector.step(policy.act_batch(obs, info))
        if not truncated.all():
            raise RuntimeError("episodes of one batch ended at different ticks")
        yield from zip(range(first, first + size), info["final_statistics"], strict=True)


def _runs(seeds: list[int]) -> list[tuple[int, int]]:
    """Cut ascending seeds into (first, length) pieces of consecutive numbers, each at most BATCH
    long."""
    pieces = []
    for seed in seeds:
        if pieces and seed == sum(pieces[-1]) and pieces[-1][1] < BATCH:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + 1)
        else:
            pieces.append((seed, 1))
    return pieces


class _Player:
    """Plays single episodes in the PettingZoo face, in one environment that is reset for each."""

    def __init__(self, policy, world: dict, wrap):
        env = parallel_env(observation=policy.observation, **world)
        self.env, self.policy = (wrap(env) if wrap else env), policy

    def play(self, seed: int):
        """(seed, STATISTICS) of the episode of that seed."""
        play_episode(self.env, self.policy, seed)
        return seed, self.env.unwrapped.statistics()


_player: _Player | None = None


def _start_player(policy, world, wrap) -> None:
    """In a new process: build the environment once."""
    global _player
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    _player = _Player(policy, world, wrap)


def _play_here(seed: int):
    """In a worker process: play one episode; the counts travel as bytes."""
    seed, statistics = _player.play(seed)
    return seed, np.array([statistics], STATISTICS).tobytes()


def _play_shared(policy, seeds: list[int], world: dict, wrap, processes: int):
    """(seed, STATISTICS) in the order in which the processes finish."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(processes, len(seeds)), _start_player, (policy, world, wrap)) as pool:
        for seed, data in pool.imap_unordered(_play_here, seeds):
            yield seed, np.frombuffer(data, STATISTICS)[0]


class _Log:
    """Finished episodes by seed, kept in a file of JSON lines if one is named.

    The first line says which evaluation it belongs to; a last line that was cut off by a kill is
    dropped.
    """

    def __init__(self, path: str | Path | None, question: dict):
        self.done: dict[int, np.ndarray] = {}
        self._path = None if path is None else Path(path)
        header = {
            "format": RESUME_FORMAT,
            "version": RESUME_VERSION,
            **{k: repr(v) for k, v in question.items()},
        }
        if self._path is not None:
            self._open(header)

    def add(self, seed: int, statistics) -> None:
        """Keep one episode, in the file too."""
        self.done[seed] = statistics
        if self._path is not None:
            entry = {
                "seed": int(seed),
                "score": float(statistics["score"]),
                "statistics": to_table(statistics),
            }
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    def _open(self, header: dict) -> None:
        lines = self._path.read_text(encoding="utf-8").split("\n") if self._path.exists() else []
        complete = lines[:-1]
        if complete:
            self._read(complete, header)
        else:
            complete = [json.dumps(header)]
        self._path.write_text("".join(line + "\n" for line in complete), encoding="utf-8")

    def _read(self, lines: list[str], header: dict) -> None:
        try:
            first, *entries = (json.loads(line) for line in lines)
            episodes = {entry["seed"]: from_table(entry["statistics"]) for entry in entries}
        except (ValueError, KeyError, TypeError, IndexError):
            raise ValueError(
                f"{self._path} is damaged or not a file of finished episodes; delete it to begin anew"
            ) from None
        for name, value in header.items():
            if not isinstance(first, dict) or first.get(name) != value:
                found = first.get(name) if isinstance(first, dict) else first
                raise ValueError(
                    f"{self._path} belongs to another evaluation: {name} is {found}, wanted {value}"
                )
        self.done = episodes


def to_table(statistics) -> dict:
    """One STATISTICS record as a table of plain numbers and nested lists."""
    return {name: plain(np.asarray(statistics[name]).tolist()) for name in STATISTICS.names}


def from_table(table: dict):
    """The STATISTICS record that ``to_table`` wrote; KeyError or ValueError if a field is missing
    or misshapen."""
    record = np.zeros(1, STATISTICS)
    for name in STATISTICS.names:
        value = np.asarray(table[name], STATISTICS[name].base)
        if value.shape != STATISTICS[name].shape:
            raise ValueError(f"{name} has shape {value.shape}")
        record[name][0] = value
    return record[0]
