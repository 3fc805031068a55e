"""Curves of dynamics on common axes: held steps, unknown ends, one copy of what data sets share."""

import numpy as np
import pytest
import xarray as xr
from test_dynamics_columns import MISSING, case, stability

from nearsight.aims.stability.tables.dynamics_curves import stability_curves
from nearsight.labels import banded, variable
from nearsight.storage import check_described


def survival(times: list[float], shares: list[float], causes: tuple[str, ...] = ()) -> xr.Dataset:
    """A file that has survival alone, and incidence by these causes in equal parts."""
    band = np.array([1.0, 0.9, 1.1])[:, None] * np.array(shares)
    part = [(1 - np.array(shares)) / max(len(causes), 1)] * len(causes)
    found = banded("survival", band, "1", "share", "time")
    if causes:
        found |= {"incidence": variable(("cause", "time"), np.array(part), "1", "ended")}
    return xr.Dataset(
        found,
        coords={
            "time": variable("time", times, "ps", "time"),
            "cause": variable("cause", np.array(causes, dtype=str), "", "cause"),
        },
    )


def of(*files: xr.Dataset, dataset: str = "ethanol") -> xr.Dataset:
    return stability_curves([case(dataset, 3.0 + k, one, MISSING) for k, one in enumerate(files)])


def test_steps_are_held_between_the_times_of_a_file() -> None:
    curves = of(survival([0, 2, 4], [1.0, 0.5, 0.25]), survival([0, 1, 3, 4], [1, 0.9, 0.8, 0.7]))
    np.testing.assert_array_equal(curves["time"], [0, 1, 2, 3, 4])
    np.testing.assert_allclose(curves["survival"][0], [1.0, 1.0, 0.5, 0.5, 0.25])
    np.testing.assert_allclose(curves["survival"][1], [1.0, 0.9, 0.9, 0.8, 0.7])
    np.testing.assert_allclose(curves["survival_low"], 0.9 * curves["survival"])


def test_nothing_is_known_beyond_the_end_of_a_run() -> None:
    curves = of(survival([0, 1], [1.0, 0.5]), survival([0, 1, 5], [1.0, 0.75, 0.0]))
    np.testing.assert_allclose(curves["survival"][0], [1.0, 0.5, np.nan])
    np.testing.assert_allclose(curves["survival"][1], [1.0, 0.75, 0.0])


def test_causes_of_all_files_in_the_order_in_which_they_come() -> None:
    curves = of(
        survival([0, 1], [1.0, 0.5], ("energy",)), survival([0, 1], [1.0, 0.0], ("bond", "energy"))
    )
    assert curves["cause"].to_numpy().tolist() == ["energy", "bond"]
    last = curves["incidence"].isel(time=-1)
    np.testing.assert_allclose(last, [[0.5, np.nan], [0.5, 0.5]])


def test_shares_of_ends_and_survival_add_up_to_one_at_every_time() -> None:
    curves = of(stability(0.4), stability(0.2))
    np.testing.assert_allclose(curves["survival"] + curves["incidence"].sum("cause"), 1.0)
    np.testing.assert_allclose(curves["end_share"].sum("end_kind"), 1.0)


def test_values_over_other_axes_stay_at_their_own_places() -> None:
    """Distances and wavenumbers are matched, never held or interpolated."""
    own = xr.Dataset(
        {"spectrum": variable("wavenumber", [1.0, 2.0], "cm", "spectrum")},
        coords={"wavenumber": variable("wavenumber", [0.0, 20.0], "cm-1", "w")},
    )
    other = own.assign_coords(wavenumber=variable("wavenumber", [10.0, 20.0], "cm-1", "w"))
    curves = of(own, other)
    np.testing.assert_array_equal(curves["wavenumber"], [0, 10, 20])
    np.testing.assert_allclose(curves["spectrum"], [[1, np.nan, 2], [np.nan, 1, 2]])
    assert np.isnan(curves["spectrum_low"]).all()


def replicas(times: list[float], ended: list[int]) -> xr.Dataset:
    return xr.Dataset(
        {
            "replica_time": variable("replica", times, "ps", "time"),
            "replica_ended": variable("replica", ended, "1", "ended"),
        }
    )


