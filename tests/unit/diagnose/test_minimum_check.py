"""The check of minima: Morse's frequency, ASE's vibrations, GFN2-xTB itself, what runs away."""

import math

import numpy as np
import pytest
import torch
from ase import Atoms
from ase import units as ase_units
from ase.build import molecule
from ase.data import atomic_masses
from ase.vibrations import VibrationsData
from closed_forms import MORSE, Solvable, distances, morse, spring_model
from small_network import methanol_frames, methanol_network

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.minimum import CHECK
from nearsight.diagnose.checks.minimum.modes import frequencies, rigid_motions
from nearsight.diagnose.checks.minimum.relaxing import change_of_bonds, relaxed
from nearsight.diagnose.checks.minimum.running import aligned
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.subject import Subject

CO = Atoms("CO", [(0, 0, 0), (1.2, 0.1, 0)])


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


def morse_wavenumber() -> float:
    """a sqrt(2 D / mu), in cm⁻¹."""
    carbon, oxygen = atomic_masses[[6, 8]] * ase_units._amu
    curvature = 2 * MORSE["depth"] * MORSE["stiffness"] ** 2 * ase_units._e * 1e20
    omega = math.sqrt(curvature * (1 / carbon + 1 / oxygen))
    return omega / (2 * math.pi * ase_units._c * 100)


def bent_springs(factor: float = 1.0, shift: float = 0.0) -> Solvable:
    """Springs of water about its own geometry, longer or stiffer."""
    water = molecule("H2O").positions
    return spring_model(water * (1 + shift), power=0, factor=factor)


# Modes.


def test_morse_has_its_frequency() -> None:
    at_rest = Atoms("CO", [(0, 0, 0), (0, 0, MORSE["length"])])
    blocks = Subject(Solvable(morse), [at_rest]).blocks(0)
    found = frequencies(blocks, at_rest.numbers, at_rest.positions)
    assert found == pytest.approx([morse_wavenumber()])


def test_modes_are_those_of_ase() -> None:
    """Of GFN2-xTB off its minimum, where rotations are no zero modes of the whole Hessian."""
    reference = open_reference("gfn2")
    assert reference is not None
    atoms = relaxed(
        reference.potential(np.array([8, 1, 1])), "GFN2-xTB", molecule("H2O"), most_steps=100
    ).atoms
    blocks = Subject(reference, [atoms]).blocks(0)
    size = 3 * len(atoms)
    flat = blocks.transpose(0, 2, 1, 3).reshape(size, size)
    ase = VibrationsData.from_2d(atoms, (flat + flat.T) / 2).get_frequencies()
    assert frequencies(blocks, atoms.numbers, atoms.positions) == pytest.approx(
        np.sort(ase.real)[-3:], abs=0.5
    )


@pytest.mark.parametrize(("name", "count"), [("H2O", 3), ("CO2", 4), ("CH4", 9)])
def test_as_many_modes_as_there_are_vibrations(name: str, count: int) -> None:
    atoms = molecule(name)
    blocks = Subject(spring_model(atoms.positions, power=0), [atoms]).blocks(0)
    assert len(frequencies(blocks, atoms.numbers, atoms.positions)) == count


def test_rigid_motions_cost_nothing() -> None:
    atoms = molecule("CH3OH")
    blocks = Subject(spring_model(atoms.positions, power=2), [atoms]).blocks(0)
    root = np.repeat(np.sqrt(atomic_masses[atoms.numbers]), 3)
    hessian = blocks.transpose(0, 2, 1, 3).reshape(18, 18) / np.outer(root, root)
    motions = rigid_motions(atoms.numbers, atoms.positions)
    np.testing.assert_allclose(hessian @ motions.T, 0, atol=1e-9)


def test_a_mode_that_goes_downhill_is_negative() -> None:
    atoms = molecule("H2O")
    blocks = -Subject(spring_model(atoms.positions, power=0), [atoms]).blocks(0)
    assert (frequencies(blocks, atoms.numbers, atoms.positions) < 0).all()


