"""The longer training runs behind lesson 02, as files: who learned what, with seeds, settings,
versions and wall time.

    python -m course_lib.lessons.l02_deep_rl                    # all four, about ten minutes
    python -m course_lib.lessons.l02_deep_rl memory --seeds 3   # one of them

The files go to notebooks/data/.

Each study is a function that returns what its file holds. Scores are points per episode of
`games.fleet` unless said.
"""

import argparse
import json
import pathlib
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import gymnasium
import numpy as np
import torch

from course_lib.games.fleet import FEATURES, Fleet, restore_first
from course_lib.learners.dqn import DQN, DQNConfig, QNetwork
from course_lib.learners.entity_policy import entity_policy
from course_lib.learners.networks import MLPPolicy
from course_lib.learners.ppo import PPO, PPOConfig
from course_lib.learners.recurrent_policy import GRUPolicy
from course_lib.learners.vector_env import play

EPISODES = 256
TEST_SEED = 10_000
"""Every policy is tested on these same episodes, which no training run has seen."""
FLEETS = 32
ALARM = FEATURES.index("alarm")
RESTORED = FEATURES.index("restored")
SIZES = (4, 8, 16, 24)
SLOTS = 24
"""Places in the fixed vector."""


def fleet_config(steps: int, seed: int) -> PPOConfig:
    """The settings of every PPO run on the fleet; an iteration is exactly one episode of each
    fleet."""
    return PPOConfig(
        num_steps=41,
        minibatch_size=320,
        learning_rate=2e-3,
        final_learning_rate=2e-4,
        decay_steps=steps,
        discount=0.95,
        gae_lambda=0.9,
        scale_returns=True,
        seed=seed,
    )


def train(policy: Callable, steps: int, seed: int, **fleet) -> PPO:
    """PPO on 32 fleets with the options ``fleet``."""
    learner = PPO(
        Fleet(FLEETS, **fleet),
        fleet_config(steps, seed),
        policy,
    )
    learner.learn(steps)
    return learner


def tested(policy, greedy: bool = True, **fleet) -> float:
    """Mean score of a trained policy on the test episodes."""
    played = play(policy, Fleet(EPISODES, **fleet), EPISODES, TEST_SEED, greedy)
    return float(played.returns.mean())


def rule_score(rule: Callable[[np.ndarray, dict], np.ndarray], **fleet) -> float:
    """Mean score of ``rule(observation, info)``, which gives the actions (N,), on the test
    episodes."""
    env = Fleet(EPISODES, **fleet)
    obs, info = env.reset(seed=TEST_SEED)
    total = 0.0
    for _ in range(env.options.ticks):
        obs, reward, _, _, info = env.step(rule(obs, info))
        total += float(reward.mean())
    return total


def chance(seed: int = 0) -> Callable[[np.ndarray, dict], np.ndarray]:
    """A rule that takes any allowed action."""
    rng = np.random.default_rng(seed)

    def any_allowed(obs: np.ndarray, info: dict) -> np.ndarray:
        mask = info["action_mask"]
        return (rng.random(mask.shape) * mask).argmax(axis=1)

    return any_allowed


def by_rule(obs: np.ndarray, info: dict) -> np.ndarray:
    """The rule of thumb of `games.fleet.restore_first`."""
    return restore_first(obs)


class RuleWithNotePad:
    """The rule of thumb with a memory of its own: an alarm goes on a list, and comes off it when
    the table says that its host was restored. For one batch of episodes, from their first tick."""

    def __init__(self) -> None:
        self.listed: np.ndarray | bool = False
        """(N, slots) bool: hosts believed to be compromised."""

    def __call__(self, obs: np.ndarray, info: dict) -> np.ndarray:
        """Actions (N,) for the tables (N, slots, 8)."""
        alarm = obs[:, :, ALARM] > 0
        restored = obs[:, :, RESTORED] > 0
        # A host can be taken again in the very tick in which it was restored: alarms come last.
        self.listed = self.listed & ~restored | alarm
        remembered = obs.copy()
        remembered[:, :, ALARM] = self.listed
        return restore_first(remembered)


