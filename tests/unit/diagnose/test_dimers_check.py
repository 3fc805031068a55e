"""The check of dimers: Lennard-Jones in closed form, GFN2-xTB itself, a network that is local."""

import math

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from closed_forms import LJ, Solvable, lennard_jones, nothing
from small_network import methanol_frames, methanol_network

from nearsight.data.frames import frames_of_atoms
from nearsight.diagnose.bonds import bonds_of, lengths, n_molecules
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dimers import CHECK
from nearsight.diagnose.checks.dimers.partners import (
    OWN,
    Dimer,
    axis_of,
    dimers_of,
    standard,
)
from nearsight.diagnose.checks.dimers.running import curve_of
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.trained_on import has_seen_molecules_together

ARGON = Atoms("Ar")
LJ_WELL = 1e3 * LJ["depth"]


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


def scaled(factor: float) -> Solvable:
    return Solvable(lambda r: factor * lennard_jones(r), f"{factor:g} times Lennard-Jones")


def cut(radius: float) -> Solvable:
    """Lennard-Jones that ends at a radius, in the middle of nowhere."""
    return Solvable(lambda r: within(r, radius) * lennard_jones(r), f"cut at {radius:g}")


def within(position: torch.Tensor, radius: float) -> torch.Tensor:
    return ((position[..., 0, :] - position[..., 1, :]).norm(dim=-1) < radius).double()


# Geometry.


@pytest.mark.parametrize(
    "name", ["water", "methane", "formic_acid", "n_methylacetamide", "benzene"]
)
@pytest.mark.parametrize("separation", [2.5, 4.0, 15.0])
def test_the_nearest_heavy_atoms_have_the_separation(name: str, separation: float) -> None:
    monomer = standard(name)
    dimer = Dimer(name, name, monomer, axis_of(monomer))
    both = dimer.positions(dimer.shift(separation))
    heavy = np.flatnonzero(monomer.numbers != 1)
    own, copy = both[heavy], both[len(monomer) + heavy]
    apart = np.linalg.norm(own[:, None] - copy[None], axis=-1)
    assert apart.min() == pytest.approx(separation)
    further = dimer.positions(dimer.shift(separation) + 0.5)[len(monomer) + heavy]
    assert np.linalg.norm(own[:, None] - further[None], axis=-1).min() > separation


def test_water_is_moved_along_its_bond_to_the_other_oxygen() -> None:
    water = molecule("H2O")
    dimer = Dimer("water", "water", water, axis_of(water))
    bond = water.positions[1] - water.positions[0]
    np.testing.assert_allclose(dimer.axis, bond / np.linalg.norm(bond))
    atoms = dimer.atoms(dimer.shift(2.9))
    assert dimer.contact(dimer.shift(2.9)) == pytest.approx(2.9 - np.linalg.norm(bond))
    assert n_molecules(atoms) == 2
    assert atoms.get_distance(0, 3) == pytest.approx(2.9)


def test_a_nitrogen_s_hydrogen_comes_before_a_carbon_s() -> None:
    monomer = standard("n_methylacetamide")
    heavy = {
        int(monomer.numbers[k])
        for pair in bonds_of(monomer).tolist()
        for k in pair
        if abs(np.dot(monomer.positions[pair[1]] - monomer.positions[pair[0]], axis_of(monomer)))
        > 0.999 * np.linalg.norm(monomer.positions[pair[1]] - monomer.positions[pair[0]])
    }
    assert 7 in heavy


