"""Frames of the same atoms, indices spread over many, and atoms that change places."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from hypothesis import given
from hypothesis import strategies as st
from solvable import frames_of

from nearsight.data.checks.exchange import APART, check_exchange
from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.checks.same_atoms import MOST_FRAMES, MOST_GROUPS, groups, spread
from nearsight.data.frames import Frames


@given(n=st.integers(1, 3000), most=st.integers(1, 500))
def test_indices_are_spread_evenly_over_all(n: int, most: int) -> None:
    found = spread(n, most)
    assert found[0] == 0
    assert len(found) == min(n, most)
    assert (np.diff(found) > 0).all()
    assert found[-1] == (n - 1 if len(found) > 1 else 0)
    if len(found) > 1:
        gaps = np.diff(found)
        assert gaps.max() - gaps.min() <= 1


def test_nothing_has_no_indices() -> None:
    assert spread(0, 5).size == 0


def mixed(names: list[str], source: list[int] | None = None) -> Frames:
    return frames_of(
        [molecule(name) for name in names], energy=np.arange(len(names)), source=source or 0
    )


def test_groups_are_the_frames_of_one_sequence_of_atoms_the_largest_first() -> None:
    frames = mixed(["H2O", "CH4", "H2O", "H2O", "NH3", "CH4"])
    found = list(groups(frames))
    assert [group.frame.tolist() for group in found] == [[0, 2, 3], [1, 5]]
    for group in found:
        for k, frame in enumerate(group.frame):
            assert np.array_equal(group.position[k], frames.atoms(frame).positions)
            assert np.array_equal(group.force[k], frames.forces(frame))
            assert group.energy[k] == frame
        assert group.atomic_number.tolist() == frames.atoms(group.frame[0]).numbers.tolist()


def test_another_order_of_atoms_is_another_group() -> None:
    water = molecule("H2O")
    frames = frames_of([water, water[[1, 0, 2]], water, water[[1, 0, 2]], water])
    assert [group.frame.tolist() for group in groups(frames)] == [[0, 2, 4], [1, 3]]


def test_sources_part_a_group_on_request() -> None:
    frames = mixed(["H2O"] * 5, [0, 1, 0, 1, 1])
    assert [g.frame.tolist() for g in groups(frames)] == [[0, 1, 2, 3, 4]]
    assert [g.frame.tolist() for g in groups(frames, by_source=True)] == [[1, 3, 4], [0, 2]]


@pytest.mark.parametrize("fewest", [1, 2, 3, 4])
def test_small_groups_are_passed_over(fewest: int) -> None:
    frames = mixed(["H2O", "CH4", "H2O", "H2O", "NH3", "CH4"])
    sizes = sorted((len(group.frame) for group in groups(frames, fewest=fewest)), reverse=True)
    assert sizes == [size for size in (3, 2, 1) if size >= fewest]


def test_of_a_long_trajectory_neighbours_in_time_are_kept() -> None:
    frames = frames_of([Atoms("He")] * (3 * MOST_FRAMES))
    (group,) = groups(frames)
    assert MOST_FRAMES - 2 <= len(group.frame) <= MOST_FRAMES
    pairs = Counter(np.diff(group.frame).tolist())
    assert pairs[1] >= len(group.frame) // 2 - 1
    assert group.frame[0] == 0
    assert group.frame[-1] == len(frames) - 1


def test_of_many_groups_some_are_looked_at() -> None:
    structures = [Atoms([element] * n) for element in range(1, 50) for n in (1, 2) for _ in "ab"]
    assert sum(1 for _ in groups(frames_of(structures))) == MOST_GROUPS


# Atoms that change places.


def found(structures: list[Atoms], source: list[int] | None = None) -> list[Finding]:
    return check_exchange(frames_of(structures, source=source or 0))


def exchanged(atoms: Atoms, i: int, j: int) -> Atoms:
    other = atoms.copy()
    other.positions[[i, j]] = other.positions[[j, i]]
    return other


ETHANE = molecule("C2H6")
FIRST, LAST = (int(k) for k in np.flatnonzero(ETHANE.numbers == 1)[[0, -1]])


def test_hydrogens_of_two_carbons_that_are_swapped() -> None:
    (finding,) = found([ETHANE, ETHANE, exchanged(ETHANE, FIRST, LAST)])
    assert (finding.problem, finding.error) == (Problem.EXCHANGE, False)
    assert finding.message.startswith("like atoms change places in 1 of 3 frames looked at: ")
    assert f"the bond of C0 and H{FIRST} in frame 0 is none in frame 2 (" in finding.message
    distance = np.linalg.norm(ETHANE.positions[0] - ETHANE.positions[LAST])
    assert f"({distance:.2f} Å)" in finding.message
    assert "sort the atoms" in finding.message


def test_hydrogens_of_one_carbon_may_turn() -> None:
    same = [k for k in range(len(ETHANE)) if ETHANE.get_distance(0, k) < 1.2 and k]
    assert len(same) == 3
    assert found([ETHANE, exchanged(ETHANE, same[0], same[1])]) == []


def test_a_bond_that_breaks_is_no_exchange() -> None:
    broken = ETHANE.copy()
    broken.positions[LAST] += 3.0 * (broken.positions[LAST] - broken.positions[1])
    assert found([ETHANE, broken]) == []


def test_a_long_bond_is_not_certainly_none() -> None:
    """Between bonded and certainly not, nothing is said."""
    two = Atoms("C2", positions=[[0, 0, 0], [0, 0, 1.5]])
    for factor in (1.3, APART - 0.05):
        other = Atoms("C2", positions=[[0, 0, 0], [0, 0, factor * 2 * 0.76]])
        assert found([two, other]) == []


def test_frames_of_other_sources_are_not_compared() -> None:
    swapped = exchanged(ETHANE, FIRST, LAST)
    assert found([ETHANE, ETHANE, swapped, swapped], [0, 0, 1, 1]) == []
    assert len(found([ETHANE, swapped, ETHANE, swapped], [0, 0, 1, 1])) == 1


def test_one_frame_or_one_atom_has_nothing_to_compare() -> None:
    assert found([ETHANE]) == []
    assert found([Atoms("He"), Atoms("He")]) == []
