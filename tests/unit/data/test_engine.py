import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import all_changes

from nearsight.data.engine import engine_version, label, reference_calculator
from nearsight.data.importing import import_frames
from nearsight.errors import ReferenceEngineError


def test_reproduces_stored_gfn2_labels(shared_data: Path) -> None:
    file = shared_data / "solvent_clusters_gfn2" / "solvent_xtb_train_200.xyz"
    frames = import_frames(file, energy_unit="eV")
    chosen = [0, *np.flatnonzero((frames.n_atoms > 5) & (frames.n_atoms < 30))[:3]]
    for frame in chosen:
        energy, forces = label(frames.atoms(int(frame)))
        assert energy == pytest.approx(frames.energy[frame], abs=1e-5)
        # The stored forces themselves are off by up to 3e-4 from a fully converged field.
        assert forces == pytest.approx(frames.forces(int(frame)), abs=4e-4)


def test_forces_are_the_negative_gradient() -> None:
    atoms = molecule("CH3OH")
    calculator = reference_calculator()
    forces = label(atoms, calculator)[1]
    step, energies = 0.002, []
    for sign in (1, -1):
        moved = atoms.copy()
        moved.positions[1, 2] += sign * step
        energies.append(label(moved, calculator)[0])
    assert -(energies[0] - energies[1]) / (2 * step) == pytest.approx(forces[1, 2], abs=1e-3)


def test_label_does_not_depend_on_what_was_labelled_before() -> None:
    calculator = reference_calculator()
    fresh = label(molecule("CH3OH"))
    label(molecule("CH4"), calculator)
    energy, forces = label(molecule("CH3OH"), calculator)
    assert energy == pytest.approx(fresh[0], abs=1e-6)
    assert forces == pytest.approx(fresh[1], abs=1e-5)


@pytest.mark.parametrize(
    ("atoms", "words"),
    [
        (Atoms("H2", [[0, 0, 0], [0, 0, 0.01]]), "unphysical"),
        (Atoms("C2", [[0, 0, 0], [0, 0, 0]]), "Too close"),
        (Atoms("H2", [[0, 0, 0], [0, 0, np.nan]]), "not finite"),
        (Atoms("Fr"), "elements"),
    ],
)
def test_absurd_results_raise_every_time(atoms: Atoms, words: str) -> None:
    calculator = reference_calculator()
    for _ in range(2):
        with pytest.raises(ReferenceEngineError) as caught:
            label(atoms, calculator)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
    assert label(molecule("H2O"), calculator)[0] == pytest.approx(-137.968, abs=1e-3)


def test_large_force_raises_although_the_energy_is_negative() -> None:
    squeezed = molecule("CH4")
    bond = squeezed.positions[1] - squeezed.positions[0]
    squeezed.positions[1] = squeezed.positions[0] + 0.35 * bond / np.linalg.norm(bond)
    with pytest.raises(ReferenceEngineError, match="above 100 eV/Å"):
        label(squeezed)


def test_unconverged_field_raises() -> None:
    calculator = reference_calculator()
    calculator.set(max_iterations=2)
    with pytest.raises(ReferenceEngineError, match="not converged"):
        label(molecule("H2O"), calculator)


def test_guard_also_works_through_ase() -> None:
    atoms = Atoms("H2", [[0, 0, 0], [0, 0, 0.01]], calculator=reference_calculator())
    with pytest.raises(ReferenceEngineError):
        atoms.get_potential_energy()


def test_engine_is_silent_and_runs_on_one_thread(capfd: pytest.CaptureFixture[str]) -> None:
    label(molecule("H2O"))
    assert capfd.readouterr() == ("", "")
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert engine_version().startswith("tblite ")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda atoms: None, []),
        (lambda atoms: atoms.rattle(1e-3), ["positions"]),
        (lambda atoms: atoms.set_positions(atoms.positions * np.nan), ["positions"]),
        (lambda atoms: atoms.set_positions(atoms.positions + 1e-17), []),
        (lambda atoms: atoms.set_momenta(np.ones((3, 3))), []),
        (lambda atoms: atoms.set_cell([9, 9, 9]), ["cell"]),
        (lambda atoms: atoms.set_pbc(True), ["pbc"]),
        (lambda atoms: atoms.set_atomic_numbers([8, 1, 9]), ["numbers"]),
        (lambda atoms: atoms.set_initial_charges([1, 0, 0]), ["initial_charges"]),
        (lambda atoms: atoms.pop(), ["numbers", "positions"]),
    ],
)
def test_what_has_changed_is_what_ase_finds(
    change: Callable[[Atoms], object], expected: list[str]
) -> None:
    calculator, atoms = reference_calculator(), molecule("H2O")
    assert set(calculator.check_state(atoms)) == set(all_changes)
    label(atoms, calculator)
    change(atoms)
    assert sorted(calculator.check_state(atoms)) == expected
    assert sorted(super(type(calculator), calculator).check_state(atoms)) == expected
