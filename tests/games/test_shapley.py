"""Shapley values: the axioms, a game with a known answer, and the sampled estimate."""

import numpy as np
import pytest

from course_lib.games.shapley import coalitions, sampled_shapley_values, shapley_values


def random_game(members, seed):
    """Worths of all coalitions, drawn at random."""
    rng = np.random.default_rng(seed)
    table = {coalition: float(rng.normal()) for coalition in coalitions(members)}
    return table.__getitem__


@pytest.mark.parametrize("members", [1, 2, 5, 7])
def test_the_values_add_up_to_what_the_team_earns(members):
    """Efficiency."""
    worth = random_game(members, members)
    everybody, nobody = worth(frozenset(range(members))), worth(frozenset())
    assert np.isclose(shapley_values(members, worth).sum(), everybody - nobody, atol=1e-12)


def test_equal_members_get_the_same():
    """Symmetry: members 1 and 3 are the same to every coalition."""
    asked = random_game(5, 0)

    def worth(coalition):
        twins = len(coalition & {1, 3})
        return asked(coalition - {1, 3}) + twins**2

    values = shapley_values(5, worth)
    assert np.isclose(values[1], values[3]) and not np.isclose(values[1], values[0])


def test_who_adds_nothing_gets_nothing():
    """Null player."""
    asked = random_game(4, 1)
    values = shapley_values(5, lambda coalition: asked(coalition - {4}))
    assert abs(values[4]) < 1e-12 and np.allclose(values[:4], shapley_values(4, asked))


def test_the_values_of_a_sum_are_the_sums_of_the_values():
    """Additivity."""
    one, two = random_game(5, 2), random_game(5, 3)
    both = shapley_values(5, lambda coalition: one(coalition) + 3 * two(coalition))
    assert np.allclose(both, shapley_values(5, one) + 3 * shapley_values(5, two))


def test_the_glove_game():
    """One left glove (0), two right ones: 2/3, 1/6, 1/6."""
    values = shapley_values(3, lambda c: float(0 in c and len(c) > 1))
    assert np.allclose(values, [2 / 3, 1 / 6, 1 / 6])


def test_sampled_values_hold_the_exact_ones_and_add_up_exactly():
    """Eight members, twenty samples of 200 orders: of 160 intervals nine in ten hold the truth."""
    worth = random_game(8, 4)
    exact = shapley_values(8, worth)
    inside = []
    for seed in range(20):
        found = sampled_shapley_values(8, worth, orders=200, seed=seed)
        assert np.isclose(sum(one.mean for one in found), exact.sum())
        inside += [one.low <= true <= one.high for one, true in zip(found, exact, strict=True)]
    assert 0.9 < np.mean(inside) < 1


def test_nonsense_is_refused():
    """Too many members to count out, and too few orders for an interval."""
    with pytest.raises(ValueError, match="members=13"):
        shapley_values(13, lambda c: 0.0)
    with pytest.raises(ValueError, match="orders=1"):
        sampled_shapley_values(2, lambda c: 0.0, orders=1)
