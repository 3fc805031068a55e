"""Fits of decay: exact on exact laws in bins, honest when there is too little."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.collect.decay.bins import Binned, bin_edges, bin_pairs
from nearsight.collect.decay.fits import (
    EXPONENTIAL,
    MIN_BINS,
    POWER_LAW,
    UNDECIDED,
    fit_laws,
    law_of,
    power_slope,
)

EDGES = np.arange(2.5, 8.01, 0.5)
EVERY = np.ones(len(EDGES) - 1, dtype=bool)


def binned(
    law: Callable[[np.ndarray], np.ndarray], n_pairs: int = 4_000, seed: int = 0, low: float = 2.5
) -> Binned:
    """Exact values of a law at distances that crowd at short range, as in molecules, not evenly."""
    rng = np.random.default_rng(seed)
    distance = low * (8.0 / low) ** rng.uniform(0, 1, n_pairs)
    bins = bin_pairs(law(distance), distance, np.zeros(n_pairs, int), EDGES)
    return bins.binned(np.ones(1))


@settings(deadline=None)
@given(st.floats(-12, -0.5), st.floats(-8, 4))
def test_power_law_is_recovered(exponent: float, log_height: float) -> None:
    """To 0.01: the cumulants left out are 0.003 in log of the first bin of r^-9, 0.01 of r^-12."""
    fit = fit_laws(binned(lambda r: np.exp(log_height) * r**exponent), EVERY)
    assert fit.exponent == pytest.approx(exponent, abs=0.01)
    assert fit.power_law_weight > 0.99


@settings(deadline=None)
@given(st.floats(0.2, 5))
def test_exponential_is_recovered(length: float) -> None:
    fit = fit_laws(binned(lambda r: 3 * np.exp(-r / length)), EVERY)
    assert fit.length == pytest.approx(length, rel=2e-3)
    assert fit.power_law_weight < 0.01


def test_the_mean_distance_would_make_a_steep_law_too_steep() -> None:
    """What the integral over the bin is for: without it r^-9 comes back as r^-9.1 and more."""
    curve = binned(lambda r: r**-9)
    weight, x, y = curve.count, np.log(curve.distance), np.log(curve.mean)
    naive = np.polyfit(x, y, 1, w=np.sqrt(weight))[0]
    assert naive < -9.1
    assert fit_laws(curve, EVERY).exponent == pytest.approx(-9, abs=0.005)


def test_rising_curve_has_no_decay_length() -> None:
    fit = fit_laws(binned(lambda r: r), EVERY)
    assert fit.exponent == pytest.approx(1.0, abs=1e-3)
    assert np.isnan(fit.length)


def test_too_few_bins_is_not_a_number() -> None:
    window = EVERY.copy()
    window[MIN_BINS - 1 :] = False
    fit = fit_laws(binned(lambda r: r**-4), window)
    assert np.isnan(fit.exponent)
    assert fit.n_bins == MIN_BINS - 1


def scattered(seed: int) -> Binned:
    """Bin means off a power law by known factors, distances at one place of each bin."""
    rng = np.random.default_rng(seed)
    centre = (EDGES[1:] + EDGES[:-1]) / 2
    mean = centre**-4 * np.exp(0.3 * rng.normal(size=len(centre)))
    count = rng.integers(1, 300, len(centre)).astype(float)
    nothing = np.zeros(len(centre))
    return Binned(mean, count, np.log(centre), nothing, centre, nothing)


@pytest.mark.parametrize("seed", range(5))
def test_a_bin_weighs_as_many_as_its_pairs(seed: int) -> None:
    """The same as least squares of every pair at its bin's mean."""
    curve = scattered(seed)
    count = curve.count.astype(int)
    x, y = np.repeat(curve.log_distance, count), np.repeat(np.log(curve.mean), count)
    assert fit_laws(curve, EVERY).exponent == pytest.approx(np.polyfit(x, y, 1)[0])


@pytest.mark.parametrize("seed", range(5))
def test_weight_follows_the_akaike_formula(seed: int) -> None:
    curve = scattered(seed)
    y, root = np.log(curve.mean), np.sqrt(curve.count)

    def aicc(x: np.ndarray) -> float:
        rss = np.square(root * (y - np.polyval(np.polyfit(x, y, 1, w=root), x))).sum()
        n, k = len(x), 3
        return n * np.log(rss / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)

    power, exponential = aicc(curve.log_distance), aicc(curve.distance)
    expected = 1 / (1 + np.exp((power - exponential) / 2))
    assert fit_laws(curve, EVERY).power_law_weight == pytest.approx(expected)


def test_many_curves_are_fitted_as_one_by_one() -> None:
    curves = [scattered(seed) for seed in range(4)]
    columns = [np.stack([getattr(c, name) for c in curves]) for name in Binned.__annotations__]
    together = fit_laws(Binned(*columns), np.stack([EVERY] * 4))
    alone = [fit_laws(curve, EVERY) for curve in curves]
    assert together.exponent == pytest.approx([float(fit.exponent) for fit in alone])
    assert together.length == pytest.approx([float(fit.length) for fit in alone])


def test_slope_of_three_bins() -> None:
    window = np.zeros(len(EVERY), dtype=bool)
    window[2:5] = True
    assert power_slope(binned(lambda r: r**-9), window) == pytest.approx(-9, abs=0.01)


@pytest.mark.parametrize(
    ("weight", "law"),
    [(0.95, POWER_LAW), (0.05, EXPONENTIAL), (0.35, UNDECIDED), (np.nan, "")],
)
def test_a_law_is_named_where_its_weight_supports_it(weight: float, law: str) -> None:
    assert law_of(weight) == law


def test_edges_of_the_test_are_those_of_the_product() -> None:
    assert np.isin(EDGES, bin_edges(0.5, 8.0)).all()
