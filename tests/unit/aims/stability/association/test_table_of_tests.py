"""Tests as a table: a row each, every column with a unit and words."""

import numpy as np
import pytest

from nearsight.aims.stability.association.finding import Finding
from nearsight.aims.stability.association.table_of_tests import PLACE, table_of_tests
from nearsight.storage import check_described

PLACES = [
    {"dataset": d, "family": "painn", "outcome": "heating", "descriptor": "force_mae",
     "direction": "either"}
    for d in ("water", "ethanol", "water")
]  # fmt: skip
FOUND = [Finding(rho=0.1, n_models=4), Finding(), Finding(rho=-0.3, rho_low=-0.5, n_seeds=2.0)]
LEVELS = {"ethanol": ("PBE", ""), "water": ("CCSD(T)", "GFN2-xTB")}


def test_every_row_holds_its_own() -> None:
    further = {"p_holm": ([0.1, np.nan, 1.0], "corrected"), "role": (["x", "y", "z"], "role")}
    table = table_of_tests("test", PLACES, FOUND, further, LEVELS)
    check_described(table)
    assert table.sizes == {"test": 3}
    for row, (place, found) in enumerate(zip(PLACES, FOUND, strict=True)):
        one = table.isel(test=row)
        assert {name: one[name].item() for name in PLACE} == place
        np.testing.assert_equal(
            {name: one[name].item() for name in found.columns()},
            {name: float(value) for name, value in found.columns().items()},
        )
        levels = one["level_of_theory"].item(), one["reference_level_of_theory"].item()
        assert levels == LEVELS[place["dataset"]]
    assert table["test"].to_numpy().tolist() == [0, 1, 2]
    assert table["role"].to_numpy().tolist() == ["x", "y", "z"]
    assert (table["role"].attrs["units"], table["p_holm"].attrs["units"]) == ("", "1")


def test_bounds_are_told_apart_in_words() -> None:
    table = table_of_tests("question", PLACES[:1], FOUND[:1], {}, LEVELS)
    text = [table[f"partial_rho{end}"].attrs["long_name"] for end in ("", "_low", "_high")]
    assert text[1] == f"lower bound of: {text[0]}"
    assert text[2] == f"upper bound of: {text[0]}"
    assert table["rho"].attrs["long_name"].startswith("Spearman's correlation over settings")


def test_a_data_set_without_levels_of_theory_is_named() -> None:
    with pytest.raises(KeyError, match="ethanol"):
        table_of_tests("test", PLACES, FOUND, {}, {"water": ("", "")})
