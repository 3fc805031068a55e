"""The study table and the curves of a study whose families have different axes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight import cube
from nearsight.aims.stability.association import associate
from nearsight.aims.stability.association.design import model_rows
from nearsight.aims.stability.association.study_parts import parts_of
from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.column_names import COLUMNS, FROM_REFERENCE, NUMBERS, REASONS
from nearsight.aims.stability.tables.study_curves import collect_curves
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.collect import write_csv
from nearsight.collect.cases import Case
from nearsight.config import Question, Statistics, make_variant
from nearsight.families.variant import Variant
from nearsight.labels import banded
from nearsight.storage import (
    NOT_APPLICABLE,
    check_described,
    empty_dataset,
    read_dataset,
    write_dataset,
)

SETTINGS = Statistics(n_bootstrap=100, n_permutations=100, least_pairs=5)
MISSING = empty_dataset("stability.nc is missing: the stage did not run or crashed")
NO_WALKS = empty_dataset("family kernel has no walks", NOT_APPLICABLE)
POWERS = {"schnet": -4.0, "painn": -6.0, "kernel": -8.0}


class Kernel(Variant):
    """A family without a cutoff, features, a basis or walks."""

    family: str = "kernel"
    cutoff: float | None = None
    depth: int = 0

    @property
    def own_id(self) -> tuple[list[str], list[str]]:
        return [], []


def response(power: float) -> xr.Dataset:
    """Blocks that fall as a power law, of three structures."""
    distance = np.linspace(1.0, 9.0, 240)
    columns = {
        "norm": 10 * distance**power,
        "asymmetry": np.full(240, 1e-9),
        "distance": distance,
        "structure": np.arange(240) % 3,
        "atomic_number": np.full(240, 6),
        "atomic_number_other": np.full(240, 6),
    }
    return xr.Dataset({name: ("pair", values) for name, values in columns.items()})


def stability(last: float) -> xr.Dataset:
    width = np.array([1.0, 0.9, 1.1])
    survival = np.array([1.0, (1 + last) / 2, last])
    mean = last * width
    return xr.Dataset(
        {
            **banded("survival", width[:, None] * survival, "1", "share", "time"),
            **banded("restricted_mean_survival_time", mean, "ps", "mean time"),
            **banded("heating", -mean, "K", "heat"),
            "spectrum_reason": ((), "too short", {"units": "", "long_name": "why no spectrum"}),
        },
        coords={"time": ("time", [0.0, 0.5, 1.0], {"units": "ps", "long_name": "time"})},
        attrs={"status": "ok", "reason": ""},
    )


def case(variant: Variant, last: float | None, dataset: str = "ethanol") -> Case:
    dynamics = MISSING if last is None else stability(last)
    return Case(
        dataset=dataset,
        variant=variant,
        card=None,
        history=xr.Dataset(),
        evaluation=xr.Dataset(
            {"force_mae": 20.0, "force_mae_spread": 1.0}, attrs={"status": "ok", "reason": ""}
        ),
        relevance=NO_WALKS,
        response=response(POWERS[variant.family]),
        stability=dynamics,
        faithfulness=NO_WALKS,
        reference=response(-6.0),
        reference_curves=xr.Dataset(),
        reference_stability=xr.Dataset(),
    )


CASES = [
    case(make_variant(family="schnet", cutoff=3.0, depth=1), 0.25),
    case(make_variant(family="schnet", cutoff=9.0, depth=3), 0.5),
    case(make_variant(family="painn", cutoff=9.0, depth=2), None),
    case(Kernel(seed=1), 0.75),
    case(Kernel(seed=2), 1.0, "aspirin"),
]


@pytest.fixture(scope="module")
def made() -> tuple[xr.Dataset, xr.Dataset]:
    edges, analyses = analyse_all(CASES, SETTINGS)
    return collect_table(CASES, analyses), collect_curves(CASES, analyses, edges, SETTINGS)


@pytest.fixture(scope="module")
def table(made: tuple[xr.Dataset, xr.Dataset]) -> xr.Dataset:
    return made[0]


def test_three_families_stand_in_one_table_without_holes(table: xr.Dataset) -> None:
    check_described(table)
    assert table.sizes["model"] == len(CASES)
    assert table["model"].to_numpy().tolist() == [one.id for one in CASES]
    np.testing.assert_array_equal(table["cutoff"], [3.0, 9.0, 9.0, np.nan, np.nan])
    np.testing.assert_array_equal(table["features"], [64, 64, 64, np.nan, np.nan])
    assert table["radial_basis"].to_numpy().tolist() == ["gaussian"] * 3 + [""] * 2
    assert np.isfinite(table["response_deviation"]).all()


def test_table_and_curves_have_the_same_models(made: tuple[xr.Dataset, xr.Dataset]) -> None:
    table, curves = made
    for name in ("model", "dataset", "family", "cutoff", "status", "reason"):
        np.testing.assert_array_equal(table[name], curves[name])
        assert table[name].attrs == curves[name].attrs


def test_a_row_that_failed_keeps_its_place_and_says_why(table: xr.Dataset) -> None:
    assert table["status"].to_numpy().tolist() == ["ok", "ok", "failed", "ok", "ok"]
    assert table["reason"][2] == MISSING.attrs["reason"]
    np.testing.assert_array_equal(table["survival"], [0.25, 0.5, np.nan, 0.75, 1.0])
    # What it has of other stages is told all the same.
    assert table["response_deviation_signed"][2] == pytest.approx(0.0, abs=0.05)


def test_the_cube_gives_the_numbers_of_the_list(table: xr.Dataset) -> None:
    spread = cube(table)
    row = spread.sel(dataset="ethanol", family="schnet", cutoff=9.0, depth=3).squeeze(drop=True)
    np.testing.assert_allclose(np.nanmax(row["survival"]), 0.5)
    assert (spread["status"] != "absent").sum() == len(CASES)
    for name in ("survival", "response_deviation"):
        np.testing.assert_allclose(np.nansum(spread[name]), np.nansum(table[name]))


def test_deviations_are_those_of_the_laws(table: xr.Dataset) -> None:
    """r^-8 falls two powers faster than the reference's r^-6 over the window."""
    slopes = dict(
        zip(table["model"].to_numpy(), table["response_exponent"].to_numpy(), strict=True)
    )
    found = [slopes[one.id] for one in CASES if one.variant.family == "kernel"]
    np.testing.assert_allclose(found, -8.0, atol=0.1)
    difference = table["response_exponent_difference"][3:]
    np.testing.assert_allclose(difference, -2.0, atol=0.1)
    assert (table["response_deviation_signed"][3:] < 0).all()
    assert (table["response_deviation_signed"][:2] > 0).all()


