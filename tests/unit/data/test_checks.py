from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase.units import Bohr, Hartree, kcal, kJ, mol
from scipy.spatial.transform import Rotation

from nearsight.data.checks import Problem, check_frames, raise_errors
from nearsight.data.checks.conservation import net_shares
from nearsight.data.checks.duplicates import near_pairs, sorted_distances
from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.errors import DataError

UNKNOWN = {"level_of_theory": "unknown"}


def _errors(frames: Frames) -> set[Problem]:
    return {finding.problem for finding in check_frames(frames) if finding.error}


def _warnings(frames: Frames) -> set[Problem]:
    return {finding.problem for finding in check_frames(frames) if finding.warning}


def _foreign(frames: Frames, **attributes: object) -> Frames:
    """The same data without the engine's level of theory."""
    return replace(frames, attributes={**UNKNOWN, **attributes})


def _scaled(
    frames: Frames, *, length: float = 1, energy: float = 1, force: float = 1, **attributes: object
) -> Frames:
    return replace(
        _foreign(frames, **attributes),
        position=frames.position * length,
        energy=frames.energy * energy,
        force=frames.force * force,
    )


def test_sampled_data_are_clean(ethanol: Frames, water: Frames) -> None:
    assert check_frames(ethanol) == []
    assert _errors(water) == set()
    raise_errors(check_frames(ethanol), "ethanol.nc")


@pytest.mark.parametrize(
    ("file", "unit"),
    [
        ("rmd17/rmd17_ethanol_train_01.npz", "kcal/mol"),
        ("rmd17/rmd17_aspirin_train_01.npz", "kcal/mol"),
        ("qm7x/qm7x_250_small.npz", "eV"),
        ("qm7x/qm7x_226.npz", "eV"),
        ("md22_ac_ala3_nhme/md22_Ac-Ala3-NHMe_5frames.xyz", "kcal/mol"),
        ("solvent_clusters_gfn2/solvent_xtb_train_200.xyz", "eV"),
    ],
)
def test_published_data_are_clean(shared_data: Path, file: str, unit: str) -> None:
    frames = import_frames(shared_data / file, energy_unit=unit, temperature=500.0)
    found = check_frames(frames)
    assert [str(finding) for finding in found if finding.problem is not Problem.NOT_CHECKED] == []
    assert "labels, by computing some again, because their level of theory" in str(found[-1])


@pytest.mark.parametrize("wrong", ["eV", "kJ/mol", "hartree", "meV"])
def test_published_data_in_wrong_units_are_caught(shared_data: Path, wrong: str) -> None:
    file = shared_data / "rmd17" / "rmd17_ethanol_train_01.npz"
    frames = import_frames(file, energy_unit=wrong, temperature=500.0)
    assert Problem.FORCE_SCALE in _errors(frames)


@pytest.mark.parametrize("wrong", ["bohr", "nm"])
def test_wrong_length_units_are_caught(shared_data: Path, wrong: str) -> None:
    file = shared_data / "rmd17" / "rmd17_ethanol_train_01.npz"
    frames = import_frames(file, energy_unit="kcal/mol", length_unit=wrong)
    assert Problem.LENGTH_SCALE in _errors(frames)


def test_bohr_labelled_angstrom_is_caught(ethanol: Frames) -> None:
    assert Problem.LENGTH_SCALE in _errors(_scaled(ethanol, length=1 / Bohr, force=Bohr))


@pytest.mark.parametrize("factor", [mol / kcal, mol / kJ, Hartree])
def test_large_labels_are_caught_without_a_temperature(ethanol: Frames, factor: float) -> None:
    assert Problem.ENERGY_SCALE in _errors(_scaled(ethanol, energy=factor, force=factor))


@pytest.mark.parametrize("factor", [kcal / mol, kJ / mol, 1 / Hartree])
def test_small_labels_are_an_error_once_the_temperature_is_stated(
    ethanol: Frames, factor: float
) -> None:
    small = _scaled(ethanol, energy=factor, force=factor)
    assert Problem.ENERGY_SCALE in _warnings(small)
    warm = _scaled(ethanol, energy=factor, force=factor, temperature_K=500.0)
    assert Problem.FORCE_SCALE in _errors(warm)


def test_energies_and_forces_in_different_units_are_caught(ethanol: Frames) -> None:
    assert Problem.ENERGY_SCALE in _errors(_scaled(ethanol, force=mol / kcal))
    assert Problem.ENERGY_SCALE in _warnings(_scaled(ethanol, energy=mol / kcal))


