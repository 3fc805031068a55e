"""Models in their places: strata, settings, seeds; what failed or is not known stays out."""

from itertools import product

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.association.descriptors import DESCRIPTORS, ERROR, SURVIVAL
from nearsight.aims.stability.association.design import Design, design_of, model_rows, part_of

SIGNED = "response_deviation_signed"
PLACES = list(product(["a", "b"], ["painn", "schnet"], [3.0, 5.0], [1, 2], [0, 1, 2]))
NAMES = ("dataset", "family", "cutoff", "depth", "seed")
SCALE = np.array([1e4, 1e3, 1e2, 10.0, 1.0])


def study() -> xr.Dataset:
    """Each model's descriptor spells its place, so that none can stand in another's."""
    digits = np.array([[("ab").index(d), ("painn", "schnet").index(f), c == 5.0, depth - 1, seed]
                       for d, f, c, depth, seed in PLACES], dtype=float)  # fmt: skip
    coords = {name: ("model", list(v)) for name, v in zip(NAMES, zip(*PLACES, strict=True),
                                                          strict=True)}  # fmt: skip
    coords["model"] = ("model", [f"m{k}" for k in range(len(PLACES))])
    coords["status"] = ("model", np.array(["ok"] * len(PLACES), dtype=object))
    spelled = digits @ SCALE
    columns = {SIGNED: spelled, SURVIVAL: -spelled, ERROR: 2 * spelled}
    return xr.Dataset({k: ("model", v) for k, v in columns.items()}, coords)


def test_every_model_stands_in_its_place() -> None:
    design = design_of(model_rows(study()), SIGNED, SURVIVAL)
    stratum, setting, seed = np.indices((4, 4, 3))
    expected = (
        1e4 * (stratum // 2) + 1e3 * (stratum % 2) + 1e2 * (setting // 2) + 10 * (setting % 2)
    ) + seed
    np.testing.assert_array_equal(design.x, expected)
    np.testing.assert_array_equal(design.y, -expected)
    np.testing.assert_array_equal(design.given, 2 * expected)
    np.testing.assert_array_equal(design.cutoff, [0, 0, 1, 1])
    np.testing.assert_array_equal(design.rest, [0, 1, 0, 1])
    assert (design.n_models, design.n_settings, design.n_seeds, design.n_strata) == (48, 4, 3, 4)


def test_the_order_in_which_models_are_listed_does_not_matter() -> None:
    table = study()
    moved = table.isel(model=np.random.default_rng(0).permutation(len(PLACES)))
    one, other = (design_of(model_rows(t), SIGNED, SURVIVAL) for t in (table, moved))
    for name in ("x", "y", "given", "cutoff", "rest"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("gap", ["status", SIGNED, SURVIVAL, ERROR])
def test_a_failed_model_or_one_unknown_number_leaves_its_place_empty(gap: str) -> None:
    table = study()
    table[gap][5] = "failed" if gap == "status" else np.nan
    design = design_of(model_rows(table), SIGNED, SURVIVAL)
    for values in (design.x, design.y, design.given):
        assert np.argwhere(np.isnan(values)).tolist() == [[0, 1, 2]]
    assert (design.n_models, design.n_settings, design.n_seeds) == (47, 4, 3)
    # Its setting is the mean of the two seeds that are left: 10 and 11.
    assert design.means()[0][0, 1] == pytest.approx(10.5)


def test_a_setting_without_any_model_has_no_mean() -> None:
    table = study()
    table["status"][3:6] = "failed"
    design = design_of(model_rows(table), SIGNED, SURVIVAL)
    x, y, given = design.means()
    for values in (x, y, given):
        assert np.argwhere(np.isnan(values)).tolist() == [[0, 1]]
    # The other strata still have four.
    assert design.n_settings == 4
    only = design_of(part_of(model_rows(table), "a", "painn"), SIGNED, SURVIVAL)
    assert only.n_settings == 3


def test_rows_say_what_they_are_and_lack_what_the_table_lacks() -> None:
    rows = model_rows(study())
    first = rows.iloc[0]
    assert (first["setting"], first["rest"], first["repeat"]) == ("3.0~1", "1", "0")
    assert rows[list(set(DESCRIPTORS) - {SIGNED, ERROR})].isna().all(axis=None)
    assert rows["setting"].nunique() == 4


def test_all_failed_leaves_no_rows_and_an_empty_design() -> None:
    table = study()
    table["status"][:] = "failed"
    design = design_of(model_rows(table), SIGNED, SURVIVAL)
    counts = design.n_models, design.n_settings, design.n_seeds, design.n_strata
    assert counts == (0, 0, 0, 0)


def test_parts_are_the_rows_that_they_name() -> None:
    rows = model_rows(study())
    assert len(part_of(rows, "all")) == len(part_of(rows, "all", "all")) == 48
    assert set(part_of(rows, "b")["family"]) == {"painn", "schnet"}
    one = part_of(rows, "b", "schnet")
    assert len(one) == 12
    assert set(zip(one["dataset"], one["family"], strict=True)) == {("b", "schnet")}
    assert len(part_of(rows, "c")) == 0


def test_seeds_are_those_of_most_settings_where_there_are_fewest() -> None:
    x = np.zeros((2, 5, 4))
    x[0, 0, 1:] = np.nan  # One setting of one seed among four of four.
    x[1, :, 2:] = np.nan
    x[1, 4] = np.nan
    design = Design(x, x, x, np.arange(5), np.arange(5))
    assert design.n_seeds == 2
    assert (design.n_models, design.n_settings) == (25, 5)
    # Nothing varies in either.
    assert design.n_strata == 0


def test_a_stratum_counts_where_both_vary() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    y = np.random.default_rng(1).normal(size=(3, 4, 2))
    y[1] = 1.0
    design = Design(x, y, x, np.arange(4), np.arange(4))
    assert design.n_strata == 2
    x[2] = 0.0
    assert design.n_strata == 1
