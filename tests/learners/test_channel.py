"""Bits, their noise, and what happens to them on their way."""

import pytest
import torch

from course_lib.learners import channel


@pytest.fixture
def heard():
    generator = torch.Generator().manual_seed(0)
    return torch.where(torch.rand(3, 400, 2, 8, generator=generator) < 0.5, -1.0, 1.0)


def everybody(heard):
    return torch.ones(heard.shape[:-1], dtype=torch.bool)


def rng():
    return torch.Generator().manual_seed(1)


def test_the_unit_is_the_papers_formula():
    logits = torch.tensor([-2.0, 0.0, 0.5])
    silent = channel.regularise(logits, 0.0, rng())
    assert torch.allclose(silent, 2 * torch.sigmoid(logits) - 1)
    assert channel.discretise(logits).tolist() == [-1, -1, 1]


def test_the_noisy_half_carries_a_gradient_and_the_other_none():
    logits = torch.tensor([0.3, -0.7], requires_grad=True)
    channel.regularise(logits, 2.0, rng()).sum().backward()
    assert (logits.grad > 0).all()
    assert not channel.discretise(logits).requires_grad


def test_noise_teaches_to_speak_clearly():
    weak, clear = (channel.regularise(torch.full((2000,), x), 2.0, rng()) for x in (0.5, 8.0))
    assert (weak < 0).float().mean() > 0.3 and (clear > 0.9).float().mean() > 0.9


def test_muted(heard):
    assert not channel.muted(heard, everybody(heard), rng()).any()


def test_a_foreign_speaker_says_what_the_next_team_heard_in_that_step(heard):
    recorded = [heard, -heard]
    line = channel.foreign(recorded)
    first = line(torch.zeros_like(heard), everybody(heard), rng())
    second = line(torch.zeros_like(heard), everybody(heard), rng())
    assert (first[0] == heard[1]).all() and (first[2] == heard[0]).all()
    assert (second[0] == -heard[1]).all()


def test_shuffling_keeps_whole_messages_and_who_listens(heard):
    listening = everybody(heard)
    listening[:, :, 1] = False
    mixed = channel.shuffled(heard, listening, rng())
    assert (mixed[:, :, 1] == heard[:, :, 1]).all()  # nobody listened there
    before = sorted(map(tuple, heard[0, :, 0].tolist()))
    assert sorted(map(tuple, mixed[0, :, 0].tolist())) == before
    assert (mixed[:, :, 0] != heard[:, :, 0]).any()


def test_flips_and_losses_come_as_often_as_said(heard):
    flips = channel.flipped(0.2)(heard, everybody(heard), rng())
    assert (flips != heard).float().mean() == pytest.approx(0.2, abs=0.02)
    gone = channel.lost(0.3)(heard, everybody(heard), rng())
    silent = (gone == 0).all(dim=-1)
    assert silent.float().mean() == pytest.approx(0.3, abs=0.03)
    assert (gone[~silent] == heard[~silent]).all()  # lost as a whole, or not at all
    for make in (channel.flipped, channel.lost):
        with pytest.raises(ValueError, match="chance=2 is not a probability"):
            make(2)


def test_a_delay_hands_on_what_was_said_before(heard):
    line = channel.delayed(2)
    said = [heard * step for step in (1, 2, 3, 4)]
    arrived = [line(one, everybody(heard), rng()) for one in said]
    assert not arrived[0].any() and not arrived[1].any()
    assert (arrived[2] == said[0]).all() and (arrived[3] == said[1]).all()


def test_a_tag_tells_forgery_from_truth(heard):
    arrived = channel.authenticated(channel.flipped(0.1))(heard, everybody(heard), rng())
    dropped = (arrived == 0).all(dim=-1)
    assert dropped.float().mean() == pytest.approx(1 - 0.9**8, abs=0.03)
    assert (arrived[~dropped] == heard[~dropped]).all()
