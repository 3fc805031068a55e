"""How far relevance goes: shares that add up to one, ranges that can be told by hand."""

import numpy as np
import pytest
import xarray as xr
from law_tables import SETTINGS, relevance

from nearsight.aims.stability.tables.range_shares import HELD, range_holding, range_shares
from nearsight.labels import variable
from nearsight.storage import check_described


def by_range(sums: np.ndarray, upper: list[float]) -> xr.Dataset:
    """Sums of |relevance| (structure, n_atoms, range); the bins end at ``upper`` Å."""
    reach = sums.sum(axis=(1, 2))[:, None] * np.array([0.75, 0.25])
    return xr.Dataset(
        {
            "absolute_range": (("structure", "n_atoms", "range"), sums),
            "absolute_reach": (("structure", "reach"), reach),
        },
        coords={
            "n_atoms": variable("n_atoms", np.arange(1, sums.shape[1] + 1), "1", "atoms"),
            "range": variable("range", upper, "angstrom", "range"),
            "reach": variable("reach", [0, 1], "1", "reach"),
        },
    )


def test_what_lies_evenly_holds_its_share_at_that_share_of_the_way() -> None:
    """Four bins of 1 Å alike, of however many structures: half within 2 Å, 90 % within 3.6 Å."""
    found = range_holding(by_range(np.ones((5, 2, 4)), [1.0, 2.0, 3.0, 4.0]), SETTINGS)
    for percent in HELD:
        expected = 4 * percent / 100
        assert found[f"relevance_range_{percent}"] == pytest.approx((expected,) * 3)


def test_an_exponential_holds_half_within_its_half_length() -> None:
    upper = np.linspace(0.05, 20, 400)
    edges = np.concatenate([[0.0], upper])
    sums = -np.diff(np.exp(-edges / 2.0)).reshape(1, 1, -1)
    found = range_holding(by_range(sums, upper.tolist()), SETTINGS)
    assert found["relevance_range_50"][0] == pytest.approx(2 * np.log(2), abs=1e-3)
    assert found["relevance_range_90"][0] == pytest.approx(2 * np.log(10), abs=1e-3)
    assert np.isnan(found["relevance_range_50"][1:]).all()  # one structure


def test_a_single_bin_begins_at_zero() -> None:
    found = range_holding(by_range(np.ones((3, 1, 1)), [6.0]), SETTINGS)
    assert found["relevance_range_50"] == pytest.approx((3.0, 3.0, 3.0))


def test_more_is_held_only_further_out_and_bounds_hold_the_value() -> None:
    sums = np.random.default_rng(3).exponential(1.0, (6, 3, 8))
    found = range_holding(by_range(sums, np.arange(1.0, 9.0).tolist()), SETTINGS)
    values = [found[f"relevance_range_{percent}"][0] for percent in HELD]
    assert values == sorted(values)
    for value, low, high in found.values():
        assert 0 <= low < value < high


def test_a_common_factor_changes_no_range() -> None:
    """Also where structures differ: the draws are the same."""
    sums = np.random.default_rng(4).exponential(1.0, (6, 3, 8))
    upper = np.arange(1.0, 9.0).tolist()
    one, other = (range_holding(by_range(k * sums, upper), SETTINGS) for k in (1.0, 1e6))
    for name, value in one.items():
        assert other[name] == pytest.approx(value), name


def test_body_orders_do_not_matter_for_a_range() -> None:
    sums = np.random.default_rng(5).exponential(1.0, (4, 3, 8))
    upper = np.arange(1.0, 9.0).tolist()
    together = sums.sum(axis=1, keepdims=True)
    one, other = (range_holding(by_range(x, upper), SETTINGS) for x in (sums, together))
    for name, value in one.items():
        assert other[name] == pytest.approx(value), name


def test_shares_add_up_to_one() -> None:
    sums = np.random.default_rng(6).exponential(1.0, (4, 3, 8))
    found = range_shares(by_range(sums, np.arange(1.0, 9.0).tolist()))
    check_described(found)
    assert found["range_share"].sum() == pytest.approx(1.0)
    assert found["reach_share"].sum() == pytest.approx(1.0)
    assert found["range_share"].dims == ("n_atoms", "range")
    np.testing.assert_allclose(found["range_share"], sums.sum(axis=0) / sums.sum())
    np.testing.assert_allclose(found["reach_share"], [0.75, 0.25])


def test_a_loud_structure_counts_by_its_relevance() -> None:
    sums = np.zeros((2, 1, 2))
    sums[0, 0], sums[1, 0] = (1.0, 0.0), (0.0, 9.0)
    found = range_shares(by_range(sums, [1.0, 2.0]))
    np.testing.assert_allclose(found["range_share"], [[0.1, 0.9]])


def test_ranges_and_shares_of_one_table_agree() -> None:
    """Half of |relevance| is on walks of one atom, within 1 Å; the next quarter within 2 Å."""
    table = relevance(-4.0)
    held = range_holding(table, SETTINGS)
    assert held["relevance_range_50"][0] == pytest.approx(1.0)
    assert held["relevance_range_90"][0] == pytest.approx(3.6)
    shares = range_shares(table)["range_share"]
    np.testing.assert_allclose(shares.sum("range"), [0.5, 0.25, 0.25])
    assert shares.sel(n_atoms=3, range=4.0) == 0.25


@pytest.mark.parametrize("sums", [np.zeros((2, 1, 3)), np.full((2, 1, 3), np.nan)])
def test_without_any_relevance_nothing_is_held(sums: np.ndarray) -> None:
    table = by_range(sums, [1.0, 2.0, 3.0])
    assert np.isnan([*range_holding(table, SETTINGS).values()]).all()
    assert not range_shares(table).data_vars


def test_one_structure_that_is_not_known_leaves_the_whole_unknown() -> None:
    sums = np.ones((3, 2, 3))
    sums[1, 1, 2] = np.nan
    assert np.isnan([*range_holding(by_range(sums, [1.0, 2.0, 3.0]), SETTINGS).values()]).all()


def test_files_without_ranges_have_none() -> None:
    older = relevance(-4.0).drop_vars(["absolute_range", "absolute_reach"])
    found = range_holding(older, SETTINGS)
    assert set(found) == {"relevance_range_50", "relevance_range_90", "relevance_range_99"}
    assert np.isnan([*found.values()]).all()
    assert not range_shares(older).data_vars
