"""Forces against bonds and energies, like atoms against their places: what needs no engine.

Each test takes sound GFN2-xTB or published data and spoils one thing.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.units import Bohr, Hartree

from nearsight.config import Sampling
from nearsight.data.checks import Problem, check_frames, check_subsets
from nearsight.data.checks.exchange import check_exchange
from nearsight.data.checks.problems import Finding
from nearsight.data.checks.same_atoms import groups
from nearsight.data.checks.stiffness import check_stiffness, stiffness
from nearsight.data.checks.stretches import of_heavy_atoms, of_hydrogen
from nearsight.data.checks.totals import check_totals
from nearsight.data.checks.unit_mistakes import FORCE_UNITS, IMPORTED, force_mistakes, read_as
from nearsight.data.checks.work import check_work, near_work
from nearsight.data.frames import Frames, frames_of_atoms, join_frames
from nearsight.data.importing import import_frames
from nearsight.data.molecules import build_molecule
from nearsight.data.sample import sample
from nearsight.units import TO_EV


@pytest.fixture(scope="module")
def sound(ethanol: Frames) -> Frames:
    """Ethanol whose labels could be anyone's."""
    return replace(ethanol, attributes={"level_of_theory": "unknown"})


@pytest.fixture(scope="module")
def bare() -> Frames:
    """Tetrafluoroethylene: no hydrogen."""
    settings = Sampling(n_frames=60, n_trajectories=2, stride=6, equilibration=100, seed=2)
    frames = sample(build_molecule("FC(F)=C(F)F", 1), settings)
    return replace(frames, attributes={"level_of_theory": "unknown"})


def scaled(frames: Frames, *, force: float = 1.0, energy: float = 1.0) -> Frames:
    return replace(frames, force=force * frames.force, energy=energy * frames.energy)


def said(findings: list[Finding], problem: Problem) -> str:
    return " ".join(f.message for f in findings if f.problem is problem)


def errors(frames: Frames) -> set[Problem]:
    return {finding.problem for finding in check_frames(frames) if finding.error}


def test_forces_that_are_gradients(sound: Frames) -> None:
    found = check_frames(scaled(sound, force=-1.0))
    assert {f.problem for f in found if f.error} == {Problem.FORCE_SIGN, Problem.GRADIENT}
    assert "(C-H, O-H): they are the gradient" in said(found, Problem.FORCE_SIGN)
    assert "of the other sign" in said(found, Problem.GRADIENT)


@pytest.mark.parametrize(
    "written",
    ["hartree/bohr", "kcal/mol/angstrom", "kJ/mol/angstrom", "hartree/angstrom", "eV/bohr",
     "kJ/mol/nm", "meV/angstrom", "kcal/mol/bohr"],
)  # fmt: skip
@pytest.mark.parametrize("read", ["eV/angstrom", "hartree/angstrom", "kcal/mol/angstrom"])
@pytest.mark.parametrize("sign", [1, -1])
def test_every_mistake_of_a_unit_is_named(
    written: str, read: str, sign: int, sound: Frames
) -> None:
    factor = FORCE_UNITS[read] / FORCE_UNITS[written]
    wrong = scaled(sound, force=sign * factor)
    wrong = replace(wrong, attributes={**wrong.attributes, IMPORTED: FORCE_UNITS[read]})
    found = check_stiffness(wrong)
    if written == read:
        assert [f.problem for f in found] == [Problem.FORCE_SIGN] * (sign == -1)
        return
    assert [f.problem for f in found] == [Problem.FORCE_UNIT if sign > 0 else Problem.FORCE_SIGN]
    assert f"written in {written}" in found[0].message or f" or {written} " in found[0].message
    assert f"read as {read}" in found[0].message
    assert found[0].error
    assert check_work(wrong)[0].error


@pytest.mark.parametrize("factor", [Bohr, 1 / Bohr, 23.06, 1 / 23.06, Hartree / Bohr])
@pytest.mark.parametrize("what", ["force", "energy", "both"])
def test_without_hydrogen(factor: float, what: str, bare: Frames) -> None:
    assert errors(bare) == set()
    options = {"force": factor, "energy": factor} if what == "both" else {what: factor}
    found = {f.problem for f in check_frames(scaled(bare, **options)) if f.error}
    assert (Problem.GRADIENT in found) == (what != "both")
    # Bonds between heavier atoms are known to a factor 1.5: Bohr's radius alone is no proof.
    large = abs(np.log(factor)) > 1
    if large and what != "energy":
        assert found & {Problem.FORCE_UNIT, Problem.FORCE_SCALE}
    turned = {f.problem for f in check_frames(scaled(bare, force=-factor)) if f.error}
    assert {Problem.FORCE_SIGN, Problem.GRADIENT} <= turned


