"""The response of reference and model: known laws come back, and reasons where there is none."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from law_tables import EDGES, MISSING, SETTINGS, case, response, with_response

from nearsight.aims.stability.tables.response_fits import (
    WINDOWS,
    Reference,
    analyse_reference,
    analyse_response,
    response_of,
    slopes_of,
)
from nearsight.collect.decay.curve import curve
from nearsight.config import Statistics

ENGINE = response(-6.0)
REFERENCE = analyse_reference(ENGINE, EDGES, SETTINGS)


def curve_of_power(power: float, **more: float):
    return curve(response(power, **more), "norm", EDGES, SETTINGS)


@pytest.mark.parametrize("power", [-2.0, -4.0, -6.0])
def test_the_exponent_of_a_reference_comes_back(power: float) -> None:
    found = analyse_reference(response(power), EDGES, SETTINGS)
    value, low, high = found.decay.exponent
    assert value == pytest.approx(power, abs=0.02)
    assert low <= value <= high
    assert found.decay.fit.law == "power law"
    assert set(found.parts) == set(WINDOWS)
    for name in WINDOWS:
        assert found.parts[name][0] == pytest.approx(power, abs=0.03), name


def test_the_window_is_from_the_first_shell_to_the_end() -> None:
    fit = REFERENCE.decay.fit
    assert (fit.start, fit.end) == (2.5, 9.0)
    np.testing.assert_array_equal(REFERENCE.windows.value, (EDGES[:-1] >= 2.5) & (EDGES[1:] <= 9))


def test_parts_of_a_bent_law_have_their_own_slopes() -> None:
    """r^-3 up to 5 Å and r^-7 beyond: each part sees its own, the whole lies between."""
    table = response(-3.0)
    far = table["distance"].to_numpy() > 5
    norm = table["norm"].to_numpy()
    table["norm"] = "pair", np.where(far, norm * (table["distance"] / 5) ** -4.0, norm)
    found = analyse_reference(table, EDGES, SETTINGS)
    assert found.parts["to_5"][0] == pytest.approx(-3.0, abs=0.03)
    assert found.parts["beyond_5"][0] == pytest.approx(-7.0, abs=0.03)
    assert -7 < found.decay.exponent[0] < found.parts["to_7"][0] < -3


def test_the_window_ends_where_the_reference_is_lost_in_its_noise() -> None:
    """10 r^-6 is three times 1e-3 at 3.87 Å: no bin from 4 Å on counts."""
    noisy = analyse_reference(response(-6.0, noise=1e-3), EDGES, SETTINGS)
    assert noisy.decay.fit.reason.startswith("3 bins with 5 pairs in the window of the fit")
    assert np.isnan(noisy.decay.exponent).all()
    assert noisy.decay.fitted is None
    assert EDGES[1:][noisy.windows.value].max() == 4.0
    np.testing.assert_allclose(noisy.noise.mean[2:-1], 1e-3)


def test_slopes_of_a_reference_are_its_power_at_every_inner_bin() -> None:
    slope = REFERENCE.decay.slope[0]
    inside = np.flatnonzero(REFERENCE.windows.value)
    np.testing.assert_allclose(slope[inside[1:-1]], -6.0, atol=0.05)
    assert np.isnan(slope[inside[0]])
    assert np.isnan(slope[: inside[0]]).all()


def test_without_a_reference_there_is_none() -> None:
    found = analyse_reference(MISSING, EDGES, SETTINGS)
    assert found == Reference()
    model = response_of(curve_of_power(-6.0), 9.0, SETTINGS, found)
    assert model.decay.curve is not None
    assert np.isnan(model.decay.exponent).all()
    assert model.numbers == {}
    assert slopes_of(curve_of_power(-6.0), 9.0, SETTINGS, found) is None


def test_the_reference_beside_itself_deviates_by_nothing() -> None:
    found = response_of(REFERENCE.decay.curve, np.inf, SETTINGS, REFERENCE)
    for value in found.numbers.values():
        np.testing.assert_allclose(value, 0.0, atol=1e-12)
    assert found.decay.exponent == pytest.approx(REFERENCE.decay.exponent)


@pytest.mark.parametrize("factor", [0.1, 100.0])
def test_a_common_factor_is_that_many_decades_and_no_slope(factor: float) -> None:
    shown = curve_of_power(-6.0, factor=10 * factor)
    numbers = response_of(shown, np.inf, SETTINGS, REFERENCE).numbers
    decades = np.log10(factor)
    assert numbers["response_deviation_signed"] == pytest.approx((decades,) * 3)
    assert numbers["response_deviation"] == pytest.approx((abs(decades),) * 3)
    assert numbers["response_exponent_difference"] == pytest.approx((0.0,) * 3, abs=1e-9)


def test_signs_of_slopes_and_of_deviations() -> None:
    """A model that decays by one power less has one more; too far out it responds too much."""
    slow, fast = (
        response_of(curve_of_power(power), np.inf, SETTINGS, REFERENCE).numbers
        for power in (-5.0, -7.0)
    )
    assert slow["response_exponent_difference"][0] == pytest.approx(1.0, abs=0.02)
    assert fast["response_exponent_difference"][0] == pytest.approx(-1.0, abs=0.02)
    assert slow["response_deviation_signed"][0] > 0 > fast["response_deviation_signed"][0]
    assert slow["response_deviation"][0] == pytest.approx(fast["response_deviation"][0], rel=0.02)


def test_a_model_lost_in_the_noise_has_a_reason_and_a_finite_deviation() -> None:
    table = response(-6.0)
    table["norm"] = table["norm"].where(table["distance"] < 4.0, 0.0)
    shown = curve(table, "norm", EDGES, SETTINGS)
    found = response_of(shown, np.inf, SETTINGS, REFERENCE)
    assert found.decay.fit.reason == (
        "response is zero or lost in the noise from 4 Å on: 10 of 13 bins of the common window"
    )
    assert "response_exponent_difference" not in found.numbers
    assert found.decay.fitted is None
    assert (found.decay.fit.start, found.decay.fit.end) == (2.5, 9.0)
    assert -6 < found.numbers["response_deviation_signed"][0] < -2
    assert found.decay.curve is shown


def test_bins_about_the_cutoff_are_pooled_and_not_fitted_twice() -> None:
    """A spike within the margin is averaged with its neighbour; the curve that is shown is not."""
    table = response(-6.0)
    at = (table["distance"] > 5.0) & (table["distance"] < 5.25)
    table["norm"] = table["norm"].where(~at, 50 * table["norm"])
    shown = curve(table, "norm", EDGES, SETTINGS)
    with_cutoff, without = (
        response_of(shown, cutoff, SETTINGS, REFERENCE) for cutoff in (5.0, np.inf)
    )
    assert with_cutoff.decay.curve is without.decay.curve is shown
    deviation = [one.numbers["response_deviation_signed"][0] for one in (with_cutoff, without)]
    assert 0 < deviation[0] != pytest.approx(deviation[1])
    np.testing.assert_array_equal(with_cutoff.decay.fitted, REFERENCE.windows.value)
    plain = response_of(REFERENCE.decay.curve, 5.0, SETTINGS, REFERENCE)
    np.testing.assert_allclose(plain.numbers["response_deviation"], 0.0, atol=1e-12)


def test_slopes_stop_at_the_cutoff() -> None:
    slope = slopes_of(curve_of_power(-6.0), 5.0, SETTINGS, REFERENCE)[0]
    centre = (EDGES[1:] + EDGES[:-1]) / 2
    known = centre[np.isfinite(slope)]
    # Two pooled bins about 5 Å, and one to either side whose neighbours they are.
    assert not set(known) & {4.25, 4.75, 5.25, 5.75}
    assert {3.75, 6.25} <= set(known)
    np.testing.assert_allclose(slope[np.isfinite(slope)], -6.0, atol=0.05)


def test_a_case_tells_ratios_and_reasons_by_the_same_names() -> None:
    one = with_response(-6.0, ENGINE)
    found = analyse_response(one, EDGES, SETTINGS, REFERENCE)
    for distance in (3, 5, 7):
        assert found.numbers[f"response_ratio_{distance}"] == pytest.approx((1.0, 1.0, 1.0))
        assert found.reasons[f"response_ratio_{distance}"] == ""
    assert found.reasons["cutoff_jump"] == "its file of the response is of an earlier version"
    assert np.isnan(found.numbers["cutoff_jump"]).all()
    assert found.decay.slope.shape == (3, len(EDGES) - 1)


def test_too_few_pairs_at_a_distance_are_a_reason() -> None:
    few = Statistics(n_bootstrap=100, least_pairs=25)
    found = analyse_response(with_response(-6.0, ENGINE), EDGES, few, REFERENCE)
    assert found.reasons["response_ratio_9"] == ("15 pairs within 0.5 Å of 9 Å, 25 are needed")
    assert np.isnan(found.numbers["response_ratio_9"]).all()
    assert found.reasons["response_ratio_5"] == ""


@pytest.mark.parametrize("table", [MISSING, xr.Dataset()])
def test_a_model_without_response_has_nothing(table: xr.Dataset) -> None:
    found = analyse_response(case(response=table), EDGES, SETTINGS, REFERENCE)
    assert found.decay.curve is None
    assert (found.numbers, found.reasons) == ({}, {})


def test_a_model_without_reference_has_a_curve_alone() -> None:
    one = replace(case(), response=response(-6.0))
    found = analyse_response(one, EDGES, SETTINGS, Reference())
    assert found.decay.curve is not None
    assert (found.numbers, found.reasons, found.decay.slope) == ({}, {}, None)


def test_one_structure_has_values_without_bounds() -> None:
    alone = analyse_reference(response(-6.0, structures=1), EDGES, SETTINGS)
    value, low, high = alone.decay.exponent
    assert value == pytest.approx(-6.0, abs=0.02)
    assert np.isnan([low, high]).all()
