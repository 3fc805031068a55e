"""A subject gives energies, forces and Hessian blocks of model and reference, each made once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import molecule
from lennard_jones import ARGUMENTS, FACTORY, energy_at, pair

from nearsight.data.engine import reference_calculator
from nearsight.diagnose.reference import EmbeddedReference, open_reference
from nearsight.diagnose.subject import EFFORTS, Subject
from nearsight.errors import ConfigError, MissingFileError
from nearsight.models.opening import open_model


@pytest.fixture(scope="module")
def subject() -> Subject:
    model = open_model(FACTORY, ARGUMENTS)
    return Subject(model=model, structures=[pair(1.3), pair(1.6)], reference=model)


def curvature(distance: float) -> float:
    """V'' of the pair in eV/Å²."""
    return 0.4 * (156 * distance**-14 - 42 * distance**-8)


def test_energies_are_those_of_the_closed_form(subject: Subject) -> None:
    positions = torch.as_tensor(np.stack([pair(d).positions for d in (1.1, 1.3, 2.0)]))

    energy, force = subject.potential(pair(1.0).numbers)(positions)

    np.testing.assert_allclose(energy, [energy_at(d) for d in (1.1, 1.3, 2.0)], rtol=1e-12)
    np.testing.assert_allclose(force.sum(dim=1), 0, atol=1e-12)


def test_blocks_by_differences_are_those_of_the_closed_form(subject: Subject) -> None:
    for k, distance in enumerate((1.3, 1.6)):
        block = subject.blocks(k)[0, 1]

        assert block[2, 2] == pytest.approx(-curvature(distance), rel=2e-3)
        np.testing.assert_allclose(block, block.T, atol=1e-9)


def test_blocks_of_the_reference_are_its_own(subject: Subject) -> None:
    np.testing.assert_array_equal(subject.reference_blocks(1), subject.blocks(1))


def test_what_was_computed_is_computed_once(subject: Subject) -> None:
    assert subject.blocks(0) is subject.blocks(0)
    assert subject.blocks(0) is not subject.blocks(1)
    numbers = pair(1.0).numbers
    assert subject.potential(numbers) is subject.potential(numbers.copy())
    assert subject.potential(numbers) is not subject.potential(np.array([18]))


def test_without_a_reference_nobody_is_told_of_one() -> None:
    alone = Subject(model=open_model(FACTORY, ARGUMENTS), structures=[pair(1.3)])

    with pytest.raises(ValueError, match=r"ask Subject\.reference first"):
        alone.reference_blocks(0)


def test_effort_chooses_one_of_three() -> None:
    model = open_model(FACTORY, ARGUMENTS)
    subjects = [Subject(model=model, structures=[], effort=effort) for effort in EFFORTS]

    assert [s.choose(quick=1, default=2, full=3) for s in subjects] == [1, 2, 3]


def test_the_embedded_reference_is_the_engine() -> None:
    water = molecule("H2O")
    reference = EmbeddedReference()

    energy, force = reference.potential(water.numbers)(torch.as_tensor(water.positions)[None])

    water.calc = reference_calculator(0.01)
    assert energy.item() == pytest.approx(water.get_potential_energy(), abs=1e-7)
    np.testing.assert_allclose(force[0], water.get_forces(), atol=1e-6)
    assert reference.label == "GFN2-xTB"
    assert reference.explicable is None


def test_atoms_in_one_place_have_no_energy_by_the_reference() -> None:
    reference = EmbeddedReference()
    apart, together = molecule("H2").positions, np.zeros((2, 3))

    energy, force = reference.potential(np.array([1, 1]))(
        torch.as_tensor(np.stack([apart, together, apart]))
    )

    assert torch.isfinite(energy).tolist() == [True, False, True]
    assert torch.isnan(force[1]).all()
    assert energy[0] == energy[2]


def test_a_reference_is_asked_for_by_name(tmp_path: Path) -> None:
    assert open_reference("none") is None
    assert isinstance(open_reference("gfn2"), EmbeddedReference)
    named = open_reference(FACTORY, ARGUMENTS)
    assert named is not None
    assert named.kind == "calculator"
    with pytest.raises(MissingFileError, match=r"absent\.safetensors"):
        open_reference(str(tmp_path / "absent.safetensors"))
    with pytest.raises(ConfigError, match="no_such_module"):
        open_reference("no_such_module:factory")
