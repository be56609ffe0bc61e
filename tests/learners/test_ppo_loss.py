"""Advantages and clipped losses against numbers worked out by hand."""

import math

import numpy as np
import pytest
import torch

from course_lib.learners.advantages import gae
from course_lib.learners.ppo_loss import RunningMeanStd, clipped_policy_loss, normalised, value_loss


def column(*numbers):
    """One stream: (T, 1)."""
    return np.array(numbers, np.float32)[:, None]


def one_stream(rewards, values, done, end_values, last, gamma, lam, valid=None):
    valid = [True] * len(rewards) if valid is None else valid
    streams = (
        column(*rewards),
        column(*values),
        column(*valid) > 0,
        column(*done) > 0,
        column(*end_values),
    )
    advantages, returns = gae(*streams, np.array([last]), gamma, lam)
    assert advantages.dtype == returns.dtype == np.float32
    return advantages[:, 0], returns[:, 0]


def test_three_steps_by_hand():
    # gamma 0.5, lambda 0.5; the world stops after the third step.
    # step 3: 4 - 3 = 1; step 2: 2 + 0.5 * 3 - 2 = 1.5, plus 0.25 * 1; step 1: 1 + 0.5 * 2 - 1 = 1,
    # plus 0.25 * 1.75.
    advantages, returns = one_stream([1, 2, 4], [1, 2, 3], [0, 0, 1], [0, 0, 0], 99, 0.5, 0.5)
    np.testing.assert_allclose(advantages, [1.4375, 1.75, 1.0])
    np.testing.assert_allclose(returns, [2.4375, 3.75, 4.0])


def test_lambda_zero_is_one_step_and_lambda_one_the_whole_return():
    short, _ = one_stream([1, 2, 4], [1, 2, 3], [0, 0, 0], [0, 0, 0], 8, 0.5, 0.0)
    np.testing.assert_allclose(short, [1 + 1 - 1, 2 + 1.5 - 2, 4 + 4 - 3])
    _, whole = one_stream([1, 2, 4], [1, 2, 3], [0, 0, 0], [0, 0, 0], 8, 0.5, 1.0)
    np.testing.assert_allclose(whole, [1 + 1 + 1 + 1, 2 + 2 + 2, 4 + 4])


def test_truncation_keeps_the_value_of_what_was_cut_off_and_termination_does_not():
    stopped, _ = one_stream([1, 1], [0, 0], [1, 0], [0, 0], 0, 0.9, 0.95)
    cut, _ = one_stream([1, 1], [0, 0], [1, 0], [10, 0], 0, 0.9, 0.95)
    np.testing.assert_allclose(stopped, [1.0, 1.0])
    np.testing.assert_allclose(cut, [1 + 0.9 * 10, 1.0])


def test_nothing_flows_back_over_the_end_of_an_episode():
    quiet, _ = one_stream([1, 0], [0, 0], [1, 0], [0, 0], 0, 0.9, 0.95)
    loud, _ = one_stream([1, 1000], [0, 0], [1, 0], [0, 0], 500, 0.9, 0.95)
    assert quiet[0] == loud[0] == 1


def test_busy_ticks_belong_to_the_last_decision():
    # Decisions in ticks 0 and 3; the first takes three ticks: 1 + 0.5 * 2 + 0.25 * 4 + 0.125 *
    # V(next = 6) - V(= 1).
    advantages, returns = one_stream(
        [1, 2, 4, 8], [1, 70, 70, 6], [0, 0, 0, 1], [0] * 4, 99, 0.5, 0.5, valid=[1, 0, 0, 1]
    )
    last = 8 - 6
    first = 1 + 1 + 1 + 0.125 * 6 - 1 + 0.125 * 0.5 * last  # lambda once, gamma three times
    np.testing.assert_allclose(advantages, [first, 0, 0, last])
    np.testing.assert_allclose(returns, [first + 1, 0, 0, 8])


def test_values_of_busy_ticks_are_ignored_even_if_they_are_no_numbers():
    advantages, returns = one_stream(
        [1, 1], [0, math.nan], [0, 0], [math.nan] * 2, 4, 0.5, 1.0, valid=[1, 0]
    )
    np.testing.assert_allclose(advantages, [1 + 0.5 + 0.25 * 4, 0])
    assert np.isfinite(returns).all()


def test_an_action_still_running_when_the_episode_or_the_batch_ends():
    cut, _ = one_stream([1, 1, 1], [0, 0, 0], [0, 1, 0], [0, 8, 0], 0, 0.5, 0.5, valid=[1, 0, 1])
    np.testing.assert_allclose(cut, [1 + 0.5 + 0.25 * 8, 0, 1])
    batch, _ = one_stream([1, 1], [0, 0], [0, 0], [0, 0], 8, 0.5, 0.5, valid=[1, 0])
    np.testing.assert_allclose(batch, [1 + 0.5 + 0.25 * 8, 0])


def slow_gae(rewards, values, valid, done, end_values, last, gamma, lam):
    """The definition for one stream, forwards: delta of every decision, then their weighted sum."""
    length, advantages = len(rewards), np.zeros(len(rewards))
    for start in np.flatnonzero(valid):
        t, weight = start, 1.0
        while True:
            total, ticks, here = 0.0, 0, t
            while True:
                total, ticks, here = total + gamma**ticks * rewards[here], ticks + 1, here + 1
                over = done[here - 1] or here == length
                if over or valid[here]:
                    break
            after = (
                end_values[here - 1] if done[here - 1] else last if here == length else values[here]
            )
            advantages[start] += weight * (total + gamma**ticks * after - values[t])
            if over:
                break
            weight, t = weight * gamma**ticks * lam, here
    return advantages