def test_forces_of_other_atoms_of_one_element(sound: Frames) -> None:
    rng = np.random.default_rng(0)
    force = sound.force.reshape(-1, 9, 3).copy()
    for k in range(len(force)):
        force[k, 3:] = force[k, 3 + rng.permutation(6)]
    other = replace(sound, force=force.reshape(-1, 3))
    assert errors(other) & {Problem.NET_TORQUE, Problem.FOREIGN_FORCES}
    found = check_stiffness(other)
    assert [f.problem for f in found] == [Problem.FOREIGN_FORCES]


def test_energies_of_other_frames(sound: Frames) -> None:
    energy = np.random.default_rng(1).permutation(sound.energy)
    found = check_work(replace(sound, energy=energy))
    assert [f.problem for f in found] == [Problem.GRADIENT]
    assert "of other frames" in found[0].message
    constant = check_work(replace(sound, energy=np.full(len(sound), -420.0)))
    assert [f.message for f in constant] == ["energies of near frames are all the same"]


@pytest.mark.parametrize("unit", ["hartree", "kcal/mol", "kJ/mol"])
def test_energies_in_another_unit_than_forces(unit: str, sound: Frames) -> None:
    found = check_work(scaled(sound, energy=1 / TO_EV[unit]))
    assert [f.error for f in found] == [True]


def test_hydrogen_bonds_are_told_apart() -> None:
    """Bonds of hydrogen that leans to another atom are longer and softer; free ones beside them
    made all look 0.4 to 0.7 times as stiff as they are."""
    one = molecule("H2O")
    ring = [one.copy() for _ in range(3)]
    for k, water in enumerate(ring):
        water.rotate(120 * k, "z")
        water.rotate(90, "x")
        water.positions += 1.65 * np.array([np.cos(2.1 * k), np.sin(2.1 * k), 0.0])
    atoms = ring[0] + ring[1] + ring[2]
    settings = Sampling(
        n_frames=40, n_trajectories=1, stride=6, equilibration=80, seed=1, temperature=200.0
    )
    frames = replace(sample(atoms, settings), attributes={"level_of_theory": "unknown"})
    free, both = (stiffness(of_hydrogen(frames, bridged=b)) for b in (False, True))
    assert free is not None
    assert both is not None
    assert both.n_bonds > free.n_bonds
    assert 0.9 < free.ratio < 1.0
    assert 0.78 < both.ratio < 1.0
    assert check_stiffness(frames) == []


@pytest.mark.parametrize("name", ["H2", "HCl"])
def test_two_atoms_have_one_vibration(name: str) -> None:
    settings = Sampling(n_frames=60, n_trajectories=1, stride=6, equilibration=60, seed=1)
    frames = sample(molecule(name), settings)
    assert not any(f.error or f.warning for f in check_frames(frames, n_reference=0))


SETS = [
    ("rmd17/rmd17_aspirin_train_01.npz", "kcal/mol"),
    ("rmd17/rmd17_ethanol_train_01.npz", "kcal/mol"),
    ("rmd17/rmd17_malonaldehyde_train_01.npz", "kcal/mol"),
    ("rmd17/rmd17_naphthalene_train_01.npz", "kcal/mol"),
    ("rmd17/rmd17_paracetamol_train_01.npz", "kcal/mol"),
    ("qm7x/qm7x_250_small.npz", "eV"),
    ("qm7x/qm7x_226.npz", "eV"),
    ("md22_ac_ala3_nhme/md22_Ac-Ala3-NHMe_5frames.xyz", "kcal/mol"),
    ("solvent_clusters_gfn2/solvent_xtb_train_200.xyz", "eV"),
]


@pytest.mark.parametrize(("file", "unit"), SETS)
def test_bounds_stand_far_from_what_sound_data_have(
    file: str, unit: str, shared_data: Path
) -> None:
    frames = import_frames(shared_data / file, energy_unit=unit)
    found = stiffness(of_hydrogen(frames))
    assert found is not None
    assert 0.92 < found.ratio < 1.09
    assert found.correlation > 0.99
    work = near_work(frames).most()
    assert 0.9 < work.ratio < 1.1
    assert work.correlation > 0.9


def test_bonds_of_heavier_atoms_are_known_roughly(shared_data: Path) -> None:
    for file, unit in SETS[:5]:
        frames = import_frames(shared_data / file, energy_unit=unit)
        found = stiffness(of_heavy_atoms(groups(frames)))
        assert found is not None
        assert 0.8 < found.ratio < 1.4
        assert found.correlation > 0.85


def test_what_was_not_checked_is_said(sound: Frames) -> None:
    relaxed = frames_of_atoms([molecule(n) for n in ("CH3CH2OH", "C6H6", "C2H4") for _ in "abcd"])
    still = replace(relaxed, force=np.zeros_like(relaxed.position), energy=np.zeros(len(relaxed)))
    text = " ".join(map(str, check_frames(still)))
    assert "not checked: sign and unit of the forces, by bonds that are stretched, because" in text
    assert "not checked: forces against energies, because" in text
    none = replace(sound, force=np.full_like(sound.force, np.nan))
    text = " ".join(map(str, check_frames(none)))
    assert "not checked: forces against bonds and energies, because the data set has no" in text
    assert "not checked: labels, by computing some again, because their level of theory is" in text
    assert not any(f.error or f.warning for f in check_frames(none))


