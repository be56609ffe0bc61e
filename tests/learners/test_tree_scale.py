"""A decision tree asks about one feature at a time, so that its features may have any scale."""

import numpy as np
import pytest

from course_lib.learners import Logistic, ShallowTree


def test_a_tree_takes_features_of_any_scale_and_a_regression_does_not():
    """Lesson 01 reads a tree from plain kilobytes."""
    kilobytes = np.linspace(0, 4e6, 200)[:, None]
    large = kilobytes[:, 0] > 2e6
    assert (ShallowTree(kilobytes, large).probability(kilobytes) > 0.5).tolist() == large.tolist()
    with pytest.raises(ValueError, match="swamp the others"):
        Logistic(kilobytes, large)
