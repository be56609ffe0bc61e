"""COMA: the counterfactual baseline by hand, its probe, and the difference reward it is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.games import TEAM_PROBES, TeamBatch, coverage, one_shot
from course_lib.learners import COMA, COMAConfig, counterfactual_advantages, greedy
from course_lib.learners.multi_agent_q.games import difference_rewards

SMALL = COMAConfig(hidden=(16,), num_steps=4, learning_rate=0.02, critic_learning_rate=0.02)


def test_the_baseline_is_the_mean_over_the_own_actions():
    values = torch.tensor([[[1.0, 3.0], [10.0, 20.0]]])  # one world, two agents, two actions
    probabilities = torch.tensor([[[0.5, 0.5], [0.9, 0.1]]])
    credit = counterfactual_advantages(values, probabilities, torch.tensor([[1, 0]]))
    assert credit[0].tolist() == pytest.approx([1.0, -1.0])


def test_with_exact_values_and_even_policies_it_is_the_difference_reward():
    payoffs = coverage((6, 5, 4)).team_payoffs
    tables = difference_rewards(np.repeat(payoffs[None], 2, axis=0))
    even = torch.full((1, 2, 3), 1 / 3)
    for joint in np.ndindex(payoffs.shape):
        own = np.stack([payoffs[:, joint[1]], payoffs[joint[0]]])
        credit = counterfactual_advantages(
            torch.as_tensor(own[None]), even.double(), torch.tensor([joint])
        )
        assert credit[0].numpy() == pytest.approx([tables[0][joint], tables[1][joint]])


def test_the_critic_does_not_see_the_own_action():
    learner = COMA(TEAM_PROBES["idle agent"].env(4), SMALL)
    state = torch.eye(2)[:1]
    one, other = (learner.critic(state, torch.tensor([[own, 1]]))[0] for own in (0, 1))
    assert torch.equal(one[0], other[0]) and not torch.equal(one[1], other[1])


def test_coma_passes_its_probe_the_idle_agent_gets_no_credit():
    # The actor hardly moves, so that the critic sees every joint action.
    config = replace(SMALL, learning_rate=1e-5)
    learner = COMA(TEAM_PROBES["idle agent"].env(32), config)
    learner.learn(4 * 32 * 40)
    state = torch.eye(2)[:1].expand(4, 2)
    joint = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    even = torch.full((4, 2, 2), 0.5)
    with torch.no_grad():
        values = learner.scale.denormalise(learner.critic(state, joint))
    credit = counterfactual_advantages(values, even, joint)
    assert credit[:, 1].abs().max() < 0.1  # whatever it does
    assert credit[:, 0].tolist() == pytest.approx([-0.5, -0.5, 0.5, 0.5], abs=0.15)


def test_a_team_that_must_split_up_does():
    world = TeamBatch(one_shot(coverage()), 32)
    learner = COMA(world, SMALL)
    learner.learn(4 * 32 * 60)
    assert set(greedy(learner.actor)(world.reset(0)[0])[0].tolist()) == {0, 1}


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="critic_epochs"):
        COMAConfig(critic_epochs=0)
