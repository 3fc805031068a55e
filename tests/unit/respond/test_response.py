"""The table of norms, distances and noise over the pairs of many structures."""

import numpy as np
import xarray as xr
from ase import Atoms
from pair_potential import PairPotential
from scipy.spatial.transform import Rotation

from nearsight.respond import hessian_blocks, response
from nearsight.storage import check_described


def table(structures: list[Atoms], potential: PairPotential, step: float = 1e-3) -> xr.Dataset:
    def blocks_of(atoms: Atoms) -> np.ndarray:
        return hessian_blocks(potential.forces, atoms.positions, step)

    return response(structures, blocks_of, label="test")


def test_rows_by_hand(lennard_jones: PairPotential, position: np.ndarray) -> None:
    atoms = Atoms("HCNOFS", positions=position)
    result = table([atoms], lennard_jones)
    exact = lennard_jones.hessian(position)
    pairs = [(i, j) for i in range(6) for j in range(i + 1, 6)]
    assert list(zip(result["atom"].values, result["atom_other"].values, strict=True)) == pairs
    for row, (i, j) in enumerate(pairs):
        pair = result.isel(pair=row)
        assert (pair["atomic_number"], pair["atomic_number_other"]) == (
            atoms.numbers[i],
            atoms.numbers[j],
        )
        np.testing.assert_allclose(pair["distance"], np.linalg.norm(position[i] - position[j]))
        np.testing.assert_allclose(pair["norm"], np.linalg.norm(exact[i, j]), rtol=1e-4)
        assert pair["asymmetry"] < 1e-5


def test_norms_do_not_turn(lennard_jones: PairPotential, position: np.ndarray) -> None:
    turn = Rotation.random(rng=1).as_matrix()
    structures = [Atoms("H6", positions=p) for p in (position, position @ turn.T + 5.0)]
    result = table(structures, lennard_jones)
    first, second = (result.where(result["structure"] == k, drop=True) for k in (0, 1))
    np.testing.assert_allclose(first["norm"], second["norm"], rtol=1e-4)
    np.testing.assert_allclose(first["distance"], second["distance"], rtol=1e-12)


def test_structures_of_different_size(lennard_jones: PairPotential, position: np.ndarray) -> None:
    structures = [Atoms(f"H{n}", positions=position[:n]) for n in (2, 6, 3)]
    result = table(structures, lennard_jones)
    assert np.bincount(result["structure"]).tolist() == [1, 15, 3]


def test_asymmetry_is_the_antisymmetric_part() -> None:
    """Atom 1 answers to atom 0 and not the other way round: no energy has such a Hessian."""
    blocks = np.zeros((2, 2, 3, 3))
    blocks[0, 1, 0, 1] = 7.0
    structure = Atoms("H2", positions=[[0, 0, 0], [1, 0, 0]])
    result = response([structure], lambda _: blocks, label="test")
    np.testing.assert_allclose(result["norm"], [3.5])
    np.testing.assert_allclose(result["asymmetry"], [3.5])


def test_table_is_described(lennard_jones: PairPotential, position: np.ndarray) -> None:
    result = table([Atoms("H6", positions=position)], lennard_jones, step=0.02)
    check_described(result)
    assert result["norm"].attrs["units"] == "eV angstrom-2"
    assert result.attrs["status"] == "ok"


def test_anisotropy_by_hand() -> None:
    """Singular values 4, 2 and 1 give 3/4; a block of zeros has none; an isotropic one has 0."""
    blocks = np.zeros((3, 3, 3, 3))
    turn = Rotation.random(rng=2).as_matrix()
    blocks[0, 1] = turn @ np.diag([4.0, -2.0, 1.0]) @ turn.T
    blocks[1, 0] = blocks[0, 1].T
    blocks[1, 2] = blocks[2, 1] = 3 * np.eye(3)
    structure = Atoms("H3", positions=[[0, 0, 0], [1, 0, 0], [0, 2, 0]])
    result = response([structure], lambda _: blocks, label="test")
    np.testing.assert_allclose(result["anisotropy"], [0.75, np.nan, 0.0], atol=1e-12)


def test_a_true_hessian_has_no_asymmetry() -> None:
    """H_ij is the transpose of H_ji, and no block of it need be symmetric in itself."""
    whole = np.random.default_rng(0).normal(size=(9, 9))
    blocks = (whole + whole.T).reshape(3, 3, 3, 3).transpose(0, 2, 1, 3)
    structure = Atoms("H3", positions=[[0, 0, 0], [1, 0, 0], [0, 2, 0]])
    result = response([structure], lambda _: blocks, label="test")
    np.testing.assert_allclose(result["asymmetry"], 0, atol=1e-14)
    expected = [np.linalg.norm(blocks[i, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(result["norm"], expected)
