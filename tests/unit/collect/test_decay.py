"""Curves, windows and the deviation of a model from the reference."""

import numpy as np
import pytest
import xarray as xr

from nearsight.collect.bins import bin_edges
from nearsight.collect.decay import (
    compare,
    compare_shapes,
    curve,
    fit_curve,
    noise_floor,
    relevance_window,
    response_window,
)
from nearsight.config import Statistics

SETTINGS = Statistics(n_bootstrap=200)
EDGES = bin_edges(0.5, 9.0)


def pairs(exponent: float, height: float = 1.0, noise: float = 1e-6, seed: int = 0) -> xr.Dataset:
    """Pairs of eight structures whose norm is exactly a power law of distance."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(1.0, 9.0, 4000)
    return xr.Dataset(
        {
            "distance": ("pair", distance),
            "structure": ("pair", rng.integers(0, 8, 4000)),
            "norm": ("pair", height * distance**exponent),
            "asymmetry": ("pair", np.full(4000, noise)),
        }
    )


def test_windows_leave_out_first_shell_and_tail() -> None:
    window = relevance_window(EDGES, 8.0, SETTINGS)
    inside = EDGES[:-1][window]
    assert inside.min() >= SETTINGS.first_shell
    assert EDGES[1:][window].max() <= 0.7 * 8.0
    assert not relevance_window(EDGES, 3.0, SETTINGS).any()


def test_exponent_lies_in_its_interval_and_near_the_truth() -> None:
    shown = curve(pairs(-4.5), "norm", EDGES, SETTINGS)
    window = relevance_window(EDGES, 10.0, SETTINGS)
    fit, (value, low, high), _ = fit_curve(shown, window, SETTINGS)
    assert not fit.reason
    assert low <= value <= high
    # The mean of a convex curve over a bin lies above its value at the centre: 1 % of the exponent.
    assert value == pytest.approx(-4.5, abs=0.1)


def test_same_response_has_no_deviation_and_a_factor_of_ten_is_one_decade() -> None:
    reference = curve(pairs(-4.5), "norm", EDGES, SETTINGS)
    noise = noise_floor(pairs(-4.5), EDGES)
    window = response_window(reference, noise, SETTINGS)
    same, _ = compare(reference, reference, noise, window, 0.95)
    assert same == pytest.approx((0.0, 0.0, 0.0))
    tenfold = curve(pairs(-4.5, height=10.0), "norm", EDGES, SETTINGS)
    deviation, signed = compare(tenfold, reference, noise, window, 0.95)
    assert deviation == pytest.approx((1.0, 1.0, 1.0))
    assert signed[0] == pytest.approx(1.0)


def test_strictly_local_model_is_finite_and_too_short() -> None:
    reference = curve(pairs(-4.5), "norm", EDGES, SETTINGS)
    noise = noise_floor(pairs(-4.5), EDGES)
    local = pairs(-4.5)
    local["norm"] = local["norm"].where(local["distance"] < 4, 0.0)
    deviation, signed = compare(
        curve(local, "norm", EDGES, SETTINGS),
        reference,
        noise,
        response_window(reference, noise, SETTINGS),
        0.95,
    )
    assert np.isfinite(deviation).all()
    assert signed[0] < -0.5


def test_bins_in_the_noise_are_left_out() -> None:
    noisy = pairs(-4.5, noise=1e-3)
    reference = curve(noisy, "norm", EDGES, SETTINGS)
    window = response_window(reference, noise_floor(noisy, EDGES), SETTINGS)
    assert (reference.mean[window] > 3e-3).all()
    assert window.any()
    assert not window[EDGES[:-1] >= 4.0].any()


def test_a_window_does_not_go_on_beyond_the_noise() -> None:
    """What comes out of the noise again further away is not fitted."""
    table = pairs(-4.5)
    hidden = (table["distance"] >= 4.0) & (table["distance"] < 4.5)
    table["norm"] = table["norm"].where(~hidden, 1e-8)
    window = response_window(
        curve(table, "norm", EDGES, SETTINGS), noise_floor(table, EDGES), SETTINGS
    )
    assert window.any()
    assert EDGES[1:][window].max() == 4.0


def test_shapes_are_compared_and_not_heights() -> None:
    reference = curve(pairs(-4.5), "norm", EDGES, SETTINGS)
    window = relevance_window(EDGES, 10.0, SETTINGS)
    hundredfold = curve(pairs(-4.5, height=100.0), "norm", EDGES, SETTINGS)
    assert compare_shapes(hundredfold, reference, window, 0.95) == pytest.approx((0, 0, 0))
    flatter = compare_shapes(curve(pairs(-2.5), "norm", EDGES, SETTINGS), reference, window, 0.95)
    # Two powers of r apart: twice the spread of log10 r over the window.
    spread = 2 * np.log10((EDGES[1:] + EDGES[:-1])[window] / 2).std()
    assert flatter[0] == pytest.approx(spread, rel=0.05)
