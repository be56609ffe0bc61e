"""Mixers: a sum is a sum, and the monotone one is monotone whatever its weights and the state."""

import pytest
import torch

from course_lib.learners import MonotoneMixer, SumMixer


def test_the_sum_ignores_the_state():
    values = torch.tensor([[1.0, -3.0, 0.5]])
    assert SumMixer()(values, torch.ones(1, 2)).item() == -1.5


@pytest.mark.parametrize("seed", range(5))
def test_the_monotone_mixer_rises_with_each_value(seed):
    torch.manual_seed(seed)
    mixer = MonotoneMixer(agents=3, state_size=4, width=8)
    values = 10 * torch.randn(200, 3)
    state = 5 * torch.randn(200, 4)
    with torch.no_grad():
        before = mixer(values, state)
        for agent in range(3):
            higher = values.clone()
            higher[:, agent] += torch.rand(200) * 5
            assert (mixer(higher, state) >= before - 1e-4).all()


def test_without_the_absolute_values_it_would_not(monkeypatch):
    """The control: the same network with signed weights falls somewhere."""
    monkeypatch.setattr(torch.Tensor, "abs", lambda self: self)
    torch.manual_seed(0)
    mixer = MonotoneMixer(agents=3, state_size=4, width=8)
    values = (10 * torch.randn(200, 3)).requires_grad_()
    (slope,) = torch.autograd.grad(mixer(values, 5 * torch.randn(200, 4)).sum(), values)
    assert slope.min() < 0


def test_the_agents_own_best_actions_are_the_best_joint_action():
    torch.manual_seed(1)
    mixer = MonotoneMixer(agents=2, state_size=3, width=8)
    own = torch.randn(2, 4)
    state = torch.randn(1, 3).expand(16, 3)
    joint = torch.cartesian_prod(torch.arange(4), torch.arange(4))
    values = torch.stack([own[0][joint[:, 0]], own[1][joint[:, 1]]], dim=1)
    best = joint[mixer(values, state).argmax()]
    assert best.tolist() == own.argmax(dim=1).tolist()


def test_any_leading_shape_will_do():
    mixer = MonotoneMixer(agents=2, state_size=3)
    values, state = torch.randn(4, 5, 2), torch.randn(4, 5, 3)
    flat = mixer(values.flatten(0, 1), state.flatten(0, 1))
    assert torch.allclose(mixer(values, state).flatten(), flat, atol=1e-6)
