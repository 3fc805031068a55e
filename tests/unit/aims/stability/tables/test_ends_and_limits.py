"""Columns by kind of end and by limit of bonds: labels of all files, each at its place."""

import numpy as np
import pytest
import xarray as xr
from test_dynamics_columns import MISSING, case, stability

from nearsight.aims.stability.tables.dynamics_columns import dynamics_columns
from nearsight.collect.cases import coordinates_of
from nearsight.labels import variable


def columns(*files: xr.Dataset) -> dict[str, xr.DataArray]:
    cases = [case("ethanol", 3.0 + k, one, MISSING) for k, one in enumerate(files)]
    return dynamics_columns(cases, coordinates_of(cases))


def counted(kinds: list[str], counts: list[int]) -> xr.Dataset:
    return xr.Dataset(
        {"end_count": variable("end_kind", counts, "1", "replicas that end so")},
        coords={"end_kind": variable("end_kind", kinds, "", "how a replica ended")},
    )


def test_kinds_of_all_files_each_count_at_its_place() -> None:
    found = columns(counted(["survived", "bond"], [5, 3]), counted(["energy", "survived"], [2, 6]))
    assert [*found] == ["end_count"]
    table = found["end_count"]
    assert table["end_kind"].to_numpy().tolist() == ["survived", "bond", "energy"]
    np.testing.assert_array_equal(table, [[5, 3, np.nan], [6, np.nan, 2]])
    np.testing.assert_array_equal(table.sum("end_kind"), [8, 8])
    assert table.attrs["units"] == "1"


def test_survival_by_limit_is_that_of_the_end() -> None:
    own = stability(0.4)
    found = columns(own)
    for end in ("", "_low", "_high"):
        name = f"limit_survival{end}"
        np.testing.assert_allclose(found[name][0], own[name].isel(time=-1))
        assert found[name].dims == ("model", "bond_limit")
        assert "time" not in found[name].coords


def test_means_by_limit_are_taken_as_they_are() -> None:
    own = stability(0.4)
    found = columns(own)["limit_restricted_mean_survival_time"]
    np.testing.assert_allclose(found[0], own["limit_restricted_mean_survival_time"])
    assert found.attrs["units"] == "ps"


def test_a_model_without_dynamics_keeps_its_row() -> None:
    found = columns(MISSING, stability(0.4), MISSING)
    for name, column in found.items():
        assert column.sizes["model"] == 3, name
        assert np.isnan(column[[0, 2]]).all()
        assert np.isfinite(column[1]).all()
    assert found["end_share"]["model"].to_numpy()[1].startswith("ethanol/schnet~rc4.0")


def test_files_in_which_no_replica_was_asked_for_limits_have_no_such_column() -> None:
    older = stability(0.4).drop_dims("bond_limit")
    assert not [name for name in columns(older) if name.startswith("limit")]
    mixed = columns(older, stability(0.4))
    assert np.isnan(mixed["limit_survival"][0]).all()
    np.testing.assert_allclose(mixed["limit_survival"][1], [0.4, 0.4**0.5])


def test_limits_that_differ_are_all_there() -> None:
    other = stability(0.2).assign_coords(
        bond_limit=variable("bond_limit", [0.5, 1.0], "angstrom", "limit")
    )
    found = columns(stability(0.4), other)["limit_survival"]
    np.testing.assert_array_equal(found["bond_limit"], [0.25, 0.5, 1.0])
    np.testing.assert_allclose(found, [[0.4, 0.4**0.5, np.nan], [np.nan, 0.2, 0.2**0.5]])


@pytest.mark.parametrize("files", [(), (MISSING,), (xr.Dataset(), MISSING)])
def test_without_dynamics_there_is_no_column(files: tuple[xr.Dataset, ...]) -> None:
    assert dynamics_columns([case("ethanol", 3.0, one, MISSING) for one in files], {}) == {}