def test_replicas_stand_first_and_nothing_beyond_their_number() -> None:
    curves = of(replicas([1.0, 2.0, 3.0], [1, 0, 0]), MISSING, replicas([0.5], [1]))
    nan = np.nan
    np.testing.assert_array_equal(
        curves["replica_time"], [[1, 2, 3], [nan, nan, nan], [0.5, nan, nan]]
    )
    np.testing.assert_array_equal(
        curves["replica_ended"], [[1, 0, 0], [nan, nan, nan], [1, nan, nan]]
    )
    assert curves["replica_time"].attrs["units"] == "ps"


def test_one_replica_is_a_column() -> None:
    curves = of(replicas([2.5], [0]))
    assert curves["replica_time"].shape == (1, 1)
    assert curves["replica_ended"][0, 0] == 0


@pytest.mark.parametrize("reference", [MISSING, stability(0.9)])
def test_the_floor_of_a_data_set_is_of_whichever_file_has_it(reference: xr.Dataset) -> None:
    """The reference's own file is asked first, then those of models."""
    own = stability(0.4).drop_vars(
        ["distance_error_floor", "distance_error_floor_low", "distance_error_floor_high"]
    )
    late = stability(0.4)
    late["distance_error_floor"] = 2 * late["distance_error_floor"]
    cases = [case("ethanol", 3.0, own, reference), case("ethanol", 5.0, late, reference)]
    floor = stability_curves(cases)["data_distance_error_floor"]
    np.testing.assert_allclose(floor, [0.14 if reference is MISSING else 0.07])


def test_the_floor_of_the_references_file_comes_first() -> None:
    own = stability(0.4)
    own["distance_error_floor"] = 2 * own["distance_error_floor"]
    found = stability_curves([case("ethanol", 3.0, own, stability(0.9))])
    np.testing.assert_allclose(found["data_distance_error_floor"], [0.07])


def test_data_without_any_dynamics_have_no_floor_and_no_distribution() -> None:
    cases = [case("ethanol", 3.0, stability(0.4), MISSING), case("aspirin", 3.0, MISSING, MISSING)]
    curves = stability_curves(cases)
    assert np.isnan(curves["data_distance_error_floor"]).to_numpy().tolist() == [False, True]
    assert np.isnan(curves["data_distance_distribution"][1]).all()
    np.testing.assert_allclose(curves["data_distance_distribution"][0], [1, 2])


def test_the_reference_stands_once_however_many_models_there_are() -> None:
    engine = stability(0.8)
    cases = [case("ethanol", cutoff, stability(0.4), engine) for cutoff in (3.0, 4.0, 5.0)]
    curves = stability_curves(cases)
    assert curves.sizes["reference"] == 1
    assert curves.sizes["model"] == 3
    np.testing.assert_allclose(curves["reference_survival"], [[1, 0.9, 0.8]])
    assert curves["reference_n_replicas"].to_numpy().tolist() == [8]


def test_everything_is_described_and_bounds_have_the_unit_of_their_value() -> None:
    curves = of(stability(0.4), MISSING)
    check_described(curves)
    for name in curves.data_vars:
        base = str(name).removesuffix("_low").removesuffix("_high")
        assert curves[name].attrs["units"] == curves[base].attrs["units"], name
        assert curves[name].dims == curves[base].dims
        if base != name:
            text = curves[name].attrs["long_name"]
            assert text.endswith(f" bound of: {curves[base].attrs['long_name']}"), name


def test_no_dynamics_at_all_leaves_one_empty_place_on_every_axis() -> None:
    curves = of(MISSING)
    assert all(curves.sizes[dim] == 1 for dim in curves.sizes)
    assert curves["cause"].to_numpy().tolist() == [""]
    assert all(np.isnan(curves[name]).all() for name in curves.data_vars)


def test_a_reference_alone_makes_the_axes() -> None:
    """Networks that never ran stay unknown on the times of the engine."""
    one = case("ethanol", 3.0, MISSING, stability(0.8))
    curves = stability_curves([one])
    np.testing.assert_allclose(curves["time"], [0, 0.5, 1.0])
    assert np.isnan(curves["survival"]).all()
    assert np.isfinite(curves["reference_survival"]).all()
