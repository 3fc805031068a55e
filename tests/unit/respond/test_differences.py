"""Response of engines by differences, and what the file says of the step."""

import numpy as np
import xarray as xr
from ase import Atoms
from pair_potential import PairPotential

from nearsight.config import Respond
from nearsight.respond import response_by_differences
from nearsight.respond.hessian import Forces


def noisy(potential: PairPotential) -> Forces:
    rng = np.random.default_rng(0)

    def forces(copies: np.ndarray) -> np.ndarray:
        noise = 1e-5 * rng.normal(size=copies.shape)
        return (potential.forces(copies) + noise).astype(np.float32)

    return forces


def respond(
    forces: Forces, position: np.ndarray, *, adapt: bool = True, **set_: object
) -> xr.Dataset:
    structures = [Atoms(f"Ar{n}", positions=position[:n]) for n in (6, 4)]
    settings = Respond(**set_)
    return response_by_differences(
        lambda atoms: forces, structures, settings, adapt=adapt, label="test"
    )


def test_a_quiet_engine_keeps_the_step(lennard_jones: PairPotential, position: np.ndarray) -> None:
    found = respond(lennard_jones.forces, position)
    assert found.attrs["step_angstrom"] == 0.005
    assert found.attrs["step_reason"].startswith("default: ")
    assert found.attrs["method"] == "central differences"
    exact = np.linalg.norm(lennard_jones.hessian(position), axis=(2, 3))
    first = found.isel(pair=slice(15))
    np.testing.assert_allclose(first["norm"], exact[first["atom"], first["atom_other"]], rtol=1e-3)
    assert found.sizes["pair"] == 15 + 6


def test_a_noisy_engine_gets_a_longer_one(
    lennard_jones: PairPotential, position: np.ndarray
) -> None:
    """And the noise in the table, the asymmetry of blocks, falls by it."""
    adapted = respond(noisy(lennard_jones), position)
    kept = respond(noisy(lennard_jones), position, adapt_step=False)
    assert adapted.attrs["step_angstrom"] > kept.attrs["step_angstrom"] == 0.005
    assert "single precision" in adapted.attrs["step_reason"]
    assert 3e-6 < adapted.attrs["force_noise_eV_per_angstrom"] < 3e-5
    assert kept.attrs["step_reason"] == "as set"
    assert adapted["asymmetry"].median() < kept["asymmetry"].median() / 2


def test_an_engine_that_is_known_is_not_measured(
    lennard_jones: PairPotential, position: np.ndarray
) -> None:
    known = respond(noisy(lennard_jones), position, adapt=False, step=0.002)
    assert known.attrs["step_angstrom"] == 0.002
    assert known.attrs["step_reason"] == "as set"
