"""The message function phi against torch's own layers, its contract and its promises; and the
reward function."""

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import hierarchy
from course_lib.hierarchy import MessageConfig, MessageFunction
from course_lib.hierarchy.message_function import masked_softmax

torch.set_num_threads(1)


def phi(seed=0, **options) -> MessageFunction:
    """A message function with weights that are all different from their start values, the pooling's
    too."""
    torch.manual_seed(seed)
    made = MessageFunction(MessageConfig(**options))
    nn.init.normal_(made.score.weight, std=0.5)
    return made


def crowd(batch=3, children=6, seed=1):
    """Messages of some units, and who is present: the first everybody, the second only some, the
    third nobody."""
    generator = torch.Generator().manual_seed(seed)
    present = torch.rand(batch, children, generator=generator) < 0.6
    present[0], present[1, 0], present[1, 1], present[2] = True, True, False, False
    return torch.rand(batch, children, 76, generator=generator), present


# the contract


def test_without_an_argument_it_is_the_papers_table_1():
    made = hierarchy.MessageFunction()
    (layer,) = made.layers
    shapes = {name: tuple(value.shape) for name, value in layer.named_parameters()}
    assert shapes["query_key_value.weight"] == (3 * 76, 76) and shapes["mix_heads.weight"] == (
        76,
        76,
    )
    assert shapes["feed_in.weight"] == (256, 76) and shapes["feed_out.weight"] == (76, 256)
    assert (made.config.nhead, made.config.dropout, made.config.pooling) == (4, 0.1, "attention")


def test_record_has_the_shapes_of_the_contract():
    messages, present = crowd()
    record = hierarchy.MessageFunction()(messages, present)
    assert record._fields == ("message", "attention", "pooling")
    assert record.message.shape == (3, 76) and record.attention.shape == (3, 4, 6, 6)
    assert record.pooling.shape == (3, 6)


def test_rows_of_attention_and_pooling_sum_to_one_among_the_present_and_are_zero_elsewhere():
    messages, present = crowd()
    record = phi()(messages, present)
    receivers = record.attention.sum(dim=3)  # (B, H, N)
    assert torch.allclose(receivers, present[:, None].float().expand_as(receivers), atol=1e-6)
    assert not record.attention.transpose(2, 3)[~present[:, None].expand(-1, 4, -1)].any()
    assert torch.allclose(record.pooling.sum(dim=1), present.any(dim=1).float(), atol=1e-6)
    assert not record.pooling[~present].any() and (record.pooling[present] > 0).all()


@pytest.mark.parametrize("children", [0, 1, 64])
def test_no_child_one_child_and_64_children(children):
    messages = torch.rand(2, children, 76)
    record = phi()(messages, torch.ones(2, children, dtype=torch.bool))
    assert record.message.shape == (2, 76) and record.attention.shape == (2, 4, children, children)
    assert record.message.isfinite().all()
    assert bool(record.message.any()) == (children > 0)


def test_with_all_children_absent_the_message_is_zero():
    messages, present = crowd()
    for options in ({}, {"pooling": "mean"}, {"pooling": "max"}, {"kind": "mean"}):
        assert not phi(**options)(messages, present).message[2].any()


# the promises


@pytest.mark.parametrize("pooling", ["attention", "mean", "max"])
def test_the_order_of_children_means_nothing(pooling):
    messages, present = crowd()
    order = torch.tensor([4, 2, 0, 5, 1, 3])
    made = phi(pooling=pooling)
    one, other = made(messages, present), made(messages[:, order], present[:, order])
    assert torch.allclose(one.message, other.message, atol=1e-5)
    assert torch.allclose(one.pooling[:, order], other.pooling, atol=1e-6)
    assert torch.allclose(one.attention[:, :, order][..., order], other.attention, atol=1e-6)


