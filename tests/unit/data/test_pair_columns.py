"""Columns that say which pairs a table speaks of."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from nearsight import units
from nearsight.data.pair_columns import (
    PAIR_COLUMNS,
    PAIR_KIND,
    columns_of,
    pair_columns,
    pair_distances,
)


@pytest.fixture
def structures() -> list[Atoms]:
    return [molecule("H2O"), Atoms("C"), molecule("CH3OH")]


def test_every_pair_of_every_structure_once(structures: list[Atoms]) -> None:
    columns = columns_of(structures)
    found = [columns[name].values for name in PAIR_COLUMNS]
    row = 0
    for index, atoms in enumerate(structures):
        for i in range(len(atoms)):
            for j in range(i + 1, len(atoms)):
                expected = [index, i, j, atoms.numbers[i], atoms.numbers[j]]
                assert [column[row] for column in found[:-1]] == expected
                assert found[-1][row] == pytest.approx(atoms.get_distance(i, j), rel=1e-14)
                row += 1
    assert {len(column) for column in found} == {row}


def test_structures_may_be_numbered_from_any_number(structures: list[Atoms]) -> None:
    given = [(atoms.numbers, pair_distances(atoms)) for atoms in structures]
    whole = pair_columns(given)
    parts = [pair_columns([one], first=k) for k, one in enumerate(given)]
    for name in PAIR_COLUMNS:
        joined = np.concatenate([part[name].values for part in parts])
        np.testing.assert_array_equal(joined, whole[name].values)


def test_distances_are_in_the_order_of_the_pairs() -> None:
    line = Atoms("H3", positions=[[0, 0, 0], [1, 0, 0], [10, 0, 0]])
    assert pair_distances(line).tolist() == [1, 10, 9]
    assert pair_distances(Atoms("H")).tolist() == []


def test_precision_of_given_distances_stays() -> None:
    given = np.array([1.5], dtype=np.float32)
    assert pair_columns([(np.array([1, 8]), given)])["distance"].dtype == np.float32


def test_units_and_kinds_of_numbers(structures: list[Atoms]) -> None:
    columns = columns_of(structures)
    assert tuple(columns) == PAIR_COLUMNS == tuple(PAIR_KIND)
    for name, (dims, letter) in PAIR_KIND.items():
        assert columns[name].dims == dims
        assert columns[name].dtype.kind == letter
        assert columns[name].attrs["units"] == (units.LENGTH if letter == "f" else units.ONE)
