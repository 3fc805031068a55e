"""Geometries that checks make: what stays, what moves, and by how much, whatever the molecule."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.diagnose.checks.cutoff.crossings import Pair, moved, slope_along
from nearsight.diagnose.checks.cutoff.edges import POINTS, jump_of, offsets
from nearsight.diagnose.checks.repulsion.pressing import Kind, closest, kinds_of, pressed
from nearsight.diagnose.checks.symmetry.motions import KINDS, motions

NAMES = ("CH3CH2OH", "H2O", "C6H6", "CH3CONH2", "NH3", "CO2")
MOLECULES = {name: molecule(name) for name in NAMES}
SEEDS = st.integers(0, 2**16)


def distances(position: np.ndarray) -> np.ndarray:
    return np.linalg.norm(position[:, None] - position, axis=-1)


def volume(position: np.ndarray) -> float:
    """Of the first four atoms, with the sign of their handedness."""
    a, b, c = position[1:4] - position[0]
    return float(a @ np.cross(b, c))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10)
@given(seed=SEEDS)
def test_motions_keep_all_distances_between_elements(name: str, seed: int) -> None:
    atoms = MOLECULES[name]
    for motion in motions(atoms.numbers, 2, np.random.default_rng(seed)):
        there = motion.move(atoms.positions)
        here, now = distances(atoms.positions), distances(there)
        for a in np.unique(atoms.numbers):
            for b in np.unique(atoms.numbers):
                block = np.ix_(atoms.numbers == a, atoms.numbers == b)
                before, after = np.sort(here[block].ravel()), np.sort(now[block].ravel())
                np.testing.assert_allclose(after, before, atol=1e-7)


@given(seed=SEEDS)
def test_reflections_change_hands_and_rotations_do_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    position = rng.normal(size=(6, 3))
    for motion in motions(np.arange(1, 7), 3, rng):
        sign = -1 if motion.name == "reflection" else 1
        assert volume(motion.move(position)) == pytest.approx(sign * volume(position), abs=1e-6)


@given(seed=SEEDS)
def test_forces_that_go_along_come_back(seed: int) -> None:
    """A gradient of distances turns as the molecule does: F(M r) brought back is F(r)."""
    rng = np.random.default_rng(seed)
    atoms = MOLECULES["CH3CH2OH"]

    def force(position: np.ndarray) -> np.ndarray:
        apart = position[:, None] - position
        return np.asarray((apart * np.exp(-np.linalg.norm(apart, axis=-1))[..., None]).sum(axis=1))

    here = force(atoms.positions)
    for motion in motions(atoms.numbers, 2, rng):
        back = motion.back(force(motion.move(atoms.positions)))
        np.testing.assert_allclose(back, here, atol=1e-8)


def test_every_kind_is_drawn_and_some_of_them_often() -> None:
    names = [m.name for m in motions(MOLECULES["C6H6"].numbers, 4, np.random.default_rng(0))]
    assert set(names) == set(KINDS)
    assert names.count("rotation") == names.count("reflection") == 4
    assert names.count("translation") == names.count("again") == 1


def test_likes_are_exchanged_and_others_never() -> None:
    numbers = MOLECULES["C6H6"].numbers
    labels = np.arange(12.0)[:, None] * np.ones(3)
    moves = motions(numbers, 1, np.random.default_rng(1))
    there = next(m for m in moves if m.name == "permutation").move(labels)[:, 0].astype(int)
    assert (there != np.arange(12)).any()
    np.testing.assert_array_equal(numbers[there], numbers)
    np.testing.assert_array_equal(np.sort(there), np.arange(12))


@pytest.mark.parametrize("name", NAMES)
def test_pressing_sets_the_distance_and_keeps_the_middle(name: str) -> None:
    atoms = MOLECULES[name]
    wanted = np.array([0.5, 0.8, 1.1])
    for kind in kinds_of([atoms]):
        contact = closest([atoms], kind)
        if contact is None:
            continue
        copies = pressed(contact, wanted)
        pair = copies[:, [contact.first, contact.second]]
        np.testing.assert_allclose(np.linalg.norm(pair[:, 0] - pair[:, 1], axis=1), wanted)
        middle = atoms.positions[[contact.first, contact.second]].mean(axis=0)
        np.testing.assert_allclose(pair.mean(axis=1), [middle] * 3, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_bound_elsewhere_stays_in_place(name: str) -> None:
    atoms = MOLECULES[name]
    contact = closest([atoms], Kind(1, 1)) or closest([atoms], Kind(6, 8))
    assert contact is not None
    (copy,) = pressed(contact, np.array([0.6]))
    gone = np.linalg.norm(copy - atoms.positions, axis=1)
    heavy = [k for k in range(len(atoms)) if atoms.numbers[k] > 1]
    still = [k for k in heavy if k not in (contact.first, contact.second)]
    for k in still:
        bound = distances(atoms.positions)[k] < 1.9
        if bound.sum() > 2:
            assert gone[k] == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_closest_of_a_kind_is_of_that_kind(name: str) -> None:
    atoms = MOLECULES[name]
    here = distances(atoms.positions)
    for kind in kinds_of([atoms]):
        contact = closest([atoms], kind)
        wanted = sorted(kind.numbers)
        pairs = [
            here[i, j]
            for i in range(len(atoms))
            for j in range(i)
            if sorted(atoms.numbers[[i, j]]) == wanted
        ]
        if not pairs:
            assert contact is None
            continue
        assert contact is not None
        assert sorted(atoms.numbers[[contact.first, contact.second]]) == wanted
        assert contact.distance == pytest.approx(min(pairs))


@given(seed=SEEDS, distance=st.floats(0.5, 12))
def test_a_pair_is_moved_along_its_line(seed: int, distance: float) -> None:
    rng = np.random.default_rng(seed)
    atoms = Atoms("HCNOF", rng.normal(size=(5, 3)) * 2)
    pair = Pair(atoms, 1, 3, "a pair")
    (copy,) = moved(pair, np.array([distance]))
    line = atoms.positions[3] - atoms.positions[1]
    now = copy[3] - copy[1]
    assert np.linalg.norm(now) == pytest.approx(distance)
    np.testing.assert_allclose(np.cross(line, now), 0, atol=1e-9)
    assert line @ now > 0
    np.testing.assert_array_equal(copy[[0, 2, 4]], atoms.positions[[0, 2, 4]])


@given(seed=SEEDS)
def test_the_slope_along_a_pair_is_work_over_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = Pair(Atoms("HCNO", rng.normal(size=(4, 3)) * 2), 0, 2, "a pair")
    force = rng.normal(size=(1, 4, 3))
    near, far = moved(pair, np.array([2.0, 2.001]))
    work = -(force[0] * (far - near)).sum()
    assert slope_along(pair, force)[0] == pytest.approx(work / 0.001, rel=1e-6)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2))
def test_jumps_of_polynomials_are_exact(step: float, bend: float, curve: float) -> None:
    x = offsets()
    beyond = x > 0
    energy = 1 + x + x**2 + beyond * (step + bend * x + curve * x**2 / 2)
    slope = 1 + 2 * x + beyond * (bend + curve * x)
    jump = jump_of(x, energy, slope)
    assert jump.energy == pytest.approx(step, abs=1e-8)
    assert jump.slope == pytest.approx(bend, abs=1e-8)
    assert jump.curvature == pytest.approx(curve, abs=1e-6)


@given(st.floats(1e-3, 1e3))
def test_jumps_go_with_the_unit_of_the_energy(factor: float) -> None:
    x = offsets()
    energy, slope = np.where(x > 0, np.cos(x), np.sin(3 * x)), np.where(x > 0, 1.0, np.exp(x))
    one, other = jump_of(x, energy, slope), jump_of(x, factor * energy, factor * slope)
    assert other.energy == pytest.approx(factor * one.energy, rel=1e-6)
    assert other.curvature == pytest.approx(factor * one.curvature, rel=1e-6)
    assert len(x) == 2 * POINTS
