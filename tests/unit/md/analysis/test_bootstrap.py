"""Intervals by resampling: what they must be where it can be told beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.md.analysis.bootstrap import (
    bootstrap,
    normal_interval,
    percentile_band,
    resampled_ratio,
)

VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=12).map(np.array)
MANY = {"confidence": 0.9, "n_bootstrap": 200, "seed": 0}


@given(VALUES)
def test_bounds_are_within_the_values_and_around_most_means(values: np.ndarray) -> None:
    value, low, high = bootstrap(values, np.mean, **MANY)
    slack = 1e-9 * (1 + np.abs(values).max())
    assert values.min() - slack <= low <= high <= values.max() + slack
    assert value == pytest.approx(values.mean(), abs=slack)


@given(VALUES, st.floats(0.1, 10), st.floats(-5, 5))
def test_bounds_move_and_grow_with_the_values(
    values: np.ndarray, scale: float, shift: float
) -> None:
    one = bootstrap(values, np.median, **MANY)
    other = bootstrap(scale * values + shift, np.median, **MANY)
    expected = scale * np.array(one) + shift
    np.testing.assert_allclose(other, expected, rtol=1e-9, atol=1e-9 * scale * 100)


def test_equal_values_have_no_width() -> None:
    assert bootstrap(np.full(5, 2.5), np.mean, **MANY) == (2.5, 2.5, 2.5)


def test_what_is_not_known_changes_nothing() -> None:
    known = np.array([1.0, 4.0, 2.0])
    holes = np.array([np.nan, 1.0, np.inf, 4.0, 2.0])
    assert bootstrap(holes, np.mean, **MANY) == bootstrap(known, np.mean, **MANY)


@pytest.mark.parametrize(("values", "known"), [([], False), ([np.nan], False), ([3.0], True)])
def test_too_few_values_have_no_bounds(values: list[float], known: bool) -> None:
    value, low, high = bootstrap(np.array(values), np.mean, **MANY)
    assert np.isnan([low, high]).all()
    assert value == 3.0 if known else np.isnan(value)


def test_a_higher_level_is_wider_and_the_bounds_are_quantiles() -> None:
    values = np.random.default_rng(1).normal(size=30)
    wide, narrow = (
        bootstrap(values, np.mean, confidence=level, n_bootstrap=4000, seed=2)
        for level in (0.99, 0.5)
    )
    assert wide[1] < narrow[1] < narrow[2] < wide[2]
    # Of a mean of many values: half of the mass is within 0.674 standard errors.
    error = values.std() / np.sqrt(len(values))
    assert narrow[2] - narrow[1] == pytest.approx(2 * 0.6745 * error, rel=0.06)


def test_a_ratio_weighs_replicas_by_what_they_contributed() -> None:
    sums, sizes = np.array([[2.0, 4.0], [9.0, 3.0]]), np.array([1, 3])
    value, samples = resampled_ratio(sums, sizes, n_bootstrap=500, seed=0)
    np.testing.assert_allclose(value, [11 / 4, 7 / 4])
    possible = np.array([[2.0, 4.0], [3.0, 1.0], [11 / 4, 7 / 4]])
    near = np.abs(samples[:, None] - possible).max(-1) < 1e-12
    assert near.any(axis=1).all()
    shares = near.mean(axis=0)
    np.testing.assert_allclose(shares, [0.25, 0.25, 0.5], atol=0.07)


def test_resamples_without_any_contribution_are_left_out() -> None:
    sums, sizes = np.array([[0.0], [6.0], [8.0]]), np.array([0, 3, 4])
    value, samples = resampled_ratio(sums, sizes, n_bootstrap=400, seed=0)
    assert value == pytest.approx(2.0)
    np.testing.assert_allclose(samples, 2.0)
    # (1/3)^3 of the draws are of the first alone.
    assert 400 * (1 - 3 / 27) < len(samples) < 400


def test_a_single_contribution_has_no_spread() -> None:
    value, samples = resampled_ratio(
        np.array([[0.0], [6.0]]), np.array([0, 3]), n_bootstrap=50, seed=0
    )
    assert value == pytest.approx(2.0)
    assert np.isnan(samples).all()


def test_a_band_is_of_quantiles_bin_by_bin() -> None:
    samples = np.stack([np.arange(101.0), 2 * np.arange(101.0)], axis=1)
    value, low, high = percentile_band(np.array([50.0, 7.0]), samples, 0.9)
    assert value.tolist() == [50.0, 7.0]
    np.testing.assert_allclose(low, [5, 10])
    np.testing.assert_allclose(high, [95, 190])


def test_a_distance_has_a_normal_interval_that_stays_possible() -> None:
    samples = np.array([0.5, 0.7, 0.6, 0.8])
    value, low, high = normal_interval(0.4, samples, 0.95, 2.0)
    width = 1.959964 * samples.std(ddof=1)
    assert (value, low, high) == pytest.approx((0.4, 0.4 - width, 0.4 + width), rel=1e-6)
    assert normal_interval(0.01, samples, 0.95, 2.0)[1] == 0.0
    assert normal_interval(1.99, samples, 0.95, 2.0)[2] == 2.0
