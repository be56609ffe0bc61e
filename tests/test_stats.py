"""Intervals and tests of `course_lib.stats` against printed tables and hand-made samples."""

import dataclasses
import math

import numpy as np
import pytest

from course_lib import stats as st

# probability, degrees of freedom, quantile as printed in common tables (5 decimals where known)
T_TABLE = [
    (0.975, 1, 12.70620),
    (0.975, 2, 4.30265),
    (0.95, 4, 2.13185),
    (0.975, 10, 2.22814),
    (0.995, 10, 3.16927),
    (0.90, 29, 1.31143),
    (0.975, 30, 2.04227),
    (0.975, 99, 1.98422),
    (0.95, 1000, 1.64638),
]


@pytest.mark.parametrize("probability, freedom, value", T_TABLE)
def test_t_quantile_agrees_with_tables(probability, freedom, value):
    assert st.t_quantile(probability, freedom) == pytest.approx(value, abs=1e-4)
    assert st.t_quantile(1 - probability, freedom) == pytest.approx(-value, abs=1e-4)


def test_t_distribution_has_its_closed_forms():
    for t in (-3.0, 0.0, 0.4, 25.0):
        assert st.t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-12)
        assert st.t_cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-12)
    assert st.t_cdf(1.959964, 1e6) == pytest.approx(0.975, abs=1e-5)


def test_t_quantile_inverts_the_distribution_for_real_degrees_of_freedom():
    assert st.t_cdf(st.t_quantile(0.83, 7.31), 7.31) == pytest.approx(0.83, abs=1e-12)


def test_mean_interval_by_hand():
    interval = st.mean_interval([1, 2, 3, 4, 5])
    half = 2.77645 * math.sqrt(2.5) / math.sqrt(5)
    assert (interval.mean, interval.n) == (3.0, 5)
    assert interval.std == pytest.approx(math.sqrt(2.5))
    assert interval.half_width == pytest.approx(half, abs=1e-4)
    assert st.mean_interval([1, 2, 3, 4, 5], level=0.99).half_width > interval.half_width
    assert str(interval) == "3.0 [1.0, 5.0] (n = 5)"


def test_mean_interval_covers_the_truth_as_often_as_it_promises():
    rng = np.random.default_rng(0)
    intervals = [st.mean_interval(rng.normal(3.0, 2.0, size=6)) for _ in range(2000)]
    assert np.mean([i.low <= 3.0 <= i.high for i in intervals]) == pytest.approx(0.95, abs=0.015)


def test_one_value_has_an_infinite_interval():
    interval = st.mean_interval([7.0])
    assert interval.mean == 7.0 and interval.low == -math.inf and interval.high == math.inf


def test_a_contrast_is_shown_in_whole_units_with_its_interval():
    # Differences 10, 20, 30: mean 20, standard error 10 / sqrt(3), t = 4.3027, half width 24.8.
    contrast = st.paired_contrast([20.0, 30.0, 40.0], [10.0, 10.0, 10.0])
    assert str(contrast) == "+20 [-5, +45]"


def test_paired_contrast_by_hand():
    contrast = st.paired_contrast([2, 4, 6, 9], [1, 2, 3, 9])
    assert contrast.difference == 1.5
    t = 1.5 / (math.sqrt(5 / 3) / 2)
    assert contrast.p_value == pytest.approx(2 * (1 - st.t_cdf(t, 3)))
    assert (contrast.low > 0) == (contrast.p_value < 0.05)


def test_pairing_sees_what_a_shared_spread_hides():
    rng = np.random.default_rng(1)
    luck = rng.normal(0, 100, 30)
    a, b = luck + rng.normal(3, 1, 30), luck + rng.normal(0, 1, 30)
    assert st.paired_contrast(a, b).low > 0
    assert not st.welch_tost(a, b, margin=10).equivalent


def test_equal_pairs_are_no_difference():
    contrast = st.paired_contrast([1, 2, 3], [1, 2, 3])
    assert (contrast.p_value, contrast.low, contrast.high) == (1.0, 0.0, 0.0)


def test_welch_tost_by_hand():
    a, b = np.array([10.0, 12, 11, 13, 9]), np.array([10.0, 11, 10, 11, 12, 12])
    result = st.welch_tost(a, b, margin=3)
    error = math.sqrt(2.5 / 5 + b.var(ddof=1) / 6)
    freedom = error**4 / ((2.5 / 5) ** 2 / 4 + (b.var(ddof=1) / 6) ** 2 / 5)
    assert result.difference == pytest.approx(0.0)
    assert result.high == pytest.approx(st.t_quantile(0.95, freedom) * error)
    assert result.p_value == pytest.approx(1 - st.t_cdf(3 / error, freedom))
    assert result.equivalent


