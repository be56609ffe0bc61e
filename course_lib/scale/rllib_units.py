"""RLlib (new API stack) trains the leaves of a team of the course.

    out = train("team.pt", "better.pt", iterations=10)      # files of `save_defender`
    policy = course_lib.training.load_policy("better.pt")   # a team as any other

The network that RLlib trains *is* the unit's policy function, with command, doctrine and mask in
it; `take` and `give` carry its weights from a team and back. RLlib brings what is its own: workers,
batches, a critic for the leaves, and PPO's update. The commanders stay as they were: their gradient
would need the whole team's record, which the course's own trainer keeps.
"""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.columns import Columns
from ray.rllib.core.rl_module.apis import ValueFunctionAPI
from ray.rllib.core.rl_module.multi_rl_module import MultiRLModuleSpec
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.core.rl_module.torch import TorchRLModule
from torch import Tensor, nn

from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.policy import TINY, PolicyConfig, PolicyFunction
from course_lib.hierarchy.saving import save_defender
from course_lib.training import load_policy

from .rllib_world import LeafWorld, read_rows, row_length, team_of

LEAVES = "leaves"
"""RLlib's name for the one module that serves all leaves."""
CRITIC_NODES = 256
BATCH = 2048
"""Ticks of the world for an update."""


class UnitModule(TorchRLModule, ValueFunctionAPI):
    """The policy function of a unit as a module of RLlib, beside a critic.

    ``model_config["policy"]`` holds the fields of its `PolicyConfig`.
    """

    def setup(self) -> None:
        """Build the networks."""
        config = PolicyConfig(**self.model_config["policy"])
        self.policy_function = PolicyFunction(config)
        first = nn.Linear(row_length(config), CRITIC_NODES)
        self.critic = nn.Sequential(first, nn.ReLU(), nn.Linear(CRITIC_NODES, 1))

    def _forward(self, batch: dict[str, Any], **kwargs: Any) -> dict[str, Tensor]:
        observation, doctrine, allowed = read_rows(batch[Columns.OBS])
        pi = self.policy_function(observation, doctrine, allowed).probabilities
        # The softmax of the logarithms of probabilities is these probabilities again.
        return {Columns.ACTION_DIST_INPUTS: pi.clamp(min=TINY).log()}

    def compute_values(self, batch: dict[str, Any], embeddings: Any = None) -> Tensor:
        """(B,) values of the rows in a batch."""
        values: Tensor = self.critic(batch[Columns.OBS])
        return values.squeeze(-1)


def policy_of(team: HierarchicalDefender) -> PolicyFunction:
    """The policy function that all leaves share."""
    unit, _ = team.team.groups(0)[0]
    return unit.policy_function


def module_spec(team: HierarchicalDefender) -> RLModuleSpec:
    """How RLlib builds the module for the leaves of a team."""
    config = {"policy": asdict(policy_of(team).config)}
    return RLModuleSpec(module_class=UnitModule, model_config=config)


def take(module: UnitModule, team: HierarchicalDefender) -> None:
    """The team's weights into the module."""
    module.policy_function.load_state_dict(policy_of(team).state_dict())


def give(module: UnitModule, team: HierarchicalDefender) -> None:
    """The module's weights into the team."""
    policy_of(team).load_state_dict(module.policy_function.state_dict())


def configured(
    path: str,
    seed: int = 0,
    workers: int = 0,
    steps: int = 500,
) -> PPOConfig:
    """PPO for the leaves of a saved team.

    Args:
        path: of the team's file, which every worker must be able to read.
        seed: of RLlib.
        workers: further processes that play; 0 plays in this one.
        steps: nominal length of an episode.
    """
    spec = MultiRLModuleSpec(rl_module_specs={LEAVES: module_spec(team_of(path))})
    config = PPOConfig().framework("torch").debugging(seed=seed)
    config.environment(LeafWorld, env_config={"team": path, "steps": steps})
    config.env_runners(num_env_runners=workers, rollout_fragment_length="auto")
    config.multi_agent(policies={LEAVES}, policy_mapping_fn=lambda *_, **__: LEAVES)
    config.rl_module(rl_module_spec=spec)
    config.training(
        train_batch_size_per_learner=BATCH,
        minibatch_size=512,
        num_epochs=4,
        lr=3e-4,
    )
    return config


def train(
    path: str | Path,
    out: str | Path,
    iterations: int,
    seed: int = 0,
    workers: int = 0,
    **changes: Any,
) -> HierarchicalDefender:
    """Train the leaves of a saved team, and write the team that comes of it.

    Args:
        path: file of the team to begin with.
        out: file for the trained one.
        iterations: updates, each after `BATCH` ticks.
        seed: of RLlib.
        workers: further processes that play.
        changes: to RLlib's training settings, for example ``lr``.

    Returns:
        The trained team, with the agents that the file was made for.

    Raises:
        ValueError: for a file that is no team with leaves of shared weights.
    """
    begun = team_of(str(path))
    trained = load_policy(path)
    assert isinstance(trained, HierarchicalDefender)  # or `team_of` would have refused it
    config = configured(str(path), seed, workers).training(**changes)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(include_dashboard=False, num_cpus=workers + 1, log_to_driver=False)
    try:
        algorithm = config.build_algo()
        begin_with(algorithm, begun)
        for _ in range(iterations):
            algorithm.train()
        give(algorithm.get_module(LEAVES), trained)
        algorithm.stop()
    finally:
        ray.shutdown()
    save_defender(trained, out, {**trained.about, "trained by": f"RLlib {ray.__version__}"})
    return trained


def begin_with(algorithm: Any, team: HierarchicalDefender) -> None:
    """The team's weights for the learner, and from there for everybody who plays."""
    module = algorithm.get_module(LEAVES)
    take(module, team)
    algorithm.learner_group.set_state({"learner": {"rl_module": {LEAVES: module.get_state()}}})
    algorithm.env_runner_group.sync_weights(from_worker_or_learner_group=algorithm.learner_group)
