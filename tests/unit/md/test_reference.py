from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import read
from dimers import frames_of

from nearsight.config import Dynamics
from nearsight.errors import DataError
from nearsight.md import reference_guards

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"


def test_bonds_and_mean_lengths_of_water():
    lengths = np.array([[0.9, 1.0], [1.0, 1.1], [1.04, 0.9]])
    position = np.zeros((3, 3, 3))
    position[:, 1, 0] = lengths[:, 0]
    position[:, 2, 1] = lengths[:, 1]
    guards = reference_guards(frames_of(position, [8, 1, 1]), Dynamics(close_contact=0.4))
    assert guards.bond.tolist() == [[0, 1], [0, 2]]
    np.testing.assert_allclose(guards.bond_length, [0.98, 1.0])
    np.testing.assert_allclose(guards.contact_distance, 0.4 * 0.98)
    assert guards.temperature_limit == 2500
    assert guards.bond_deviation == 0.5


@pytest.mark.parametrize(
    ("name", "n_bonds"), [("CH3CH2OH", 8), ("C6H6", 12), ("CH3SH", 5), ("bicyclobutane", 11)]
)
def test_number_of_bonds_in_shaken_molecules(name: str, n_bonds: int):
    atoms = molecule(name)
    noise = 0.08 * np.random.default_rng(0).normal(size=(200, len(atoms), 3))
    # Turned every which way: a bond must not be told from mean positions.
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(200, 3, 3)))[0]
    position = np.einsum("fij,faj->fai", turn, atoms.positions + noise)
    guards = reference_guards(frames_of(position, atoms.numbers.tolist()), Dynamics())
    assert len(guards.bond) == n_bonds


@pytest.mark.parametrize(
    ("name", "n_bonds"),
    [("ethanol", 8), ("aspirin", 21), ("ala_dipeptide", 21), ("ac_ala3_nhme", 41)],
)
def test_number_of_bonds_in_real_geometries(name: str, n_bonds: int):
    path = DATA / "geometries" / f"{name}.xyz"
    if not path.is_file():
        pytest.skip("the shared geometries are not beside this checkout")
    atoms = read(path)
    frames = frames_of(atoms.positions[None], atoms.numbers.tolist())
    assert len(reference_guards(frames, Dynamics()).bond) == n_bonds


def test_no_bond_at_all_takes_the_shortest_distance():
    position = np.array([[[0.0, 0, 0], [3.8, 0, 0], [9.0, 0, 0]]])
    guards = reference_guards(frames_of(position, [18, 18, 18]), Dynamics(close_contact=0.5))
    assert guards.bond.shape == (0, 2)
    assert guards.contact_distance == 1.9


def test_single_atom_is_refused():
    with pytest.raises(DataError, match="at least 2 atoms"):
        reference_guards(frames_of(np.zeros((2, 1, 3)), [18]), Dynamics())