def sizes(seeds: int, steps: int = 80_000) -> dict:
    """Policies trained on one size (or on many) and tested on others: score of each seed at each
    size."""
    arms = {
        "attention, trained on 8": (entity_policy(), {"hosts": 8}),
        "fixed vector, trained on 8": (MLPPolicy, {"hosts": 8, "slots": SLOTS}),
        "fixed vector, trained on 4 to 24": (
            MLPPolicy,
            {"hosts": SLOTS, "fewest": 4, "slots": SLOTS},
        ),
    }
    worlds = {str(hosts): {"hosts": hosts, "slots": SLOTS} for hosts in SIZES}
    worlds["changing"] = {"hosts": 8, "slots": SLOTS, "churn": 0.05}
    larger = {"48": {"hosts": 48}}
    scores, curves = {}, {}
    for name, (policy, fleet) in arms.items():
        learners = [
            train(
                policy,
                steps,
                seed,
                **fleet,
            )
            for seed in range(seeds)
        ]
        fitting = worlds | larger if name.startswith("attention") else worlds
        scores[name] = {
            world: [tested(one.policy, **options) for one in learners]
            for world, options in fitting.items()
        }
        curves[name] = {
            "steps": learners[0].curve.steps,
            "score": [_plain(one.curve.score) for one in learners],
        }
    rules = {"rule": by_rule, "chance": chance()}
    references = {
        name: {world: rule_score(rule, **options) for world, options in (worlds | larger).items()}
        for name, rule in rules.items()
    }
    return {
        "steps": steps,
        "config": asdict(fleet_config(steps, 0)),
        "scores": scores,
        "references": references,
        "curves": curves,
    }


def memory(seeds: int, steps: int = 140_000, hosts: int = 4) -> dict:
    """With and without a memory, where an alarm is seen once; and without, where it stays."""
    arms = {
        "no memory, alarm seen once": (MLPPolicy, "once"),
        "memory (GRU), alarm seen once": (GRUPolicy, "once"),
        "no memory, alarm stays": (MLPPolicy, "steady"),
    }
    scores, curves = {}, {}
    for name, (policy, alarm) in arms.items():
        learners = [
            train(
                policy,
                steps,
                seed,
                hosts=hosts,
                alarm=alarm,
            )
            for seed in range(seeds)
        ]
        # Drawn, not greedy: without a memory, chance is the only way not to make the same mistake
        # for ever.
        scores[name] = [
            tested(
                one.policy,
                greedy=False,
                hosts=hosts,
                alarm=alarm,
            )
            for one in learners
        ]
        curves[name] = {
            "steps": learners[0].curve.steps,
            "score": [_plain(one.curve.score) for one in learners],
        }
    references = {
        alarm: rule_score(
            by_rule,
            hosts=hosts,
            alarm=alarm,
        )
        for alarm in ("once", "steady")
    }
    references["once, with a note pad"] = rule_score(RuleWithNotePad(), hosts=hosts, alarm="once")
    return {
        "steps": steps,
        "hosts": hosts,
        "config": asdict(fleet_config(steps, 0)),
        "scores": scores,
        "references": references,
        "curves": curves,
    }


def table(seeds: int, steps: int = 80_000) -> dict:
    """A Q-table and PPO's network with the same number of steps, on fleets of growing size."""
    results = {}
    for hosts in (1, 2, 4, 6):
        tables = [tabular_fleet(hosts, steps, seed) for seed in range(seeds)]
        learners = [
            train(
                MLPPolicy,
                steps,
                seed,
                hosts=hosts,
            )
            for seed in range(seeds)
        ]
        results[str(hosts)] = {
            "table": [score for score, _, _ in tables],
            "rows": [rows for _, rows, _ in tables],
            "new": [new for _, _, new in tables],
            "network": [tested(one.policy, hosts=hosts) for one in learners],
            "rule": rule_score(by_rule, hosts=hosts),
            "chance": rule_score(chance(), hosts=hosts),
        }
    return {"steps": steps, "fleets": results}