@pytest.mark.parametrize("pooling", ["attention", "mean", "max"])
def test_an_absent_child_is_as_if_it_had_never_been(pooling):
    messages, present = crowd()
    made = phi(pooling=pooling)
    there = present[1]
    alone = made(messages[1:2, there], present[1:2, there])
    poisoned = torch.where(present[..., None], messages, torch.nan)
    for padded in (made(messages, present), made(poisoned, present)):
        assert torch.allclose(padded.message[1], alone.message[0], atol=1e-5)
        assert torch.allclose(padded.pooling[1, there], alone.pooling[0], atol=1e-6)
        assert torch.allclose(
            padded.attention[1][:, there][..., there], alone.attention[0], atol=1e-6
        )


def test_every_present_child_is_heard():
    messages, present = crowd()
    made = phi()
    before = made(messages, present).message[1]
    for child in range(6):
        changed = messages.clone()
        changed[1, child] = 1 - changed[1, child]
        moved = not torch.allclose(made(changed, present).message[1], before, atol=1e-4)
        assert moved == bool(present[1, child])


def test_a_new_message_function_listens_to_all_alike_and_can_learn_not_to():
    messages, present = crowd()
    made = MessageFunction()
    assert torch.allclose(made(messages, present).pooling[0], torch.full((6,), 1 / 6))
    made(messages, present).pooling[0, 3].backward()
    assert made.score.weight.grad.any()


# torch's own layers as outside oracles


TORCHS_NAMES = {
    "query_key_value.": "self_attn.in_proj_",
    "mix_heads.": "self_attn.out_proj.",
    "feed_in.": "linear1.",
    "feed_out.": "linear2.",
    "norm_attention.": "norm1.",
    "norm_feed.": "norm2.",
}


def torchs_name(name: str) -> str:
    """What torch calls the weight that we call ``name``."""
    ours = next(part for part in TORCHS_NAMES if part in name)
    return name.replace(ours, TORCHS_NAMES[ours])


def test_attention_equals_torchs_multihead_attention():
    messages, present = crowd()
    (layer,) = phi().layers
    weights = {torchs_name(name): value for name, value in layer.state_dict().items()}
    oracle = nn.MultiheadAttention(76, 4, batch_first=True)
    own = {name: weights[f"self_attn.{name}"] for name in oracle.state_dict()}
    oracle.load_state_dict(own)
    wanted = oracle(
        messages[:2], messages[:2], messages[:2], ~present[:2], average_attn_weights=False
    )[1]
    found = layer(messages[:2], present[:2])[1]
    assert wanted.std() > 0.01, "the test would see nothing in even attention"
    for unit in range(2):
        there = present[unit]
        assert torch.allclose(found[unit][:, there], wanted[unit][:, there], atol=1e-6)


def test_layers_equal_torchs_transformer_encoder():
    messages, present = crowd()
    made = phi(num_encoder_layers=2, pooling="mean")
    for value in made.layers.parameters():
        nn.init.normal_(value, std=0.3)
    one = nn.TransformerEncoderLayer(76, 4, 256, 0.1, "relu", batch_first=True)
    oracle = nn.TransformerEncoder(one, 2, enable_nested_tensor=False).eval()
    oracle.layers.load_state_dict(
        {torchs_name(name): value for name, value in made.layers.state_dict().items()}
    )
    encoded = oracle(messages[:2], src_key_padding_mask=~present[:2])
    wanted = torch.stack([encoded[unit, present[unit]].mean(dim=0) for unit in range(2)])
    assert torch.allclose(made(messages[:2], present[:2]).message, wanted, atol=1e-4)


# dropout


def test_dropout_is_off_in_training_too_unless_it_is_switched_on():
    messages, present = crowd()
    made = phi().train()
    assert torch.equal(made(messages, present).message, made(messages, present).message)
    switched = phi(use_dropout=True).train()
    assert not torch.allclose(
        switched(messages, present).message, switched(messages, present).message, atol=1e-3
    )
    switched.eval()
    assert torch.equal(switched(messages, present).message, made(messages, present).message)


