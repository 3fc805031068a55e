"""How many atoms given walks visit and how far they go, against counting by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nearsight.explain.walks.extent import MEANING, distinct_atoms, walk_range

N_ATOMS = 6
WALKS = arrays(np.int32, st.tuples(st.integers(0, 8), st.integers(1, 6)),
               elements=st.integers(0, N_ATOMS - 1))  # fmt: skip
POSITION = np.random.default_rng(0).normal(size=(N_ATOMS, 3))
DISTANCE = np.linalg.norm(POSITION[:, None] - POSITION, axis=-1)
BY_HAND = {
    "diameter": lambda walk: max(DISTANCE[i, j] for i in walk for j in walk),
    "start": lambda walk: max(DISTANCE[walk[0], j] for j in walk),
    "hop": lambda walk: max((DISTANCE[i, j] for i, j in pairwise(walk)), default=0.0),
    "ends": lambda walk: DISTANCE[walk[0], walk[-1]],
}


@given(WALKS)
def test_distinct_atoms_are_a_set(walks: np.ndarray) -> None:
    assert distinct_atoms(walks).tolist() == [len(set(walk)) for walk in walks.tolist()]


@pytest.mark.parametrize("by", MEANING)
@given(walks=WALKS)
def test_range_is_the_largest_of_what_counts(walks: np.ndarray, by: str) -> None:
    expected = [BY_HAND[by](walk) for walk in walks.tolist()]
    np.testing.assert_array_equal(walk_range(walks, DISTANCE, by), expected)


@given(WALKS)
def test_ranges_are_nested_and_obey_the_triangle(walks: np.ndarray) -> None:
    wide, start, hop, ends = (
        walk_range(walks, DISTANCE, by) for by in ("diameter", "start", "hop", "ends")
    )
    assert (ends <= start).all()
    assert (start <= wide).all()
    assert (hop <= wide).all()
    assert (wide <= 2 * start + 1e-12).all()
    assert (ends <= (walks.shape[1] - 1) * hop + 1e-12).all()


@given(WALKS)
def test_a_walk_read_backwards(walks: np.ndarray) -> None:
    for by in ("diameter", "hop", "ends"):
        backwards = walk_range(walks[:, ::-1], DISTANCE, by)
        np.testing.assert_array_equal(backwards, walk_range(walks, DISTANCE, by))
    np.testing.assert_array_equal(distinct_atoms(walks[:, ::-1]), distinct_atoms(walks))


def test_a_walk_that_stays_has_no_range() -> None:
    walks = np.full((1, 4), 3)
    assert distinct_atoms(walks).tolist() == [1]
    assert [walk_range(walks, DISTANCE, by).item() for by in MEANING] == [0.0] * 4


def test_single_precision_stays() -> None:
    assert walk_range(np.array([[0, 1]]), DISTANCE.astype(np.float32)).dtype == np.float32
