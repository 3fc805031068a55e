"""Minima, vibrations and dimers of models that are written down, against their closed forms."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase import units as ase_units
from ase.build import molecule
from ase.data import atomic_masses
from closed_forms import LJ, MORSE, Solvable, distances, lennard_jones, morse, spring_model
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from nearsight.diagnose.checks.dimers import CHECK as DIMERS
from nearsight.diagnose.checks.dimers.findings import ALONE, findings_of, gist, reach_of
from nearsight.diagnose.checks.dimers.partners import Dimer, axis_of
from nearsight.diagnose.checks.dimers.running import APART, CLOSEST_CONTACT, curve_of
from nearsight.diagnose.checks.minimum import CHECK as MINIMUM
from nearsight.diagnose.checks.minimum.modes import frequencies, rigid_motions
from nearsight.diagnose.checks.minimum.relaxing import LARGEST_FORCE, change_of_bonds, relaxed
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.subject import Subject
from nearsight.units import MEV_PER_KCAL

WATER = molecule("H2O")
STIFF = 30.0
"""eV/Å²."""


def wave_number(stiffness: float, mass: float) -> float:
    """cm⁻¹ of the root of stiffness (eV/Å²) over mass (u)."""
    per_second = math.sqrt(stiffness * ase_units._e / 1e-20 / (mass * ase_units._amu))
    return per_second / (2 * math.pi * ase_units._c * 100)


def modes_of(model: Solvable, atoms: Atoms) -> np.ndarray:
    blocks = Subject(model, [atoms]).blocks(0)
    return frequencies(blocks, atoms.numbers, atoms.positions)


# Vibrations.


@pytest.mark.parametrize("name", ["H2", "HF", "CO", "N2", "I2"])
def test_two_atoms_vibrate_with_their_reduced_mass(name: str) -> None:
    atoms = Atoms(name, [(0, 0, 0), (0, 0, MORSE["length"])])
    one, other = atomic_masses[atoms.numbers]
    stiffness = 2 * MORSE["depth"] * MORSE["stiffness"] ** 2
    (mode,) = modes_of(Solvable(morse), atoms)
    assert mode == pytest.approx(wave_number(stiffness, one * other / (one + other)), rel=1e-6)


def chain(position: torch.Tensor) -> torch.Tensor:
    """Springs from the first and the last atom to the one between, and none between those."""
    apart = (position[..., 1:, :] - position[..., :-1, :]).norm(dim=-1)
    return 0.5 * STIFF * (apart - 1.2).square().sum(-1)


@pytest.mark.parametrize("symbols", ["OCO", "HBeH", "SCS"])
def test_three_atoms_in_a_line_stretch_in_step_and_against(symbols: str) -> None:
    """sqrt(k/m) and sqrt(k/m (1 + 2 m/M)); nothing holds the two bends."""
    atoms = Atoms(symbols, [(0, 0, 1.2 * k) for k in range(3)])
    end, middle = atomic_masses[atoms.numbers[:2]]
    found = modes_of(Solvable(chain), atoms)
    expected = [
        wave_number(STIFF, end),
        wave_number(STIFF * (1 + 2 * end / middle), end),
    ]
    assert len(found) == 4
    np.testing.assert_allclose(np.sort(found)[-2:], np.sort(expected), rtol=1e-6)
    np.testing.assert_allclose(np.sort(found)[:2], 0, atol=1e-2)


@pytest.mark.parametrize("symbol", ["H", "O", "Ar"])
def test_a_triangle_breathes_and_bends_in_two_ways(symbol: str) -> None:
    """sqrt(3 k/m), and twice sqrt(3 k/2m)."""
    corners = [(0, 0, 0), (1.5, 0, 0), (0.75, 1.5 * math.sqrt(0.75), 0)]
    atoms = Atoms(f"{symbol}3", corners)
    rest = torch.as_tensor(1.5)
    model = Solvable(lambda r: 0.5 * STIFF * (distances(r) - rest).square().sum(-1))
    mass = float(atomic_masses[atoms.numbers[0]])
    expected = [wave_number(factor * STIFF, mass) for factor in (1.5, 1.5, 3.0)]
    np.testing.assert_allclose(modes_of(model, atoms), expected, rtol=1e-6)


def test_a_tetrahedron_has_three_kinds_of_modes() -> None:
    """Of four like masses and six springs: 4 k/m once, 2 k/m three times, k/m twice."""
    corners = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) * 0.6
    atoms = Atoms("P4", corners)
    rest = float(np.linalg.norm(corners[0] - corners[1]))
    model = Solvable(lambda r: 0.5 * STIFF * (distances(r) - rest).square().sum(-1))
    mass = float(atomic_masses[15])
    expected = [wave_number(factor * STIFF, mass) for factor in (1, 1, 2, 2, 2, 4)]
    np.testing.assert_allclose(modes_of(model, atoms), expected, rtol=1e-6)


def test_a_saddle_of_a_double_well_is_imaginary_by_its_curvature() -> None:
    """k (r - a)² (r - b)² has the curvature -k (a - b)² / 1 in its middle."""

    def double(position: torch.Tensor) -> torch.Tensor:
        r = distances(position)
        return (10.0 * (r - 1.0).square() * (r - 2.0).square()).sum(-1)

    atoms = Atoms("N2", [(0, 0, 0), (0, 0, 1.5)])
    (mode,) = modes_of(Solvable(double), atoms)
    assert mode == pytest.approx(-wave_number(10.0, atomic_masses[7] / 2), rel=1e-6)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(3, 7))
def test_rigid_motions_are_six_and_strain_nothing(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    atoms = Atoms(f"C{size}", rng.uniform(0, 4, (size, 3)))
    motions = rigid_motions(atoms.numbers, atoms.positions)
    assert np.linalg.matrix_rank(motions, tol=1e-8) == 6
    model = spring_model(atoms.positions, power=0)
    blocks = Subject(model, [atoms]).blocks(0)
    hessian = blocks.transpose(0, 2, 1, 3).reshape(3 * size, 3 * size)
    unweighted = motions / np.repeat(np.sqrt(atomic_masses[atoms.numbers]), 3)
    np.testing.assert_allclose(hessian @ unweighted.T, 0, atol=1e-8)


# Relaxing.


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_springs_relax_to_their_rest_from_anywhere_near(seed: int) -> None:
    model = spring_model(WATER.positions, power=1)
    start = WATER.copy()
    start.positions += np.random.default_rng(seed).normal(0, 0.05, (3, 3))
    at = relaxed(model.potential(start.numbers), model.label, start, most_steps=200)
    assert at.sound
    assert at.force < LARGEST_FORCE
    np.testing.assert_allclose(
        at.atoms.get_all_distances(), WATER.get_all_distances(), atol=LARGEST_FORCE
    )


def test_no_step_is_taken_from_a_minimum_nor_without_steps_to_take() -> None:
    model = spring_model(WATER.positions)
    potential = model.potential(WATER.numbers)
    still = relaxed(potential, "springs", WATER, most_steps=10)
    assert (still.steps, still.sound) == (0, True)
    np.testing.assert_array_equal(still.atoms.positions, WATER.positions)
    strained = WATER.copy()
    strained.positions[1] *= 1.1
    none = relaxed(potential, "springs", strained, most_steps=0)
    assert (none.steps, none.converged, none.broken) == (0, False, "")


@pytest.mark.parametrize(
    ("factor", "words"), [(1.0, ""), (1.3, ""), (2.0, "bond O0-H1 is gone"), (0.9, "")]
)
def test_a_bond_is_gone_beyond_the_limit_of_dynamics(factor: float, words: str) -> None:
    position = WATER.positions.copy()
    position[1] = position[0] + factor * (position[1] - position[0])
    said = change_of_bonds(WATER, position)
    assert said.startswith(words)
    assert bool(said) == bool(words)


def test_a_new_bond_is_told_with_its_length() -> None:
    two = WATER.copy()
    other = WATER.copy()
    other.positions += (0, 0, 4.0)
    two += other
    position = two.positions.copy()
    position[3:] -= (0, 0, 2.6)
    assert change_of_bonds(two, position) == "bond O0-O3 is new (1.40 Å)"


def shifted(factor: float) -> Solvable:
    """A Morse well whose rest is elsewhere."""

    def energy(position: torch.Tensor) -> torch.Tensor:
        decay = torch.exp(-MORSE["stiffness"] * (distances(position) - factor * MORSE["length"]))
        return (MORSE["depth"] * (1 - decay) ** 2).sum(dim=-1)

    return Solvable(energy, f"rest times {factor:g}")


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in findings}


@pytest.mark.parametrize(
    ("longer", "verdict"), [(0.01, Verdict.PASS), (0.03, Verdict.WARN), (0.08, Verdict.FAIL)]
)
def test_a_bond_that_is_longer_is_judged_and_moves_both_atoms(
    longer: float, verdict: Verdict
) -> None:
    atoms = Atoms("CO", [(0, 0, 0), (0, 0, MORSE["length"])])
    model = shifted(1 + longer / MORSE["length"])
    result = MINIMUM.run(Subject(model, [atoms], Solvable(morse), effort="quick"))
    found = by_name(list(result.findings))
    assert found["bond_length"].value == pytest.approx(longer, abs=1e-3)
    assert found["bond_length"].verdict == verdict
    # Each of the two atoms moves by half of it.
    assert found["rmsd"].value == pytest.approx(longer / 2, abs=1e-3)
    assert found["frequencies"].value == pytest.approx(0, abs=5)
    expected = 1e3 * float(model.energy_of(torch.as_tensor(atoms.positions)))
    assert found["downhill"].value == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_spectra_without_a_reference_say_so(count: int) -> None:
    atoms = Atoms("CO", [(0, 0, 0), (0, 0, MORSE["length"])])
    tables = {
        f"m{k}": MINIMUM.run(Subject(Solvable(morse), [atoms], effort="quick")).table
        for k in range(count)
    }
    (picture,) = MINIMUM.draw(tables)
    assert picture.name == "spectra"
    assert picture.alt.startswith(f"Harmonic frequencies of {count} model")
    assert "bond lengths" not in picture.alt
    assert len(picture.figure.axes[0].collections) == count
    plt.close("all")


# Dimers.

ARGON = Dimer("argon", "Ar", Atoms("Ar"), np.array([1.0, 0, 0]))


@settings(max_examples=25)
@given(st.floats(2.5, 15.0))
def test_argon_is_the_closed_form_at_any_distance(r: float) -> None:
    found = curve_of(Solvable(lennard_jones).potential(ARGON.numbers), ARGON, np.array([r]))
    x = (LJ["size"] / r) ** 6
    apart = 4 * LJ["depth"] * (LJ["size"] / APART) ** 6
    assert found.interaction[0] == pytest.approx(4 * LJ["depth"] * (x * x - x) + apart, abs=1e-12)
    assert found.force[0] == pytest.approx(24 * LJ["depth"] * (2 * x * x - x) / r, abs=1e-12)
    assert found.noise < 1e-9


def test_contacts_of_hydrogens_that_are_too_close_are_left_out() -> None:
    dimer = Dimer("water", "water", WATER, axis_of(WATER))
    grid = np.linspace(1.0, 6.0, 26)
    found = curve_of(Solvable(lennard_jones).potential(dimer.numbers), dimer, grid)
    contact = np.array([dimer.contact(dimer.shift(r)) for r in grid])
    np.testing.assert_array_equal(np.isnan(found.interaction), contact < CLOSEST_CONTACT)
    np.testing.assert_array_equal(np.isnan(found.force), contact < CLOSEST_CONTACT)


def argon_by(
    model: Solvable, reference: Solvable | None = None
) -> tuple[list[Finding], xr.Dataset]:
    result = DIMERS.run(Subject(model, [Atoms("Ar")], reference, effort="full"))
    return list(result.findings), result.table


def test_the_well_of_argon_is_told_at_its_place() -> None:
    """At 2^(1/6) of the size, as deep as it is."""
    (found,), table = argon_by(Solvable(lennard_jones))
    lowest = int(table["interaction"].argmin("separation")[0])
    assert float(table["separation"][lowest]) == pytest.approx(2 ** (1 / 6) * LJ["size"], rel=0.03)
    assert -float(table["interaction"][0, lowest]) == pytest.approx(LJ["depth"], rel=0.02)
    assert f"{float(table['separation'][lowest]):.2f} Å" in found.reason
    assert found.value == pytest.approx(15.0)


def test_the_reach_is_where_the_force_leaves_its_noise() -> None:
    """24 e s⁶ / r⁷ against ten times the noise."""
    _, table = argon_by(Solvable(lennard_jones))
    part = table.isel(dimer=0)
    for noise in (1e-6, 1e-5, 1e-4):
        limit = (24 * LJ["depth"] * LJ["size"] ** 6 / (10 * noise)) ** (1 / 7)
        found = reach_of(part.assign(noise=noise))
        grid = part["separation"].to_numpy()
        below = grid[grid <= min(limit, 15.0) * (1 + 1e-9)]
        assert found == pytest.approx(below.max())
    assert reach_of(part.assign(force=0.0 * part["force"])) == 0


def judged(own: list[float], beside: list[float], seen: bool | None = True) -> list[Finding]:
    """Findings of interaction energies in meV at 3, 4, 6 and 9 Å, with forces 0.1 eV/Å."""
    both = {"interaction": own, "reference_interaction": beside}
    dims = ("dimer", "separation")
    force = np.where(np.isfinite(own), 0.1, np.nan)
    of_reference = np.where(np.isfinite(beside), 0.1, np.nan)
    table = xr.Dataset(
        {
            **{name: (dims, 1e-3 * np.array([row])) for name, row in both.items()},
            "force": (dims, [force]),
            "reference_force": (dims, [of_reference]),
            "noise": ("dimer", [0.0]),
        },
        coords={
            "dimer": ["x"],
            "separation": [3.0, 4.0, 6.0, 9.0],
            "dimer_title": ("dimer", ["X"]),
        },
    )
    return findings_of(table, seen)


NAN = math.nan


def test_where_only_the_wall_is_known_of_both_nothing_is_judged() -> None:
    found = by_name(judged([500.0, NAN, NAN, NAN], [400.0, -50.0, -20.0, -1.0]))
    for name in ("x_energy", "x_force"):
        assert found[name].verdict == Verdict.NOT_APPLICABLE
        assert found[name].reason.startswith("X: model and reference both have a number nowhere")
    assert found["x_reach"].value == pytest.approx(50.0)


def test_the_gist_without_any_energy_is_the_first_reason() -> None:
    found = judged([500.0, NAN, NAN, NAN], [400.0, -50.0, -20.0, -1.0])
    assert gist(found) == found[0].reason


def test_a_reference_of_nans_is_as_none() -> None:
    (found,) = judged([10.0, -30.0, -5.0, 0.0], [NAN] * 4)
    assert found.quantity == "x_reach"
    assert "bound by 30.0 meV at 4.00 Å" in found.reason
    assert "no reference with a number" in found.reason


def test_the_gist_names_a_force_that_is_off_where_no_energy_is() -> None:
    found = judged([10.0, -30.0, -5.0, 0.0], [10.0, -30.0, -5.0, 0.0])
    assert gist(found).startswith("1 of 1 dimers are within 1 kcal/mol")
    assert "along the axis" not in gist(found)
    off = [f for f in found if f.quantity != "x_force"]
    force = replace(by_name(found)["x_force"], verdict=Verdict.FAIL, value=500.0)
    assert gist([*off, force]).endswith(force.reason.split(". ")[0].rstrip(".") + ".")


@pytest.mark.parametrize(
    ("seen", "verdict"), [(True, Verdict.FAIL), (False, Verdict.WARN), (None, Verdict.WARN)]
)
def test_who_was_not_shown_two_molecules_is_warned(seen: bool | None, verdict: Verdict) -> None:
    found = judged([0.0, -30.0 - 4 * MEV_PER_KCAL, 0.0, 0.0], [0.0, -30.0, 0.0, 0.0], seen)
    assert by_name(found)["x_energy"].verdict == verdict
    assert (ALONE in found[0].reason) == (seen is False)
    assert ("has not been shown" in gist(found)) == (seen is not True)