def test_tost_verdict_is_the_90_percent_interval_inside_the_margin():
    rng = np.random.default_rng(2)
    seen = set()
    for shift in np.linspace(0, 2, 21):
        a, b = rng.normal(shift, 1, 25), rng.normal(0, 1.5, 40)
        result = st.welch_tost(a, b, margin=1.0)
        assert result.equivalent == (-1.0 < result.low and result.high < 1.0)
        seen.add(result.equivalent)
    assert seen == {True, False}


def test_tost_without_spread_compares_the_numbers():
    assert st.welch_tost([5, 5], [5.5, 5.5], margin=1).equivalent
    assert not st.welch_tost([5, 5], [7, 7], margin=1).equivalent


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: st.mean_interval([]), "at least 1 value"),
        (lambda: st.mean_interval([[1, 2]]), "one-dimensional"),
        (lambda: st.mean_interval([1, math.nan]), "not finite"),
        (lambda: st.mean_interval([1, 2], level=95), "above 0 and below 1"),
        (lambda: st.paired_contrast([1, 2], [1]), "equal lengths"),
        (lambda: st.paired_contrast([1], [1]), "2 pairs"),
        (lambda: st.welch_tost([1, 2], [1], 1), "at least 2"),
        (lambda: st.welch_tost([1, 2], [1, 2], 0), "margin"),
        (lambda: st.t_quantile(1.0, 3), "above 0 and below 1"),
        (lambda: st.t_cdf(1.0, 0), "degrees of freedom"),
        (lambda: st.t_quantile(0.9, math.inf), "degrees of freedom"),
        (lambda: st.t_quantile(0.9, math.nan), "degrees of freedom"),
    ],
)
def test_nonsense_is_one_clear_line(call, word):
    with pytest.raises(ValueError, match=word) as error:
        call()
    assert "\n" not in str(error.value)


def test_results_are_frozen_records():
    with pytest.raises(dataclasses.FrozenInstanceError):
        st.mean_interval([1, 2]).mean = 0


def test_welch_difference_agrees_with_the_equivalence_test_and_says_what_it_excludes():
    rng = np.random.default_rng(3)
    a, b = rng.normal(2, 1, 5), rng.normal(0, 3, 7)
    found = st.welch_difference(a, b, level=0.90)
    equivalence = st.welch_tost(a, b, margin=1.0)
    assert found == pytest.approx((equivalence.difference, equivalence.low, equivalence.high))
    assert st.welch_difference([5, 6, 7], [1, 2, 3]).excludes_zero
    assert not st.welch_difference([1, 6, 7], [1, 2, 9]).excludes_zero
    assert st.welch_difference([1.0], [2, 3]) == (-1.5, -np.inf, np.inf)


def test_the_p_value_of_welch_agrees_with_its_interval():
    a, b = [-160.8, -194.8, -174.7, -207.8, -210.1], [-147.3, -164.5, -170.4, -165.2, -154.9]
    p = st.welch_p_value(a, b)
    assert p == pytest.approx(0.035, abs=0.001)
    edge = st.welch_difference(a, b, level=1 - p)
    assert edge.high == pytest.approx(0, abs=1e-3)
    assert st.welch_p_value(a, b) == pytest.approx(st.welch_p_value(b, a))
    assert st.welch_p_value([1, 1], [1, 1]) == 1 and st.welch_p_value([1, 1], [2, 2]) == 0
    with pytest.raises(ValueError, match="at least two numbers"):
        st.welch_p_value([1], [1, 2])


def test_a_hierarchical_bootstrap_counts_seeds_and_not_single_values():
    """200 values of each of 5 seeds are five observations, not a thousand."""
    rng = np.random.default_rng(4)
    by_seed = rng.normal(0, 1, (5, 1)) + rng.normal(0, 0.1, (5, 200))
    low, high = st.bootstrap_interval(by_seed)
    naive = st.mean_interval(by_seed.ravel())
    over_seeds = st.mean_interval(by_seed.mean(axis=1))
    assert high - low > 5 * (naive.high - naive.low)
    assert 0.4 < (high - low) / (over_seeds.high - over_seeds.low) < 1
    assert low < by_seed.mean() < high


def test_a_hierarchical_bootstrap_holds_the_spread_within_seeds_too():
    """Equal seed means leave the spread of the values: 2 x 1.96 x std / sqrt(S K) wide."""
    within = np.array([-1.0, 1.0] * 20)
    low, high = st.bootstrap_interval(np.tile(within, (8, 1)))
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(8 * 40), rel=0.1)
    assert st.bootstrap_interval(np.tile(within, (8, 1))) == (low, high)


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [1.0, 2.0], [[1.0], [math.nan]], [[], []]])
def test_a_bootstrap_of_too_little_is_refused(values):
    with pytest.raises(ValueError):
        st.bootstrap_interval(values)
