"""The cross-entropy method on hills whose top is known."""

import numpy as np
import pytest

from course_lib.learners.cross_entropy import CrossEntropyConfig, cross_entropy


@pytest.mark.parametrize("top", [(2.0, -1.0), (0.0, 3.0)])
def test_it_climbs_a_noisy_hill(top):
    """From the origin to within a quarter of the top, although scores are noisy."""
    luck = np.random.default_rng(1)

    def scores(tries):
        return -((tries - top) ** 2).sum(axis=1) + luck.normal(0, 0.3, len(tries))

    config = CrossEntropyConfig(population=30, elite=6, generations=25)
    found = cross_entropy(scores, np.zeros(2), config, seed=2)
    assert np.allclose(found[-1].mean, top, atol=0.25)
    assert found[-1].mean_score > found[0].mean_score
    assert [one.number for one in found] == list(range(1, 26))


def test_the_same_seed_finds_the_same():
    def scores(tries):
        return tries.sum(axis=1)

    one, two = (cross_entropy(scores, np.zeros(3), seed=5)[-1].mean for _ in range(2))
    other = cross_entropy(scores, np.zeros(3), seed=6)[-1].mean
    assert (one == two).all() and (one != other).any()


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="elite=9"):
        CrossEntropyConfig(population=8, elite=9)
    with pytest.raises(ValueError, match="one a try"):
        cross_entropy(lambda tries: np.zeros(3), np.zeros(2))
