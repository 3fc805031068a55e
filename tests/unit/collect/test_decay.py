"""Curves, windows and the deviation of a model from the reference."""

import numpy as np
import pytest
import xarray as xr

from nearsight.collect.decay import (
    Curve,
    Windows,
    compare,
    compare_shapes,
    curve,
    filled,
    fit_curve,
    local_slopes,
    near_cutoff,
    reference_windows,
    relevance_windows,
)
from nearsight.collect.decay.bins import bin_edges
from nearsight.collect.decay.jump import cutoff_jump
from nearsight.collect.decay.ratios import response_ratios
from nearsight.collect.decay.windows import one_of
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


def shown(exponent: float, height: float = 1.0, noise: float = 1e-6) -> Curve:
    return curve(pairs(exponent, height, noise), "norm", EDGES, SETTINGS)


def noise_of(table: xr.Dataset) -> Curve:
    return curve(table, "asymmetry", EDGES, SETTINGS)


def common() -> Windows:
    return reference_windows(shown(-4.5), noise_of(pairs(-4.5)), SETTINGS)


def starts(windows: Windows) -> np.ndarray:
    return EDGES[:-1][windows.value]


def test_windows_leave_out_first_shell_and_tail() -> None:
    windows = relevance_windows(shown(-4.5), 8.0, SETTINGS)
    assert starts(windows).min() >= SETTINGS.first_shell
    assert EDGES[1:][windows.value].max() <= 0.7 * 8.0
    assert not relevance_windows(shown(-4.5), 3.0, SETTINGS).value.any()


def test_bins_of_few_pairs_are_left_out() -> None:
    """One pair in a bin says nothing, whatever it says."""
    table = pairs(-4.5)
    far = np.flatnonzero(table["distance"].to_numpy() >= 8.5)
    keep = np.ones(table.sizes["pair"], bool)
    keep[far[SETTINGS.least_pairs - 1 :]] = False
    table = table.isel(pair=np.flatnonzero(keep))
    table["norm"] = table["norm"].where(table["distance"] < 8.5, 1e3)
    thin = curve(table, "norm", EDGES, SETTINGS)
    windows = reference_windows(thin, noise_of(table), SETTINGS)
    assert starts(windows).max() == 8.0
    fit, (value, _, _), _ = fit_curve(thin, windows, SETTINGS)
    assert (fit.start, fit.end) == (2.5, 8.5)
    assert value == pytest.approx(-4.5, abs=0.02)
    # In resampled curves the count is that of the draw.
    assert (windows.samples <= (thin.samples.count >= SETTINGS.least_pairs)).all()


def test_exponent_lies_in_its_interval_and_near_the_truth() -> None:
    windows = relevance_windows(shown(-4.5), 10.0, SETTINGS)
    fit, (value, low, high), _ = fit_curve(shown(-4.5), windows, SETTINGS)
    assert not fit.reason
    assert low <= value <= high
    assert value == pytest.approx(-4.5, abs=0.005)


def test_steep_laws_come_back_from_bins() -> None:
    """Of r^-9 to 0.01: 4,000 pairs, so that bins are not evenly filled, as in molecules."""
    fit, (value, low, high), _ = fit_curve(
        shown(-9.0), filled(shown(-9.0), SETTINGS) & (EDGES[:-1] >= 2.5), SETTINGS
    )
    assert value == pytest.approx(-9.0, abs=0.01)
    assert high - low < 0.05
    assert fit.power_law_weight > 0.99


def test_local_slope_is_that_of_the_law_at_every_bin() -> None:
    slopes = local_slopes(shown(-9.0), filled(shown(-9.0), SETTINGS), SETTINGS)
    assert np.isfinite(slopes[0]).sum() > 10
    far = EDGES[:-1] >= 2.5
    assert np.nanmax(np.abs(slopes[0] + 9.0)[far]) < 0.03


def test_local_slope_of_an_exponential_grows_with_distance() -> None:
    """d log exp(-r) / d log r is -r: no law has to be chosen."""
    table = pairs(-1.0)
    table["norm"] = np.exp(-table["distance"])
    found = curve(table, "norm", EDGES, SETTINGS)
    slope = local_slopes(found, filled(found, SETTINGS), SETTINGS)[0]
    known = np.isfinite(slope) & (EDGES[:-1] >= 2.5)
    centre = (EDGES[1:] + EDGES[:-1]) / 2
    assert np.abs(slope + centre)[known].max() < 0.1


def test_same_response_has_no_deviation_and_a_factor_of_ten_is_one_decade() -> None:
    noise = noise_of(pairs(-4.5))
    signed, same = compare(shown(-4.5), shown(-4.5), noise, common(), 0.95)
    assert same == pytest.approx((0.0, 0.0, 0.0))
    signed, deviation = compare(shown(-4.5, height=10.0), shown(-4.5), noise, common(), 0.95)
    assert deviation == pytest.approx((1.0, 1.0, 1.0))
    assert signed[0] == pytest.approx(1.0)


