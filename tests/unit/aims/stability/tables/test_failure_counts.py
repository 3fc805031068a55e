"""The table of failures: counts by pair of elements and rule, and how unusual they were."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from test_dynamics_columns import MISSING, case

from nearsight.aims.stability.tables.failure_counts import collect_failures
from nearsight.collect import write_csv
from nearsight.collect.cases import Case
from nearsight.labels import variable
from nearsight.storage import check_described, read_dataset, write_dataset


def failures(
    pairs: list[str], causes: list[str], error: list[float], typical: float = 100.0
) -> xr.Dataset:
    n = len(pairs)
    columns = {
        "pair_force_error_good": error,
        "typical_pair_force_error": [typical] * n,
        "typical_pair_force_error_q90": [1.5 * typical] * n,
        "pair_push_good": [-10.0] * n,
        "pair_response_good": [6.0] * n,
        "typical_pair_response": [3.0] * n,
        "pair_relevance_good": [-0.2] * n,
        "typical_pair_relevance": [0.1] * n,
        "end_time": [1.5] * n,
        "good_time": [1.4] * n,
    }
    return xr.Dataset(
        {
            "element_pair": variable("failure", np.array(pairs, dtype=str), "", "pair"),
            "cause": variable("failure", np.array(causes, dtype=str), "", "cause"),
            **{name: variable("failure", values, "1", name) for name, values in columns.items()},
        }
    )


def case_with(found: xr.Dataset, cutoff: float, dataset: str = "ethanol") -> Case:
    return replace(case(dataset, cutoff, MISSING, MISSING), failures=found)


CASES = [
    case_with(
        failures(["H-H", "C-H", "H-H"], ["topology", "bond", "topology"], [100.0, np.nan, 300.0]),
        3.0,
    ),
    case_with(failures(["H-H", ""], ["topology", "energy"], [200.0, np.nan]), 5.0),
    case_with(failures(["C-H"], ["bond"], [120.0]), 3.0, "aspirin"),
    case_with(xr.Dataset(), 8.0),
    case_with(failures([], [], []), 9.0),
]


def test_rows_are_pairs_and_causes_with_the_most_first(tmp_path: Path):
    table = collect_failures(CASES)
    check_described(table)
    rows = table.to_dataframe()
    keys = ["dataset", "element_pair", "cause", "n_failures", "n_models", "n_labelled"]
    assert rows[keys].values.tolist() == [
        ["aspirin", "C-H", "bond", 1, 1, 1],
        ["ethanol", "H-H", "topology", 3, 2, 3],
        ["ethanol", "C-H", "bond", 1, 1, 0],
        ["ethanol", "none", "energy", 1, 1, 0],
    ]
    np.testing.assert_allclose(rows["share"], [1, 0.6, 0.2, 0.2])
    first = rows.iloc[1]
    assert first["pair_force_error"] == 200
    assert first["pair_force_error_q25"] == 150
    assert first["pair_force_error_ratio_q75"] == 2.5
    # Two of three are above what nine of ten test frames show, 150.
    assert first["share_above_typical"] == pytest.approx(2 / 3)
    assert first["lead_time"] == pytest.approx(100)
    assert table["lead_time"].attrs["units"] == "fs"
    assert (first["pair_response_ratio"], first["pair_relevance_ratio"]) == (2, 2)
    assert np.isnan(rows.iloc[2]["share_above_typical"])
    write_csv(table, tmp_path / "failures.csv")
    assert pd.read_csv(tmp_path / "failures.csv")["n_failures"].tolist() == [1, 3, 1, 1]


def test_where_nothing_ended_the_table_is_empty_and_says_so(tmp_path: Path):
    table = collect_failures(CASES[3:])
    assert table.sizes["row"] == 0
    assert table.attrs["reason"].startswith("no replica of any network ended")
    write_dataset(table, tmp_path / "failures.nc", title="test")
    write_csv(read_dataset(tmp_path / "failures.nc"), tmp_path / "again.csv")
    write_csv(table, tmp_path / "failures.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "failures.csv").read_bytes()
    assert pd.read_csv(tmp_path / "failures.csv").empty
