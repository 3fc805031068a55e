"""Engines as force fields: one energy surface, failures as data, any number of processes."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule

from nearsight.data.calculators import CalculatorPool, InProcess
from nearsight.data.engine import label, reference_calculator
from nearsight.errors import ReferenceEngineError
from nearsight.models.calculator_model import CalculatorModel
from nearsight.models.engine_potential import EnginePotential

WATER = molecule("H2O")


@pytest.fixture(scope="module")
def potential() -> EnginePotential:
    return EnginePotential(InProcess(reference_calculator()), WATER.numbers)


@pytest.fixture(scope="module")
def position() -> torch.Tensor:
    noise = 0.05 * np.random.default_rng(0).normal(size=(4, 3, 3))
    return torch.from_numpy(WATER.positions + noise)


def test_energies_and_forces_are_those_of_the_engine(
    potential: EnginePotential, position: torch.Tensor
):
    energy, force = potential(position)
    for row in range(4):
        value, vectors = label(Atoms(WATER.numbers, positions=position[row].numpy()))
        np.testing.assert_allclose(float(energy[row]), value, rtol=0, atol=1e-9)
        np.testing.assert_allclose(force[row], vectors, rtol=0, atol=1e-9)
    assert energy.dtype == force.dtype == torch.float64


def test_result_depends_on_the_position_alone(potential: EnginePotential, position: torch.Tensor):
    """Bit by bit, whatever was evaluated before: an interrupted run rests on this."""
    energy, force = potential(position)
    backwards = potential(position.flip(0))
    assert torch.equal(energy, backwards[0].flip(0))
    assert torch.equal(force, backwards[1].flip(0))


def test_failure_of_the_engine_is_an_end_and_no_crash(
    potential: EnginePotential, position: torch.Tensor
):
    broken = position.clone()
    broken[1, 1] = broken[1, 0] + 0.01
    energy, force = potential(broken)
    assert energy.isnan().tolist() == [False, True, False, False]
    assert force.isnan().all(dim=(1, 2)).tolist() == [False, True, False, False]
    expected = potential(position)
    assert torch.equal(energy[[0, 2, 3]], expected[0][[0, 2, 3]])


def test_reasons_are_kept_or_raised(position: torch.Tensor):
    broken = position.clone()
    broken[2, 1] = broken[2, 0] + 0.01
    source = InProcess(reference_calculator())
    lenient = EnginePotential(source, WATER.numbers)
    lenient(broken)
    assert [bool(reason) for reason in lenient.reason] == [False, False, True, False]
    with pytest.raises(ReferenceEngineError, match="unphysical"):
        EnginePotential(source, WATER.numbers, strict=True)(broken)


def test_workers_are_as_many_as_any_potential_has_asked_for() -> None:
    model = CalculatorModel("ase.calculators.lj:LennardJones", {})
    found = []
    for processes in (1, 3, 2):
        model.potential(WATER.numbers, processes=processes)
        found.append(model.pool.processes)
    model.pool.close()
    assert found == [1, 3, 3]


def test_forces_of_several_processes_are_those_of_one(position: torch.Tensor):
    """Bit by bit, of the engine that keeps a density between calls."""
    name = "nearsight.data.engine:reference_calculator"
    results = []
    for processes in (1, 2):
        pool = CalculatorPool(name, {}, processes)
        results.append(EnginePotential(pool, WATER.numbers)(position))
        pool.close()
    here = EnginePotential(InProcess(reference_calculator()), WATER.numbers)(position)
    for other in results:
        assert torch.equal(other[0], here[0])
        assert torch.equal(other[1], here[1])
