from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import molecule
from ase.io import read
from dimers import frames_of

from nearsight.config import Dynamics
from nearsight.errors import DataError
from nearsight.md.rules.positions import look_at_geometry
from nearsight.md.rules.reference_guards import reference_guards

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"


def test_bonds_and_mean_lengths_of_water():
    lengths = np.array([[0.9, 1.0], [1.0, 1.1], [1.04, 0.9]])
    position = np.zeros((3, 3, 3))
    position[:, 1, 0] = lengths[:, 0]
    position[:, 2, 1] = lengths[:, 1]
    guards = reference_guards(frames_of(position, [8, 1, 1]), Dynamics())
    assert guards.bond.tolist() == [[0, 1], [0, 2]]
    np.testing.assert_allclose(guards.bond_length, [0.98, 1.0])
    assert guards.bond_limits.tolist() == [0.25, 0.5, 1.0]
    assert guards.bond_limits[guards.main] == 0.5
    np.testing.assert_allclose(guards.energy_deviation, 3 * 0.010)
    assert (guards.temperature_limit, guards.temperature_time) == (2500, 100)
    assert guards.isolation == 2.5


def test_limits_of_pairs_are_multiples_of_covalent_radii():
    """Cordero et al. 2008: H 0.31 Å, O 0.66 Å."""
    position = np.array([[[0.0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]])
    guards = reference_guards(frames_of(position, [8, 1, 1]), Dynamics())
    oh, hh, none = 0.97, 0.62, np.inf
    np.testing.assert_allclose(
        guards.contact, 0.6 * np.array([[0, oh, oh], [oh, 0, hh], [oh, hh, 0]])
    )
    np.testing.assert_allclose(guards.forms, 1.2 * np.array([[0, 0, 0], [0, 0, hh], [0, hh, 0]]))
    np.testing.assert_allclose(
        guards.breaks, 1.5 * np.array([[none, oh, oh], [oh, none, none], [oh, none, none]])
    )


def test_limit_that_ends_a_replica_is_watched_with_the_others():
    position = np.array([[[0.0, 0, 0], [0.96, 0, 0]]])
    settings = Dynamics(bond_deviation=0.4, bond_limits=[0.5, 0.2])
    guards = reference_guards(frames_of(position, [8, 1]), settings)
    assert guards.bond_limits.tolist() == [0.2, 0.4, 0.5]
    assert guards.main == 1


def test_bond_that_breaks_before_it_forms_is_refused():
    with pytest.raises(ValueError, match=r"bond_forms \(1.6\) must be below bond_breaks"):
        Dynamics(bond_forms=1.6)


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


def test_atoms_without_a_bond_have_the_limits_of_their_pair():
    position = np.array([[[0.0, 0, 0], [3.8, 0, 0], [9.0, 0, 0]]])
    guards = reference_guards(frames_of(position, [18, 18, 18]), Dynamics(close_contact=0.5))
    assert guards.bond.shape == (0, 2)
    np.testing.assert_allclose(guards.contact[0, 1], 0.5 * 2 * 1.06)
    assert torch.isinf(guards.breaks).all()


@pytest.mark.parametrize("name", ["ethanol", "aspirin", "ala_dipeptide", "ac_ala3_nhme"])
def test_real_geometry_breaks_no_rule(name: str):
    path = DATA / "geometries" / f"{name}.xyz"
    if not path.is_file():
        pytest.skip("the shared geometries are not beside this checkout")
    atoms = read(path)
    guards = reference_guards(frames_of(atoms.positions[None], atoms.numbers.tolist()), Dynamics())
    unseen = torch.zeros((1, 3), dtype=torch.bool)
    assert look_at_geometry(torch.from_numpy(atoms.positions[None]), unseen, guards) is None


def test_single_atom_is_refused():
    with pytest.raises(DataError, match="at least 2 atoms"):
        reference_guards(frames_of(np.zeros((2, 1, 3)), [18]), Dynamics())