# Relaxations.


def test_a_relaxation_finds_the_minimum() -> None:
    found = relaxed(Solvable(morse).potential(CO.numbers), "morse", CO, most_steps=100)
    assert found.sound
    assert found.atoms.get_distance(0, 1) == pytest.approx(MORSE["length"], abs=1e-3)
    assert found.force < 0.005
    assert CO.get_distance(0, 1) == pytest.approx(math.hypot(1.2, 0.1))


def test_atoms_that_fly_apart_end_a_relaxation() -> None:
    apart = Solvable(lambda r: 5 * torch.exp(-distances(r)).sum(dim=-1))
    found = relaxed(apart.potential(CO.numbers), "apart", CO, most_steps=500)
    assert not found.sound
    assert found.broken.startswith("bond C0-O1 is gone (2.")
    assert found.steps < 100


def test_atoms_that_fall_into_a_hole_end_a_relaxation() -> None:
    start = Atoms("Ar2", [(0, 0, 0), (5, 0, 0)])
    hole = Solvable(lambda r: distances(r).sum(dim=-1))
    found = relaxed(hole.potential(start.numbers), "hole", start, most_steps=500)
    assert found.broken.startswith("bond Ar0-Ar1 is new")


def test_a_number_that_is_none_ends_a_relaxation_in_words() -> None:
    broken = Solvable(lambda r: morse(r) * torch.where(distances(r)[..., 0] < 1.15, np.nan, 1.0))
    found = relaxed(broken.potential(CO.numbers), "broken", CO, most_steps=100)
    assert found.broken == "broken: gives no finite energy and forces"
    assert math.isnan(found.force)
    assert np.isfinite(found.atoms.positions).all()


def test_a_slope_without_end_never_converges() -> None:
    slope = Solvable(lambda r: morse(r) + 0.1 * r[..., 0].sum(dim=-1))
    found = relaxed(slope.potential(CO.numbers), "slope", CO, most_steps=20)
    assert not found.converged
    assert not found.broken
    assert found.steps == 20


def test_bonds_that_stay_are_no_change() -> None:
    water = molecule("H2O")
    assert not change_of_bonds(water, water.positions)
    stretched = water.positions * 1.3
    assert not change_of_bonds(water, stretched)
    assert "is gone" in change_of_bonds(water, water.positions * 1.8)


def test_alignment_takes_rotation_and_place_away() -> None:
    water = molecule("H2O")
    turned = water.copy()
    turned.rotate(70, (1, 2, 3))
    turned.positions += (5, -3, 2)
    moved, rmsd = aligned(turned, water)
    assert rmsd == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(moved.positions, water.positions, atol=1e-6)


# The check.


def test_gfn2_beside_itself() -> None:
    reference = open_reference("gfn2")
    assert reference is not None
    result = CHECK.run(Subject(reference, [molecule("H2O")], reference, effort="quick"))
    found = by_name(result)
    assert result.verdict == Verdict.PASS
    assert found["rmsd"].value == pytest.approx(0, abs=5e-3)
    assert found["frequencies"].value == pytest.approx(0, abs=3)
    assert found["downhill"].value == pytest.approx(0, abs=0.1)
    assert [len(result.frames[name]) for name in result.frames] == [2]


def test_stiffer_springs_shift_frequencies_by_the_root() -> None:
    subject = Subject(bent_springs(1.21), [molecule("H2O")], bent_springs(), effort="quick")
    result = CHECK.run(subject)
    beside = result.table["reference_frequency"].to_numpy()
    np.testing.assert_allclose(result.table["frequency"], 1.1 * beside, rtol=1e-3)
    found = by_name(result)
    assert found["frequencies"].value == pytest.approx(0.1 * beside.mean(), rel=1e-2)
    assert found["frequencies"].verdict == Verdict.FAIL
    assert found["rmsd"].verdict == found["bond_length"].verdict == Verdict.PASS
    assert found["worst_mode"].value == pytest.approx(0.1 * beside.max(), rel=1e-2)