def test_molecules_without_hydrogen_are_stacked() -> None:
    ring = molecule("C6H6")
    ring = ring[ring.numbers == 6]
    np.testing.assert_allclose(np.abs(axis_of(ring)), [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(axis_of(ARGON), [1, 0, 0])


def test_standard_molecules_are_made_of_known_elements_alone() -> None:
    names = ("water", "methane", "n_methylacetamide")
    hydrocarbon, alcohol, water = (molecule(name) for name in ("C6H6", "CH3OH", "H2O"))
    assert [d.name for d in dimers_of([hydrocarbon], names=names, most_atoms=30)] == [
        OWN,
        "methane",
    ]
    found = dimers_of([alcohol], names=names, most_atoms=3)
    assert [d.name for d in found] == ["water", "methane"]
    # What the model is for is not doubled twice.
    assert [d.title for d in dimers_of([water], names=names, most_atoms=30)] == ["H2O"]


def test_bonds_and_molecules_by_radii() -> None:
    ethanol = molecule("CH3CH2OH")
    assert len(bonds_of(ethanol)) == 8
    assert n_molecules(ethanol) == 1
    assert lengths(ethanol.positions, bonds_of(ethanol)).max() < 1.6
    assert n_molecules(ARGON) == 1


# Energies.


def test_interaction_of_argon_is_the_closed_form() -> None:
    grid = np.geomspace(2.5, 15, 20)
    dimer = Dimer(OWN, "Ar", ARGON, axis_of(ARGON))
    found = curve_of(scaled(1.0).potential(dimer.numbers), dimer, grid)
    x = (LJ["size"] / grid) ** 6
    far = 4 * LJ["depth"] * ((LJ["size"] / 100) ** 12 - (LJ["size"] / 100) ** 6)
    np.testing.assert_allclose(found.interaction, 4 * LJ["depth"] * (x**2 - x) - far, rtol=1e-9)
    np.testing.assert_allclose(found.force, 24 * LJ["depth"] * (2 * x**2 - x) / grid, rtol=1e-9)


def test_the_reference_itself_is_off_by_nothing() -> None:
    found = by_name(CHECK.run(Subject(scaled(1.0), [ARGON], scaled(1.0))))
    assert found[f"{OWN}_energy"].value == pytest.approx(0, abs=1e-9)
    assert found[f"{OWN}_force"].value == pytest.approx(0, abs=1e-9)
    assert {finding.verdict for finding in found.values()} == {Verdict.PASS}
    # The nearest place of the grid to 3.82 Å, where the well is 10 meV deep.
    assert "bound by 9.50 meV at 3.69 Å" in found[f"{OWN}_energy"].reason


@pytest.mark.parametrize(
    ("factor", "verdict"), [(2.0, Verdict.PASS), (8.0, Verdict.WARN), (20.0, Verdict.FAIL)]
)
def test_a_deeper_well_is_off_by_its_depth(factor: float, verdict: Verdict) -> None:
    found = by_name(CHECK.run(Subject(scaled(factor), [ARGON], scaled(1.0), effort="full")))
    energy = found[f"{OWN}_energy"]
    # Counted where the reference is below 0.1 eV, so also a part of the wall.
    assert energy.value >= 0.97 * (factor - 1) * LJ_WELL
    assert energy.verdict == max(
        verdict, energy.threshold.judge(energy.value), key=list(Verdict).index
    )
    assert energy.verdict != Verdict.PASS or factor == 2.0


def test_no_interaction_beyond_the_reach_is_said() -> None:
    reference = scaled(30.0)
    found = by_name(CHECK.run(Subject(cut(4.5), [ARGON], reference, effort="full")))
    reach = found[f"{OWN}_reach"]
    assert "no interaction at all from 4.54 Å on" in reach.reason
    x = (LJ["size"] / 4.54) ** 6
    assert reach.value == pytest.approx(30 * 4 * LJ_WELL * (x - x**2), rel=0.05)
    assert reach.verdict == Verdict.FAIL


def test_a_model_without_any_interaction() -> None:
    found = by_name(CHECK.run(Subject(Solvable(nothing), [ARGON], scaled(8.0))))
    assert "no interaction at all;" in found[f"{OWN}_reach"].reason
    assert "not bound" in found[f"{OWN}_energy"].reason
    assert found[f"{OWN}_energy"].verdict == Verdict.WARN


def test_a_model_without_numbers_fails() -> None:
    broken = Solvable(lambda r: lennard_jones(r) * math.nan, "broken")
    result = CHECK.run(Subject(broken, [ARGON], scaled(1.0)))
    assert result.verdict == Verdict.FAIL
    assert "no finite energy" in CHECK.gist(result.findings)
    assert not result.frames["dimers"]


def test_without_a_reference_the_well_is_told() -> None:
    result = CHECK.run(Subject(scaled(1.0), [ARGON]))
    found = by_name(result)
    assert found[f"{OWN}_reach"].value == pytest.approx(15)
    assert result.verdict == Verdict.PASS
    assert "There is no reference" in CHECK.gist(result.findings)
    (picture,) = CHECK.draw({"lj": result.table})
    assert picture.caption.endswith("There is no reference.")


def test_nothing_can_be_doubled() -> None:
    large = Atoms("Ar200", np.random.default_rng(0).uniform(0, 90, (200, 3)))
    result = CHECK.run(Subject(scaled(1.0), [large], scaled(1.0)))
    assert result.verdict == Verdict.NOT_APPLICABLE
    assert CHECK.draw({"lj": result.table}) == ()


def test_close_contacts_are_left_to_the_check_of_repulsion() -> None:
    table = CHECK.run(Subject(Solvable(nothing), [molecule("CH4")], Solvable(nothing))).table
    first = table["interaction"].sel(dimer=OWN).to_numpy()
    assert np.isnan(first[0])
    assert np.isfinite(first[-1])


def test_frames_are_the_lowest_places_of_the_model() -> None:
    result = CHECK.run(Subject(scaled(1.0), [ARGON], scaled(2.0), effort="full"))
    (frame,) = result.frames["dimers"]
    assert frame.get_distance(0, 1) == pytest.approx(2 ** (1 / 6) * LJ["size"], rel=0.03)
    assert frame.info["reference_interaction_eV"] == pytest.approx(2 * frame.info["interaction_eV"])


def test_every_variable_has_a_unit() -> None:
    table = CHECK.run(Subject(scaled(1.0), [ARGON], scaled(1.0))).table
    assert all({"units", "long_name"} <= set(table[name].attrs) for name in table.variables)


# What the model has seen.


def test_whether_molecules_were_seen_together_is_read_off_the_data() -> None:
    water = molecule("H2O")
    pair = Dimer("water", "water", water, axis_of(water)).atoms(4.0)
    model = scaled(1.0)
    assert has_seen_molecules_together(Subject(model, [water])) is None
    alone, together = (frames_of_atoms(frames) for frames in ([water, water], [water, pair]))
    assert has_seen_molecules_together(Subject(model, [water], train=alone)) is False
    assert has_seen_molecules_together(Subject(model, [water], train=together)) is True
    assert has_seen_molecules_together(Subject(model, [water], labels=together)) is True


def test_a_network_of_single_molecules_is_warned_of_at_most() -> None:
    network, frames = methanol_network(), methanol_frames()
    subject = Subject(
        network, [frames.atoms(0)], open_reference("gfn2"), labels=frames, effort="quick"
    )
    result = CHECK.run(subject)
    found = by_name(result)
    assert result.verdict == Verdict.WARN
    assert "single molecules alone" in result.findings[0].reason
    # Hydrogens are nearer to each other than the oxygens, by two bonds at most; a point further.
    reach = float(found["water_reach"].reason.split("from ")[1].split(" Å")[0])
    grid = result.table["separation"].to_numpy()
    assert grid[np.flatnonzero(np.isclose(grid, reach, atol=5e-3))[0] - 1] < network.cutoff + 2.2
    assert set(found) == {f"{n}_{q}" for n in (OWN, "water") for q in ("energy", "force", "reach")}
    (picture,) = CHECK.draw({"network": result.table, "again": result.table})
    assert "2 models beside GFN2-xTB" in picture.alt
    assert "CH4O, water" in picture.alt


def test_nothing_known_of_the_data_is_said_too() -> None:
    network, frames = methanol_network(), methanol_frames()
    subject = Subject(network, [frames.atoms(0)], open_reference("gfn2"), effort="quick")
    result = CHECK.run(subject)
    assert result.verdict != Verdict.FAIL
    assert "not known here, so nothing" in result.findings[0].reason


def test_gfn2_beside_itself_agrees_on_water() -> None:
    reference = open_reference("gfn2")
    assert reference is not None
    found = by_name(CHECK.run(Subject(reference, [molecule("H2O")], reference, effort="quick")))
    assert found[f"{OWN}_energy"].value == pytest.approx(0, abs=1e-6)
    assert found[f"{OWN}_reach"].verdict == Verdict.PASS
    assert "up to 15 Å" in found[f"{OWN}_reach"].reason
