"""Given models on the list of models: no axes, their origin, and a list without them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight import cube
from nearsight.collect import write_csv
from nearsight.collect.cases import Case, coordinates_of, most_atoms
from nearsight.collect.models import (
    ORIGIN,
    OWN_LEVEL,
    given_models,
    model_coordinates,
    setting_axes,
    settings_in,
    trained_alone,
)
from nearsight.config import Given, GivenModel, Row, make_variant
from nearsight.labels import variable
from nearsight.storage import check_described, read_dataset, write_dataset

XTB = GivenModel(calculator="tblite.ase:TBLite", level_of_theory="GFN1-xTB")
OURS = GivenModel(file="model.safetensors")
TRAINED: list[tuple[str, Row]] = [
    ("ethanol", make_variant(family="schnet", cutoff=3.0, depth=1, n_train=10)),
    ("ethanol", make_variant(family="painn", cutoff=5.0, depth=2, n_train=10, seed=3)),
]
LISTED = [*TRAINED, ("ethanol", Given("gfn1", XTB)), ("ethanol", Given("ours", OURS, 4.0, 3))]


def table_of(models: list[tuple[str, Row]]) -> xr.Dataset:
    error = variable("model", np.arange(len(models), dtype=float), "meV angstrom-1", "error")
    return xr.Dataset(
        {"force_mae": error}, coords=model_coordinates(models, [("ok", "")] * len(models))
    )


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return table_of(LISTED)


def test_a_given_model_has_a_row_of_its_name(table: xr.Dataset) -> None:
    check_described(table)
    assert table["model"].to_numpy().tolist()[2:] == ["ethanol/gfn1", "ethanol/ours"]
    assert table["family"].to_numpy().tolist() == ["schnet", "painn", "gfn1", "ours"]
    assert table["variant"].to_numpy().tolist()[2:] == ["gfn1", "ours"]


def test_it_has_no_value_on_an_axis_but_what_it_says_of_itself(table: xr.Dataset) -> None:
    np.testing.assert_array_equal(table["cutoff"], [3.0, 5.0, np.nan, 4.0])
    np.testing.assert_array_equal(table["depth"], [1, 2, np.nan, 3])
    for axis in ("features", "n_train", "seed"):
        assert np.isnan(table[axis].to_numpy()[2:]).all(), axis
    assert table["target"].to_numpy().tolist() == ["energy"] * 4
    assert table["cutoff"].attrs["units"] == "angstrom"


def test_where_it_comes_from_and_its_own_level_of_theory_stand_beside(table: xr.Dataset) -> None:
    assert table[ORIGIN].to_numpy().tolist() == ["trained", "trained", "calculator", "file"]
    assert table[OWN_LEVEL].to_numpy().tolist() == ["", "", "GFN1-xTB", ""]


def test_a_list_without_given_models_is_what_it_was() -> None:
    """No column more, no type changed."""
    table = table_of(TRAINED)
    assert ORIGIN not in table.coords
    assert OWN_LEVEL not in table.coords
    assert table["depth"].dtype.kind == "i"
    assert trained_alone(table) is table
    assert given_models(table) == []


def test_two_given_models_are_two_settings(table: xr.Dataset) -> None:
    """Neither is the other trained again with another seed."""
    assert len(set(settings_in(table))) == 4
    assert {ORIGIN, OWN_LEVEL}.isdisjoint(setting_axes(table))


def test_the_list_of_what_was_trained_leaves_them_out(table: xr.Dataset) -> None:
    assert given_models(table) == ["gfn1", "ours"]
    alone = trained_alone(table)
    assert alone["force_mae"].to_numpy().tolist() == [0.0, 1.0]
    assert alone["family"].to_numpy().tolist() == ["schnet", "painn"]


def test_they_come_back_from_a_file_and_stand_in_the_text(
    table: xr.Dataset, tmp_path: Path
) -> None:
    write_dataset(table, tmp_path / "t.nc", title="t")
    again = read_dataset(tmp_path / "t.nc")
    assert given_models(again) == ["gfn1", "ours"]
    assert trained_alone(again).sizes["model"] == 2
    write_csv(again, tmp_path / "t.csv")
    text = pd.read_csv(tmp_path / "t.csv")
    assert text[ORIGIN].tolist() == table[ORIGIN].to_numpy().tolist()
    assert text[OWN_LEVEL].tolist()[2] == "GFN1-xTB"
    # What is no number for one is none of the others' business: they are numbers still.
    assert text["depth"].tolist()[:2] == [1, 2]


def test_the_cube_finds_a_given_model_by_its_family(table: xr.Dataset) -> None:
    found = cube(table, ["family"]).sel(family="gfn1")
    assert float(found["force_mae"]) == 2.0


def case_of(row: Row, n_atoms: int = 0) -> Case:
    relevance = xr.Dataset(coords={"n_atoms": np.arange(n_atoms)} if n_atoms else {})
    nothing = xr.Dataset()
    return Case("ethanol", row, None, nothing, nothing, relevance, *[nothing] * 6)


def test_distinct_atoms_on_a_walk_are_counted_where_depth_is_known_or_walks_are() -> None:
    trained = [case_of(row) for _, row in TRAINED]
    assert most_atoms(trained) == 3
    assert most_atoms([*trained, case_of(Given("gfn1", XTB))]) == 3
    assert most_atoms([*trained, case_of(Given("ours", OURS, 4.0, 6))]) == 7
    assert most_atoms([*trained, case_of(Given("theirs", OURS), n_atoms=9)]) == 9
    assert most_atoms([case_of(Given("gfn1", XTB))]) == 1


def test_cases_of_given_models_have_coordinates_and_a_name() -> None:
    cases = [case_of(Given("gfn1", XTB))]
    assert cases[0].id == "ethanol/gfn1"
    coords = coordinates_of(cases)
    assert coords[ORIGIN].to_numpy().tolist() == ["calculator"]
    assert np.isnan(coords["cutoff"].to_numpy()).all()
