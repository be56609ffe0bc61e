"""Information, against what follows from the definitions."""

import numpy as np
import pytest

from course_lib.learners import information as inf


def test_entropy_of_known_shares():
    assert inf.entropy([0, 1] * 50) == pytest.approx(1)
    assert inf.entropy([3] * 20) == 0
    assert inf.entropy(np.repeat([0, 1], [30, 10])) == pytest.approx(0.8113, abs=1e-4)
    assert inf.entropy(np.array([[0, 0], [0, 1], [1, 0], [1, 1]])) == pytest.approx(2)


def test_mutual_information_of_a_copy_a_noisy_copy_and_a_stranger():
    bit = np.tile([0, 1], 800)
    assert inf.mutual_information(bit, 1 - bit) == pytest.approx(1)
    noisy = np.where(np.arange(1600) % 10 < 2, 1 - bit, bit)  # 20 % of the bits turned
    assert inf.mutual_information(bit, noisy) == pytest.approx(1 - 0.7219, abs=1e-3)
    assert inf.mutual_information(bit, np.repeat([0, 1], 800)) == pytest.approx(0, abs=1e-12)


def bits_given(x, y, z):
    return inf.tested_information(x, y, z, permutations=20).bits


def test_what_is_known_already_counts_nothing():
    rng = np.random.default_rng(0)
    x = rng.integers(2, size=4000)
    same = x.copy()
    assert bits_given(x, same, same) == pytest.approx(0, abs=1e-12)
    # Exclusive or: neither input alone tells anything, both together all.
    y = rng.integers(2, size=4000)
    both = x ^ y
    assert inf.mutual_information(both, x) < 0.01
    assert bits_given(both, x, y) > 0.99


def test_the_null_keeps_the_bias_and_the_test_finds_the_truth():
    rng = np.random.default_rng(1)
    x, z = rng.integers(4, size=300), rng.integers(3, size=300)
    stranger = inf.tested_information(x, rng.integers(8, size=300), z)
    assert stranger.bits > 0.05 and stranger.p_value > 0.05  # bias alone, and no more than that
    told = inf.tested_information(x, np.where(rng.random(300) < 0.6, x, 0), z)
    assert told.p_value == pytest.approx(1 / 201) and told.bits > told.null_high > told.null
    assert told.excess == told.bits - told.null


def test_permutations_stay_within_what_is_known():
    # x and y agree only because both follow z: given z there is nothing left.
    z = np.repeat(np.arange(5), 60)
    found = inf.tested_information(z, z, z)
    assert found.bits == pytest.approx(0, abs=1e-12) and found.p_value == 1


def test_the_plain_and_the_tested_figure_are_the_same():
    rng = np.random.default_rng(2)
    x, y, z = rng.integers(3, size=(3, 200))
    assert inf.tested_information(x, y).bits == pytest.approx(inf.mutual_information(x, y))
    together = inf.entropy(inf.labels(x, z)) + inf.entropy(inf.labels(y, z))
    apart = inf.entropy(inf.labels(x, y, z)) + inf.entropy(z)
    assert bits_given(x, y, z) == pytest.approx(together - apart)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        inf.mutual_information([0, 1], [0, 1, 1])


def test_topographic_similarity():
    meanings = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert inf.topographic_similarity(meanings, meanings) == pytest.approx(1)
    assert inf.topographic_similarity(meanings, meanings[[0, 3, 1, 2]]) < 0
    assert inf.topographic_similarity(meanings, np.zeros((4, 2))) == 0
