"""What a fused entry comes from: parts that add up, and a correlation that means what it says."""

import numpy as np
import pytest
import torch
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import MessageConfig, Team, TeamConfig, Tree, UnitConfig
from course_lib.hierarchy.attention.provenance import comes_from

TREE = Tree.from_description({"centre": ["a", "b", "c"]})


def test_without_an_encoder_an_entry_is_the_mean_of_the_childrens():
    plain = TeamConfig(UnitConfig(message=MessageConfig(kind="mean")))
    found = comes_from(record_messages(Team(TREE, plain), some_messages(30, 3)), "centre")
    moves = ~np.isnan(found.correlation)
    assert moves.any() and np.allclose(found.correlation[moves], 1, atol=1e-4)
    assert np.allclose(found.residual[moves], 1)


def test_silent_attention_and_feed_leave_only_the_residual_way():
    team = opinionated(TREE)
    for unit in team.units.values():
        for layer in unit.message_function.layers:
            for part in (layer.mix_heads, layer.feed_out):
                torch.nn.init.zeros_(part.weight)
                torch.nn.init.zeros_(part.bias)
    silent = comes_from(record_messages(team, some_messages(30, 3)), "centre")
    spoken = comes_from(record_messages(opinionated(TREE), some_messages(30, 3)), "centre")
    assert np.allclose(silent.residual[silent.residual == silent.residual], 1)
    assert np.nanmean(spoken.residual) < 0.95
    assert np.nanmean(np.abs(spoken.correlation)) < np.nanmean(np.abs(silent.correlation))


def test_a_leaf_is_refused():
    with pytest.raises(ValueError, match="commands nobody"):
        comes_from(record_messages(opinionated(TREE), some_messages(4, 3)), "a")
