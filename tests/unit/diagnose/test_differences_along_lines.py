"""Derivatives along lines, noise, and where a probe stands, against closed forms."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from hypothesis import given
from hypothesis import strategies as st

from nearsight.diagnose.differences import POINTS, REACH, STEPS, noise, offsets, slopes
from nearsight.diagnose.probes import (
    HYDROGEN_BOND_LENGTH,
    beside,
    place_at,
    probe_for,
    random_directions,
)

PLACES = np.stack([offsets(step) for step in STEPS])


def lines(function: object, count: int = 50) -> np.ndarray:
    """The same function along many lines."""
    return np.repeat(function(PLACES)[None], count, axis=0)  # type: ignore[operator]


def test_lines_are_symmetric_about_their_middle() -> None:
    for step in STEPS:
        x = offsets(step)
        assert len(x) == POINTS
        assert x[REACH] == 0
        np.testing.assert_allclose(x, -x[::-1])


@pytest.mark.parametrize("power", range(1, 9))
def test_polynomials_of_degree_eight_are_exact(power: int) -> None:
    slope, _ = slopes(lines(lambda x: (1 + x) ** power))
    np.testing.assert_allclose(slope, power, rtol=1e-9)


def test_steep_repulsion_is_followed() -> None:
    """1/r^12 at r = 1: the stiffest that a force field has."""
    slope, _ = slopes(lines(lambda x: (1 + x) ** -12.0))
    np.testing.assert_allclose(slope, -12.0, rtol=1e-6)


@given(st.floats(-5, 5), st.floats(-3, 3), st.floats(0.1, 3))
def test_a_constant_changes_nothing(offset: float, tilt: float, bend: float) -> None:
    slope, _ = slopes(lines(lambda x: offset + tilt * x + bend * x**2, 3))
    np.testing.assert_allclose(slope, tilt, atol=1e-9)


@pytest.mark.parametrize("width", [1e-8, 1e-6, 1e-4])
def test_noise_is_measured(width: float) -> None:
    rng = np.random.default_rng(0)
    values = np.sin(PLACES[1]) + rng.normal(0, width, (400, POINTS))
    assert noise(values) == pytest.approx(width, rel=0.15)


def test_noise_is_not_that_of_one_line_with_a_jump() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1e-6, (101, POINTS))
    values[:10, 4:] += 1.0
    assert noise(values) == pytest.approx(1e-6, rel=0.3)


def test_noise_of_nothing_is_unknown() -> None:
    assert np.isnan(noise(np.full((5, POINTS), np.nan)))
    assert np.isnan(noise(np.zeros((0, POINTS))))


def test_lines_with_a_gap_are_left_out() -> None:
    values = np.random.default_rng(1).normal(0, 1e-3, (200, POINTS))
    values[0] = np.nan
    assert noise(values) == pytest.approx(1e-3, rel=0.2)


def test_what_noise_may_make_is_hardly_ever_exceeded() -> None:
    rng = np.random.default_rng(2)
    values = lines(lambda x: 2 * x, 4000) + rng.normal(0, 1e-5, (4000, *PLACES.shape))
    slope, allowed = slopes(values)
    beyond = np.abs(slope - 2) > allowed
    assert beyond.mean() < 2e-3
    # It is not so wide that nothing would ever be found.
    assert (np.abs(slope - 2) > allowed / 4).mean() > 0.2


def test_the_long_step_is_taken_where_it_will_do() -> None:
    noisy = lines(lambda x: 2 * x) + np.random.default_rng(3).normal(0, 1e-6, (50, *PLACES.shape))
    _, allowed = slopes(noisy)
    short = 4 * 1e-6 / STEPS[1]
    assert np.median(allowed) < short / 2


PROBED = molecule("CH3CH2OH")


def test_the_probe_of_molecules_with_hydrogen_is_hydrogen() -> None:
    probe = probe_for(PROBED)
    assert probe.name == "H2"
    np.testing.assert_array_equal(probe.atomic_number, [1, 1])
    np.testing.assert_array_equal(probe.behind, [0.0, HYDROGEN_BOND_LENGTH])


def test_the_probe_of_others_is_their_commonest_atom() -> None:
    probe = probe_for(Atoms("CCl4", np.zeros((5, 3))))
    assert (probe.name, list(probe.atomic_number), list(probe.behind)) == ("Cl", [17], [0.0])


@pytest.mark.parametrize("gap", [1.0, 2.0, 5.0, 50.0])
def test_a_gap_is_that_to_the_nearest_atom(gap: float) -> None:
    position = PROBED.positions
    for direction in random_directions(6, np.random.default_rng(0)):
        place = place_at(position, direction, gap)
        at = position.mean(axis=0) + place * direction
        nearest = np.linalg.norm(position - at, axis=1).min()
        assert nearest >= gap - 1e-9
        if gap >= 2.0:
            assert nearest == pytest.approx(gap)


def test_a_ray_between_atoms_ends_beside_the_last_of_them() -> None:
    """Two atoms 10 Å apart, a ray between them: nothing is ever 1 Å away."""
    position = np.array([[0.0, 5.0, 0], [0.0, -5.0, 0]])
    assert place_at(position, np.array([1.0, 0, 0]), 1.0) == 0.0


def test_the_molecule_stays_and_the_probe_goes() -> None:
    places = np.array([10.0, 20.0])
    direction = np.array([0.0, 0.0, 1.0])
    copies = beside(PROBED.positions, probe_for(PROBED), direction, places)
    assert copies.shape == (2, 11, 3)
    for copy in copies:
        np.testing.assert_array_equal(copy[:9], PROBED.positions)
    moved = copies[1, 9:] - copies[0, 9:]
    np.testing.assert_allclose(moved, [[0, 0, 10.0]] * 2)
    np.testing.assert_allclose(copies[0, 10] - copies[0, 9], [0, 0, HYDROGEN_BOND_LENGTH])


def test_directions_are_units_and_by_the_seed() -> None:
    first, again = (random_directions(40, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1)
    assert np.abs(first.mean(axis=0)).max() < 0.4
