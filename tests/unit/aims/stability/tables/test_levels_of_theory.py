"""Tables and curves say what deviations are from, where that is not what labelled the data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight.aims.stability.association import associate
from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.study_curves import collect_curves
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.collect import write_csv
from nearsight.collect.cases import Case
from nearsight.collect.yardsticks import LABELS, REFERENCE, levels_of_cases, levels_of_table
from nearsight.config import Question, Statistics, make_variant
from nearsight.errors import CorruptFileError
from nearsight.storage import check_described, empty_dataset, read_dataset, write_dataset

MISSING = empty_dataset("is missing")
SETTINGS = Statistics(n_bootstrap=100, n_permutations=100, least_pairs=5)


def response(power: float, **attributes: str) -> xr.Dataset:
    """Blocks that fall as a power law, of three structures."""
    distance = np.linspace(1.0, 9.0, 240)
    columns = {
        "norm": 10 * distance**power,
        "asymmetry": np.full(240, 1e-7),
        "distance": distance,
        "structure": np.arange(240) % 3,
        "atomic_number": np.full(240, 6),
        "atomic_number_other": np.full(240, 6),
    }
    return xr.Dataset({k: ("pair", v) for k, v in columns.items()}, attrs=attributes)


def of(labels: str, level: str) -> dict[str, str]:
    return {"yardstick": "gfn2", "level_of_theory": level, "data_level_of_theory": labels}


def case(dataset: str, reference: xr.Dataset, **files: xr.Dataset) -> Case:
    parts = dict.fromkeys(
        ("history", "evaluation", "relevance", "stability", "faithfulness", "reference_curves",
         "reference_stability"),
        MISSING,
    )  # fmt: skip
    return Case(
        dataset=dataset,
        variant=make_variant(family="painn", cutoff=4.0, depth=1, features=4, n_train=10),
        card=None,
        response=response(-5.0),
        reference=reference,
        **(parts | files),
    )


CASES = [
    case("aspirin", response(-6.0, **of("PBE", "GFN2-xTB"))),
    case("sampled", response(-6.0, **of("GFN2-xTB", "GFN2-xTB"))),
    case("alone", MISSING.assign_attrs(of("PBE0", ""))),
    case("old", response(-6.0)),
]


def test_table_and_csv_name_both_levels_of_every_row(tmp_path: Path) -> None:
    _, analyses = analyse_all(CASES, SETTINGS)
    table = collect_table(CASES, analyses)
    check_described(table)
    write_dataset(table, tmp_path / "table.nc", title="table")
    write_csv(table, tmp_path / "table.csv")
    assert levels_of_table(read_dataset(tmp_path / "table.nc")) == {
        "aspirin": ("PBE", "GFN2-xTB"),
        "sampled": ("GFN2-xTB", "GFN2-xTB"),
        "alone": ("PBE0", ""),
        "old": ("", "GFN2-xTB"),
    }
    frame = pd.read_csv(tmp_path / "table.csv", keep_default_na=False).set_index("dataset")
    assert frame.loc["aspirin", [LABELS, REFERENCE]].tolist() == ["PBE", "GFN2-xTB"]
    assert frame.loc["alone", [LABELS, REFERENCE]].tolist() == ["PBE0", ""]
    # The number itself is there: log10 of r over the window, against another level of theory.
    assert float(frame.loc["aspirin", "response_deviation (decades)"]) > 0.3
    assert frame.loc["alone", "response_deviation (decades)"] == ""


def test_curves_name_them_by_data_set() -> None:
    edges, analyses = analyse_all(CASES, SETTINGS)
    curves = collect_curves(CASES, analyses, edges, SETTINGS)
    check_described(curves)
    assert curves[REFERENCE].sel(reference=["aspirin", "alone"]).to_numpy().tolist() == [
        "GFN2-xTB", "",
    ]  # fmt: skip
    assert curves[LABELS].dims == ("reference",)


def test_association_names_them_too(tmp_path: Path) -> None:
    analyses = analyse_all(CASES, SETTINGS)[1]
    table = collect_table(CASES, analyses)
    for name in ("restricted_mean_survival_time", "force_mae"):
        table[name] = xr.full_like(table["response_deviation"], 1.0)
    found = associate(table, Question(dataset="aspirin"), SETTINGS)
    check_described(found)
    names = found["dataset"].to_numpy()
    assert set(found[REFERENCE].to_numpy()[names == "aspirin"]) == {"GFN2-xTB"}
    assert set(found[LABELS].to_numpy()[names == "all"]) == {"several"}
    write_csv(found, tmp_path / "association.csv")
    assert {LABELS, REFERENCE} <= set(pd.read_csv(tmp_path / "association.csv").columns)


def test_response_and_dynamics_of_two_yardsticks_are_an_error_that_names_both() -> None:
    dynamics = xr.Dataset({"survival": ("time", [1.0])}, attrs=of("PBE", "a.b:c"))
    mixed = replace(CASES[0], reference_stability=dynamics)
    with pytest.raises(CorruptFileError, match=r"aspirin/reference_response\.nc is of GFN2-xTB"):
        levels_of_cases([mixed])
    same = replace(CASES[0], reference_stability=dynamics.assign_attrs(of("PBE", "GFN2-xTB")))
    assert levels_of_cases([same]) == {"aspirin": ("PBE", "GFN2-xTB")}
