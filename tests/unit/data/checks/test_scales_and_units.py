"""Magnitudes against what physics says of them, and the units that explain a factor."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.data import covalent_radii
from ase.units import Bohr, Hartree
from solvable import frames_of, hydride, spring_chain

from nearsight.data.checks import check_frames
from nearsight.data.checks.magnitudes import LARGEST_FORCE, OVERLAP, check_magnitudes
from nearsight.data.checks.problems import Finding, Problem, not_checked
from nearsight.data.checks.totals import ATOM_ENERGY, check_totals
from nearsight.data.checks.unit_mistakes import (
    FORCE_UNITS,
    IMPORTED,
    energy_mistakes,
    force_mistakes,
    read_as,
)
from nearsight.data.frames import Frames
from nearsight.units import BOLTZMANN, TO_EV

COMMON = ["eV/angstrom", "hartree/bohr", "kcal/mol/angstrom", "kJ/mol/angstrom", "eV/bohr"]


@pytest.mark.parametrize(("written", "read"), list(product(COMMON, COMMON)))
@pytest.mark.parametrize("noise", [0.9, 1.0, 1.1])
def test_a_mistake_of_common_units_is_named_first(written: str, read: str, noise: float) -> None:
    ratio = noise * FORCE_UNITS[read] / FORCE_UNITS[written]
    found = force_mistakes(ratio, read)
    assert written in found
    assert len(found) <= 2


def test_what_fits_is_within_a_quarter() -> None:
    for ratio in np.geomspace(1e-3, 1e3, 200):
        for name in force_mistakes(float(ratio), "eV/angstrom"):
            assert 0.8 <= ratio * FORCE_UNITS[name] <= 1.25


@pytest.mark.parametrize(("written", "read"), list(product(TO_EV, TO_EV)))
def test_mistakes_of_energies(written: str, read: str) -> None:
    assert energy_mistakes(TO_EV[read] / TO_EV[written], read)[0] == written
    assert energy_mistakes(3.0, "eV") == []


@pytest.mark.parametrize("name", FORCE_UNITS)
def test_the_unit_of_an_import_is_known_by_its_factor(name: str) -> None:
    known = read_as({IMPORTED: FORCE_UNITS[name] * (1 + 1e-9)})
    assert FORCE_UNITS[known] == pytest.approx(FORCE_UNITS[name])
    assert read_as({"other": 3}) == "eV/angstrom"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eV/angstrom", 1.0),
        ("hartree/bohr", 51.42207),
        ("kcal/mol/angstrom", 0.04336411),
        ("kJ/mol/nm", 0.001036427),
        ("eV/bohr", 1.889726),
    ],
)
def test_units_of_force_in_electronvolt_per_angstrom(name: str, value: float) -> None:
    assert FORCE_UNITS[name] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(
    ("ratio", "names"),
    [
        (1000.0, ["meV/angstrom", "kJ/mol/nm"]),
        (960.0, ["kJ/mol/nm", "meV/angstrom"]),
        (1 / 2.72, ["hartree/nm"]),
        # An eV/nm fits better, but no program prints it.
        (10.0, ["kcal/mol/bohr"]),
        (3.0, []),
    ],
)
def test_what_programs_print_is_named_before_what_fits(ratio: float, names: list[str]) -> None:
    assert force_mistakes(ratio, "eV/angstrom") == names


# Totals.


def all_electrons(names: list[str], factor: float = 1.0, off: float = 0.0) -> Frames:
    structures = [molecule(name) for name in names]
    energy = [sum(ATOM_ENERGY[z] for z in a.numbers) * Hartree * 1.002 for a in structures]
    return frames_of(structures, energy=factor * np.array(energy) + off)


def test_energies_of_all_electrons_are_known() -> None:
    assert check_totals(all_electrons(["H2O", "CH4", "C6H6"])) == []


@pytest.mark.parametrize("unit", ["hartree", "kcal/mol", "kJ/mol", "meV"])
def test_another_unit_is_guessed(unit: str) -> None:
    (found,) = check_totals(all_electrons(["H2O", "CH4"], 1 / TO_EV[unit]))
    assert (found.problem, found.error, found.warning) == (Problem.ENERGY_UNIT, False, True)
    assert found.message.endswith(f"written in {unit} and read as eV?")


@pytest.mark.parametrize(
    "frames",
    [
        all_electrons(["H2O", "CH4"], -1.0),
        all_electrons(["H2O", "CH4"], 2.0),
        all_electrons(["H2O", "CH4"], 0.0),
        all_electrons(["H2O", "CH4"], 1.0, 900.0),
    ],
    ids=["positive", "of no unit", "zero", "about a mean"],
)
def test_other_energies_are_not_judged(frames: Frames) -> None:
    (found,) = check_totals(frames)
    assert found.problem is Problem.NOT_CHECKED
    assert "because they are not those of all electrons" in found.message


def test_labels_of_the_embedded_engine_are_not_held_against_all_electrons() -> None:
    """Its energies are those of valence electrons, and it is asked itself."""
    frames = all_electrons(["H2O", "CH4"], 1 / TO_EV["hartree"])
    for level, asked in (("PBE", True), ("GFN2-xTB", False)):
        found = check_frames(replace(frames, attributes={"level_of_theory": level}), n_reference=0)
        assert (Problem.ENERGY_UNIT in named(found)) is asked


def test_what_the_table_lacks_is_not_judged() -> None:
    heavy = frames_of([Atoms("HBr", positions=[[0, 0, 0], [0, 0, 1.4]])], energy=[-70000.0])
    none = replace(all_electrons(["H2O"]), energy=np.array([np.nan]))
    for frames in (heavy, none):
        assert "elements beyond argon, or no energies" in check_totals(frames)[0].message


def test_energies_of_the_atoms_fall_with_their_charge() -> None:
    energy = np.array([ATOM_ENERGY[z] for z in sorted(ATOM_ENERGY)])
    assert (np.diff(energy) < 0).all()
    # Thomas and Fermi, Scott, Schwinger, in hartree: good to a percent from neon on.
    z = np.arange(1, 19)
    series = -0.7687 * z ** (7 / 3) + z**2 / 2 - 0.2699 * z ** (5 / 3)
    np.testing.assert_allclose(energy, series, rtol=0.08)
    np.testing.assert_allclose(energy[9:], series[9:], rtol=0.01)
    # Each electron more is bound more tightly to a larger charge.
    assert (np.diff(energy, 2) < 0).all()


# Lengths.


def named(found: list[Finding]) -> set[Problem]:
    return {finding.problem for finding in found}


def bare(structures: list[Atoms]) -> Frames:
    frames = frames_of(structures)
    return replace(frames, force=np.full_like(frames.force, np.nan))


MOLECULES = [molecule(name) for name in ("H2O", "CH4", "C6H6", "CH3OH", "HCl", "N2")]


def scaled(factor: float) -> list[Atoms]:
    return [Atoms(a.numbers, positions=factor * a.positions) for a in MOLECULES]


def test_molecules_have_bonds_of_covalent_length() -> None:
    assert check_magnitudes(bare(MOLECULES)) == []


@pytest.mark.parametrize(
    ("factor", "guess"), [(1 / Bohr, "Bohr taken for Å"), (0.1, "nm taken for Å"), (Bohr, "nm ta")]
)
def test_lengths_in_another_unit(factor: float, guess: str) -> None:
    (found,) = check_magnitudes(bare(scaled(factor)))
    assert (found.problem, found.error) == (Problem.LENGTH_SCALE, True)
    assert guess in found.message


def test_the_ratio_is_that_of_the_nearest_atom() -> None:
    two = Atoms("CO", positions=[[0, 0, 0], [0, 0, 3.0]])
    ratio = 3.0 / (covalent_radii[6] + covalent_radii[8])
    assert f"bonds are {ratio:.2f} times" in check_magnitudes(bare([two]))[0].message


def test_noble_gases_and_atoms_alone_have_no_bonds() -> None:
    assert check_magnitudes(bare([Atoms("Ar2", positions=[[0, 0, 0], [0, 0, 3.8]])])) == []
    assert check_magnitudes(bare([Atoms("C")])) == []


def test_overlapping_atoms_are_found_wherever_they_are() -> None:
    close = MOLECULES[2].copy()
    close.positions[-1] = close.positions[0] + [0, 0, OVERLAP - 0.01]
    (found,) = check_magnitudes(bare([*MOLECULES, close]))
    assert (found.problem, found.error) == (Problem.OVERLAP, True)
    assert found.message == "two atoms of frame 6 are 0.290 Å apart"


# Forces.


def thermal(temperature: float, n_frames: int = 400) -> Frames:
    """Harmonic springs at a temperature: bond lengths vary by sqrt(kT / k)."""
    rng = np.random.default_rng(0)
    size = np.sqrt(BOLTZMANN * temperature / 57.0)
    frames = hydride(9, size * rng.standard_normal(n_frames), rng)
    return replace(frames, attributes={"temperature_K": temperature})


@pytest.mark.parametrize("temperature", [100.0, 300.0, 500.0])
def test_a_spring_at_its_temperature_is_as_stiff_as_it_is(temperature: float) -> None:
    frames = thermal(temperature)
    assert check_magnitudes(frames) == []
    # <F²> summed over both atoms is 2 k kT: k is found within a factor two.
    total = (frames.force**2).sum() / len(frames)
    assert total / (BOLTZMANN * temperature) == pytest.approx(2 * 57.0, rel=0.2)


@pytest.mark.parametrize(
    ("factor", "wrong"), [(4.0, True), (1.2, False), (0.5, False), (0.1, True)]
)
def test_forces_at_a_stated_temperature(factor: float, wrong: bool) -> None:
    frames = replace(thermal(300.0), force=factor * thermal(300.0).force)
    assert (Problem.FORCE_SCALE in named(check_magnitudes(frames))) is wrong
    untold = replace(frames, attributes={})
    assert Problem.FORCE_SCALE not in named(check_magnitudes(untold))


@pytest.mark.parametrize("temperature", [np.array([300.0]), np.float32(300), 300])
def test_a_temperature_is_one_number_however_it_is_stored(temperature: object) -> None:
    wrong = replace(thermal(300.0), force=10 * thermal(300.0).force)
    stated = replace(wrong, attributes={"temperature_K": temperature})
    assert "at the stated 300 K" in " ".join(map(str, check_magnitudes(stated)))


def test_a_force_that_no_molecule_has_is_named_by_its_frame() -> None:
    frames = spring_chain(4, 10, np.random.default_rng(0), 0.01)
    force = frames.force.copy()
    force[4 * 7 + 3] = [0.0, 0.0, LARGEST_FORCE + 1]
    found = check_magnitudes(replace(frames, force=force))
    assert "frame 7 has a force of 101 eV/Å: wrong units, or a failed label?" in str(found[0])
    force[4 * 7 + 3] = [0.0, 0.0, LARGEST_FORCE - 1]
    assert Problem.FORCE_SCALE not in named(check_magnitudes(replace(frames, force=force)))


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
def test_energies_against_forces(factor: float) -> None:
    """Of a chain of springs <F²> and the spread of energies give k within a factor of a few."""
    frames = spring_chain(5, 200, np.random.default_rng(0), 0.05)
    found = check_magnitudes(replace(frames, energy=factor * frames.energy))
    if factor == 1.0:
        assert found == []
    else:
        assert [(f.problem, f.error) for f in found] == [(Problem.ENERGY_SCALE, factor < 1)]


# How findings read.


def test_a_finding_says_what_it_is() -> None:
    error = Finding(Problem.SHAPE, True, "of frames")
    warning = Finding(Problem.NET_FORCE, False, "of frames")
    left_out = not_checked("the sky", "it is dark")
    assert str(error) == "error [shape] of frames"
    assert str(warning) == "warning [net-force] of frames"
    assert str(left_out) == "not checked: the sky, because it is dark"
    assert [f.warning for f in (error, warning, left_out)] == [False, True, False]


def test_names_of_problems_are_words_of_their_own() -> None:
    assert len({problem.value for problem in Problem}) == len(Problem)
    assert all(problem.value == problem.value.lower().replace("_", "-") for problem in Problem)