@pytest.mark.parametrize("name", ["energy", "position", "force"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(ethanol: Frames, name: str, value: float) -> None:
    array = getattr(ethanol, name).copy()
    array[20 if name == "energy" else 20 * 9 + 4] = value
    findings = check_frames(replace(ethanol, **{name: array}))
    assert [finding.problem for finding in findings] == [Problem.NOT_FINITE]
    assert f"{name} is not finite in 1 frames, the first is frame 20" in findings[0].message


def test_shapes_and_elements(ethanol: Frames) -> None:
    none = ethanol.select(np.array([], dtype=int))
    assert _errors(none) == {Problem.NO_FRAMES}
    assert _errors(replace(ethanol, force=ethanol.force[:-1])) == {Problem.SHAPE}
    assert _errors(replace(ethanol, energy=ethanol.energy[:, None])) == {Problem.SHAPE}
    assert _errors(replace(ethanol, subset=ethanol.subset + 2)) == {Problem.SHAPE}
    numbers = np.where(np.arange(len(ethanol.atomic_number)) == 7, 0, ethanol.atomic_number)
    assert _errors(replace(ethanol, atomic_number=numbers)) == {Problem.ATOMIC_NUMBER}


def test_overlapping_atoms_and_failed_labels(ethanol: Frames) -> None:
    position = ethanol.position.copy()
    position[1] = position[0] + [0.0, 0.0, 0.05]
    assert Problem.OVERLAP in _errors(replace(_foreign(ethanol), position=position))
    # Every frame is looked at, not a sample.
    many = replace(_foreign(ethanol), position=position).select(np.r_[1:60, 1:60, 1:60, 1:60, 0])
    assert Problem.OVERLAP in _errors(many)
    force = ethanol.force.copy()
    force[5 * 9 + 2] += 500.0
    findings = check_frames(replace(_foreign(ethanol), force=force))
    assert any("frame 5 has a force of" in str(f) for f in findings if f.error)


def test_temperature_that_is_none_is_not_used(ethanol: Frames) -> None:
    for value in ("warm", float("nan"), -3.0, [300.0, 400.0]):
        assert _errors(_foreign(ethanol, temperature_K=value)) == set()


def test_net_force_is_a_warning(ethanol: Frames) -> None:
    pushed = replace(_foreign(ethanol), force=ethanol.force + np.array([0.05, 0.0, 0.0]))
    assert Problem.NET_FORCE in _warnings(pushed)
    assert Problem.NET_FORCE not in _errors(pushed)


def test_forces_of_other_frames_or_atoms_are_caught(ethanol: Frames) -> None:
    neighbour = replace(_foreign(ethanol), force=np.roll(ethanol.force, 9, axis=0))
    assert Problem.NET_TORQUE in _errors(neighbour) | _warnings(neighbour)
    other = replace(_foreign(ethanol), force=np.roll(ethanol.force, 9 * 20, axis=0))
    assert _errors(other) == {Problem.NET_TORQUE}
    by_atom = ethanol.force.reshape(-1, 9, 3)[:, ::-1].reshape(-1, 3)
    assert Problem.NET_TORQUE in _errors(replace(_foreign(ethanol), force=by_atom))
    turned = ethanol.force @ Rotation.from_euler("x", 90, degrees=True).as_matrix()
    assert Problem.NET_TORQUE in _errors(replace(_foreign(ethanol), force=turned))


def test_net_shares_of_a_known_case() -> None:
    two = Frames(
        atomic_number=np.array([1, 1]),
        position=np.array([[0.0, 0, -1], [0, 0, 1]]),
        force=np.array([[1.0, 0, 0], [-1, 0, 0]]),
        n_atoms=np.array([2]),
        energy=np.zeros(1),
        subset=np.zeros(1, dtype=int),
        source=np.zeros(1, dtype=int),
    )
    force, torque = net_shares(two)
    assert (force[0], torque[0]) == (0.0, 1.0)
    force, torque = net_shares(replace(two, force=np.ones((2, 3))))
    assert (force[0], torque[0]) == pytest.approx((1.0, 0.0))
    assert net_shares(replace(two, force=np.zeros((2, 3))))[0][0] == 0.0


def test_shuffled_forces_of_a_larger_molecule_are_caught(shared_data: Path) -> None:
    file = shared_data / "rmd17" / "rmd17_aspirin_train_01.npz"
    frames = import_frames(file, energy_unit="kcal/mol")
    assert _errors(replace(frames, force=np.roll(frames.force, 21, axis=0))) == {Problem.NET_TORQUE}


def _with_copy(frames: Frames, noise: float) -> Frames:
    """A training frame, turned, mirrored, reordered and shaken, put in a test frame's place."""
    rng = np.random.default_rng(5)
    old = int(np.flatnonzero(frames.subset == 0)[0])
    new = int(np.flatnonzero(frames.subset == 2)[-1])
    order = np.array([0, 1, 2, 5, 3, 4, 7, 6, 8])
    # One transformation for positions and forces alike, so that nothing else looks wrong.
    turn = -Rotation.random(rng=rng).as_matrix()
    position, force = frames.position.copy(), frames.force.copy()
    span = slice(9 * new, 9 * new + 9)
    shaken = frames.atoms(old).positions[order] + noise * rng.standard_normal((9, 3))
    position[span] = shaken @ turn + 3.0
    force[span] = frames.forces(old)[order] @ turn
    return replace(_foreign(frames), position=position, force=force)


def test_copies_across_subsets_are_caught_in_any_orientation(ethanol: Frames) -> None:
    assert _errors(_with_copy(ethanol, 0.0)) == {Problem.DUPLICATE}
    assert Problem.NEAR_DUPLICATE in _warnings(_with_copy(ethanol, 0.003))
    assert near_pairs(ethanol).size == 0


def test_copies_within_one_subset_are_no_leak(ethanol: Frames) -> None:
    copied = replace(_with_copy(ethanol, 0.0), subset=np.zeros(len(ethanol), dtype=int))
    assert near_pairs(copied).size == 0


@pytest.mark.parametrize("threshold", [0.05, 0.15, 0.3])
def test_search_finds_what_comparing_all_pairs_finds(ethanol: Frames, threshold: float) -> None:
    vectors = [
        sorted_distances(ethanol.atoms(k).numbers, ethanol.atoms(k).positions)
        for k in range(len(ethanol))
    ]
    expected = {
        frozenset((a, b))
        for a in range(len(ethanol))
        for b in range(a)
        if ethanol.subset[a] != ethanol.subset[b]
        and np.sqrt(((vectors[a] - vectors[b]) ** 2).mean()) <= threshold
    }
    pairs = near_pairs(ethanol, threshold)
    assert {frozenset((int(p["first"]), int(p["second"]))) for p in pairs} == expected
    assert expected


def test_sorted_distances_keep_element_pairs_apart() -> None:
    line = np.array([[0.0, 0, 0], [0, 0, 1], [0, 0, 3]])
    assert sorted_distances(np.array([8, 1, 1]), line).tolist() == [2, 1, 3]
    assert sorted_distances(np.array([1, 8, 1]), line).tolist() == [3, 1, 2]


def test_labels_of_another_method_are_caught(shared_data: Path) -> None:
    frames = import_frames(
        shared_data / "rmd17" / "rmd17_ethanol_train_01.npz",
        energy_unit="kcal/mol",
        level_of_theory="GFN2-xTB",
    ).select(np.arange(30))
    assert _errors(frames) == {Problem.REFERENCE, Problem.GRADIENT}


def test_forces_inconsistent_with_the_energy_are_caught(ethanol: Frames) -> None:
    # Sound in every other way: small, without net force and net torque.
    bent = replace(ethanol, force=1.2 * ethanol.force)
    assert _errors(bent) == {Problem.REFERENCE, Problem.GRADIENT}
    shifted = replace(ethanol, energy=ethanol.energy + 0.01)
    assert _errors(shifted) == {Problem.REFERENCE}


def test_errors_are_raised_with_their_names(ethanol: Frames) -> None:
    findings = check_frames(_scaled(ethanol, length=1 / Bohr, force=30.0, temperature_K=500.0))
    with pytest.raises(DataError, match=r"x\.nc: \[length-scale\] .*\[force-scale\]") as caught:
        raise_errors(findings, "x.nc")
    assert "\n" not in str(caught.value)


def test_set_without_forces_is_checked_by_its_energies(ethanol: Frames) -> None:
    bare = replace(ethanol, force=np.full_like(ethanol.force, np.nan))
    assert _errors(bare) == set()
    assert _errors(replace(bare, energy=bare.energy + 0.01)) == {Problem.REFERENCE}
