"""One list of models: families of different axes in one table, the cube of it, its text."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight import cube
from nearsight.collect import models, write_csv
from nearsight.collect.csv import SERIES
from nearsight.collect.models import (
    along_models,
    axes_in,
    model_coordinates,
    setting_axes,
    settings_in,
)
from nearsight.config import make_variant
from nearsight.errors import DataError
from nearsight.families.variant import Variant
from nearsight.labels import variable
from nearsight.section import setting
from nearsight.storage import check_described, read_dataset, write_dataset


class Kernel(Variant):
    """A family without cutoff and features, with an axis of its own."""

    family: str = "kernel"
    cutoff: float | None = None
    depth: int = 0
    width: float = setting(1.0, unit="angstrom", description="Width of the kernel.")

    @property
    def own_id(self) -> tuple[list[str], list[str]]:
        return [f"w{self.width}"], []


AXES = (*models.AXES, "width")
FAILED = ("failed", "stability.nc is missing: the stage did not run or crashed")
LISTED = [
    ("ethanol", make_variant(family="schnet", cutoff=3.0, depth=1, n_train=10)),
    ("ethanol", make_variant(family="schnet", cutoff=5.0, depth=1, n_train=10)),
    ("ethanol", make_variant(family="painn", cutoff=5.0, depth=2, n_train=10)),
    ("aspirin", Kernel(n_train=10, width=2.0)),
    ("aspirin", Kernel(n_train=10, width=4.0)),
]
STANDINGS = [("ok", ""), ("ok", ""), FAILED, ("ok", ""), ("stale", "make it anew")]
VALUES = np.array([1.0, 2.0, np.nan, 4.0, 5.0])
SHARES = np.array([[0.5, 0.5], [0.25, 0.75], [np.nan] * 2, [1, 0], [0, 1]])


def values_of(variant: Variant) -> dict[str, object]:
    absent = {"radial_basis": ""}
    return {axis: getattr(variant, axis, absent.get(axis, math.nan)) for axis in AXES}


@pytest.fixture(scope="module", autouse=True)
def _with_the_axis_of_kernels() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "AXES", AXES)
        patch.setattr(models, "axes_of", values_of)
        yield


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    """A table of three families, two of which share their axes."""
    coords = model_coordinates(LISTED, STANDINGS)
    ends = variable("end_kind", ["survived", "bond"], "", "end")
    trace = variable("epoch", np.arange(3), "1", "epoch", **{SERIES: 1})
    nothing = np.full(5, np.nan)
    levels = {k: variable("model", list("vwxyz"), "", "level") for k in ("zeta", "eta", "alpha")}
    return xr.Dataset(
        {
            "force_mae": variable("model", VALUES, "meV angstrom-1", "error"),
            "end_share": variable(("model", "end_kind"), SHARES, "1", "share"),
            "error_by_epoch": variable(("model", "epoch"), np.ones((5, 3)), "1", "trace"),
            "n_parameters": variable("model", np.arange(5), "1", "parameters"),
            "never_known": variable("model", nothing, "K", "no model has it"),
            "never_said": variable("model", [""] * 5, "", "no model says it"),
        },
        {**coords, **levels, "end_kind": ends, "epoch": trace},
    )


def test_families_of_different_axes_stand_in_one_list_without_holes(table: xr.Dataset) -> None:
    check_described(table)
    assert table.sizes["model"] == len(LISTED)
    names = [f"{dataset}/{variant.id}" for dataset, variant in LISTED]
    assert table["model"].to_numpy().tolist() == names
    assert len(set(names)) == len(names)
    np.testing.assert_array_equal(table["cutoff"], [3, 5, 5, np.nan, np.nan])
    np.testing.assert_array_equal(table["width"], [np.nan] * 3 + [2, 4])
    assert table["radial_basis"].to_numpy().tolist() == ["gaussian"] * 3 + [""] * 2
    assert table["depth"].to_numpy().tolist() == [1, 1, 2, 0, 0]
    assert axes_in(table)[-1] == "width"


def test_units_of_axes_are_those_of_their_fields(table: xr.Dataset) -> None:
    units = {axis: table[axis].attrs["units"] for axis in axes_in(table)}
    assert (units["cutoff"], units["width"]) == ("angstrom", "angstrom")
    assert (units["depth"], units["n_train"], units["seed"]) == ("1", "1", "1")
    assert (units["family"], units["radial_basis"], units["target"]) == ("", "", "")


def test_failed_rows_stay_with_their_reason(table: xr.Dataset) -> None:
    status, reason = (table[name].to_numpy().tolist() for name in ("status", "reason"))
    assert list(zip(status, reason, strict=True)) == STANDINGS
    assert np.isnan(table["force_mae"][status.index("failed")])


def test_an_axis_that_no_family_of_the_study_has_is_no_column() -> None:
    coords = model_coordinates(LISTED[:3], STANDINGS[:3])
    assert "width" not in coords
    assert {"cutoff", "features", "seed"} <= coords.keys()


@pytest.mark.parametrize("k", range(len(LISTED)))
def test_the_cube_gives_the_numbers_of_the_list(table: xr.Dataset, k: int) -> None:
    row = table.isel(model=k)
    place = {axis: row[axis].item() for axis in ("dataset", *axes_in(table))}
    found = cube(table).sel(place)
    assert found["model"].item() == row["model"].item()
    assert found["status"].item() == row["status"].item()
    assert found["reason"].item() == row["reason"].item()
    for name in ("force_mae", "end_share", "n_parameters"):
        np.testing.assert_array_equal(found[name], row[name])
    assert found["force_mae"].attrs == table["force_mae"].attrs


def test_the_cube_has_holes_where_nothing_was_asked_for(table: xr.Dataset) -> None:
    spread = cube(table)
    assert dict(spread.sizes)["family"] == 3
    assert dict(spread.sizes)["cutoff"] == 3  # 3 Å, 5 Å, none
    assert spread["family"].to_numpy().tolist() == ["kernel", "painn", "schnet"]
    absent = (spread["status"] == "absent").to_numpy()
    assert absent.sum() == absent.size - len(LISTED)
    assert (spread["model"].to_numpy()[absent] == "").all()
    assert np.isnan(spread["force_mae"].to_numpy()[absent]).all()
    assert np.nansum(spread["force_mae"]) == np.nansum(VALUES)


def test_the_cube_over_some_axes(table: xr.Dataset) -> None:
    nets = table.isel(model=[0, 1, 2])
    spread = cube(nets, ["family", "cutoff"])
    assert spread["force_mae"].dims == ("family", "cutoff")
    assert spread["force_mae"].sel(family="schnet", cutoff=5.0) == 2.0
    with pytest.raises(DataError, match=r"schnet~rc3.* and .*schnet~rc5.* share family: name more"):
        cube(nets, ["family"])
    with pytest.raises(DataError, match="nonsense: no axis of this table; it has family, cutoff"):
        cube(nets, ["nonsense"])
    with pytest.raises(DataError, match="no dimension 'model'"):
        cube(xr.Dataset())


def test_whole_numbers_stay_whole_where_there_are_no_holes(table: xr.Dataset) -> None:
    full = cube(table.isel(model=[0, 1]))["n_parameters"]
    assert full.dtype.kind == "i"
    assert cube(table)["n_parameters"].dtype.kind == "f"


def test_the_cube_of_a_file_is_that_of_the_list(table: xr.Dataset, tmp_path: Path) -> None:
    write_dataset(table, tmp_path / "table.nc", title="table")
    first, again = cube(table), cube(read_dataset(tmp_path / "table.nc"))
    for name in ("force_mae", "status", "end_share"):
        np.testing.assert_array_equal(first[name].astype(again[name].dtype), again[name])


@pytest.fixture(scope="module")
def text(table: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    path = tmp_path_factory.mktemp("text") / "table.csv"
    write_csv(table, path)
    return pd.read_csv(path)


def test_the_text_has_a_row_a_model_and_its_columns_in_order(
    table: xr.Dataset, text: pd.DataFrame
) -> None:
    assert text["model"].tolist() == table["model"].to_numpy().tolist()
    assert text.columns[:4].tolist() == ["model", "dataset", "family", "cutoff (angstrom)"]
    # Further coordinates by name: a file keeps no order of them.
    at = text.columns.get_loc("reason")
    assert text.columns[at + 1 : at + 4].tolist() == ["alpha", "eta", "zeta"]
    np.testing.assert_array_equal(text["force_mae (meV angstrom-1)"], VALUES)
    np.testing.assert_array_equal(text["width (angstrom)"], table["width"])
    assert text["reason"].fillna("").tolist() == [reason for _, reason in STANDINGS]


def test_further_labels_are_columns_and_series_are_none(text: pd.DataFrame) -> None:
    np.testing.assert_array_equal(text["end_share_survived"], SHARES[:, 0])
    np.testing.assert_array_equal(text["end_share_bond"], SHARES[:, 1])
    assert not [name for name in text if "epoch" in name]


def test_no_column_is_empty_throughout(text: pd.DataFrame) -> None:
    assert not [name for name in text if text[name].isna().all()]
    assert "never_known (K)" not in text
    assert "never_said" not in text


def test_the_text_of_a_file_is_that_of_the_table(table: xr.Dataset, tmp_path: Path) -> None:
    """As it is checked: coordinates come back in another order than they were given."""
    write_dataset(table, tmp_path / "table.nc", title="table")
    write_csv(table, tmp_path / "first.csv")
    write_csv(read_dataset(tmp_path / "table.nc"), tmp_path / "again.csv")
    assert (tmp_path / "first.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()


def test_a_table_of_no_models_has_a_row_for_each_combination(tmp_path: Path) -> None:
    attrs = {"units": "eV", "long_name": "x"}
    names = {"a": [1, 2], "b": ["x", "y", "z"]}
    content = xr.Dataset({"v": (("a", "b"), np.arange(6.0).reshape(2, 3), attrs)}, names)
    write_csv(content, tmp_path / "t.csv")
    frame = pd.read_csv(tmp_path / "t.csv")
    assert len(frame) == 6
    assert frame.loc[(frame["a"] == 2) & (frame["b"] == "y"), "v (eV)"].item() == 4.0


def test_seeds_do_not_tell_settings_apart_and_missing_axes_are_alike(table: xr.Dataset) -> None:
    assert {"seed", "frames_seed"} & set(setting_axes(table)) == set()
    assert len(set(settings_in(table))) == len(LISTED)
    twice = xr.concat([table, table.assign_coords(seed=table["seed"] + 1)], "model")
    assert settings_in(twice)[:5] == settings_in(twice)[5:]


def test_labels_of_all_models_are_joined_and_none_is_lost() -> None:
    attrs = {"units": "1", "long_name": "share"}
    first = xr.DataArray([1.0, 2.0], {"kind": ["a", "b"]}, ("kind",), attrs=attrs)
    other = xr.DataArray([3.0, 4.0], {"kind": ["longer", "a"]}, ("kind",), attrs=attrs)
    coords = {"model": variable("model", ["x", "y", "z"], "", "model")}
    joined = along_models([first, None, other], coords)
    assert joined["kind"].to_numpy().tolist() == ["a", "b", "longer"]
    np.testing.assert_array_equal(joined, [[1, 2, np.nan], [np.nan] * 3, [4, np.nan, 3]])
    assert joined.attrs == attrs


def test_numbers_in_text_have_six_digits(table: xr.Dataset, tmp_path: Path) -> None:
    thirds = table.assign(third=variable("model", np.full(5, 1 / 3), "1", "third"))
    write_csv(thirds, tmp_path / "t.csv")
    written = pd.read_csv(tmp_path / "t.csv", dtype=str)["third"]
    assert set(written) == {"0.333333"}
