"""Neighbour lists against ASE's own, for single molecules and batches."""

import numpy as np
import torch
from ase import Atoms
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.families.neighbors import neighbor_pairs


def ase_pairs(position: np.ndarray, cutoff: float) -> set[tuple[int, int]]:
    i, j = neighbor_list("ij", Atoms(f"H{len(position)}", positions=position), cutoff)
    return set(zip(i.tolist(), j.tolist(), strict=True))


def once(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    return {(i, j) for i, j in pairs if i < j}


def as_set(i: torch.Tensor, j: torch.Tensor) -> set[tuple[int, int]]:
    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs), "a pair stands twice"
    return set(pairs)


@given(
    n_atoms=st.integers(1, 15), cutoff=st.floats(0.5, 6), size=st.floats(0.5, 8),
    seed=st.integers(0, 10**6),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_same_pairs_as_ase(n_atoms: int, cutoff: float, size: float, seed: int) -> None:
    position = np.random.default_rng(seed).normal(0, size, (n_atoms, 3))
    i, j = neighbor_pairs(torch.as_tensor(position)[None], cutoff)
    assert as_set(i, j) == once(ase_pairs(position, cutoff))
    assert (i.diff() >= 0).all()


def test_molecules_of_a_batch_do_not_see_each_other() -> None:
    position = np.random.default_rng(0).normal(0, 1.5, (4, 6, 3))
    i, j = neighbor_pairs(torch.as_tensor(position), 2.0)
    expected = {
        (6 * k + a, 6 * k + b) for k in range(4) for a, b in once(ase_pairs(position[k], 2.0))
    }
    assert as_set(i, j) == expected


def test_atom_at_the_cutoff_is_out() -> None:
    position = torch.tensor([[[0.0, 0, 0], [2.0, 0, 0]]], dtype=torch.float64)
    assert len(neighbor_pairs(position, 2.0)[0]) == 0
    assert len(neighbor_pairs(position, 2.0 + 1e-12)[0]) == 1


def test_without_a_cutoff_every_two_atoms_of_a_molecule_are_a_pair() -> None:
    position = torch.tensor([[[0.0, 0, 0], [9.0, 0, 0], [0, 1e4, 0]]] * 2, dtype=torch.float64)
    found = as_set(*neighbor_pairs(position, float("inf")))
    assert found == {(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)}
