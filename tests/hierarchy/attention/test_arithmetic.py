"""The arithmetic shown is that of the message function, step by step."""

import numpy as np
import pytest
import torch
from support.teams import opinionated

from course_lib.hierarchy import THREE_LAYER, MessageConfig, MessageFunction
from course_lib.hierarchy.attention.arithmetic import head_arithmetic, without_each_entry

MASK = np.array([True, True, False, True])


@pytest.fixture(scope="module", params=[1, 2])
def phi(request):
    torch.manual_seed(1)
    return MessageFunction(MessageConfig(num_encoder_layers=request.param)).eval()


@pytest.fixture(scope="module")
def messages():
    return np.random.default_rng(2).random((4, 76)).astype(np.float32)


def attention(phi, messages):
    with torch.no_grad():
        record = phi(torch.as_tensor(messages)[None], torch.as_tensor(MASK)[None])
    return record.attention[0].numpy()


def test_every_step_follows_from_the_one_before_and_the_last_is_the_attention(phi, messages):
    found = head_arithmetic(phi, messages, MASK, head=2, receiver=1)
    assert found.query.shape == (19,) and found.values.shape == (4, 19)
    assert found.products[3] == pytest.approx(float(found.query @ found.keys[3]), abs=1e-5)
    assert found.scores == pytest.approx(found.products / 19**0.5)
    assert found.exponentials[2] == 0 and found.exponentials[0] == np.exp(found.scores[0])
    assert found.weights == pytest.approx(attention(phi, messages)[2, 1], abs=1e-5)
    by_hand = sum(w * v for w, v in zip(found.weights, found.values, strict=True))
    assert found.passed_on == pytest.approx(by_hand)


def test_leaving_an_entry_out_is_a_pass_without_it(phi, messages):
    weights = without_each_entry(phi, messages, MASK, head=1, receiver=0, sender=3)
    for entry in (0, 40):
        edited = messages.copy()
        edited[3, entry] = 0
        assert weights[entry] == pytest.approx(attention(phi, edited)[1, 0, 3], abs=1e-5)
    assert weights.shape == (76,) and np.ptp(weights) > 1e-4


def test_without_attention_or_receiver_there_is_no_arithmetic(messages):
    plain = MessageFunction(MessageConfig(kind="mean"))
    with pytest.raises(ValueError, match="no attention"):
        head_arithmetic(plain, messages, MASK, 0, 0)
    with pytest.raises(ValueError, match="no attention"):
        without_each_entry(plain, messages, MASK, 0, 0, 1)
    phi = opinionated(THREE_LAYER).unit_at(1, 0).message_function
    with pytest.raises(ValueError, match="absent receiver"):
        head_arithmetic(phi, messages, MASK, 0, 2)
