"""Counts of force components by reference and predicted value, against counting by hand."""

import numpy as np
import pytest

from nearsight.storage import check_described
from nearsight.train.parity import (
    EDGES,
    LIMIT,
    NAME,
    PREDICTED,
    REFERENCE,
    WIDTH,
    parity_counts,
    parity_dataset,
)


def field_of(value: float) -> int:
    """Number of the field of a value, those beyond the grid in the outermost."""
    return int(np.clip(np.floor((value + LIMIT) / WIDTH), 0, len(EDGES) - 2))


def test_every_component_counts_once() -> None:
    rng = np.random.default_rng(0)
    reference = rng.normal(0, 3, (40, 3))
    predicted = reference + rng.normal(0, 0.3, reference.shape)
    counts = parity_counts(reference, predicted)
    assert counts.sum() == reference.size
    expected = np.zeros_like(counts)
    for x, y in zip(reference.ravel(), predicted.ravel(), strict=True):
        expected[field_of(x), field_of(y)] += 1
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize(("x", "y"), [(100.0, -100.0), (LIMIT, -LIMIT), (7.6, 0.01)])
def test_what_lies_beyond_counts_in_the_outermost_field(x: float, y: float) -> None:
    counts = parity_counts(np.array([x]), np.array([y]))
    assert counts.sum() == 1
    assert counts[-1, field_of(y)] == 1


def test_what_is_not_finite_is_left_out() -> None:
    predicted = np.array([1.0, np.nan, np.inf])
    assert parity_counts(np.array([1.0, 2.0, 3.0]), predicted).sum() == 1


def test_exact_predictions_lie_on_the_diagonal() -> None:
    values = np.random.default_rng(1).normal(0, 2, 500)
    counts = parity_counts(values, values)
    assert np.trace(counts) == counts.sum() == 500


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 90, 3))
    parts = parity_counts(x[:30], y[:30]) + parity_counts(x[30:], y[30:])
    np.testing.assert_array_equal(parts, parity_counts(x, y))


def test_the_grid_is_even_and_described() -> None:
    made = parity_dataset(parity_counts(np.zeros(3), np.ones(3)))
    check_described(made)
    assert made[NAME].dims == (REFERENCE, PREDICTED)
    np.testing.assert_allclose(np.diff(made[REFERENCE]), WIDTH)
    row = made.sel({REFERENCE: 0.0, PREDICTED: 1.0}, method="nearest")
    assert int(row[NAME]) in (0, 3)
    assert int(made[NAME].sum()) == 3
