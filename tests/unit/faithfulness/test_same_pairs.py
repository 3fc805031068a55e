"""Relevance and response of the same pairs: joined where they are, refused where they are not."""

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule

from nearsight.data.pair_columns import PAIR_COLUMNS, columns_of
from nearsight.errors import DataError
from nearsight.faithfulness.same_pairs import first_structures, square

STRUCTURES = [molecule("H2O"), Atoms("C"), molecule("CH3OH"), molecule("NH3")]


def table(structures: list[Atoms], name: str, seed: int = 0) -> xr.Dataset:
    columns = columns_of(structures)
    values = np.random.default_rng(seed).normal(size=columns["distance"].size)
    return xr.Dataset({**columns, name: ("pair", values)})


@pytest.mark.parametrize(("n_most", "n_data", "n_relevance", "n_response", "expected"), [
    (9, 4, 4, 4, 4), (2, 4, 4, 4, 2), (9, 3, 4, 4, 3), (9, 4, 3, 4, 3), (9, 4, 4, 1, 1),
])  # fmt: skip
def test_the_structures_that_all_know(
    n_most: int, n_data: int, n_relevance: int, n_response: int, expected: int
) -> None:
    relevance = table(STRUCTURES[:n_relevance], "relevance")
    response = table(STRUCTURES[:n_response], "norm", seed=1)
    rows = first_structures(STRUCTURES[:n_data], relevance, response, n_most)
    assert rows.n_structures == expected
    n_pairs = sum(len(atoms) * (len(atoms) - 1) // 2 for atoms in STRUCTURES[:expected])
    assert len(rows.distance) == n_pairs
    np.testing.assert_array_equal(rows.relevance, relevance["relevance"][:n_pairs])
    np.testing.assert_array_equal(rows.response, response["norm"][:n_pairs])
    np.testing.assert_array_equal(rows.structure, relevance.variables["structure"][:n_pairs])
    assert tuple(rows.columns) == PAIR_COLUMNS


@pytest.mark.parametrize("name", ["relevance", "response"])
@pytest.mark.parametrize(("shift", "fits"), [(5e-7, True), (2e-6, False)])
def test_distances_may_differ_by_rounding_and_no_more(name: str, shift: float, fits: bool) -> None:
    tables = {"relevance": table(STRUCTURES, "relevance"), "response": table(STRUCTURES, "norm")}
    distance = tables[name]["distance"].copy()
    distance[4] += shift
    tables[name] = tables[name].assign(distance=distance)
    if fits:
        first_structures(STRUCTURES, tables["relevance"], tables["response"], 9)
        return
    with pytest.raises(DataError, match=f"the {name} file is of other structures"):
        first_structures(STRUCTURES, tables["relevance"], tables["response"], 9)


def test_another_number_of_atoms_is_refused() -> None:
    other = [STRUCTURES[0], molecule("N2"), *STRUCTURES[2:]]
    with pytest.raises(DataError, match="compute both from the same data"):
        first_structures(STRUCTURES, table(STRUCTURES, "relevance"), table(other, "norm"), 9)


def test_a_difference_beyond_what_is_used_does_not_matter() -> None:
    moved = [*STRUCTURES[:3], molecule("PH3")]
    rows = first_structures(STRUCTURES, table(STRUCTURES, "relevance"), table(moved, "norm"), 3)
    assert rows.n_structures == 3


def test_pairs_as_a_matrix() -> None:
    columns = columns_of(STRUCTURES)
    structure, distance = columns["structure"].values, columns["distance"].values
    for k, atoms in enumerate(STRUCTURES):
        if len(atoms) < 2:
            continue
        found = square(distance, structure == k)
        np.testing.assert_allclose(found, atoms.get_all_distances(), rtol=1e-12)


@pytest.mark.parametrize("n_atoms", [2, 3, 10, 57])
def test_matrices_are_symmetric_and_empty_on_the_diagonal(n_atoms: int) -> None:
    n_pairs = n_atoms * (n_atoms - 1) // 2
    values = np.arange(1.0, n_pairs + 1)
    found = square(values, np.ones(n_pairs, dtype=bool))
    assert found.shape == (n_atoms, n_atoms)
    np.testing.assert_array_equal(found, found.T)
    assert not np.diag(found).any()
    np.testing.assert_array_equal(found[np.triu_indices(n_atoms, 1)], values)


def test_a_single_atom_has_a_matrix_of_one() -> None:
    assert square(np.array([5.0]), np.array([False])).tolist() == [[0.0]]
