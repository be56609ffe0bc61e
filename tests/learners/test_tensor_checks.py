"""Tensors of another shape or type are refused by name before a formula broadcasts them."""

import pytest
import torch

from course_lib.learners import counterfactual_advantages, of_actions, trace_returns
from course_lib.learners.tensor_checks import check_tensor

VALUES = torch.arange(24.0).reshape(2, 3, 4)
TAKEN = torch.zeros(2, 3, dtype=torch.int64)


def test_what_fits_comes_back():
    assert check_tensor("values", VALUES, 2, None, 4) is VALUES
    assert check_tensor("one", torch.tensor(1.0)).item() == 1


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 5), (None, None, None, None)])
def test_another_shape_is_named(shape):
    with pytest.raises(ValueError, match=r"^values has shape \(2, 3, 4\); wanted is \("):
        check_tensor("values", VALUES, *shape)


def test_formulas_do_not_broadcast():
    """A row of probabilities for all agents, a column of values: each would give numbers."""
    with pytest.raises(ValueError, match="^probabilities has shape"):
        counterfactual_advantages(VALUES, torch.full((4,), 0.25), TAKEN)
    with pytest.raises(ValueError, match="^values has shape"):
        trace_returns(torch.zeros(4, 2), torch.zeros(5, 1), 0.9, 0.5)
    with pytest.raises(ValueError, match="^actions has shape"):
        of_actions(VALUES, TAKEN[:1])
    with pytest.raises(ValueError, match="^actions of type torch.float32"):
        of_actions(VALUES, TAKEN.float())
