"""One gradient step and the slow copy, which all learners share."""

import pytest
import torch
from torch import nn

from course_lib.learners.gradient_step import gradient_step, renew_target


def one_weight(value=1.0):
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, value)
    return network


def test_a_step_goes_downhill_and_no_further_than_the_longest_gradient():
    network = one_weight()
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    loss = 100 * network.weight.sum()  # its gradient is 100
    gradient_step(loss, network, optimiser, max_grad_norm=0.5)
    assert network.weight.item() == pytest.approx(0.5, abs=1e-4)


def test_what_an_earlier_loss_asked_for_is_forgotten():
    network = one_weight()
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    network.weight.grad = torch.full_like(network.weight, 7.0)
    gradient_step(0.25 * network.weight.sum(), network, optimiser, max_grad_norm=10)
    assert network.weight.item() == pytest.approx(0.75)


def test_a_loss_that_is_not_finite_changes_nothing_and_says_what_to_do():
    network = one_weight()
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    loss = float("nan") * network.weight.sum()
    with pytest.raises(ValueError, match="no longer finite; rest a while"):
        gradient_step(loss, network, optimiser, 1.0, "rest a while")
    assert network.weight.item() == 1


def test_the_slow_copy_is_renewed_at_every_third_update_alone():
    network, target = one_weight(2.0), one_weight(1.0)
    renewed = []
    for updated in range(1, 7):
        nn.init.constant_(target.weight, 1.0)
        renew_target(target, network, updated, every=3)
        renewed.append(target.weight.item() == 2)
    assert renewed == [False, False, True, False, False, True]
