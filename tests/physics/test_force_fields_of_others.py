"""Force fields that nearsight has not made: EMT, Lennard-Jones, GFN1-xTB, and one by SchNetPack."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import ase.io
import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.singlepoint import SinglePointCalculator

from nearsight.config import Dynamics
from nearsight.data.calculators import CalculatorPool, calculator_from, try_out
from nearsight.data.engine import label
from nearsight.data.frames import frames_of_atoms, read_frames
from nearsight.errors import ReferenceEngineError
from nearsight.md.replicas.starts import draw_starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.run.nve import run
from nearsight.models.opening import open_model
from nearsight.respond import engine_forces, hessian_blocks

Command = Callable[..., subprocess.CompletedProcess[str]]

TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0.5, 0.87, 0], [0.5, 0.29, 0.82]])
COPPER = Atoms("Cu4", positions=2.5 * TETRAHEDRON)
ARGON = Atoms("Ar4", positions=3.9 * TETRAHEDRON)
ENGINES = {
    "EMT": ("ase.calculators.emt:EMT", {}, COPPER),
    "Lennard-Jones": (
        "ase.calculators.lj:LennardJones",
        {"sigma": 3.4, "epsilon": 0.0104, "rc": 30.0},
        ARGON,
    ),
    "GFN1-xTB": ("tblite.ase:TBLite", {"method": "GFN1-xTB", "verbosity": 0}, molecule("H2O")),
}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[CalculatorPool, Atoms]]:
    name, arguments, atoms = ENGINES[request.param]
    pool = CalculatorPool(name, arguments, 2)
    yield pool, atoms
    pool.close()


def shaken(atoms: Atoms, n: int) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 0.03, (n, len(atoms), 3))
    return atoms.positions + noise


def test_numbers_are_those_of_ase_bit_by_bit(engine: tuple[CalculatorPool, Atoms]) -> None:
    """By two processes that have met other geometries, and by a calculator made for each copy."""
    pool, atoms = engine
    position = shaken(atoms, 6)
    pool.ask_all(atoms.numbers, shaken(atoms, 4) * 1.02)
    found = pool.ask_all(atoms.numbers, position)
    for row, geometry in enumerate(position):
        fresh = Atoms(
            atoms.numbers, positions=geometry, calculator=calculator_from(pool.name, pool.arguments)
        )
        assert fresh.get_potential_energy() == found.energy[row]
        np.testing.assert_array_equal(fresh.get_forces(), found.force[row])


def test_energy_is_a_function_of_the_geometry(engine: tuple[CalculatorPool, Atoms]) -> None:
    pool, atoms = engine
    assert try_out(pool, [atoms]) == 0


def test_forces_are_minus_the_gradient(engine: tuple[CalculatorPool, Atoms]) -> None:
    pool, atoms = engine
    position, step = shaken(atoms, 1)[0], 1e-3
    direction = np.random.default_rng(1).normal(size=position.shape)
    plus, minus = pool.ask_all(
        atoms.numbers, np.stack([position + step * direction, position - step * direction])
    ).energy
    force = pool.ask_all(atoms.numbers, position[None]).force[0]
    slope = (plus - minus) / (2 * step)
    assert slope == pytest.approx(-(force * direction).sum(), rel=1e-3, abs=1e-6)


def test_response_is_that_of_an_energy(engine: tuple[CalculatorPool, Atoms]) -> None:
    """Blocks are each other's transposes, and nothing answers to a translation."""
    pool, atoms = engine
    blocks = hessian_blocks(engine_forces(pool, atoms.numbers), shaken(atoms, 1)[0], 0.005)
    scale = np.abs(blocks).max()
    np.testing.assert_allclose(blocks, blocks.transpose(1, 0, 3, 2), atol=1e-3 * scale)
    np.testing.assert_allclose(blocks.sum(axis=1), 0, atol=1e-4 * scale)


def test_dynamics_conserves_energy(engine: tuple[CalculatorPool, Atoms]) -> None:
    pool, atoms = engine
    model = open_model(pool.name, pool.arguments)
    frames = [Atoms(atoms.numbers, positions=place) for place in shaken(atoms, 12)]
    labelled = frames_of_atoms(frames)
    settings = Dynamics(
        replicas=3, duration=0.02, temperature=100.0, write_interval=1, bond_deviation=5.0,
        isolation=10.0, halved_replicas=0,
    )  # fmt: skip
    potential = model.potential(atoms.numbers, processes=2)
    guards = reference_guards(labelled, settings)
    record = run(potential, draw_starts(labelled, settings), guards, settings)
    assert record.ends.kind.tolist() == [EndKind.SURVIVED] * 3
    assert np.ptp(record.total_energy, axis=1).max() < 1e-3 * len(atoms)


def test_an_element_that_emt_does_not_know() -> None:
    xenon = Atoms("CuXe", positions=[[0, 0, 0], [3.0, 0, 0]])
    pool = CalculatorPool("ase.calculators.emt:EMT", {}, 1)
    with pytest.raises(ReferenceEngineError, match="seems not to know Xe"):
        try_out(pool, [xenon])
    pool.close()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with SchNetPack's own best_model of water, trained for seconds on GFN2-xTB."""
    folder = tmp_path_factory.mktemp("schnetpack")
    water, frames = molecule("H2O"), []
    for position in water.positions + np.random.default_rng(2).normal(0, 0.05, (40, 3, 3)):
        atoms = Atoms(water.numbers, positions=position)
        energy, force = label(atoms)
        atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=force)
        frames.append(atoms)
    ase.io.write(folder / "frames.xyz", frames)
    script = Path(__file__).parent / "trained_by_schnetpack.py"
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_a_model_that_schnetpack_has_trained(
    trained: Path, nearsight: Command, tmp_path: Path
) -> None:
    """Converted by the verb it gives what SchNetPack's own calculator gives, in eV and eV/Å."""
    run = nearsight(
        "convert", trained / "best_model", "--unit", "kcal/mol", "--trust", "--out", "converted"
    )
    assert run.returncode == 0, run.stderr
    own = np.load(trained / "own.npz")
    run = nearsight("predict", "converted", trained / "frames.xyz", "--out", "predicted.nc")
    assert run.returncode == 0, run.stderr
    found = read_frames(tmp_path / "predicted.nc")
    assert np.ptp(own["energy"]) > 0.01
    np.testing.assert_allclose(found.energy, own["energy"], atol=2e-4)
    np.testing.assert_allclose(found.force, own["force"].reshape(-1, 3), atol=2e-4)
    model = open_model(tmp_path / "converted")
    assert (model.kind, model.cutoff, model.depth) == ("converted", 4.0, 2)
    numbers = molecule("H2O").numbers
    position = torch.as_tensor(found.position.reshape(-1, 3, 3))
    energy, _ = model.potential(numbers, precision="float64")(position)
    np.testing.assert_allclose(energy, own["energy"], atol=2e-4)
