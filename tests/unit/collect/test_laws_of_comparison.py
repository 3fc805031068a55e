"""Laws that comparisons of curves obey whatever the curves are: deviations, windows, ratios."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nearsight.collect.decay.bins import bin_edges, bin_pairs
from nearsight.collect.decay.deviation import (
    deviation,
    log_ratio,
    shape_deviation,
    signed_deviation,
)
from nearsight.collect.decay.jump import cutoff_jump
from nearsight.collect.decay.windows import ends_of, near_cutoff, one_of, relevance_mask
from nearsight.collect.intervals import bootstrap_weights, student_bounds, student_interval
from nearsight.collect.shares import ratio_interval
from nearsight.config import Statistics

SETTINGS = Statistics(n_bootstrap=200)
EDGES = bin_edges(0.5, 12.0)
RATIOS = arrays(float, 8, elements=st.floats(-3, 3))
POSITIVE = arrays(float, 6, elements=st.floats(1e-6, 1e6))


@given(POSITIVE, POSITIVE)
def test_a_log_ratio_changes_its_sign_with_the_order(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(log_ratio(a, b), -log_ratio(b, a), atol=1e-12)
    np.testing.assert_allclose(log_ratio(10 * a, b), log_ratio(a, b) + 1, atol=1e-9)


def test_what_is_not_positive_has_no_logarithm() -> None:
    found = log_ratio(np.array([1.0, 0.0, -1.0, np.nan]), np.array([1.0, 1.0, 1.0, 1.0]))
    np.testing.assert_array_equal(np.isnan(found), [False, True, True, True])


@given(RATIOS)
def test_deviation_is_made_of_height_and_shape(ratio: np.ndarray) -> None:
    """Root mean square² = mean² + (root mean square about the mean)²."""
    height, shape = signed_deviation(ratio), shape_deviation(ratio)
    np.testing.assert_allclose(deviation(ratio) ** 2, height**2 + shape**2, atol=1e-9)
    assert deviation(ratio) >= abs(height) - 1e-12
    np.testing.assert_allclose(shape_deviation(ratio + 1.7), shape, atol=1e-9)


@given(RATIOS, st.integers(0, 7))
def test_bins_that_do_not_count_change_nothing(ratio: np.ndarray, place: int) -> None:
    longer = np.insert(ratio, place, np.nan)
    np.testing.assert_allclose(deviation(longer), deviation(ratio))
    np.testing.assert_allclose(signed_deviation(longer), signed_deviation(ratio), atol=1e-12)


def test_no_bin_has_no_deviation() -> None:
    nothing = np.full((2, 3), np.nan)
    assert np.isnan(deviation(nothing)).all()
    assert signed_deviation(nothing).shape == (2,)


def test_a_network_without_cutoff_is_fitted_everywhere_beyond_the_first_shell() -> None:
    mask = relevance_mask(EDGES, np.inf, SETTINGS)
    np.testing.assert_array_equal(mask, EDGES[:-1] >= SETTINGS.first_shell)
    assert not near_cutoff(EDGES, np.inf, SETTINGS).any()
    inside = relevance_mask(EDGES, 5.0, SETTINGS)
    assert EDGES[1:][inside].max() <= SETTINGS.fit_fraction * 5.0
    assert not (inside & ~mask).any()


def test_a_network_without_cutoff_has_no_jump() -> None:
    model = xr.Dataset({"jump_norm": ("jump", [1.0])})
    (value, low, high), reason = cutoff_jump(model, xr.Dataset(), np.inf, SETTINGS)
    assert np.isnan([value, low, high]).all()
    assert reason == "it has no cutoff"


@pytest.mark.parametrize("cutoff", [3.0, 5.0, 5.25, 8.0])
def test_bins_about_a_cutoff_hold_it_and_nothing_far(cutoff: float) -> None:
    near = near_cutoff(EDGES, cutoff, SETTINGS)
    starts, ends = EDGES[:-1][near], EDGES[1:][near]
    assert starts.min() <= cutoff <= ends.max()
    assert starts.min() > cutoff - SETTINGS.cutoff_margin - 0.5
    assert ends.max() < cutoff + SETTINGS.cutoff_margin + 0.5


def test_merged_bins_count_once() -> None:
    merged = np.array([False, True, True, True, False])
    assert one_of(merged).tolist() == [True, True, False, False, True]
    assert one_of(np.zeros(3, dtype=bool)).all()


def test_ends_of_a_window() -> None:
    window = np.zeros(len(EDGES) - 1, dtype=bool)
    assert np.isnan(ends_of(EDGES, window)).all()
    window[[4, 9]] = True
    assert ends_of(EDGES, window) == (2.0, 5.0)


@given(st.floats(0.1, 2.0), st.floats(0.0, 30.0))
def test_every_pair_within_reach_lies_in_one_bin(width: float, largest: float) -> None:
    distance = np.array([0.0, largest / 2, largest])
    bins = bin_pairs(np.ones(3), distance, np.zeros(3, dtype=int), bin_edges(width, largest))
    assert bins.count.sum() == 3


def test_resamples_draw_as_many_structures_as_there_are() -> None:
    weights = bootstrap_weights(7, 50, seed=3)
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(weights, bootstrap_weights(7, 50, seed=3))
    assert (weights != bootstrap_weights(7, 50, seed=4)).any()


def test_bounds_are_as_far_below_as_above_and_none_with_half_of_the_samples() -> None:
    samples = np.random.default_rng(0).normal(size=(100, 2))
    samples[:51, 1] = np.nan
    low, high = student_bounds(np.zeros(2), samples, 5, 0.95)
    assert low[0] == pytest.approx(-high[0])
    assert np.isnan([low[1], high[1]]).all()
    narrow = student_bounds(np.zeros(2), samples, 50, 0.95)
    assert narrow[1][0] < high[0]
    assert np.isnan(student_bounds(np.zeros(2), samples, 1, 0.95)[0]).all()


def test_bounds_end_where_a_number_can_have_no_value() -> None:
    samples = np.random.default_rng(0).normal(0.5, 1.0, 100)
    value, low, high = student_interval(0.5, samples, 5, 0.95, least=0.0, most=1.0)
    assert (value, low, high) == (0.5, 0.0, 1.0)


def test_ratio_of_sums_is_of_all_structures_and_not_a_mean_of_ratios() -> None:
    part, whole = np.array([1.0, 0.0]), np.array([1.0, 9.0])
    assert ratio_interval(part, whole, SETTINGS)[0] == pytest.approx(0.1)
    assert np.isnan(ratio_interval(np.zeros(2), np.zeros(2), SETTINGS)).all()
    value, low, high = ratio_interval(whole, whole, SETTINGS, most=1.0)
    assert value == 1.0
    assert low == pytest.approx(1.0)
    assert high == pytest.approx(1.0)
