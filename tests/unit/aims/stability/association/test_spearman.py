"""Laws of the rank correlation: what it is blind to, what it takes out, what it leaves unsaid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from nearsight.aims.stability.association.spearman import (
    centred_ranks,
    correlation,
    over_strata,
    rho,
    without,
)

NAN = np.nan
SEEDS = st.integers(0, 10_000)


def pair(seed: int, n_strata: int = 2, n_settings: int = 9) -> np.ndarray:
    """(2, stratum, setting) normals, some of them tied."""
    random = np.random.default_rng(seed)
    return random.normal(size=(2, n_strata, n_settings)).round(int(random.integers(1, 4)))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(4, 12))
def test_one_stratum_is_that_of_scipy_ties_and_all(seed: int, n_settings: int) -> None:
    x, y = pair(seed, 1, n_settings)
    if np.ptp(x) and np.ptp(y):
        assert rho(x, y) == pytest.approx(spearmanr(x[0], y[0]).statistic, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_only_order_counts_in_descriptor_outcome_and_force_error(seed: int) -> None:
    x, y = pair(seed)
    error = pair(seed + 1)[0]
    bent = np.exp(x), y**3, np.arctan(error)
    np.testing.assert_allclose(rho(*bent[:2]), rho(x, y), atol=1e-12)
    np.testing.assert_allclose(rho(*bent), rho(x, y, error), atol=1e-12)
    np.testing.assert_allclose(rho(-x, y), -rho(x, y), atol=1e-12)
    np.testing.assert_allclose(rho(-x, y, error), -rho(x, y, error), atol=1e-12)
    np.testing.assert_allclose(rho(x, y, -error), rho(x, y, error), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_neither_side_nor_order_of_settings_or_strata_matters(seed: int) -> None:
    x, y = pair(seed, 3)
    moved = np.random.default_rng(seed).permutation(x.shape[1])
    np.testing.assert_allclose(rho(y, x), rho(x, y), atol=1e-12)
    np.testing.assert_allclose(rho(x[:, moved], y[:, moved]), rho(x, y), atol=1e-12)
    np.testing.assert_allclose(rho(x[::-1], y[::-1]), rho(x, y), atol=1e-12)
    assert abs(rho(x, y)) <= 1 + 1e-12


def test_a_stratum_may_be_stretched_apart_from_the_others() -> None:
    """Units of one family are no evidence: each stratum is ranked for itself."""
    x, y = pair(3)
    scale, shift = np.array([[1e-6], [1e6]]), np.array([[-50.0], [1e3]])
    np.testing.assert_allclose(rho(scale * x + shift, y), rho(x, y), atol=1e-12)


def test_ranks_are_those_of_scipy_about_their_mean() -> None:
    values = np.array([[3.0, 1.0, 3.0, 2.0], [NAN, 5.0, 4.0, NAN]])
    expected = [rankdata(values[0]) - 2.5, [0.0, 0.5, -0.5, 0.0]]
    np.testing.assert_allclose(centred_ranks(values), expected)
    np.testing.assert_allclose(centred_ranks(np.full((1, 3), NAN)), np.zeros((1, 3)))
    assert centred_ranks(np.zeros((2, 0))).shape == (2, 0)


def test_what_is_left_is_orthogonal_and_taking_out_twice_changes_nothing() -> None:
    a, b = (centred_ranks(values) for values in pair(5, 4, 11))
    left = without(a, b)
    np.testing.assert_allclose((left * b).sum(axis=-1), 0.0, atol=1e-10)
    np.testing.assert_allclose(without(left, b), left, atol=1e-12)
    # Pythagoras: what was taken out and what is left share nothing.
    np.testing.assert_allclose((left**2 + (a - left) ** 2).sum(-1), (a**2).sum(-1))
    np.testing.assert_array_equal(without(a, np.zeros_like(a)), a)


def test_what_the_force_error_determines_has_no_partial_correlation() -> None:
    """Rounding is all that is left of it, and must not be correlated."""
    error, y = np.random.default_rng(0).normal(size=(2, 1, 12))
    assert np.isnan(rho(np.exp(error), y, error))
    assert np.isnan(rho(y, -error, error))
    assert np.isfinite(rho(error, y))


def test_a_constant_force_error_takes_nothing_out() -> None:
    x, y = pair(7)
    np.testing.assert_allclose(rho(x, y, np.ones_like(x)), rho(x, y))


def test_correlation_is_one_of_itself_and_missing_of_a_constant() -> None:
    a = centred_ranks(pair(8, 3, 6)[0])
    np.testing.assert_allclose(correlation(a, 7 * a), 1.0)
    np.testing.assert_allclose(correlation(a, -a), -1.0)
    assert np.isnan(correlation(a, np.zeros_like(a))).all()
    # Nor is what rounding leaves of one.
    assert np.isnan(correlation(a, 1e-12 * a)).all()
    np.testing.assert_allclose(correlation(a, 1e-6 * a), 1.0)
    # A single setting, or none, has no order.
    assert np.isnan(rho(np.array([[1.0]]), np.array([[2.0]])))
    assert np.isnan(rho(np.zeros((1, 0)), np.zeros((1, 0))))


def test_the_mean_is_over_strata_that_say_something() -> None:
    values = np.array([[0.5, NAN, -0.1], [NAN, NAN, NAN], [1.0, 1.0, 1.0]])
    np.testing.assert_allclose(over_strata(values), [0.2, NAN, 1.0])
    x, y = pair(9, 2, 40)
    # Strata weigh alike, however many settings they have.
    x[1, 5:] = y[1, 5:] = NAN
    each = spearmanr(x[0], y[0]).statistic, spearmanr(x[1, :5], y[1, :5]).statistic
    assert rho(x, y) == pytest.approx(np.mean(each))


def test_leading_dimensions_are_many_studies_at_once() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 5, 2, 8))
    np.testing.assert_allclose(rho(x, y), [rho(a, b) for a, b in zip(x, y, strict=True)])


def test_one_exchange_of_neighbours_costs_twelve_parts_of_a_perfect_order() -> None:
    """12 / (n^3 - n); and an exchange of the ends costs (n - 1)^2 times as much."""
    x = np.arange(8.0)
    y = x.copy()
    y[[3, 4]] = y[[4, 3]]
    assert rho(x[None], y[None]) == pytest.approx(1 - 12 / (8**3 - 8))
    far = np.array([7.0, 1, 2, 3, 4, 5, 6, 0])
    assert rho(x[None], far[None]) == pytest.approx(1 - 49 * 12 / (8**3 - 8))