def test_dropout_leaves_the_recorded_attention_alone():
    messages, present = crowd()
    record = phi(use_dropout=True).train()(messages, present)
    assert torch.allclose(record.attention[0].sum(dim=2), torch.ones(4, 6), atol=1e-6)


# gradients


@pytest.mark.parametrize(
    "options", [{}, {"pooling": "mean"}, {"pooling": "max"}, {"num_encoder_layers": 2}]
)
def test_gradients_are_finite_and_reach_every_weight_even_where_children_are_absent(options):
    messages, present = crowd()
    messages.requires_grad_()
    made = phi(**options)
    made(messages, present).message.square().sum().backward()
    for name, value in made.layers.named_parameters():
        assert value.grad.isfinite().all() and value.grad.any(), name
    assert messages.grad.isfinite().all()
    assert not messages.grad[~present].any() and messages.grad[present].any(dim=1).all()


def test_the_parents_loss_trains_phi():
    unit = hierarchy.Unit()
    nn.init.normal_(unit.policy_function.network[-1].weight)
    messages, present = crowd()
    message = unit.aggregate(messages, present).message
    seen = hierarchy.Observation(torch.zeros(3), torch.ones(3, 8), message, torch.zeros(3))
    decided = unit.decide(seen, torch.zeros(3, 82), torch.ones(3, 82, dtype=torch.bool))
    (-decided.probabilities[:, 7].log().mean()).backward()
    for name, value in unit.message_function.named_parameters():
        # the score's bias shifts all scores of the softmax alike, so nothing depends on it
        assert value.grad.isfinite().all() and (value.grad.any() or name == "score.bias"), name


def test_double_precision_passes_through():
    messages, present = crowd()
    for options in ({}, {"pooling": "mean"}, {"pooling": "max"}, {"kind": "zeros"}):
        record = phi(**options).double()(messages.double(), present)
        assert {part.dtype for part in record} == {torch.float64}


def test_masked_softmax_without_any_allowed_entry_is_zero_with_a_finite_gradient():
    scores = torch.randn(2, 4, requires_grad=True)
    weights = masked_softmax(scores, torch.tensor([[True, False, True, False], [False] * 4]))
    assert not weights[1].any() and weights[0, [0, 2]].sum().item() == pytest.approx(1)
    weights.square().sum().backward()
    assert scores.grad.isfinite().all()


# ablations and poolings


def test_kind_mean_is_the_plain_mean_of_the_present():
    messages, present = crowd()
    record = phi(kind="mean")(messages, present)
    assert torch.allclose(record.message[1], messages[1, present[1]].mean(dim=0), atol=1e-6)
    assert torch.allclose(record.pooling[1, present[1]], 1 / present[1].sum().float())


def test_kind_zeros_lets_nothing_through():
    messages, present = crowd()
    record = phi(kind="zeros")(messages, present)
    assert not record.message.any() and not record.attention.any()


def test_max_pooling_takes_the_largest_entry_and_says_who_won():
    messages, present = crowd()
    record = phi(kind="mean", pooling="max")(messages, present)
    mine = messages[1, present[1]]
    assert torch.equal(record.message[1], mine.amax(dim=0))
    share = (mine.argmax(dim=0)[:, None] == torch.arange(len(mine))).float().mean(dim=0)
    assert torch.allclose(record.pooling[1, present[1]], share)


def test_pooling_is_the_softmax_of_the_scores():
    messages, present = crowd()
    made = phi(num_encoder_layers=0)
    record = made(messages, present)
    scores = (messages[1, present[1]] @ made.score.weight[0] + made.score.bias).detach()
    weights = np.exp(scores.numpy()) / np.exp(scores.numpy()).sum()
    assert np.allclose(record.pooling[1, present[1]].detach(), weights, atol=1e-6)
    assert np.allclose(
        record.message[1].detach(), weights @ messages[1, present[1]].numpy(), atol=1e-5
    )


