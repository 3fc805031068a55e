"""Small networks of every family, and frames of molecules that differ in size."""

import numpy as np
import pytest
from ase.build import molecule

from nearsight.config import Variant, make_variant
from nearsight.data.frames import Frames

NAMES = ("CH3CH2OH", "H2O", "C6H6", "NH3", "H2O")


@pytest.fixture(params=[("schnet", "gaussian"), ("painn", "bessel")], ids="-".join)
def variant(request: pytest.FixtureRequest) -> Variant:
    family, basis = request.param
    return make_variant(family=family, cutoff=2.5, depth=2, features=8, radial_basis=basis, seed=3)


@pytest.fixture
def mixed_frames() -> Frames:
    """Five molecules of 3 to 12 atoms with random labels; labels do not matter here."""
    rng = np.random.default_rng(0)
    molecules = [molecule(name) for name in NAMES]
    position = np.concatenate([m.positions + rng.normal(0, 0.1, (len(m), 3)) for m in molecules])
    n_atoms = np.array([len(m) for m in molecules])
    return Frames(
        atomic_number=np.concatenate([m.numbers for m in molecules]),
        position=position,
        force=rng.normal(size=position.shape),
        n_atoms=n_atoms,
        energy=rng.normal(size=len(n_atoms)),
        subset=np.zeros(len(n_atoms), dtype=int),
        source=np.zeros(len(n_atoms), dtype=int),
    )
