"""Intervals over structures, and strengths of elements at equal distance, on cases by hand."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nearsight.collect.decay.bins import bin_edges
from nearsight.collect.elements import element_strength, pair_strength
from nearsight.collect.intervals import (
    bootstrap_weights,
    mean_interval,
    student_bounds,
    student_interval,
)
from nearsight.collect.shares import body_order_share, effective_body_order, ratio_interval
from nearsight.config import Statistics

SETTINGS = Statistics(n_bootstrap=400)
EDGES = bin_edges(1.0, 5.0)


# The bootstrap.


@given(n=st.integers(1, 12), seed=st.integers(0, 99))
def test_as_many_structures_are_drawn_as_there_are(n: int, seed: int) -> None:
    weights = bootstrap_weights(n, 50, seed)
    assert weights.shape == (50, n)
    assert (weights.sum(axis=1) == n).all()
    assert (weights >= 0).all()
    assert np.array_equal(weights, bootstrap_weights(n, 50, seed))


def test_every_structure_is_drawn_once_on_average() -> None:
    weights = bootstrap_weights(8, 20_000, 0)
    np.testing.assert_allclose(weights.mean(axis=0), 1.0, atol=0.03)
    # Multinomial: the variance of a count is 1 - 1/n.
    np.testing.assert_allclose(weights.var(axis=0), 1 - 1 / 8, rtol=0.05)


@pytest.mark.parametrize("n", [3, 10, 40])
def test_bounds_of_a_mean_are_student_s(n: int) -> None:
    """The inflated error of the bootstrap is that of the textbook."""
    values = np.random.default_rng(n).standard_normal(n)
    samples = bootstrap_weights(n, 40_000, 0) @ values / n
    low, high = student_bounds(values.mean(), samples, n, 0.95)
    width = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
    assert high - low == pytest.approx(2 * width, rel=0.03)
    assert (low + high) / 2 == pytest.approx(values.mean())
    found = mean_interval(values, confidence=0.95)
    assert found == pytest.approx((values.mean(), values.mean() - width, values.mean() + width))


@given(confidence=st.floats(0.6, 0.99), scale=st.floats(0.1, 100))
def test_intervals_grow_with_confidence_and_spread(confidence: float, scale: float) -> None:
    samples = scale * np.random.default_rng(0).standard_normal(200)
    _, low, high = student_interval(0.0, samples, 8, confidence)
    _, lower, higher = student_interval(0.0, samples, 8, confidence + 0.005)
    assert lower < low < 0 < high < higher
    assert high == pytest.approx(-low)


def test_one_structure_has_no_interval() -> None:
    value, low, high = student_interval(3.0, np.full(100, 3.0), 1, 0.95)
    assert value == 3.0
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(("missing", "known"), [(49, True), (51, False)])
def test_half_of_the_samples_must_be_there(missing: int, known: bool) -> None:
    samples = np.random.default_rng(0).standard_normal(100)
    samples[:missing] = np.nan
    _, low, high = student_interval(0.0, samples, 5, 0.95)
    assert np.isfinite([low, high]).all() == known


def test_bounds_end_where_values_do() -> None:
    samples = 10 * np.random.default_rng(0).standard_normal(200)
    assert student_interval(0.5, samples, 5, 0.95, least=0.0, most=1.0) == (0.5, 0.0, 1.0)
    assert mean_interval(np.array([0.0, 1.0]), confidence=0.95, least=0.0, most=1.0)[1:] == (0, 1)


def test_copies_of_structures_make_no_interval_narrower_than_they_are() -> None:
    """Two structures ten times over look like twenty: the caller has to know the difference."""
    two = np.array([1.0, 3.0])
    _, low, high = mean_interval(two, confidence=0.95)
    _, lower, higher = mean_interval(np.tile(two, 10), confidence=0.95)
    assert higher - lower < (high - low) / 10


# Ratios and shares.


@settings(max_examples=30)
@given(
    whole=st.lists(st.floats(0.1, 10), min_size=2, max_size=8),
    share=st.floats(0, 1),
)
def test_a_ratio_that_all_structures_share_is_exact(whole: list[float], share: float) -> None:
    value, low, high = ratio_interval(share * np.array(whole), np.array(whole), SETTINGS)
    assert value == pytest.approx(share)
    assert low == pytest.approx(share, abs=1e-9)
    assert high == pytest.approx(share, abs=1e-9)


def test_a_ratio_to_nothing_is_none() -> None:
    assert np.isnan(ratio_interval(np.ones(3), np.zeros(3), SETTINGS)).all()


def test_shares_of_body_orders_add_up() -> None:
    sums = np.random.default_rng(0).random((6, 4))
    found = body_order_share(xr.Dataset({"absolute_bodies": (("s", "n"), sums)}), SETTINGS)
    assert found.shape == (4, 3)
    np.testing.assert_allclose(found[:, 0], sums.sum(axis=0) / sums.sum())
    assert found[:, 0].sum() == pytest.approx(1.0)
    assert ((found[:, 1] <= found[:, 0]) & (found[:, 0] <= found[:, 2])).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_mean_body_order_lies_between_one_and_all() -> None:
    only_two = np.zeros((3, 4))
    only_two[:, 1] = [1.0, 2.0, 3.0]
    assert effective_body_order(only_two, SETTINGS)[0] == 2.0
    half = np.array([[1.0, 0, 1.0], [1.0, 0, 1.0]])
    assert effective_body_order(half, SETTINGS)[0] == 2.0
    unknown = np.vstack([half, [[np.nan, 1, 1]]])
    assert effective_body_order(unknown, SETTINGS)[0] == 2.0
    assert np.isnan(effective_body_order(unknown[2:], SETTINGS)).all()


# Elements.


def test_elements_are_measured_against_all_atoms() -> None:
    relevance = xr.Dataset(
        {
            "site_relevance": ("site", [3.0, -1.0, 1.0, 3.0, 1.0, -1.0]),
            "site_structure": ("site", [0, 0, 0, 1, 1, 1]),
            "site_atomic_number": ("site", [8, 1, 1, 8, 1, 1]),
        }
    )
    found = element_strength(relevance, SETTINGS)
    assert found["element"].to_numpy().tolist() == ["H", "O"]
    mean = 10 / 6
    np.testing.assert_allclose(found["element_relevance"], [1 / mean, 3 / mean])
    # Both structures are alike: nothing varies.
    np.testing.assert_allclose(found["element_relevance_low"], [1 / mean, 3 / mean])
    assert list(element_strength(xr.Dataset(), SETTINGS).variables) == []


def pairs(strength: dict[str, float], seed: int = 0) -> xr.Dataset:
    """Pairs of four structures that decay as r^-2, each pair of elements with a factor."""
    rng = np.random.default_rng(seed)
    numbers = {"C": 6, "H": 1, "O": 8}
    rows = [(label, k) for label in strength for k in range(300)]
    distance = rng.uniform(1.0, 5.0, len(rows))
    first, second = zip(*(label.split("-") for label, _ in rows), strict=True)
    size = np.array([strength[label] for label, _ in rows]) * distance**-2
    return xr.Dataset(
        {
            "norm": ("pair", size * rng.choice([-1, 1], len(rows))),
            "distance": ("pair", distance),
            "structure": ("pair", rng.integers(0, 4, len(rows))),
            "atomic_number": ("pair", [numbers[name] for name in first]),
            "atomic_number_other": ("pair", [numbers[name] for name in second]),
        }
    )


def measured(table: xr.Dataset, window: np.ndarray | None = None) -> xr.Dataset:
    chosen = np.ones(len(EDGES) - 1, dtype=bool) if window is None else window
    return pair_strength(table, "norm", "strength", EDGES, chosen, SETTINGS)


def test_pairs_of_elements_keep_their_ratio_whatever_the_distance() -> None:
    found = measured(pairs({"H-C": 1.0, "O-O": 4.0}))
    assert found["element_pair"].to_numpy().tolist() == ["C-H", "O-O"]
    weak, strong = found["strength"].to_numpy()
    assert strong / weak == pytest.approx(4.0, rel=0.1)
    for name in ("low", "high"):
        assert set(found) >= {f"strength_{name}"}
    assert (found["strength_low"] < found["strength"]).all()
    assert (found["strength"] < found["strength_high"]).all()


def test_order_of_the_atoms_of_a_pair_and_sign_say_nothing() -> None:
    table = pairs({"H-C": 1.0, "O-H": 2.0})
    turned = table.assign(
        atomic_number=table["atomic_number_other"], atomic_number_other=table["atomic_number"],
        norm=-table["norm"],
    )  # fmt: skip
    xr.testing.assert_identical(measured(turned), measured(table))


def test_one_pair_of_elements_alone_is_as_strong_as_all() -> None:
    found = measured(pairs({"C-C": 3.0}))
    assert found["strength"].to_numpy() == pytest.approx([1.0])
    np.testing.assert_allclose(found["strength_low"], 1.0)


def test_without_bins_or_elements_nothing_is_said() -> None:
    table = pairs({"C-C": 3.0})
    nothing = np.zeros(len(EDGES) - 1, dtype=bool)
    assert list(measured(table, nothing).variables) == []
    assert list(measured(table.drop_vars("atomic_number")).variables) == []
    assert list(measured(table.drop_vars("norm")).variables) == []
