"""Work of forces between near frames against the difference of their energies."""

from dataclasses import replace

import numpy as np
import pytest
from ase.units import Hartree
from scipy.spatial.transform import Rotation
from solvable import frames_of, spring_chain

from nearsight.data.checks.problems import Problem
from nearsight.data.checks.work import Work, check_work, near_work
from nearsight.data.frames import Frames, join_frames


@pytest.fixture(scope="module")
def near() -> Frames:
    """Frames of one molecule that differ by a twentieth of an Å."""
    return spring_chain(5, 60, np.random.default_rng(0), 0.03)


def scaled(frames: Frames, force: float = 1.0, energy: float = 1.0) -> Frames:
    return replace(frames, force=force * frames.force, energy=energy * frames.energy)


def only(frames: Frames) -> tuple[Problem, bool, str]:
    (found,) = check_work(frames)
    return found.problem, found.error, found.message


def test_work_is_the_difference_of_energies(near: Frames) -> None:
    """To third order in the step: the mean force times the step is the trapezoid rule."""
    work = near_work(near)
    assert len(work) == 100
    assert work.ratio == pytest.approx(1.0, abs=0.02)
    assert work.correlation > 0.999
    assert (work.apart > 0).all()
    assert (np.diff(work.apart) >= 0).all()


@pytest.mark.parametrize("factor", [-1.0, 0.5, 27.2])
def test_ratio_and_correlation_follow_a_factor(near: Frames, factor: float) -> None:
    sound, wrong = near_work(near), near_work(scaled(near, force=factor))
    assert wrong.ratio == pytest.approx(factor * sound.ratio)
    assert wrong.correlation == pytest.approx(np.sign(factor) * sound.correlation)
    assert near_work(scaled(near, energy=factor)).ratio == pytest.approx(sound.ratio / factor)


def test_frames_may_lie_anywhere(near: Frames) -> None:
    rng = np.random.default_rng(1)
    position, force = near.position.copy(), near.force.copy()
    for frame in range(len(near)):
        span = slice(5 * frame, 5 * frame + 5)
        turn = Rotation.random(rng=rng).as_matrix()
        position[span] = position[span] @ turn + 10 * rng.standard_normal(3)
        force[span] = force[span] @ turn
    moved = near_work(replace(near, position=position, force=force))
    sound = near_work(near)
    np.testing.assert_allclose(moved.work, sound.work, atol=1e-9)
    np.testing.assert_allclose(moved.apart, sound.apart, atol=1e-9)
    assert np.array_equal(moved.difference, sound.difference)


def test_mirror_images_are_not_turned_onto_each_other() -> None:
    """No rotation makes a left hand of a right one: such frames are far apart."""
    rng = np.random.default_rng(2)
    hand = rng.normal(0, 1.2, (6, 3))
    from ase import Atoms

    both = [Atoms("C6", positions=hand), Atoms("C6", positions=hand * [1, 1, -1] + 1e-3)]
    assert len(near_work(frames_of(both))) == 0


def test_sound_data_are_no_finding(near: Frames) -> None:
    assert check_work(near) == []


def test_another_sign_is_told(near: Frames) -> None:
    problem, error, text = only(scaled(near, force=-1.0))
    assert (problem, error) == (Problem.GRADIENT, True)
    assert "is minus " in text
    assert text.endswith("forces are the gradient of the energy, of the other sign?")


def test_another_unit_is_told(near: Frames) -> None:
    problem, error, text = only(scaled(near, force=1 / Hartree))
    assert (problem, error) == (Problem.GRADIENT, True)
    assert "forces in hartree/angstrom" in text
    assert "read as eV/angstrom, or energies the other way round?" in text
    assert "in a wrong unit, or of other frames?" in only(scaled(near, force=3.7))[2]


def test_energies_of_other_frames_are_told(near: Frames) -> None:
    rng = np.random.default_rng(3)
    shuffled = replace(near, energy=rng.permutation(near.energy))
    problem, error, text = only(shuffled)
    assert (problem, error) == (Problem.GRADIENT, True)
    assert "are they of other frames?" in text


def test_energies_that_are_all_the_same(near: Frames) -> None:
    assert only(replace(near, energy=np.full(60, -400.0))) == (
        Problem.GRADIENT, True, "energies of near frames are all the same",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"energy": np.full(60, np.nan)}, "the data set has no energies"),
        ({"energy": np.zeros(60), "force": np.zeros((300, 3))}, "near frames hardly differ"),
    ],
)
def test_what_cannot_be_checked_says_why(near: Frames, change: dict, reason: str) -> None:
    problem, error, text = only(replace(near, **change))
    assert (problem, error) == (Problem.NOT_CHECKED, False)
    assert reason in text


def test_few_frames_or_far_ones_are_not_enough(near: Frames) -> None:
    assert "fewer than 10 pairs" in only(near.select(np.arange(3)))[2]
    assert "fewer than 10 pairs" in only(spring_chain(5, 30, np.random.default_rng(0), 2.0))[2]


def test_copies_are_no_pairs(near: Frames) -> None:
    copies = near.select(np.zeros(40, dtype=int))
    assert len(near_work(copies)) == 0


def test_frames_of_other_atoms_are_no_pairs(near: Frames) -> None:
    one, other = near.select(np.array([0])), spring_chain(6, 1, np.random.default_rng(0), 0.03)
    assert len(near_work(join_frames([one, other]))) == 0
    alone = frames_of([near.atoms(0)[:1], near.atoms(0)[:1]])
    assert len(near_work(alone)) == 0


def test_outliers_are_left_out_of_most() -> None:
    rng = np.random.default_rng(4)
    difference = rng.standard_normal(100)
    work = difference + 0.01 * rng.standard_normal(100)
    work[:15] += 5.0
    found = Work(work, difference, np.ones(100))
    assert abs(found.most().ratio - 1) < 0.01 < abs(found.ratio - 1)
    assert len(found.most()) == 80


def test_nothing_against_nothing_has_no_correlation() -> None:
    assert Work(np.zeros(3), np.zeros(3), np.zeros(3)).correlation == 0.0


def test_some_pairs_are_taken_together(near: Frames) -> None:
    work = near_work(near)
    mask = work.apart < np.median(work.apart)
    some = work.select(mask)
    assert len(some) == mask.sum()
    assert np.array_equal(some.work, work.work[mask])
    assert np.array_equal(some.difference, work.difference[mask])