# errors


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"nhead": 5}, "nhead=5 does not divide"),
        ({"nhead": 0}, "nhead=0 does not divide"),
        ({"pooling": "sum"}, "allowed: attention, mean, max"),
        ({"kind": "lstm"}, "allowed: transformer, mean, zeros"),
        ({"dropout": 1.5}, "dropout=1.5"),
        ({"num_encoder_layers": -1}, "num_encoder_layers"),
    ],
)
def test_an_impossible_configuration_is_one_line(options, says):
    with pytest.raises(ValueError, match=says) as problem:
        MessageConfig(**options)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("messages", "present", "says"),
    [
        (torch.zeros(2, 75), torch.ones(2, 3, dtype=torch.bool), "messages have shape"),
        (
            torch.zeros(2, 3, 75),
            torch.ones(2, 3, dtype=torch.bool),
            r"wanted floats \(units, children, 76\)",
        ),
        (torch.zeros(2, 3, 76, dtype=torch.int8), torch.ones(2, 3, dtype=torch.bool), "torch.int8"),
        (torch.zeros(2, 3, 76), torch.ones(2, 4, dtype=torch.bool), r"present has shape \(2, 4\)"),
        (torch.zeros(2, 3, 76), torch.ones(2, 3), r"wanted bool \(2, 3\)"),
    ],
)
def test_other_shapes_or_types_are_refused(messages, present, says):
    with pytest.raises(ValueError, match=says):
        MessageFunction()(messages, present)


# the reward function


def test_reward_function_is_the_weighted_average_of_the_present():
    present = np.array([[True, True, False], [False, False, False]])
    rewards = np.array([[1.0, 3.0, np.nan], [1.0, 1.0, 1.0]])
    assert hierarchy.reward_function(rewards, present).tolist() == [2.0, 0.0]
    assert hierarchy.reward_function(rewards, present, np.array([3, 1, 5])).tolist() == [1.5, 0.0]
    assert hierarchy.reward_function(np.zeros((4, 0)), np.ones(0, bool)).tolist() == [0.0] * 4


def test_reward_function_refuses_weights_that_do_not_fit():
    for weights in ([1, 1], [1, 1, -1]):
        with pytest.raises(ValueError, match="weights"):
            hierarchy.reward_function(np.ones(3), np.ones(3, bool), np.array(weights))


def test_sibling_weights_put_the_own_reward_first_and_follow_who_is_present():
    whole = hierarchy.sibling_weights(np.ones(4, bool), 0.7)
    assert np.allclose(np.diag(whole), 0.7) and np.allclose(whole[0, 1:], 0.1)
    fewer = hierarchy.sibling_weights(np.array([True, True, False, True]), 0.7)
    assert np.allclose(fewer[0], [0.7, 0.15, 0, 0.15]) and not fewer[2].any(), (
        "the lost sibling's share goes round"
    )
    assert np.allclose(hierarchy.sibling_weights(np.array([True, False]), 0.7), [[1, 0], [0, 0]])
    with pytest.raises(ValueError, match="own=1.5"):
        hierarchy.sibling_weights(np.ones(2, bool), 1.5)


def test_the_package_offers_functions_not_modules():
    import course_lib.hierarchy.reward_function  # noqa: F401  # the module has the function's name

    assert callable(hierarchy.reward_function)


def test_a_small_one_for_a_pocket_calculator_is_allowed():
    """Lesson 10 works with messages of four entries."""
    toy = MessageFunction(MessageConfig(d_model=4, nhead=1, dim_feedforward=4))
    record = toy(torch.ones(1, 3, 4), torch.ones(1, 3, dtype=torch.bool))
    assert record.message.shape == (1, 4)
    with pytest.raises(ValueError, match="d_model=0 is not a whole number"):
        MessageConfig(d_model=0, nhead=1)
