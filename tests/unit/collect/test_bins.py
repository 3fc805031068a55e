"""Bins of distance and their bootstrap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.collect.decay.bins import bin_edges, bin_pairs
from nearsight.collect.intervals import bootstrap_weights, student_bounds


def test_means_equal_a_loop_over_pairs() -> None:
    rng = np.random.default_rng(0)
    distance, values = rng.uniform(0, 6, 500), rng.normal(size=500)
    structure = rng.integers(0, 4, 500)
    edges = bin_edges(0.5, 5.0)
    bins = bin_pairs(values, distance, structure, edges)
    for k in range(len(edges) - 1):
        inside = (distance >= edges[k]) & (distance < edges[k + 1])
        assert bins.mean[k] == pytest.approx(values[inside].mean())
        assert bins.count[k] == inside.sum()


def test_empty_bin_is_nan_and_pairs_outside_are_left_out() -> None:
    bins = bin_pairs(np.ones(2), np.array([0.5, 9.0]), np.zeros(2, int), np.array([0.0, 1.0, 2.0]))
    assert bins.count.tolist() == [1, 0]
    assert np.isnan(bins.mean[1])


def test_moments_of_the_distances_equal_a_loop() -> None:
    rng = np.random.default_rng(3)
    distance, structure = rng.uniform(1, 5, 400), rng.integers(0, 3, 400)
    edges = bin_edges(0.5, 5.0)
    found = bin_pairs(np.ones(400), distance, structure, edges).binned(np.ones(3))
    for k in range(2, len(edges) - 2):
        own = distance[(distance >= edges[k]) & (distance < edges[k + 1])]
        assert found.distance[k] == pytest.approx(own.mean())
        assert found.variance[k] == pytest.approx(own.var())
        assert found.log_distance[k] == pytest.approx(np.log(own).mean())
        assert found.log_variance[k] == pytest.approx(np.log(own).var())


def test_pooled_bins_are_one_wider_bin() -> None:
    rng = np.random.default_rng(4)
    values, distance = rng.uniform(1, 2, 300), rng.uniform(0, 2, 300)
    structure = rng.integers(0, 5, 300)
    merged = np.array([False, True, True, False])
    pooled = bin_pairs(values, distance, structure, np.linspace(0, 2, 5)).pooled(merged)
    wide = bin_pairs(values, distance, structure, np.array([0.0, 0.5, 1.5, 2.0]))
    weights = bootstrap_weights(5, 20, 0)
    for name in ("mean", "count", "log_variance", "variance"):
        one, other = (getattr(bins.binned(weights), name) for bins in (pooled, wide))
        assert np.allclose(one[:, [0, 1, 3]], other)
        assert np.allclose(one[:, 1], one[:, 2])


@given(st.floats(0.05, 2.0), st.floats(0.1, 30.0))
def test_edges_cover_the_largest_distance(width: float, largest: float) -> None:
    edges = bin_edges(width, largest)
    assert edges[-1] > largest
    assert np.allclose(np.diff(edges), width)


def test_every_structure_once_is_the_plain_mean() -> None:
    rng = np.random.default_rng(1)
    structure = np.repeat([0, 1, 2], 20)
    bins = bin_pairs(rng.normal(size=60), rng.uniform(0, 2, 60), structure, bin_edges(0.5, 2.0))
    assert np.allclose(bins.binned(np.ones((1, 3))).mean[0], bins.mean, equal_nan=True)
    weights = bootstrap_weights(3, 200, seed=0)
    assert (weights.sum(axis=1) == 3).all()


def test_bootstrap_interval_covers_the_mean_at_its_rate() -> None:
    """Structures differ by a random offset: pairs within one are not independent."""
    rng = np.random.default_rng(2)
    covered = 0
    for trial in range(200):
        offsets = rng.normal(size=25)
        values = np.repeat(offsets, 10) + 0.1 * rng.normal(size=250)
        structure = np.repeat(np.arange(25), 10)
        bins = bin_pairs(values, np.full(250, 0.5), structure, np.array([0.0, 1.0]))
        samples = bins.binned(bootstrap_weights(25, 300, trial)).mean
        low, high = student_bounds(bins.mean, samples, 25, 0.95)
        covered += int(low[0] <= 0 <= high[0])
    # Two standard errors of 200 trials about 95 %.
    assert 0.92 * 200 <= covered <= 0.98 * 200