def tabular_fleet(
    hosts: int, steps: int, seed: int, alpha: float = 0.2, discount: float = 0.95
) -> tuple[float, int, float]:
    """Q-learning with one row per different observation of the fleet; epsilon falls from 1 to 0.05
    over half the steps.

    Returns the greedy score on the test episodes, the number of rows, and the share of test
    decisions that met an observation without a row.
    """
    env = Fleet(FLEETS, hosts=hosts)
    actions = env.single_action_space.n
    rng = np.random.default_rng(seed)
    rows: dict[bytes, np.ndarray] = {}
    obs, _ = env.reset(seed=seed)
    done = np.zeros(FLEETS, bool)
    for tick in range(steps // FLEETS):
        epsilon = max(0.05, 1 - 1.9 * tick * FLEETS / steps)
        values = np.stack([rows.setdefault(one.tobytes(), np.zeros(actions)) for one in obs])
        best = (values + 1e-9 * rng.random(values.shape)).argmax(axis=1)  # ties at random
        explores = rng.random(FLEETS) < epsilon
        chosen = np.where(
            explores,
            rng.integers(actions, size=FLEETS),
            best,
        )
        next_obs, reward, _, truncated, _ = env.step(chosen)
        for i in np.flatnonzero(~done):
            next_row = rows.get(next_obs[i].tobytes())
            future = 0.0 if next_row is None else next_row.max()
            target = reward[i] + discount * future
            error = target - values[i, chosen[i]]
            row = rows[obs[i].tobytes()]
            row[chosen[i]] += alpha * error
        done = truncated & ~done
        obs = next_obs
    unknown = []

    def greedy(obs: np.ndarray, info: dict) -> np.ndarray:
        found = [rows.get(one.tobytes()) for one in obs]
        unknown.extend(row is None for row in found)
        return np.array([rng.integers(actions) if row is None else row.argmax() for row in found])

    return rule_score(greedy, hosts=hosts), len(rows), float(np.mean(unknown))


def cartpole(seeds: int, budget: int = 50_000) -> dict:
    """DQN on CartPole-v1: greedy score after every 5,000 steps until it reaches Gymnasium's
    threshold of 475."""
    make = partial(gymnasium.make_vec, "CartPole-v1", vectorization_mode="vector_entry_point")
    settings = {"updates": 4, "target_every": 64, "epsilon_end": 0.04, "exploration_steps": 8_000}
    runs = []
    for seed in range(seeds):
        config = DQNConfig(seed=seed, **settings)
        learner = DQN(
            make(num_envs=8),
            config,
            partial(QNetwork, hidden=(128, 128)),
        )
        steps, scores = [], []
        while learner.steps < budget and max(scores, default=0) < 475:
            learner.learn(5_000)
            steps.append(learner.steps)
            played = play(learner.network, make(num_envs=20), 100, TEST_SEED)
            scores.append(float(played.returns.mean()))
        runs.append({"seed": seed, "steps": steps, "scores": scores})
    return {
        "published": 500.0,
        "published_steps": 50_000,
        "source": "RL Baselines3 Zoo, benchmark.md",
        "config": asdict(DQNConfig(**settings)),
        "runs": runs,
    }


STUDIES = {"sizes": sizes, "memory": memory, "table": table, "cartpole": cartpole}


def record(name: str, seeds: int) -> dict:
    """Run one study; its results with the number of seeds, versions and wall time. One torch
    thread."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    results = STUDIES[name](seeds)
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
    wall = round(time.perf_counter() - start)
    return {
        "format": 1,
        "study": name,
        "seeds": seeds,
        "seconds": wall,
        "versions": versions,
        **results,
    }


DATA = pathlib.Path(__file__).resolve().parents[2] / "notebooks" / "data"


def recorded(name: str) -> dict:
    """What a study found when it was run for the lesson: the file of that name in notebooks/data/,
    as a dict. ValueError if there is none."""
    if name not in STUDIES:
        raise ValueError(f"no such study: {name}; there are {', '.join(STUDIES)}")
    return json.loads((DATA / f"deep_rl_{name}.json").read_text("utf-8"))


def _plain(numbers: list[float]) -> list[float | None]:
    """JSON has no nan."""
    return [round(number, 2) if np.isfinite(number) else None for number in numbers]


def main() -> None:
    """Record the studies that are named on the command line."""
    parser = argparse.ArgumentParser(description="Record the longer training runs of lesson 02.")
    parser.add_argument("studies", nargs="*", help=f"of {', '.join(STUDIES)}; all by default")
    parser.add_argument(
        "--seeds", type=int, default=5, help="training runs of each kind (default 5)"
    )
    parser.add_argument("--folder", type=pathlib.Path, default=DATA)
    chosen = parser.parse_args()
    if unknown := set(chosen.studies) - set(STUDIES):
        parser.error(f"no such study: {', '.join(sorted(unknown))}; there are {', '.join(STUDIES)}")
    for name in chosen.studies or STUDIES:
        result = record(name, chosen.seeds)
        path = chosen.folder / f"deep_rl_{name}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"{path}: {result['seconds']} s")


if __name__ == "__main__":
    main()
