"""The reference engine as a force field: one energy surface, failures as data."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from dimers import frames_of

from nearsight.config import Dynamics
from nearsight.data.engine import label, reference_calculator
from nearsight.md import EndKind, Potential, draw_starts, reference_guards, run
from nearsight.md.run.engine_forces import calculator_potential

WATER = molecule("H2O")


@pytest.fixture(scope="module")
def potential() -> Potential:
    return calculator_potential(reference_calculator(), WATER.numbers)


@pytest.fixture(scope="module")
def position() -> torch.Tensor:
    noise = 0.05 * np.random.default_rng(0).normal(size=(4, 3, 3))
    return torch.from_numpy(WATER.positions + noise)


def test_energies_and_forces_are_those_of_the_engine(potential: Potential, position: torch.Tensor):
    energy, force = potential(position)
    for row in range(4):
        value, vectors = label(Atoms(WATER.numbers, positions=position[row].numpy()))
        np.testing.assert_allclose(float(energy[row]), value, rtol=0, atol=1e-9)
        np.testing.assert_allclose(force[row], vectors, rtol=0, atol=1e-9)
    assert energy.dtype == force.dtype == torch.float64


def test_result_depends_on_the_position_alone(potential: Potential, position: torch.Tensor):
    """Bit by bit, whatever was evaluated before: an interrupted run rests on this."""
    energy, force = potential(position)
    backwards = potential(position.flip(0))
    assert torch.equal(energy, backwards[0].flip(0))
    assert torch.equal(force, backwards[1].flip(0))


def test_failure_of_the_engine_is_an_end_and_no_crash(potential: Potential, position: torch.Tensor):
    broken = position.clone()
    broken[1, 1] = broken[1, 0] + 0.01
    energy, force = potential(broken)
    assert energy.isnan().tolist() == [False, True, False, False]
    assert force.isnan().all(dim=(1, 2)).tolist() == [False, True, False, False]
    expected = potential(position)
    assert torch.equal(energy[[0, 2, 3]], expected[0][[0, 2, 3]])


def test_water_holds_and_conserves_energy(potential: Potential, position: torch.Tensor):
    frames = frames_of(position.numpy(), WATER.numbers.tolist())
    settings = Dynamics(replicas=2, duration=0.05, temperature=300.0, write_interval=1)
    guards = reference_guards(frames, settings)
    record = run(potential, draw_starts(frames, settings), guards, settings)
    assert record.ends.kind.tolist() == [EndKind.SURVIVED] * 2
    spread = np.ptp(record.total_energy, axis=1) / 3
    assert (spread < 0.005).all()
    assert (spread < 0.05 * np.ptp(record.kinetic_energy, axis=1)).all()