def test_strictly_local_model_is_finite_and_too_short() -> None:
    local = pairs(-4.5)
    local["norm"] = local["norm"].where(local["distance"] < 4, 0.0)
    signed, deviation = compare(
        curve(local, "norm", EDGES, SETTINGS), shown(-4.5), noise_of(local), common(), 0.95
    )
    assert np.isfinite(deviation).all()
    assert signed[0] < -0.5


def test_bins_in_the_noise_are_left_out() -> None:
    noisy = pairs(-4.5, noise=1e-3)
    reference = curve(noisy, "norm", EDGES, SETTINGS)
    windows = reference_windows(reference, noise_of(noisy), SETTINGS)
    assert (reference.mean[windows.value] > 3e-3).all()
    assert windows.value.any()
    assert not windows.value[EDGES[:-1] >= 4.0].any()


def test_a_window_does_not_go_on_beyond_the_noise() -> None:
    """What comes out of the noise again further away is not fitted."""
    table = pairs(-4.5)
    hidden = (table["distance"] >= 4.0) & (table["distance"] < 4.5)
    table["norm"] = table["norm"].where(~hidden, 1e-8)
    windows = reference_windows(curve(table, "norm", EDGES, SETTINGS), noise_of(table), SETTINGS)
    assert windows.value.any()
    assert EDGES[1:][windows.value].max() == 4.0


def test_shapes_are_compared_and_not_heights() -> None:
    windows = relevance_windows(shown(-4.5), 10.0, SETTINGS)
    hundredfold = shown(-4.5, height=100.0)
    assert compare_shapes(hundredfold, shown(-4.5), windows, 0.95) == pytest.approx((0, 0, 0))
    flatter = compare_shapes(shown(-2.5), shown(-4.5), windows, 0.95)
    # Two powers of r apart: twice the spread of log10 r over the window.
    spread = 2 * np.log10((EDGES[1:] + EDGES[:-1])[windows.value] / 2).std()
    assert flatter[0] == pytest.approx(spread, rel=0.05)


def test_bins_about_the_cutoff() -> None:
    def near(cutoff: float, margin: float) -> list[float]:
        settings = Statistics(cutoff_margin=margin)
        return EDGES[:-1][near_cutoff(EDGES, cutoff, settings)].tolist()

    assert near(5.0, 0.25) == [4.5, 5.0]
    assert near(5.25, 0.25) == [5.0]
    assert near(5.1, 0.25) == [4.5, 5.0]
    assert near(5.0, 0.5) == [4.5, 5.0]
    assert near(5.25, 0.0) == [5.0]
    assert near(5.0, 0.0) == []


def test_pooled_pairs_are_fitted_once() -> None:
    merged = np.array([False, True, True, True, False])
    assert one_of(merged).tolist() == [True, True, False, False, True]


def test_ratio_at_a_distance_is_known_there() -> None:
    """Of r^-4 to r^-5: about r; exactly the ratio of their integrals over 1 Å."""
    found = response_ratios(pairs(-4.0), pairs(-5.0), SETTINGS)
    for distance in (3, 5, 7):
        (value, low, high), reason = found[f"response_ratio_{distance}"]
        assert not reason
        assert low <= value <= high
        a, b = distance - 0.5, distance + 0.5
        expected = 4 / 3 * (a**-3 - b**-3) / (a**-4 - b**-4)
        # About 500 pairs, the two responses of the same: their distances differ by chance.
        assert value == pytest.approx(expected, rel=0.02)


def test_ratio_of_a_model_without_any_response_is_an_upper_limit() -> None:
    silent = pairs(-4.0)
    silent["norm"] = silent["norm"].where(silent["distance"] < 6, 0.0)
    (value, _, _), _ = response_ratios(silent, pairs(-4.0), SETTINGS)["response_ratio_7"]
    assert value == pytest.approx(1e-6 / 7.0**-4, rel=0.1)


def test_ratio_without_pairs_or_without_physics_has_a_reason() -> None:
    near = pairs(-4.0)
    near = near.isel(pair=np.flatnonzero(near["distance"].to_numpy() < 8))
    (value, _, _), reason = response_ratios(near, near, SETTINGS)["response_ratio_9"]
    assert np.isnan(value)
    assert "0 pairs within 0.5 Å of 9 Å" in reason
    noisy = pairs(-4.0, noise=1e-3)
    (value, _, _), reason = response_ratios(noisy, noisy, SETTINGS)["response_ratio_7"]
    assert np.isnan(value)
    assert "noise" in reason


def test_jump_is_told_in_units_of_the_reference() -> None:
    physics = pairs(-4.0)
    model = pairs(-4.0).assign(
        jump_structure=("jump", np.arange(16) % 8), jump_norm=("jump", np.full(16, 0.02))
    )
    (value, low, high), reason = cutoff_jump(model, physics, 5.0, SETTINGS)
    assert not reason
    near = np.abs(physics["distance"] - 5.0) < 0.5
    assert value == pytest.approx(0.02 / float(physics["norm"][near.to_numpy()].mean()))
    assert low < value < high
    (value, _, _), reason = cutoff_jump(pairs(-4.0), physics, 5.0, SETTINGS)
    assert np.isnan(value)
    assert "earlier version" in reason
