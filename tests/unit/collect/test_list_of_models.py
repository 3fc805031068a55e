"""One list of models, its cube over the axes, and both as text: there and back."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight.collect.csv import SERIES, write_csv
from nearsight.collect.models import (
    ABSENT,
    MODEL,
    along_models,
    axes_in,
    cube,
    model_coordinates,
    setting_axes,
    settings_in,
)
from nearsight.config import AXES, Variant, make_variant
from nearsight.errors import DataError
from nearsight.families.specs import FAMILIES

NAMES = list(FAMILIES)


def variant(family: str, **values: Any) -> Variant:
    fields = FAMILIES[family].model_fields
    given = {"cutoff": 5.0} if "cutoff" in fields and fields["cutoff"].is_required() else {}
    return make_variant(family=family, **{**given, **values})


MODELS = [
    (dataset, variant(family, seed=seed))
    for dataset in ("water", "ethanol")
    for family in NAMES[:2]
    for seed in (0, 1)
]
STANDINGS = [("ok", "")] * 7 + [("failed", "no neighbour")]


def table(models: list[tuple[str, Variant]] = MODELS, **variables: Any) -> xr.Dataset:
    standings = STANDINGS[-len(models) :] if len(models) <= 8 else [("ok", "")] * len(models)
    made = {"x": (MODEL, np.arange(float(len(models))), {"units": "eV", "long_name": "x"})}
    return xr.Dataset({**made, **variables}, coords=model_coordinates(models, standings))


# Coordinates.


def test_a_model_is_a_variant_on_a_data_set() -> None:
    coords = table()
    assert coords[MODEL].to_numpy()[0] == f"water/{MODELS[0][1].id}"
    assert coords["dataset"].to_numpy().tolist() == ["water"] * 4 + ["ethanol"] * 4
    assert coords["seed"].to_numpy().tolist() == [0, 1] * 4
    assert coords["status"].to_numpy()[-1] == "failed"
    assert coords["reason"].to_numpy()[-1] == "no neighbour"
    for name in coords.coords:
        assert {"units", "long_name"} <= set(coords[name].attrs), name


def test_axes_that_no_family_has_are_left_out() -> None:
    found = axes_in(table())
    assert found == [axis for axis in AXES if axis in found]
    assert {"family", "n_train", "seed", "target"} <= set(found)
    with_one = [("a", variant(NAMES[0]))]
    coords = model_coordinates(with_one, [("ok", "")])
    for axis in AXES:
        values = coords[axis].to_numpy() if axis in coords else None
        if values is not None and values.dtype.kind == "f":
            assert not np.isnan(values).all()


def test_lengths_have_a_unit_and_numbers_none() -> None:
    coords = table()
    assert coords["seed"].attrs["units"] == "1"
    assert coords["family"].attrs["units"] == ""
    for axis in axes_in(coords):
        if axis == "cutoff":
            assert coords[axis].attrs["units"] == "angstrom"


def test_a_setting_is_all_but_its_repeats() -> None:
    found = table()
    assert setting_axes(found)[0] == "dataset"
    assert not {"seed", "frames_seed"} & set(setting_axes(found))
    names = settings_in(found)
    assert len(set(names)) == 4
    assert names[0] == names[1] != names[2]


# The cube.


def test_every_model_is_found_by_its_axes() -> None:
    flat = table()
    spread = cube(flat)
    assert MODEL not in spread.dims
    for k, (dataset, one) in enumerate(MODELS):
        axes = {axis: flat[axis].to_numpy()[k] for axis in axes_in(flat)}
        place = spread.sel(dataset=dataset, **axes)
        assert place["x"].item() == k
        assert str(place["variant"].item()) == one.id
        assert str(place["status"].item()) == STANDINGS[k][0]


def test_what_was_not_asked_for_is_absent() -> None:
    spread = cube(table(MODELS[:3]), ["dataset", "family", "seed"])
    hole = spread.sel(dataset="water", family=MODELS[2][1].family, seed=1)
    assert math.isnan(hole["x"].item())
    assert hole["status"].item() == ABSENT
    assert hole["variant"].item() == ""
    assert (spread["status"] == ABSENT).sum().item() == 1


def test_numbers_are_the_same_in_another_shape() -> None:
    flat = table(
        y=((MODEL, "time"), np.arange(24.0).reshape(8, 3), {"units": "1", "long_name": "y"}),
        z=("time", np.arange(3.0), {"units": "ps", "long_name": "z"}),
        n=(MODEL, np.arange(8), {"units": "1", "long_name": "n"}),
    )
    spread = cube(flat)
    for name in ("x", "y", "n"):
        values = spread[name].to_numpy()
        assert np.sort(values[~np.isnan(values)]).tolist() == sorted(flat[name].to_numpy().ravel())
        assert spread[name].attrs == flat[name].attrs
    assert spread["z"].dims == ("time",)
    assert spread["y"].dims[-1] == "time"


def test_axes_that_do_not_tell_models_apart_are_named() -> None:
    with pytest.raises(DataError, match=r"water/.* and water/.* share dataset, family: name more"):
        cube(table(), ["dataset", "family"])
    with pytest.raises(DataError, match="colour: no axis of this table; it has family"):
        cube(table(), ["dataset", "colour"])
    with pytest.raises(DataError, match="the table has no dimension 'model'"):
        cube(xr.Dataset({"x": ("row", [1.0])}))


# One variable of all models.


def column(labels: list[str], values: list[float]) -> xr.DataArray:
    attrs = {"units": "1", "long_name": "share"}
    return xr.DataArray(values, {"element": labels}, ("element",), attrs=attrs)


def test_labels_of_all_models_stand_once() -> None:
    coords = model_coordinates(MODELS[:3], STANDINGS[:3])
    found = along_models([column(["H", "C"], [1.0, 2.0]), None, column(["C", "O"], [3, 4])], coords)
    assert found.dims == (MODEL, "element")
    assert found["element"].to_numpy().tolist() == ["H", "C", "O"]
    np.testing.assert_array_equal(found, [[1, 2, np.nan], [np.nan, np.nan, np.nan], [np.nan, 3, 4]])
    assert found.attrs == {"units": "1", "long_name": "share"}


# As text.


def read(flat: xr.Dataset, folder: Path) -> pd.DataFrame:
    write_csv(flat, folder / "table.csv")
    return pd.read_csv(folder / "table.csv")


def test_one_row_a_model_with_units_in_the_names(tmp_path: Path) -> None:
    found = read(table(), tmp_path)
    assert len(found) == len(MODELS)
    assert found.columns[0] == MODEL
    assert found["x (eV)"].tolist() == list(range(8))
    assert found["seed"].tolist() == [0, 1] * 4
    assert found["status"].tolist() == [status for status, _ in STANDINGS]
    assert list(found.columns).index("reason") < list(found.columns).index("x (eV)")


def test_a_column_for_each_label_but_for_series(tmp_path: Path) -> None:
    dims = ((MODEL, "kind"), np.arange(16.0).reshape(8, 2), {"units": "1", "long_name": "k"})
    curve = ((MODEL, "time"), np.zeros((8, 50)), {"units": "1", "long_name": "c"})
    flat = table(k=dims, c=curve).assign_coords(
        kind=("kind", ["a", "b"]), time=("time", np.arange(50.0), {SERIES: 1, "units": "ps"})
    )
    found = read(flat, tmp_path)
    assert found["k_a"].tolist() == list(range(0, 16, 2))
    assert found["k_b"].tolist() == list(range(1, 16, 2))
    assert not [name for name in found.columns if name.startswith("c_")]


def test_a_column_that_all_leave_empty_is_none(tmp_path: Path) -> None:
    nothing = (MODEL, np.full(8, np.nan), {"units": "1", "long_name": "nothing"})
    some = (MODEL, [np.nan] * 7 + [1.0], {"units": "1", "long_name": "some"})
    found = read(table(nothing=nothing, some=some), tmp_path)
    assert "nothing" not in found
    assert found["some"].notna().sum() == 1
    whole = table().isel(model=slice(0, 7))
    assert (whole["status"] == "ok").all()
    assert "reason" not in read(whole, tmp_path)
    assert "reason" in read(table(), tmp_path)


def test_numbers_have_six_digits_and_no_more(tmp_path: Path) -> None:
    third = (MODEL, np.full(8, 1 / 3), {"units": "1", "long_name": "third"})
    write_csv(table(third=third), tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text()
    assert "0.333333," in text or "0.333333\n" in text
    assert "0.3333333" not in text


def test_a_table_without_models_has_a_row_for_each_label(tmp_path: Path) -> None:
    other = xr.Dataset(
        {"n": (("a", "b"), [[1, 2], [3, 4]], {"units": "K"})},
        coords={"a": ["x", "y"], "b": [10, 20]},
    )
    found = read(other, tmp_path)
    assert found["n (K)"].tolist() == [1, 2, 3, 4]
    assert found["a"].tolist() == ["x", "x", "y", "y"]
