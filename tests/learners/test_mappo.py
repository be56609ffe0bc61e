"""IPPO and MAPPO: the one difference between them, sharing, and one update beside another
implementation's."""

import numpy as np
import pytest
import torch
from support.team_batches import Shape, fix_weights, fixed_rollout

from course_lib.games import TEAM_PROBES, TeamBatch, coverage, one_shot
from course_lib.learners import MAPPO, MAPPOConfig, greedy, play_team
from course_lib.learners.ppo_loss import normalised
from course_lib.learners.team_rollout import team_advantages

SMALL = MAPPOConfig(hidden=(16,), num_steps=4, learning_rate=0.01, minibatch_size=512)


def variant(**changes):
    return MAPPOConfig(**{**SMALL.__dict__, **changes})


def values_of_hidden_states(critic):
    probe = TEAM_PROBES["hidden state"]
    learner = MAPPO(probe.env(32), variant(critic=critic))
    learner.learn(4 * 32 * 25)
    state = torch.eye(3)[:2]
    return learner.values(torch.ones(2, 2, 1), state)[:, 0].numpy()


def test_mappo_passes_its_probe_and_ippo_cannot():
    assert values_of_hidden_states("state") == pytest.approx([1, -1], abs=0.1)
    lucky, unlucky = values_of_hidden_states("own")
    assert lucky == unlucky and abs(lucky) < 0.3  # it sees the same in both: the mean, about 0


@pytest.mark.parametrize("sharing, zones", [("shared", 1), ("identity", 2), ("none", 2)])
def test_agents_that_share_all_do_the_same(sharing, zones):
    world = TeamBatch(one_shot(coverage()), 32)
    learner = MAPPO(world, variant(sharing=sharing))
    learner.learn(4 * 32 * 30)
    taken = greedy(learner.actor)(world.reset(0)[0])[0]
    assert len(set(taken.tolist())) == zones


def test_large_rewards_need_normalised_values():
    game = one_shot(coverage((50_000, 10_000)))
    scores = {}
    for normalise in (True, False):
        learner = MAPPO(TeamBatch(game, 32), variant(normalise_values=normalise))
        learner.learn(4 * 32 * 30)
        rollout, _ = learner.collector.collect(learner.actor, 2)
        expected = learner.values(rollout.obs, rollout.state)
        scores[normalise] = float((expected - rollout.rewards).abs().mean())
    assert scores[True] < 0.2 * scores[False]


def test_noise_changes_what_the_critic_says_and_not_what_it_needs_on_duty():
    learner = MAPPO(Shape(), variant(value_noise=1.0))
    rollout = fixed_rollout()
    first, second = learner.new_noise(), learner.new_noise()
    said = learner.values(rollout.obs, rollout.state, first)
    assert not torch.allclose(said, learner.values(rollout.obs, rollout.state, second))
    assert not torch.allclose(said[..., 0], said[..., 1])  # other numbers for each agent
    learner.update(rollout)
    assert MAPPO(Shape(), SMALL).new_noise() is None


def test_a_share_of_an_advantage_is_a_number_of_the_agents_own():
    learner = MAPPO(Shape(), variant(advantage_noise=0.25))
    own = learner.agent_noise.clone()
    assert own.shape == (learner.critic.agents,) and own[0] != own[1]
    mixed = learner.with_noise(torch.full((2, 3, 3), 4.0))
    assert torch.allclose(mixed, (3 + 0.25 * own).expand(2, 3, 3))
    learner.update(fixed_rollout())
    assert (learner.agent_noise == own).all()  # drawn once
    plain = MAPPO(Shape(), SMALL)
    assert plain.agent_noise is None and (plain.with_noise(mixed) == mixed).all()


