"""Evaluation by the official protocol of CAGE Challenge 4, on either engine.

An official episode is 499 ticks, of which the first 498 rewards are summed; the reward of a tick is
the mean over the five defenders, who all get the same (section 10 of the rules). Episode i is
played with seed ``seed + i``, by the policy reset with that same seed, so scores do not depend on
how many episodes are stepped at once nor on the order in which they are played.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import validate

from ..engine.counters import STATISTICS
from ..envs.parallel import ENGINES
from ..envs.vector import VECTOR_OBSERVATIONS, VectorRange
from ..options import LONGEST
from ..policies import KINDS, load_policy
from ..policies.submission import Submission, SubmissionPolicy
from ..policy import DEFENDERS, BatchPolicy, Policy, policy_name
from .episode_log import EpisodeLog
from .fingerprint import fingerprint
from .processes import Episode, Player, play_shared
from .report import Report, break_down
from .rollout import play_batch

__all__ = ["Report", "as_policy", "evaluate"]

BATCH = 256
"""Episodes stepped at once on the range."""
MAX_EPISODES = 1_000_000
MAX_PROCESSES = 1_000


def evaluate(
    policy: Policy | Submission | str | Path,
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
    **options: Any,
) -> Report:
    """Play ``episodes`` episodes and report the scores and where the points went.

    Args:
        policy: a `Policy`, the name or file of a scripted one, or a submission to the challenge (a
            class with ``AGENTS``).
        engine: "range" or "cyborg" (the public simulator, 10 to 17 seconds an episode).
        episodes: how many, at least 1.
        seed: seed of the first episode; episode i uses ``seed + i``.
        steps: nominal length; 500 gives 499 ticks and 498 summed rewards.
        defenders: "official" or "per-zone"; the default is the policy's own. A policy that is given
            by name is made for these, any other can only play its own.
        processes: how many processes share the episodes where they are played one by one.
        progress: called with (episodes done, episodes wanted) now and then.
        resume: a file of JSON lines to which each finished episode is added; episodes found there
            are not played again.
        wrap: a function of a PettingZoo environment that returns a changed one; such a score is not
            official.
        options: further options of the environment, for example ``red="aggressive"``.

    Raises:
        ValueError: for an impossible option, a policy for other defenders, or a resume file of
            another evaluation (another policy, other weights, other options).
        RuntimeError: if an episode does not end after ``steps - 1`` ticks.
    """
    validate.choice("engine", engine, ENGINES)
    episodes = validate.whole_number("episodes", episodes, 1, MAX_EPISODES)
    seed = validate.seed(seed, episodes=episodes)
    steps = validate.whole_number("steps", steps, 3, LONGEST)
    processes = validate.whole_number("processes", processes, 1, MAX_PROCESSES)
    if wrap is not None:
        validate.function("wrap", wrap)
    if progress is not None:
        validate.function("progress", progress)
    if resume is not None:
        validate.instance("resume", resume, str | Path, "it is the name of a file")
    player = as_policy(policy, defenders)
    world = {"engine": engine, "defenders": player.defenders, "steps": steps, **options}
    log = EpisodeLog(resume, _question(player, seed, wrap, world) if resume else {}, steps)
    wanted = range(seed, seed + episodes)
    todo = [s for s in wanted if s not in log.done]
    results = _play(player, todo, world, wrap, processes)
    for number, (episode_seed, statistics) in enumerate(results, episodes - len(todo) + 1):
        log.add(episode_seed, _complete(statistics, episode_seed, steps))
        if progress is not None:
            progress(number, episodes)
    played = np.array([log.done[s] for s in wanted], STATISTICS)
    return Report(
        policy=policy_name(player),
        engine=engine,
        defenders=player.defenders,
        steps=steps,
        seed=seed,
        options=options,
        scores=played["score"].copy(),
        breakdown=break_down(played, player.defenders),
        wrapped=wrap is not None,
        statistics=played,
    )


def as_policy(policy: object, defenders: str | None = None) -> Policy:
    """Whatever `evaluate` takes, as a `Policy` for these defenders (by default its own).

    ValueError, one line, for anything else: it says which member is missing.
    """
    if defenders is not None:
        validate.choice("defenders", defenders, DEFENDERS)
    if isinstance(policy, str | Path):
        return load_policy(policy, defenders)
    if isinstance(policy, Submission):
        policy = SubmissionPolicy(policy)
    if isinstance(policy, type):
        name = policy.__name__
        raise ValueError(f"{name} is a class, not a policy: pass {name}(), an object of it")
    if not isinstance(policy, Policy):
        raise ValueError(_what_is_missing(policy))
    validate.choice("defenders of the policy", policy.defenders, DEFENDERS)
    if defenders is not None and defenders != policy.defenders:
        raise ValueError(
            f"the policy was made for {policy.defenders} defenders, so it cannot play {defenders!r}"
        )
    return policy


def _what_is_missing(policy: object) -> str:
    """The message about something that is no policy."""
    members = ("observation", "defenders", "reset", "act")
    missing = next(name for name in members if not hasattr(policy, name))
    message = f"{type(policy).__name__} is not a policy: it has no {missing!r}"
    if hasattr(policy, "get_action"):
        return f"{message}; put agents with get_action into a class with AGENTS, name -> agent"
    return message


def _question(
    policy: Policy, seed: int, wrap: Callable | None, world: dict[str, Any]
) -> dict[str, Any]:
    """What decides the score of an episode, besides its seed.

    A scripted policy of the course is told by name and parameters, any other by all it holds.
    """
    question = {
        "policy": policy_name(policy),
        "config": repr(getattr(policy, "config", None)),
        "wrapped": wrap is not None,
        **world,
    }
    if type(policy) not in KINDS.values() or wrap is not None:
        policy.reset(seed)  # what it remembers of an episode before is no part of it
        question["fingerprint"] = fingerprint([policy, wrap])
    return question


def _complete(statistics: np.record, seed: int, steps: int) -> np.record:
    """The counts of one episode, if it had the right number of ticks."""
    if statistics["steps"] != steps - 1:
        raise RuntimeError(
            f"the episode of seed {seed} ended after {statistics['steps']} ticks, not {steps - 1}"
        )
    return statistics


def _play(
    policy: Policy, seeds: list[int], world: dict[str, Any], wrap: Callable | None, processes: int
) -> Iterator[Episode]:
    """Play the episodes of these seeds, in the quickest way that policy and engine allow."""
    if not seeds:
        return
    batched = world["engine"] == "range" and wrap is None
    if batched and isinstance(policy, BatchPolicy) and policy.observation in VECTOR_OBSERVATIONS:
        yield from _play_batches(policy, seeds, world)
    elif processes > 1 and len(seeds) > 1:
        yield from play_shared(policy, seeds, world, wrap, processes)
    else:
        player = Player(policy, world, wrap)
        for seed in seeds:
            yield player.play(seed)


def _play_batches(
    policy: BatchPolicy, seeds: list[int], world: dict[str, Any]
) -> Iterator[Episode]:
    """Play many episodes at once; only runs of consecutive seeds share a batch."""
    options = {name: value for name, value in world.items() if name != "engine"}
    for first, size in _runs(seeds):
        vector = VectorRange(size, seed=first, observation=policy.observation, **options)
        played = play_batch(vector, policy, first)
        yield from zip(range(first, first + size), played, strict=True)


def _runs(seeds: list[int]) -> list[tuple[int, int]]:
    """Cut ascending seeds into (first, length) pieces of consecutive numbers, each at most BATCH
    long."""
    pieces: list[tuple[int, int]] = []
    for seed in seeds:
        if pieces and seed == sum(pieces[-1]) and pieces[-1][1] < BATCH:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + 1)
        else:
            pieces.append((seed, 1))
    return pieces
