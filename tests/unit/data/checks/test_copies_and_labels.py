"""Copies across subsets, labels computed again, and the order in which checks are asked."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from solvable import frames_of, spring_chain

from nearsight.data.checks import check_frames, raise_errors
from nearsight.data.checks.check import check_integrity
from nearsight.data.checks.duplicates import (
    COPY,
    NEAR,
    _stretches,
    check_duplicates,
    near_pairs,
    sorted_distances,
)
from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.checks.reference import STEP, check_reference
from nearsight.data.engine import LEVEL_OF_THEORY, label
from nearsight.data.frames import Frames
from nearsight.errors import DataError


def shaken(size: float, n_frames: int = 2) -> Frames:
    """Frame 0 of a molecule in train, the others in test: the same one, moved by ``size`` Å."""
    rng = np.random.default_rng(0)
    benzene = molecule("C6H6")
    structures = [benzene]
    for _ in range(n_frames - 1):
        other = benzene.copy()
        other.positions += size * rng.standard_normal(other.positions.shape)
        structures.append(other)
    return frames_of(structures, subset=np.where(np.arange(n_frames), 2, 0))


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (0.0, Problem.DUPLICATE),
        (COPY / 10, Problem.DUPLICATE),
        (NEAR / 5, Problem.NEAR_DUPLICATE),
        (0.1, None),
    ],
)
def test_how_near_a_copy_is(size: float, problem: Problem | None) -> None:
    found = check_duplicates(shaken(size))
    assert [f.problem for f in found] == ([] if problem is None else [problem])
    assert all(f.error is (problem is Problem.DUPLICATE) for f in found)
    assert all("frame 0 (train) and 1 (test)" in f.message for f in found)


def test_pairs_come_closest_first_with_their_distance() -> None:
    frames = shaken(0.003, 6)
    pairs = near_pairs(frames)
    assert len(pairs) == 5
    assert (np.diff(pairs["difference"]) >= 0).all()
    for first, second, difference in pairs:
        one, other = (
            sorted_distances(frames.atoms(k).numbers, frames.atoms(k).positions)
            for k in (first, second)
        )
        assert difference == pytest.approx(np.sqrt(np.mean((one - other) ** 2)))


def test_three_subsets_are_compared_pair_by_pair() -> None:
    frames = replace(shaken(0.0, 3), subset=np.array([0, 1, 2]))
    pairs = {frozenset((int(a), int(b))) for a, b, _ in near_pairs(frames)}
    assert pairs == {frozenset(p) for p in ((0, 1), (0, 2), (1, 2))}


def test_atoms_alone_and_other_molecules_are_no_copies() -> None:
    alone = frames_of([Atoms("He"), Atoms("He")], subset=[0, 2])
    others = frames_of([molecule("CH3OCH3"), molecule("CH3CH2OH")], subset=[0, 2])
    assert near_pairs(alone).size == near_pairs(others).size == 0


@settings(max_examples=60)
@given(
    vectors=hnp.arrays(float, st.tuples(st.just(2), st.integers(1, 40)), elements=st.floats(0, 9))
)
def test_means_of_stretches_never_differ_more_than_distances(vectors: np.ndarray) -> None:
    """Jensen: so a tree over a few means misses no pair."""
    features = _stretches(vectors)
    near = np.linalg.norm(features[0] - features[1])
    assert near <= np.sqrt(np.mean((vectors[0] - vectors[1]) ** 2)) + 1e-12


# Labels computed again.


@pytest.fixture(scope="module")
def labelled() -> Frames:
    """Six hydrogen molecules as the engine labels them."""
    lengths = (0.70, 0.72, 0.74, 0.76, 0.78, 0.80)
    structures = [Atoms("H2", positions=[[0, 0, 0], [0, 0, d]]) for d in lengths]
    labels = [label(atoms) for atoms in structures]
    return frames_of(
        structures,
        energy=[energy for energy, _ in labels],
        force=np.concatenate([force for _, force in labels]),
        subset=[0, 0, 0, 0, 1, 2],
        level_of_theory=LEVEL_OF_THEORY,
    )


def said(findings: list[Finding]) -> list[tuple[Problem, str]]:
    return [(finding.problem, finding.message) for finding in findings]


def test_labels_of_the_engine_are_found_again(labelled: Frames) -> None:
    assert check_reference(labelled, 6) == []


def test_the_first_and_the_last_frame_are_among_those_looked_at(labelled: Frames) -> None:
    energy = labelled.energy.copy()
    energy[[0, 5]] += 0.5
    found = check_reference(replace(labelled, energy=energy), 2)
    assert [text.split(":")[0] for _, text in said(found)] == ["frame 0", "frame 5"]
    assert "away from the labels" in found[0].message
    assert "an energy -0.5 eV" in found[0].message


def test_a_frame_that_the_engine_refuses_is_a_finding(labelled: Frames) -> None:
    position = labelled.position.copy()
    position[1] = position[0] + [0, 0, 0.02]
    found = said(check_reference(replace(labelled, position=position), 1))
    assert [problem for problem, _ in found] == [Problem.REFERENCE]
    assert found[0][1].startswith("frame 0: reference engine")


def test_forces_are_held_against_the_slope_of_the_energy(labelled: Frames) -> None:
    assert STEP > 0
    found = check_reference(replace(labelled, force=-labelled.force), 1)
    assert {problem for problem, _ in said(found)} == {Problem.REFERENCE, Problem.GRADIENT}
    assert any("but the forces say" in text for _, text in said(found))


def test_a_set_without_forces_is_compared_by_energies(labelled: Frames) -> None:
    bare = replace(labelled, force=np.full_like(labelled.force, np.nan))
    assert check_reference(bare, 3) == []
    wrong = check_reference(replace(bare, energy=bare.energy + 1), 3)
    assert len(wrong) == 3


# All of them, one after another.


def problems(frames: Frames, **options: Any) -> list[Problem]:
    return [finding.problem for finding in check_frames(frames, **options)]


def test_what_is_not_sound_is_all_that_is_said() -> None:
    frames = spring_chain(4, 5, np.random.default_rng(0), 0.05)
    broken = replace(
        frames, position=frames.position * np.where(np.arange(20) == 7, np.nan, 1.0)[:, None]
    )
    assert problems(broken) == [Problem.NOT_FINITE]
    none = replace(frames, energy=np.full(5, np.nan))
    assert [f.message for f in check_integrity(none)] == ["no frame has an energy or another label"]
    other = replace(none, properties={"homo": np.zeros(5)})
    assert check_integrity(other) == []


def test_lengths_that_are_wrong_leave_forces_unjudged() -> None:
    frames = spring_chain(4, 30, np.random.default_rng(0), 0.05)
    found = check_frames(replace(frames, position=frames.position / 0.529))
    assert Problem.LENGTH_SCALE in [f.problem for f in found]
    assert any("because lengths are not in Å" in f.message for f in found)


def test_forces_of_other_positions_are_not_judged_by_bonds() -> None:
    frames = spring_chain(4, 30, np.random.default_rng(0), 0.05)
    found = check_frames(replace(frames, force=frames.force[:, [2, 0, 1]]))
    assert any(f.problem is Problem.NET_TORQUE and f.error for f in found)
    assert any("because forces are not those of these positions" in f.message for f in found)


def test_the_engine_is_asked_only_of_its_own_labels_and_on_request(labelled: Frames) -> None:
    def why(frames: Frames, **options: Any) -> str:
        last = check_frames(frames, **options)[-1]
        assert last.problem is Problem.NOT_CHECKED
        return last.message

    assert "because it was not asked for" in why(labelled, n_reference=0)
    foreign = replace(labelled, attributes={"level_of_theory": "PBE"})
    assert "their level of theory is PBE and the engine here has GFN2-xTB" in why(foreign)
    close = replace(labelled, position=labelled.position * 0.1)
    assert "because there are errors already" in why(close)


def test_errors_are_raised_with_the_first_three(labelled: Frames) -> None:
    findings = [Finding(Problem.SHAPE, True, f"number {k}") for k in range(5)]
    with pytest.raises(DataError) as caught:
        raise_errors([Finding(Problem.NET_FORCE, False, "mild"), *findings], "a.nc")
    assert str(caught.value) == (
        "a.nc: [shape] number 0; [shape] number 1; [shape] number 2; and 2 more"
    )
    raise_errors([Finding(Problem.NET_FORCE, False, "mild")], "a.nc")
