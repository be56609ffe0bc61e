"""Learning a factored value: targets beside another implementation's, and the two-step game."""

import pytest
import torch
from support.team_batches import Shape, fix_weights, fixed_transitions

from course_lib.games import TEAM_PROBES
from course_lib.learners import QTRAN, FactoredConfig, FactoredQ, WeightedConfig, WeightedQMIX

EXPLORING = {
    "epsilon_end": 1.0,
    "exploration_steps": 1,
    "hidden": (16,),
    "mixer_width": 16,
    "learning_rate": 0.01,
    "warm_up": 64,
    "batch_size": 64,
    "updates": 1,
    "target_every": 40,
    "discount": 0.99,
}


def test_the_target_is_that_of_another_implementation():
    """Computed by TorchRL 0.14.1 (``QMixer``, and ``QMixerLoss`` with its TD(0) estimator, gamma
    0.9) on the batch and weights of `support.team_batches`."""
    config = FactoredConfig(hidden=(6,), mixer_width=5, discount=0.9)
    learner = FactoredQ(Shape(), config)
    fix_weights(learner.network)
    fix_weights(learner.target)
    batch = fixed_transitions()
    expected = [4.1473069, 3.0698769, -0.7568025, -0.1277779, 4.5452585, 0.3190984, 0.3404464]
    expected.append(2.3353667)
    assert learner.targets(batch).tolist() == pytest.approx(expected, abs=1e-5)
    assert learner.loss(batch).item() == pytest.approx(6.0841436, abs=1e-4)


def test_nothing_follows_where_the_world_stopped():
    learner = FactoredQ(Shape(), FactoredConfig(hidden=(6,), mixer_width=5))
    batch = fixed_transitions()
    stopped = batch["terminated"]
    targets = learner.targets(batch)
    assert torch.equal(targets[stopped], batch["reward"][stopped])
    assert not torch.isclose(targets[~stopped], batch["reward"][~stopped]).any()


def test_the_present_network_chooses_and_the_copy_judges():
    learner = FactoredQ(Shape(), FactoredConfig(hidden=(6,), mixer="sum", discount=1.0))
    fix_weights(learner.network)
    fix_weights(learner.target, size=-0.5)  # it would choose the opposite
    batch = fixed_transitions()
    judged = learner.target.utilities(batch["next_obs"])
    largest = batch["reward"] + judged.max(-1).values.sum(-1) * ~batch["terminated"]
    targets = learner.targets(batch)
    assert (targets <= largest + 1e-5).all() and (targets < largest - 0.1).any()


@pytest.mark.parametrize("mixer, first", [("sum", 0), ("monotone", 1)])
def test_the_two_step_game(mixer, first):
    """QMIX goes where 8 can be had, VDN takes the safe 7 (Rashid et al. 2018, table 1)."""
    world = TEAM_PROBES["two steps"].env(32)
    learner = FactoredQ(world, FactoredConfig(mixer=mixer, **EXPLORING))
    learner.learn(32 * 900)
    seen = torch.as_tensor(world.sees)
    taken = learner.utilities(seen).argmax(-1)
    assert taken[0, 0] == first
    worth = learner.network(seen, torch.eye(4), taken).tolist()
    if mixer == "monotone":
        assert worth[0] == pytest.approx(0.99 * 8, abs=0.3)
        assert worth[2] == pytest.approx(8, abs=0.3)
    else:
        assert worth[2] == pytest.approx(6.5, abs=0.3)


@pytest.mark.parametrize(
    "make",
    [
        lambda world: QTRAN(world, FactoredConfig(**EXPLORING)),
        lambda world: WeightedQMIX(world, WeightedConfig(**EXPLORING)),
    ],
)
def test_from_experience_they_find_the_best_joint_action(make):
    world = TEAM_PROBES["factoring"].env(32)
    learner = make(world)
    learner.learn(32 * 700)
    assert learner.utilities(torch.as_tensor(world.sees[:1])).argmax(-1).tolist() == [[0, 0]]


def test_the_joint_value_of_qtran_does_not_move_towards_the_sum():
    learner = QTRAN(Shape(), FactoredConfig(hidden=(6,), discount=0.9))
    batch = fixed_transitions()
    learner.loss(batch).backward()
    with_sum = [p.grad.clone() for p in learner.network.joint.parameters()]
    learner.optimiser.zero_grad()
    joint = learner.network(batch["obs"], batch["state"], batch["actions"])
    (joint - learner.targets(batch)).square().mean().backward()
    for one, other in zip(with_sum, learner.network.joint.parameters(), strict=True):
        assert torch.allclose(one, other.grad, atol=1e-6)


@pytest.mark.parametrize("changes", [{"mixer": "any"}, {"updates": 0}, {"epsilon_end": 2}])
def test_nonsense_is_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        FactoredConfig(**changes)


def test_a_weight_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="weight"):
        WeightedConfig(weight=1.5)


def test_exploration_falls_and_stays():
    config = FactoredConfig(epsilon_start=1.0, epsilon_end=0.1, exploration_steps=100)
    assert [config.epsilon(steps) for steps in (0, 50, 100, 1000)] == pytest.approx(
        [1, 0.55, 0.1, 0.1]
    )
