"""RLlib beside the course's trainer: what it is fed, and what is said where it is missing."""

import numpy as np
import pytest

from course_lib.cyber_range import parallel_env
from course_lib.experiments.benchmarks import rllib_speed


def test_every_observation_is_a_vector_of_floats_in_its_space():
    plain = parallel_env(observation="message", steps=20)
    env = rllib_speed.FloatObservations(parallel_env(observation="message", steps=20))
    raw, _ = plain.reset(seed=3)
    seen, _ = env.reset(seed=3)
    for agent in env.possible_agents:
        assert env.observation_space(agent).contains(seen[agent])
        assert np.array_equal(seen[agent], raw[agent].reshape(-1))
    assert seen["blue_agent_4"].shape == (3 * 76,), "three zones in one vector"
    actions = {agent: 81 for agent in env.agents}
    raw, reward, *_ = plain.step(actions)
    seen, same_reward, *_ = env.step(actions)
    assert reward == same_reward
    assert all(np.array_equal(seen[agent], raw[agent].reshape(-1)) for agent in raw)
    assert all(seen[agent].dtype == np.float32 for agent in seen)


def test_without_rllib_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(rllib_speed, "available", lambda: False)
    with pytest.raises(ValueError, match="second environment") as found:
        rllib_speed.training_speed("range")
    assert "\n" not in str(found.value)


@pytest.mark.skipif(not rllib_speed.available(), reason="Ray RLlib is not installed")
def test_rllib_trains_on_the_range():
    found = rllib_speed.training_speed("range", runners=1, iterations=1, batch=200)
    assert found.engine == "range" and found.steps >= 200
    assert found.steps_per_second > 0 and 0 <= found.update_share < 1