def reordered(frames: Frames, order: Callable[[int], list[int]]) -> Frames:
    """Every frame with its atoms, positions and forces alike, in an order of its own."""
    chosen = np.concatenate([9 * k + np.array(order(k)) for k in range(len(frames))])
    return replace(
        frames,
        atomic_number=frames.atomic_number[chosen],
        position=frames.position[chosen],
        force=frames.force[chosen],
    )


def test_like_atoms_that_change_places(sound: Frames) -> None:
    rng = np.random.default_rng(4)
    heavy = [0, 1, 2]
    found = check_frames(reordered(sound, lambda k: [*heavy, *(3 + rng.permutation(6))]))
    assert {f.problem for f in found if f.error or f.warning} == {Problem.EXCHANGE}
    text = said(found, Problem.EXCHANGE)
    assert "in frame 0 is none in frame 1 (" in text
    assert "the bond of C" in text


def test_what_is_no_exchange(sound: Frames) -> None:
    assert check_exchange(sound) == []
    # Another order, but the same in all frames of a source.
    other = reordered(sound, lambda k: [0, 1, 2, 8, 7, 6, 5, 4, 3])
    both = join_frames([sound, replace(other, source=sound.source + 2)])
    assert check_exchange(both) == []
    # Isomers of the same atoms: bonds differ, and not by numbering.
    sorted_by_element = [a[a.numbers.argsort()] for a in map(molecule, ("CH3OCH3", "CH3CH2OH"))]
    assert check_exchange(frames_of_atoms(sorted_by_element)) == []


def test_total_energies_of_all_electrons(shared_data: Path, sound: Frames) -> None:
    frames = import_frames(shared_data / SETS[1][0], energy_unit="kcal/mol")
    assert check_totals(frames) == []
    for unit in ("hartree", "kcal/mol", "kJ/mol"):
        found = check_totals(scaled(frames, energy=1 / TO_EV[unit]))
        assert [(f.problem, f.warning) for f in found] == [(Problem.ENERGY_UNIT, True)]
        assert f"written in {unit} and read as eV" in found[0].message
    for other in (sound, replace(frames, energy=frames.energy - frames.energy.mean())):
        assert [f.problem for f in check_totals(other)] == [Problem.NOT_CHECKED]


def test_subsets_without_frames(sound: Frames) -> None:
    assert check_subsets(sound) == []
    found = check_subsets(replace(sound, subset=np.zeros(len(sound), dtype=int)))
    assert found[0].warning
    assert "subsets validation and test hold 0 frames: import with --split" in found[0].message


def test_units_that_explain_a_factor() -> None:
    assert force_mistakes(1.0, "eV/angstrom") == ["eV/angstrom"]
    assert force_mistakes(0.53, "hartree/angstrom") == ["hartree/bohr"]
    assert force_mistakes(1.89, "hartree/bohr") == ["hartree/angstrom"]
    assert force_mistakes(23.1, "eV/angstrom")[0] == "kcal/mol/angstrom"
    assert force_mistakes(3.7, "eV/angstrom") == []
    assert read_as({}) == "eV/angstrom"
    assert read_as({IMPORTED: FORCE_UNITS["hartree/bohr"]}) == "hartree/bohr"


@pytest.mark.parametrize("factor", [-1.0, Bohr, 1 / Bohr, 23.06, 0.0])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_part_of_the_frames(factor: float, share: float, sound: Frames) -> None:
    wrong = np.arange(len(sound)) >= (1 - share) * len(sound)
    scale = np.repeat(np.where(wrong, factor, 1.0), sound.n_atoms)[:, None]
    found = check_stiffness(replace(sound, force=sound.force * scale))
    assert [(f.problem, f.error) for f in found] == [(Problem.FOREIGN_FORCES, True)]
    first = int(np.flatnonzero(wrong)[0])
    # Where most are wrong and large, their noise is larger than the few sound ones.
    named = any(f"of frame {k} they are" in found[0].message for k in range(first, first + 3))
    assert named or (share, factor) == (0.8, 23.06)


def test_a_single_frame_is_a_warning(sound: Frames) -> None:
    force = sound.force.copy()
    force[7 * 9 : 8 * 9] *= -1
    found = check_stiffness(replace(sound, force=force))
    assert [(f.problem, f.warning) for f in found] == [(Problem.FOREIGN_FORCES, True)]
    assert "forces of 1 of" in found[0].message
    assert "of frame 7 they are -" in found[0].message