def test_longer_bonds_are_told_by_their_atoms() -> None:
    subject = Subject(bent_springs(shift=0.1), [molecule("H2O")], bent_springs(), effort="quick")
    found = by_name(CHECK.run(subject))
    bond = molecule("H2O").get_distance(0, 1)
    assert found["bond_length"].value == pytest.approx(0.1 * bond, abs=1e-3)
    assert found["bond_length"].verdict == Verdict.FAIL
    assert "O0-H" in found["bond_length"].reason
    assert "+0.09" in found["bond_length"].reason
    assert found["downhill"].value > 0


def test_a_saddle_is_found_by_its_imaginary_mode() -> None:
    """A straight chain under pressure of its ends wants to bend, with hardly a force to do so."""
    chain = Atoms("C3", [(-1.3, 0, 0), (0, 0, 0), (1.3, 0, 0)])

    def energy(position: torch.Tensor) -> torch.Tensor:
        near, ends, far = distances(position).unbind(dim=-1)
        return 20 * ((near - 1.3) ** 2 + (far - 1.3) ** 2) + 0.1 * ends

    result = CHECK.run(Subject(Solvable(energy, "bending"), [chain], effort="quick"))
    lowest = by_name(result)["lowest_mode"]
    assert lowest.value < -50
    assert lowest.verdict == Verdict.FAIL
    assert "imaginary" in lowest.reason


def test_a_molecule_that_falls_apart_fails_with_its_frame() -> None:
    apart = Solvable(lambda r: 5 * torch.exp(-distances(r)).sum(dim=-1), "apart")
    result = CHECK.run(Subject(apart, [CO], Solvable(morse), effort="quick"))
    found = by_name(result)
    assert found["relaxations"].value == 2
    assert found["relaxations"].verdict == Verdict.FAIL
    assert "bond C0-O1 is gone" in CHECK.gist(result.findings)
    frames = result.frames["unsound_relaxations"]
    assert frames[0].info["what"].startswith("from the reference's minimum: bond C0-O1 is gone")
    assert found["lowest_mode"].verdict == Verdict.NOT_APPLICABLE


def test_a_reference_without_a_minimum_is_no_fault_of_the_model() -> None:
    apart = Solvable(lambda r: 5 * torch.exp(-distances(r)).sum(dim=-1), "apart")
    result = CHECK.run(Subject(Solvable(morse), [CO], apart, effort="quick"))
    assert result.verdict == Verdict.PASS
    missing = by_name(result)["rmsd"]
    assert missing.verdict == Verdict.NOT_APPLICABLE
    assert "the reference itself has no minimum here: bond" in missing.reason


def test_without_a_reference_minima_are_judged_by_themselves() -> None:
    result = CHECK.run(Subject(Solvable(morse), [CO], effort="quick"))
    found = by_name(result)
    assert found["lowest_mode"].value == pytest.approx(morse_wavenumber(), rel=0.02)
    assert found["relaxations"].verdict == Verdict.PASS
    assert "--reference" in found["rmsd"].reason
    (picture,) = CHECK.draw({"morse": result.table})
    assert picture.name == "spectra"


def test_a_single_atom_has_nothing_to_relax() -> None:
    result = CHECK.run(Subject(Solvable(morse), [Atoms("Ar")], Solvable(morse)))
    assert result.verdict == Verdict.NOT_APPLICABLE
    assert CHECK.draw({"morse": result.table}) == ()


def test_a_network_is_checked_and_drawn() -> None:
    network, frames = methanol_network(), methanol_frames()
    subject = Subject(
        network, [frames.atoms(0)], open_reference("gfn2"), labels=frames, effort="quick"
    )
    result = CHECK.run(subject)
    table = result.table
    assert all({"units", "long_name"} <= set(table[name].attrs) for name in table.variables)
    assert "relaxations" in by_name(result)
    pictures = CHECK.draw({"network": table, "springs": table})
    assert "2 models" in pictures[0].alt
