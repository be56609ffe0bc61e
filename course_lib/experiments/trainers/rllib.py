"""Ray RLlib, new API stack: multi-agent PPO, one policy for each of the five defenders."""

import os
from typing import Any

import numpy as np
import torch

from course_lib import cyber_range
from course_lib.cyber_range import Policy

from ..benchmarks.rllib_speed import FloatObservations

BATCH = 2048
RUNNERS = 0
"""Further processes that step environments; none, so that one process's time is all of it."""


def train(steps: int, seed: int) -> Policy:
    """Train for about so many environment steps; 0 gives the untrained policy."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    ray.init(include_dashboard=False, num_cpus=1, log_to_driver=False, logging_level="ERROR")
    try:
        algorithm = configured(seed).build_algo()
        for _ in range(-(-steps // BATCH)):
            algorithm.train()
        modules = {agent: algorithm.get_module(agent) for agent in AGENTS}
        weights = {agent: module.get_state() for agent, module in modules.items()}
        algorithm.stop()
        return RllibPolicy(modules, weights)
    finally:
        ray.shutdown()


AGENTS = tuple(f"blue_agent_{number}" for number in range(5))


def configured(seed: int) -> Any:
    """PPO with one module an agent, over the PettingZoo face."""
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
    from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
    from ray.tune.registry import register_env

    register_env("range", lambda _: ParallelPettingZooEnv(make_env()))
    config = PPOConfig().environment("range").framework("torch").debugging(seed=seed)
    config.env_runners(num_env_runners=RUNNERS, rollout_fragment_length="auto")
    config.multi_agent(policies=set(AGENTS), policy_mapping_fn=lambda agent, *_, **__: agent)
    networks = DefaultModelConfig(fcnet_hiddens=[256, 256], fcnet_activation="tanh")
    config.rl_module(model_config=networks)
    config.training(train_batch_size_per_learner=BATCH, minibatch_size=512, num_epochs=4, lr=3e-4)
    return config


def make_env() -> FloatObservations:
    """The five defenders, with the numbers as floats, which RLlib's default networks take."""
    return FloatObservations(cyber_range.parallel_env(observation="message"))


class RllibPolicy:
    """Trained modules as a policy of the course."""

    observation, defenders, name = "message", "official", "rllib"

    def __init__(self, modules: dict[str, Any], weights: dict[str, Any]):
        self.modules = modules
        for agent, module in modules.items():
            module.set_state(weights[agent])
        self.generator = torch.Generator()

    def reset(self, seed: int) -> None:
        """It remembers nothing; the seed is for its draws."""
        self.generator.manual_seed(seed)

    @torch.no_grad()
    def act(self, observations: dict, infos: dict) -> dict[str, int]:
        """Draw an action for each agent from its own module, unmasked."""
        actions = {}
        for agent, observation in observations.items():
            seen = torch.as_tensor(np.ravel(observation).astype(np.float32))
            answer = self.modules[agent].forward_inference({"obs": seen[None]})
            chances = answer["action_dist_inputs"].softmax(-1)
            actions[agent] = int(torch.multinomial(chances, 1, generator=self.generator))
        return actions
