"""Ranges, body orders, elements: by hand."""

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.tables.range_shares import range_holding, range_shares
from nearsight.collect.decay.bins import bin_edges
from nearsight.collect.elements import element_strength, pair_strength
from nearsight.collect.shares import effective_body_order
from nearsight.config import Statistics

SETTINGS = Statistics(n_bootstrap=200)
EDGES = bin_edges(0.5, 6.0)


def by_range(sums: list[list[float]]) -> xr.Dataset:
    """Relevance of structures by range in bins of 1 Å, one body order."""
    values = np.array(sums)[:, None, :]
    upper = np.arange(1.0, values.shape[2] + 1)
    return xr.Dataset(
        {
            "absolute_range": (("structure", "n_atoms", "range"), values),
            "absolute_reach": (("structure", "reach"), values[:, 0]),
        },
        coords={"n_atoms": [2], "range": upper, "reach": upper},
    )


def test_half_of_an_even_spread_lies_within_half() -> None:
    found = range_holding(by_range([[1.0] * 10] * 3), SETTINGS)
    assert found["relevance_range_50"] == pytest.approx((5.0, 5.0, 5.0))
    assert found["relevance_range_90"][0] == pytest.approx(9.0)
    assert found["relevance_range_99"][0] == pytest.approx(9.9)


def test_range_has_an_interval_over_structures() -> None:
    near, far = [4.0, 0, 0, 0], [0, 0, 0, 4.0]
    value, low, high = range_holding(by_range([near, near, far, far]), SETTINGS)[
        "relevance_range_50"
    ]
    assert low < value < high


def test_shares_sum_to_one() -> None:
    shares = range_shares(by_range([[1.0, 3.0], [2.0, 2.0]]))
    np.testing.assert_allclose(shares["range_share"], [[3 / 8, 5 / 8]])
    np.testing.assert_allclose(shares["reach_share"], [3 / 8, 5 / 8])


def test_ranges_that_are_not_known() -> None:
    unknown = by_range([[np.nan, np.nan]])
    assert np.isnan(range_holding(unknown, SETTINGS)["relevance_range_90"]).all()
    assert not range_shares(unknown).data_vars
    assert np.isnan(range_holding(xr.Dataset(), SETTINGS)["relevance_range_50"]).all()


def test_effective_body_order_is_the_mean_number_of_atoms() -> None:
    sums = np.array([[1.0, 1.0, 2.0], [1.0, 1.0, 2.0]])
    assert effective_body_order(sums, SETTINGS) == pytest.approx((2.25, 2.25, 2.25))
    assert effective_body_order(np.array([[5.0, 0, 0]]), SETTINGS)[0] == 1.0
    assert np.isnan(effective_body_order(np.full((2, 3), np.nan), SETTINGS)).all()


def test_one_body_strength_of_elements() -> None:
    relevance = xr.Dataset(
        {
            "site_structure": ("site", np.repeat([0, 1], 3)),
            "site_atomic_number": ("site", [8, 1, 1] * 2),
            "site_relevance": ("site", [-4.0, 1.0, 1.0] * 2),
        }
    )
    found = element_strength(relevance, SETTINGS)
    assert found["element"].to_numpy().tolist() == ["H", "O"]
    np.testing.assert_allclose(found["element_relevance"], [0.5, 2.0])
    np.testing.assert_allclose(found["element_relevance_low"], [0.5, 2.0])


def pair_table(strength: dict[tuple[int, int], float], seed: int = 0) -> xr.Dataset:
    """Pairs whose size is r^-6 times the strength of their elements; H-H is far more often far."""
    rng = np.random.default_rng(seed)
    n, kinds = 3000, list(strength)
    kind = rng.integers(len(kinds), size=n)
    distance = np.where(kind == 0, rng.uniform(3, 6, n), rng.uniform(1, 6, n))
    first, second = np.array(kinds)[kind].T
    return xr.Dataset(
        {
            "structure": ("pair", rng.integers(4, size=n)),
            "distance": ("pair", distance),
            "atomic_number": ("pair", first),
            "atomic_number_other": ("pair", second),
            "relevance": ("pair", distance**-6.0 * np.array([*strength.values()])[kind]),
        }
    )


def test_strength_of_pairs_does_not_see_distance() -> None:
    """Hydrogens lie far from each other: that must not make them weak."""
    table = pair_table({(1, 1): 1.0, (6, 1): 1.0, (6, 6): 1.0})
    window = EDGES[1:] <= 5.0
    found = pair_strength(table, "relevance", "strength", EDGES, window, SETTINGS)
    # Within a bin of 0.5 Å distance still varies: 6 % of scatter.
    np.testing.assert_allclose(found["strength"], 1.0, atol=0.06)
    assert found["element_pair"].to_numpy().tolist() == ["C-C", "C-H", "H-H"]


def test_strength_of_pairs_is_found() -> None:
    table = pair_table({(1, 1): 0.5, (6, 6): 2.0})
    window = (EDGES[:-1] >= 3.0) & (EDGES[1:] <= 6.0)
    found = pair_strength(table, "relevance", "strength", EDGES, window, SETTINGS)
    ratio = float(found["strength"].sel(element_pair="C-C") / found["strength"].sel(
        element_pair="H-H"))  # fmt: skip
    assert ratio == pytest.approx(4.0, rel=0.1)
    assert (found["strength_low"] <= found["strength"]).all()
    assert (found["strength"] <= found["strength_high"]).all()


def test_a_pair_has_one_name_whichever_atom_comes_first() -> None:
    table = pair_table({(1, 6): 1.0, (6, 1): 1.0})
    window = EDGES[1:] <= 5.0
    found = pair_strength(table, "relevance", "strength", EDGES, window, SETTINGS)
    assert found["element_pair"].to_numpy().tolist() == ["C-H"]
