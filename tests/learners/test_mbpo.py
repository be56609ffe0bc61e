"""MBPO on a table: what is imagined is learned from, and nothing else than its share."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from course_lib.games import Outbreak, chain, solve_outbreak
from course_lib.learners import MBPO, DynamicsConfig, DynamicsModel, Frozen, GivenModel, MBPOConfig


class OneLever(gymnasium.vector.VectorEnv):
    """One bit that never changes; action 1 pays 1, action 0 nothing."""

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
    num_envs = 1
    single_observation_space = spaces.Box(0, 1, (1,), np.float32)
    single_action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return np.zeros((1, 1), np.float32), {}

    def step(self, actions):
        never = np.zeros(1, bool)
        return np.zeros((1, 1), np.float32), np.float32(actions == 1), never, never, {}


def lever(paying):
    """A model in which one of the actions pays."""

    def step(obs, actions, rng):
        return obs, (actions == paying).astype(float)

    return GivenModel(step)


@pytest.mark.parametrize(
    ("real_share", "paying", "learned"), [(0.0, 0, 0), (0.0, 1, 1), (1.0, 0, 1)]
)
def test_probe_a_lying_model_is_believed_as_far_as_its_share_goes(real_share, paying, learned):
    config = MBPOConfig(rollout_length=1, real_share=real_share, discount=0.5, updates=100)
    learner = MBPO(OneLever(), lever(paying), config)
    learner.learn(100)
    assert learner.greedy()[0] == learned


def test_without_imagination_it_is_plain_q_learning():
    learner = MBPO(OneLever(), lever(0), MBPOConfig(rollout_length=0, discount=0.5, updates=200))
    learner.learn(100)
    assert learner.imagined == 0
    assert np.allclose(learner.table[0], [1.0, 2.0], atol=0.05)  # 1 / (1 - 0.5), and half of it


def test_branches_are_counted_and_begin_where_the_agent_was():
    asked = []

    def step(obs, actions, rng):
        asked.append(obs.copy())
        return obs, np.zeros(len(obs))

    config = MBPOConfig(rollout_length=3, branches=10, every=25, updates=1)
    learner = MBPO(OneLever(), GivenModel(step), config)
    learner.learn(50)
    assert learner.imagined == 2 * 3 * 10
    assert not np.concatenate(asked).any()


def test_a_learned_model_plans_well_and_an_untrained_one_does_not():
    """Three hosts, 200 real steps, nothing of them in the batches: all comes from the model."""
    options = chain(3, spread=0.8, importance=(1.0, 1.0, 6.0))
    solution = solve_outbreak(options)
    worth = {}
    for name in ("learned", "untrained"):
        model = DynamicsModel(3, 4, DynamicsConfig(steps=100, hidden=32))
        config = MBPOConfig(rollout_length=5, updates=200, real_share=0.0, exploration_steps=150)
        used = model if name == "learned" else Frozen(model)
        learner = MBPO(Outbreak(1, options), used, config)
        learner.learn(200)
        worth[name] = solution.worth(learner.greedy())
    best = solution.worth(solution.best())
    assert worth["learned"] > 2 * best
    assert worth["untrained"] < worth["learned"] + 2 * best  # all worths are negative


def test_same_seed_same_table():
    tables = []
    for seed in (4, 4, 5):
        learner = MBPO(Outbreak(1, chain(2)), lever(0), MBPOConfig(rollout_length=0, seed=seed))
        learner.learn(50)
        tables.append(learner.table)
    assert (tables[0] == tables[1]).all()
    assert (tables[0] != tables[2]).any()


def test_nonsense_is_refused():
    for change in ({"rollout_length": -1}, {"real_share": 1.5}, {"branches": 0}, {"updates": 0}):
        with pytest.raises(ValueError):
            MBPOConfig(**change)