def test_without_a_cutoff_nothing_jumps_and_nothing_is_pooled(
    made: tuple[xr.Dataset, xr.Dataset],
) -> None:
    table, curves = made
    assert np.isnan(table["cutoff_jump"][3:]).all()
    assert (curves["response_pooled"][3:] == 0).all()
    assert (curves["response_pooled"][0] == 1).any()


def test_families_without_walks_have_no_relevance_and_no_fault(table: xr.Dataset) -> None:
    assert np.isnan(table["relevance_exponent"]).all()
    assert np.isnan(table["faithfulness"]).all()
    assert set(table["relevance_fit_reason"].to_numpy()) == {"not computed"}


def test_every_listed_column_is_there_with_its_unit(table: xr.Dataset) -> None:
    for name, (unit, text) in (COLUMNS | NUMBERS).items():
        if name in ("n_parameters", "epochs", "training_seconds"):
            continue  # of the card, which these cases lack
        assert table[name].attrs == {"units": unit, "long_name": text}, name
    for name, (unit, _) in NUMBERS.items():
        assert table[f"{name}_low"].attrs["units"] == unit
        assert table[f"{name}_high"].attrs["long_name"].startswith("upper bound of: ")
    for name in FROM_REFERENCE:
        assert table[f"reference_{name}"].attrs["long_name"].endswith(", of the reference engine")
    for name in REASONS:
        assert table[f"{name}_reason"].attrs["units"] == ""


def test_columns_of_the_stability_file_keep_its_unit_and_text(table: xr.Dataset) -> None:
    assert table["heating"].attrs == {"units": "K", "long_name": "heat"}
    assert table["heating_low"].attrs == {"units": "K", "long_name": "lower bound of: heat"}
    said = ["too short", "too short", "", "too short", "too short"]
    assert table["spectrum_reason"].to_numpy().tolist() == said


def test_text_and_file_say_the_same(table: xr.Dataset, tmp_path: Path) -> None:
    write_dataset(table, tmp_path / "table.nc", title="table")
    again = read_dataset(tmp_path / "table.nc")
    write_csv(again, tmp_path / "table.csv")
    frame = pd.read_csv(tmp_path / "table.csv")
    assert len(frame) == len(CASES)
    assert not [name for name in frame if frame[name].isna().all()]
    np.testing.assert_allclose(frame["survival"], table["survival"])
    np.testing.assert_allclose(frame["cutoff (angstrom)"], table["cutoff"])
    assert "relevance_exponent" not in frame
    assert "response_exponent" in frame


def test_what_is_associated_are_the_models_that_ended_well(table: xr.Dataset) -> None:
    rows = model_rows(table)
    assert rows["model"].tolist() == [one.id for one in CASES if one.status == "ok"]
    assert rows["setting"].nunique() == 3  # the two kernels differ by their seed alone
    assert rows["repeat"].tolist() == ["0~0", "0~0", "1~0", "2~0"]
    parts = [tuple(part) for part in parts_of(table)]
    assert parts[0] == ("ethanol", "all")
    assert ("aspirin", "kernel") in parts
    found = associate(table, Question(dataset="ethanol"), SETTINGS)
    check_described(found)
    assert set(found["family"].to_numpy()) == {"all", "schnet", "painn", "kernel"}


def test_one_model_is_a_table_too() -> None:
    edges, analyses = analyse_all(CASES[3:4], SETTINGS)
    table = collect_table(CASES[3:4], analyses)
    assert table.sizes["model"] == 1
    # No model has either; figures ask for the first.
    assert np.isnan(table["cutoff"]).all()
    assert "features" not in table.coords
    curves = collect_curves(CASES[3:4], analyses, edges, SETTINGS)
    assert curves.sizes["model"] == 1
    check_described(curves)
