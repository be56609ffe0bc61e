"""What a user would pick instead: RLlib's PPO on the public simulator, for its steps a second.

RLlib has no MAPPO of its own; this is its multi-agent PPO, one policy of two layers of 256 for each
defender, fed with the flat vectors. On the range the same trainer shows what is left once the
simulator is fast. It needs Ray RLlib, which the course does not bring: RLlib pins another
gymnasium, so give it an environment of its own.
"""

import importlib.util
import os
import time
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces
from pettingzoo.utils import BaseParallelWrapper

from course_lib.cyber_range import parallel_env

WITHOUT_RLLIB = (
    "RLlib is not importable here. It pins another gymnasium than the course: make a second "
    "environment, install requirements.txt, then ray[rllib] and the public simulator, and give the "
    "command there"
)


@dataclass(frozen=True)
class RllibSpeed:
    """Training speed of RLlib."""

    engine: str
    """"cyborg" (the public simulator) or "range"."""
    version: str
    """Of Ray."""
    runners: int
    """Processes that step environments."""
    steps: int
    """Environment steps (ticks of all five defenders) that were timed."""
    steps_per_second: float
    """End to end: sampling and update."""
    update_share: float
    """Share of the wall time that is not sampling."""


class FloatObservations(BaseParallelWrapper):
    """Observations as (n,) float32, which RLlib's default networks take."""

    def observation_space(self, agent):
        """Unbounded box of the length of the agent's vector."""
        length = int(np.prod(self.env.observation_space(agent).shape))
        return spaces.Box(-np.inf, np.inf, (length,), np.float32)

    def reset(self, seed=None, options=None):
        """As the environment's, as floats."""
        observations, infos = self.env.reset(seed=seed, options=options)
        return _floats(observations), infos

    def step(self, actions):
        """As the environment's, as floats."""
        observations, *rest = self.env.step(actions)
        return _floats(observations), *rest


def _floats(observations: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    flat = {}
    for agent, observation in observations.items():
        flat[agent] = np.asarray(observation, np.float32).reshape(-1)
    return flat


def available() -> bool:
    """Whether Ray is installed."""
    return importlib.util.find_spec("ray") is not None


def training_speed(
    engine: str = "cyborg", runners: int = 2, iterations: int = 2, batch: int = 1000
) -> RllibSpeed:
    """Train a few iterations of ``batch`` environment steps after a first one that warms up.

    Action masks are not used: an action that is not allowed is a Sleep.

    Args:
        engine: "cyborg" or "range".
        runners: processes that step environments.
        iterations: timed iterations.
        batch: environment steps in each.

    Raises:
        ValueError: without RLlib, or without the public simulator where it is asked for.
    """
    if not available():
        raise ValueError(WITHOUT_RLLIB)
    # Where there is no simulator, this says what to do.
    agents = parallel_env(engine=engine).possible_agents
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    ray.init(include_dashboard=False, num_cpus=runners, log_to_driver=False, logging_level="ERROR")
    try:
        return _timed(_algorithm(engine, agents, runners, batch), engine, runners, iterations)
    finally:
        ray.shutdown()


def _algorithm(engine: str, agents: list[str], runners: int, batch: int):
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
    from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
    from ray.tune.registry import register_env

    register_env(
        "cc4", lambda _: ParallelPettingZooEnv(FloatObservations(parallel_env(engine=engine)))
    )
    config = PPOConfig().environment("cc4").framework("torch")
    config.env_runners(num_env_runners=runners, rollout_fragment_length="auto")
    config.multi_agent(policies=set(agents), policy_mapping_fn=lambda agent, *_, **__: agent)
    config.rl_module(
        model_config=DefaultModelConfig(fcnet_hiddens=[256, 256], fcnet_activation="relu")
    )
    config.training(
        train_batch_size_per_learner=batch, minibatch_size=min(1024, batch), num_epochs=4, lr=1e-3
    )
    return config.build_algo()


def _timed(algorithm, engine: str, runners: int, iterations: int) -> RllibSpeed:
    import ray

    before = algorithm.train()["num_env_steps_sampled_lifetime"]
    started = time.perf_counter()
    for _ in range(iterations):
        result = algorithm.train()
    took = time.perf_counter() - started
    steps = int(result["num_env_steps_sampled_lifetime"] - before)
    timers = result["timers"]  # running means of RLlib's own, so only their ratio is used
    sampling = timers["env_runner_sampling_timer"] / timers["training_iteration"]
    algorithm.stop()
    return RllibSpeed(engine, ray.__version__, runners, steps, steps / took, 1 - min(1.0, sampling))
