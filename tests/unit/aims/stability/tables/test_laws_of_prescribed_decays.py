"""Curves of known physics without an engine: laws in, laws out, elements taken out."""

import numpy as np
import pytest
import xarray as xr
from law_tables import EDGES, MISSING, SETTINGS, case, index

from nearsight.aims.stability.tables.prescribed_decays import (
    CURVES,
    DAMPED,
    LEAST_BOND_ORDER,
    normalised,
    reference_curves,
    window_of,
)
from nearsight.storage import check_described

RNG = np.random.default_rng(0)
C6, CHARGES = RNG.uniform(1, 50, 240), RNG.choice([-0.3, 0.1, 0.4], 240)


def table(length: float = 0.6) -> xr.Dataset:
    """Dispersion, charges and bond orders as their laws say, of pairs of many strengths."""
    own = index()
    r = own["distance"][1]
    columns = {
        "c6": C6,
        "dispersion_d3": -C6 * r**-6.0,
        "dispersion_d4": -2 * C6 * r**-6.0,
        "charge_product": CHARGES,
        "charge_energy": 14.4 * CHARGES / r,
        "bond_order": np.exp(-r / length),
    }
    return xr.Dataset(own | {name: ("pair", values) for name, values in columns.items()})


@pytest.fixture(scope="module")
def curves() -> xr.Dataset:
    cases = [case(reference_curves=table()), case(dataset="aspirin")]
    coords = {"distance": ("distance", (EDGES[1:] + EDGES[:-1]) / 2)}
    return xr.Dataset(reference_curves(cases, EDGES, SETTINGS)).assign_coords(coords)


@pytest.mark.parametrize(
    ("name", "exponent"), [("D3 dispersion", -6), ("D4 dispersion", -6), ("point charges", -1)]
)
def test_exponents_that_physics_prescribes(curves: xr.Dataset, name: str, exponent: float) -> None:
    own = curves.sel(curve=name).isel(reference=0)
    assert own["reference_curve_exponent"] == pytest.approx(exponent, abs=0.02)
    assert own["reference_curve_power_law_weight"] > 0.99
    assert own["reference_curve_exponent_low"] <= own["reference_curve_exponent"]
    assert own["reference_curve_exponent"] <= own["reference_curve_exponent_high"]


def test_the_length_of_an_exponential(curves: xr.Dataset) -> None:
    own = curves.sel(curve="bond order").isel(reference=0)
    assert own["reference_curve_length"] == pytest.approx(0.6, abs=0.02)
    assert own["reference_curve_power_law_weight"] < 0.01


def test_a_data_set_without_such_a_file_keeps_its_row(curves: xr.Dataset) -> None:
    check_described(curves.drop_vars("distance"))
    assert curves["curve"].to_numpy().tolist() == [*CURVES]
    for name in curves.data_vars:
        assert curves[name].sizes["reference"] == 2, name
        assert np.isnan(curves[name].isel(reference=1)).all()
        assert np.isfinite(curves[name].isel(reference=0)).any()


def test_bounds_hold_the_curve(curves: xr.Dataset) -> None:
    own = curves.isel(reference=0)
    known = np.isfinite(own["reference_curve_low"]).to_numpy()
    low, mean, high = (
        own[f"reference_curve{end}"].to_numpy()[known] for end in ("_low", "", "_high")
    )
    assert len(mean) > 50
    hair = 1 + 1e-9  # bounds are of logarithms
    assert (np.abs(low) <= np.abs(mean) * hair).all()
    assert (np.abs(mean) <= np.abs(high) * hair).all()


def test_strengths_are_taken_out_and_the_mean_stays() -> None:
    """Pairs at one distance have one value, whatever their elements."""
    own = table()
    r = own["distance"].to_numpy()
    found = normalised(own, "D3 dispersion")["value"]
    np.testing.assert_allclose(found, -C6.mean() * r**-6.0)
    found = normalised(own, "point charges")["value"]
    np.testing.assert_allclose(found, 14.4 * CHARGES.mean() / r)


def test_bond_orders_are_taken_as_they_are() -> None:
    own = table()
    np.testing.assert_array_equal(normalised(own, "bond order")["value"], own["bond_order"])
    assert {*normalised(own, "bond order").variables} == {"structure", "distance", "value"}


def test_dispersion_begins_beyond_damping() -> None:
    window = window_of("D4 dispersion", EDGES, np.ones(len(EDGES) - 1))
    assert EDGES[:-1][window].min() == DAMPED
    assert window[EDGES[:-1] >= DAMPED].all()


def test_charges_begin_beyond_the_first_shell() -> None:
    window = window_of("point charges", EDGES, np.zeros(len(EDGES) - 1))
    assert EDGES[:-1][window].min() == 2.5
    assert window.sum() == (EDGES[:-1] >= 2.5).sum()


def test_bond_orders_end_where_rounding_begins_and_never_come_back() -> None:
    mean = np.exp(-EDGES[:-1])
    lost = int(np.flatnonzero(EDGES[:-1] >= 6.0)[0])
    mean[lost] = LEAST_BOND_ORDER / 2
    window = window_of("bond order", EDGES, mean)
    assert EDGES[:-1][window].tolist() == [2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5]


def test_an_empty_bin_ends_bond_orders_too_but_not_before_the_first_shell() -> None:
    mean = np.exp(-EDGES[:-1])
    mean[:3] = np.nan
    assert window_of("bond order", EDGES, mean).sum() == (EDGES[:-1] >= 2.5).sum()
    mean[-4] = np.nan
    assert not window_of("bond order", EDGES, mean)[-4:].any()


def test_short_bond_orders_leave_too_few_bins_to_fit() -> None:
    """exp(-r / 0.2) is below 1e-7 from 3.2 Å on."""
    found = reference_curves([case(reference_curves=table(0.2))], EDGES, SETTINGS)
    column = CURVES.index("bond order")
    assert np.isnan(found["reference_curve_length"][0, column])
    assert np.isfinite(found["reference_curve"][0, column]).any()


def test_a_study_without_any_has_its_axes() -> None:
    found = reference_curves([case(reference_curves=MISSING)], EDGES, SETTINGS)
    assert found["reference_curve"].shape == (1, len(CURVES), len(EDGES) - 1)
    assert np.isnan(found["reference_curve_exponent"]).all()
