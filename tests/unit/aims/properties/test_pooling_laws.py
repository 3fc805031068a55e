"""Laws of pooled relevance: scale, order and names of structures do not matter, sizes do."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pooled_results import CARBON, SIZES, STUDY, relevance, write_results

from nearsight.aims.properties.table import (
    TOP,
    _by_structure,
    _exponent,
    _of_alkanes,
    _of_structures,
    collect_pooling,
)
from nearsight.config import Statistics, Study, validate
from nearsight.storage import write_dataset

SETTINGS = Statistics(n_bootstrap=100)


def of(sizes: np.ndarray = SIZES, power: float = 0.7, top: float = 0.3) -> xr.Dataset:
    return _of_structures(relevance(np.asarray(sizes), power, top), SETTINGS)


def test_sums_and_shares_are_those_of_a_loop_over_atoms() -> None:
    """The slow obvious way: one structure, one number of atoms at a time."""
    table = relevance(SIZES, 0.7, 0.3)
    sums, counts, shares = _by_structure(table)
    for k, n in enumerate(SIZES):
        own = [
            abs(float(value))
            for value, owner in zip(
                table["site_relevance_start"].values, table["site_structure"].values, strict=True
            )
            if owner == k
        ]
        assert counts[k] == n == len(own)
        np.testing.assert_allclose(sums[k], sum(own), rtol=1e-13)
        largest = sorted(own, reverse=True)
        expected = [sum(largest[:most]) / sum(own) for most in range(1, TOP + 1)]
        np.testing.assert_allclose(shares[k], expected, rtol=1e-12)


def test_shares_grow_to_one_and_never_fall_below_the_even_ones() -> None:
    result = of()
    for name in ("top_share", "even_share"):
        assert (np.diff(result[name].to_numpy()) >= -1e-12).all()
    assert (result["top_share"] >= result["even_share"] - 1e-12).all()
    small = of(np.array([3, 4, 5, 6]))
    np.testing.assert_allclose(small["top_share"].sel(top=6), 1)
    np.testing.assert_allclose(small["even_share"].sel(top=6), 1)


@pytest.mark.parametrize("factor", [-1.0, 1e-6, 250.0])
def test_neither_scale_nor_sign_nor_order_matters(factor: float) -> None:
    """Of all relevance at once; the order is that of structures and of the atoms in each."""
    table = relevance(SIZES, 0.7, 0.3)
    other = table.isel(site=slice(None, None, -1))
    owner = len(SIZES) - 1 - other["site_structure"]
    other = other.assign(
        site_structure=owner, site_relevance_start=factor * other["site_relevance_start"]
    )
    one, two = of(), _of_structures(other.isel(structure=slice(None, None, -1)), SETTINGS)
    for name in ("size_exponent", "top_share", "even_share"):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-9)
    for name in ("absolute", "n_atoms"):
        scale = abs(factor) if name == "absolute" else 1
        np.testing.assert_allclose(one[name][::-1] * scale, two[name], rtol=1e-9)


@pytest.mark.parametrize("power", [-0.5, 0.0, 1.0, 2.0])
def test_the_exponent_is_that_of_the_sums(power: float) -> None:
    result = of(power=power)
    for end in ("", "_low", "_high"):
        np.testing.assert_allclose(result[f"size_exponent{end}"], power, atol=1e-9)
    alkanes = _of_alkanes(relevance(3 * CARBON + 2, power, 0.4))
    np.testing.assert_allclose(alkanes["alkane_size_exponent"], power, atol=1e-9)


def test_an_exponent_with_scatter_lies_within_its_bounds() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(4, 40, 30)
    sums = counts**0.8 * np.exp(rng.normal(0, 0.2, 30))
    value, low, high = _exponent(counts, sums, SETTINGS)
    np.testing.assert_allclose(value, np.polyfit(np.log(counts), np.log(sums), 1)[0], rtol=1e-10)
    assert low < value < high
    assert low < 0.8 < high


@pytest.mark.parametrize(
    ("counts", "sums"),
    [
        ([4, 9], [1.0, 2.0]),
        ([6, 6, 6, 6], [1.0, 2.0, 3.0, 4.0]),
        ([4, 6, 9], [1.0, 0.0, 2.0]),
        ([], []),
    ],
)
def test_two_sizes_at_least_and_three_structures_give_an_exponent(
    counts: list[int], sums: list[float]
) -> None:
    """A structure without relevance has no logarithm, and is no structure here."""
    assert np.isnan(_exponent(np.array(counts), np.array(sums), SETTINGS)).all()


def test_a_structure_without_relevance_is_left_out_of_the_exponent() -> None:
    counts, sums = np.array([4, 6, 9, 16]), np.array([2.0, 0.0, 3.0, 4.0])
    value, low, high = _exponent(counts, sums, SETTINGS)
    assert value == pytest.approx(0.5)
    assert low <= value <= high


def test_a_file_without_relevance_of_atoms_has_all_dimensions_and_nothing_in_them() -> None:
    """So that cases that failed can stand beside the others."""
    empty = _of_structures(xr.Dataset(), SETTINGS)
    assert empty.sizes == {"top": TOP, "structure": 0}
    assert np.isnan(empty["top_share"]).all()
    assert np.isnan(empty["size_exponent"])
    alkanes = _of_alkanes(xr.Dataset())
    assert alkanes.sizes == {"carbon": 0}
    assert np.isnan(alkanes["alkane_size_exponent"])


def test_alkanes_are_known_by_their_atoms() -> None:
    """C_n H_2n+2: methane has five, and a value is the output with its offset."""
    result = _of_alkanes(relevance(3 * CARBON + 2, 1.0, 0.4))
    assert result["carbon"].to_numpy().tolist() == CARBON.tolist()
    np.testing.assert_array_equal(result["alkane_value"], 9.0 * (3 * CARBON + 2))
    np.testing.assert_allclose(result["alkane_top_share"][0], 0.4 + 2 * 0.6 / 4)


def test_alkanes_of_other_settings_make_a_row_stale(tmp_path: Path) -> None:
    """Where nothing else is wrong with it; what they would tell is left out, and the rest stays."""
    study = validate(Study, STUDY, "test")
    write_results(tmp_path, study)
    home = next(path for path in sorted((tmp_path / "set").iterdir()) if "gap" in path.name)
    other = {**study.explain.model_dump(), "gamma": 9.0}
    content = relevance(3 * CARBON + 2, 1.0, 0.4)
    write_dataset(content, home / "alkanes.nc", title="alkanes", settings=other)
    table = collect_pooling(study, tmp_path)
    names = [str(name) for name in table["variant"].to_numpy()]
    row = table.isel({table["mae"].dims[0]: names.index(home.name)})
    assert str(row["status"].item()) == "stale"
    assert "gamma is 9.0, not 0.1" in str(row["reason"].item())
    assert np.isnan(row["alkane_absolute"]).all()
    assert np.isfinite(row["absolute"]).all()