def test_the_noise_of_the_advantages_reaches_the_actors():
    """With nothing but the noise left, what was paid changes nothing."""
    moved = []
    for share in (0.0, 1.0):
        for paid in (1.0, -1.0):
            learner = MAPPO(Shape(), variant(advantage_noise=share))
            rollout = fixed_rollout()
            rollout.rewards = paid * rollout.rewards
            learner.update(rollout)
            moved.append(learner.actor(rollout.obs).detach())
    assert not torch.allclose(moved[0], moved[1])
    assert torch.allclose(moved[2], moved[3])


def test_one_update_is_that_of_another_implementation():
    """The numbers were computed by TorchRL 0.14.1 (``generalized_advantage_estimate`` and
    ``ClipPPOLoss``, entropy_coeff 0.02, critic_coeff 1, torch's Adam and clip_grad_norm_) on the
    batch and weights of `support.team_batches`. It halves no squared error, so its critic loss
    1.7281893 is twice ours."""
    config = MAPPOConfig(
        hidden=(6,),
        normalise_values=False,
        epochs=1,
        minibatch_size=1000,
        ent_coef=0.02,
        discount=0.9,
        gae_lambda=0.8,
    )
    learner = MAPPO(Shape(), config)
    fix_weights(learner.actor)
    fix_weights(learner.critic)
    rollout = fixed_rollout()
    values = learner.values(rollout.obs, rollout.state)
    following = learner.values(rollout.next_obs, rollout.next_state)
    advantages, targets = team_advantages(rollout, values, following, 0.9, 0.8)
    batch = {
        "obs": rollout.obs,
        "state": rollout.state,
        "actions": rollout.actions,
        "log_probs": rollout.log_probs,
        "advantages": normalised(advantages),
        "targets": targets,
    }
    assert float(learner.actor_loss(batch).detach()) == pytest.approx(0.0617137, abs=1e-5)
    assert float(learner.critic_loss(batch).detach()) == pytest.approx(0.8640946, abs=1e-5)
    learner.update(rollout)
    log_probs = learner.actor(rollout.obs).log_softmax(-1)[0, 0, 0].tolist()
    assert log_probs == pytest.approx([-0.7407954, -1.3202505, -1.3618085], abs=1e-5)
    after = learner.critic(rollout.obs, rollout.state)[0, 0, 0].item()
    assert after == pytest.approx(0.5564039, abs=1e-5)


def test_an_agent_paid_by_itself_learns_from_its_own_reward():
    rollout = fixed_rollout()
    rewards = rollout.rewards.clone()
    rewards[..., 1] = 0
    rollout.rewards = rewards
    nothing = torch.zeros(rollout.rewards.shape)
    advantages, _ = team_advantages(rollout, nothing, nothing, 0.9, 0.8)
    assert (advantages[..., 1] == 0).all() and (advantages[..., 0] != 0).any()


def test_a_run_repeats_itself():
    runs = []
    for _ in range(2):
        learner = MAPPO(TeamBatch(one_shot(coverage()), 8), variant(value_noise=0.5, seed=3))
        learner.learn(100)
        runs.append(learner.actor(torch.ones(1, 2, 2)).detach().numpy())
    assert np.array_equal(*runs)


@pytest.mark.parametrize(
    "changes",
    [
        {"critic": "all"},
        {"sharing": "yes"},
        {"epochs": 0},
        {"value_noise": -1},
        {"advantage_noise": 1.5},
    ],
)
def test_nonsense_is_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        MAPPOConfig(**changes)


def test_a_loss_that_is_no_number_says_what_to_do():
    learner = MAPPO(Shape(), SMALL)
    rollout = fixed_rollout()
    rollout.log_probs = torch.full_like(rollout.log_probs, float("-inf"))
    with pytest.raises(ValueError, match="learning rate"):
        learner.update(rollout)


def test_every_world_plays_as_many_rounds():
    world = TeamBatch(one_shot(coverage()), 5)
    learner = MAPPO(world, SMALL)
    returns = play_team(greedy(learner.actor), world, rounds=3)
    assert returns.shape == (15,) and set(returns.tolist()) <= {5.0, 10.0}