def test_many_random_streams_against_the_definition():
    rng = np.random.default_rng(0)
    shape = (12, 30)
    rewards, values, end_values = rng.normal(size=(3, *shape))
    done, valid, last = rng.random(shape) < 0.2, rng.random(shape) < 0.6, rng.normal(size=30)
    got, returns = gae(rewards, values, valid, done, end_values, last, 0.9, 0.8)
    for n in range(30):
        stream = [a[:, n] for a in (rewards, values, valid, done, end_values)]
        np.testing.assert_allclose(got[:, n], slow_gae(*stream, last[n], 0.9, 0.8), atol=1e-5)
    assert (got[~valid] == 0).all() and (returns[~valid] == 0).all()


def test_gae_says_what_does_not_fit():
    good = np.zeros((3, 2))
    with pytest.raises(ValueError, match="values has shape"):
        gae(good, np.zeros((2, 3)), good, good, good, np.zeros(2), 0.9, 0.9)
    with pytest.raises(ValueError, match="last_values has shape"):
        gae(good, good, good, good, good, np.zeros(3), 0.9, 0.9)
    with pytest.raises(ValueError, match="gae_lambda=1.5"):
        gae(good, good, good, good, good, np.zeros(2), 0.9, 1.5)
    with pytest.raises(ValueError, match="ticks by columns"):
        gae(good[0], good[0], good[0], good[0], good[0], 0.0, 0.9, 0.9)


def policy_loss(ratio, advantage, clip=0.2):
    """Loss and its gradient with respect to the log-probability, for one sample of probability
    1/4."""
    old = torch.tensor([0.25]).log()
    new = (old + math.log(ratio)).requires_grad_()
    record = clipped_policy_loss(new, old, torch.tensor([float(advantage)]), clip)
    record.loss.backward()
    return record, float(new.grad)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "gradient"),
    [
        (1.0, 2, -2.0, -2.0),  # at the start: the plain policy gradient
        (1.1, 2, -2.2, -2.2),
        (1.5, 2, -2.4, 0.0),  # a good action, made likely enough: no further push
        (0.5, 2, -1.0, -1.0),  # a good action that became less likely is still pulled back
        (0.5, -2, 1.6, 0.0),  # a bad action, made unlikely enough
        (1.5, -2, 3.0, 3.0),  # a bad action that became more likely is still pushed down
    ],
)
def test_clipping_at_both_signs(ratio, advantage, loss, gradient):
    record, slope = policy_loss(ratio, advantage)
    assert float(record.loss.detach()) == pytest.approx(loss, rel=1e-5)
    assert slope == pytest.approx(gradient, rel=1e-5)
    assert float(record.clip_fraction) == (abs(ratio - 1) > 0.2)
    assert float(record.kl) == pytest.approx(ratio - 1 - math.log(ratio), abs=1e-6)
    assert not record.kl.requires_grad and not record.clip_fraction.requires_grad


def test_losses_average_over_the_batch():
    old = torch.full((2,), 0.25).log()
    new = old + torch.tensor([1.5, 1.0]).log()
    record = clipped_policy_loss(new, old, torch.tensor([2.0, -1.0]), 0.2)
    assert float(record.loss.detach()) == pytest.approx((-2.4 + 1.0) / 2)
    assert float(record.clip_fraction) == 0.5
    assert float(value_loss(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 0.0]))) == pytest.approx(
        0.5 * (1 + 9) / 2
    )


def test_losses_refuse_what_would_broadcast():
    row, table = torch.zeros(3), torch.zeros(3, 1)
    with pytest.raises(ValueError, match=r"advantage \(3, 1\)"):
        clipped_policy_loss(row, row, table, 0.2)
    with pytest.raises(ValueError, match=r"target \(3, 1\)"):
        value_loss(row, table)
    with pytest.raises(ValueError, match="clip=0"):
        clipped_policy_loss(row, row, row, 0)


def test_normalised_advantages():
    np.testing.assert_allclose(normalised(torch.tensor([1.0, 3.0])), [-1, 1], atol=1e-6)
    assert torch.equal(normalised(torch.tensor([5.0])), torch.zeros(1))


def test_running_scale_equals_the_scale_of_everything_seen():
    rng = np.random.default_rng(1)
    batches = [rng.normal(3, 10, size=(4, 5)), np.empty(0), rng.normal(-50, 2, size=7)]
    scale = RunningMeanStd()
    assert scale.normalise(4.0) == scale.denormalise(4.0) == 4.0
    for batch in batches:
        scale.update(batch)
    seen = np.concatenate([batch.ravel() for batch in batches])
    assert scale.mean == pytest.approx(seen.mean()) and scale.std == pytest.approx(seen.std())
    np.testing.assert_allclose(
        scale.denormalise(scale.normalise(torch.tensor([-7.0]))), [-7.0], rtol=1e-5
    )
    copy = RunningMeanStd()
    copy.load_state_dict(scale.state_dict())
    assert copy.state_dict() == scale.state_dict()
    assert all(type(value) is float for value in copy.state_dict().values())


def test_running_scale_can_forget_and_refuses_nan():
    scale = RunningMeanStd(memory=100)
    scale.update(np.full(100, -1000.0))
    for _ in range(20):
        scale.update(np.full(100, 10.0))
    assert scale.mean == pytest.approx(10, abs=0.01)
    with pytest.raises(ValueError, match="diverged"):
        scale.update([1.0, math.nan])
