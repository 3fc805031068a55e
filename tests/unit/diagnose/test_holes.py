"""Holes and minima against the slow, obvious way, on curves drawn at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.diagnose.checks.repulsion.holes import TOLERANCE, Hole, hole_of, minima_of, rise_at

CURVE = st.lists(st.one_of(st.floats(-10, 10), st.just(float("nan"))), min_size=2, max_size=20).map(
    np.array
)


def places(energy: np.ndarray) -> np.ndarray:
    return np.round(0.5 + 0.1 * np.arange(len(energy)), 6)


def slow_fall(r: np.ndarray, energy: np.ndarray, wall: float) -> float:
    """The largest fall from any place within the wall to any place further in."""
    deepest = 0.0
    for outer in range(len(r)):
        for inner in range(outer):
            if r[outer] <= wall and np.isfinite(energy[[outer, inner]]).all():
                deepest = max(deepest, energy[outer] - energy[inner])
    return deepest


@given(CURVE, st.floats(0.4, 2.6))
def test_the_deepest_fall_is_that_of_all_pairs_of_places(energy: np.ndarray, wall: float) -> None:
    r = places(energy)
    expected = slow_fall(r, energy, wall)
    hole = hole_of(r, energy, wall, 0.0)
    if expected <= TOLERANCE:
        assert hole is None
    else:
        assert hole is not None
        assert hole.depth == pytest.approx(expected)


@given(CURVE, st.floats(-5, 5))
def test_a_hole_has_its_bottom_within_its_top(energy: np.ndarray, start: float) -> None:
    r = places(energy)
    hole = hole_of(r, energy, 9.0, start)
    if hole is None:
        return
    assert hole.bottom < hole.top
    top, bottom = (energy[np.argmin(np.abs(r - place))] for place in (hole.top, hole.bottom))
    assert top - bottom == pytest.approx(hole.depth)
    assert hole.barrier >= top - start - 1e-12


@given(CURVE, st.floats(-100, 100))
def test_a_constant_does_not_matter(energy: np.ndarray, constant: float) -> None:
    r = places(energy)
    one = hole_of(r, energy, 2.0, 0.0)
    other = hole_of(r, energy + constant, 2.0, constant)
    assert (one is None) == (other is None) or abs(slow_fall(r, energy, 2.0) - TOLERANCE) < 1e-9
    if one is not None and other is not None:
        assert other.depth == pytest.approx(one.depth)
        assert other.barrier == pytest.approx(one.barrier, abs=1e-9)


@given(st.lists(st.floats(0.01, 5), min_size=2, max_size=20))
def test_what_rises_inwards_has_neither_hole_nor_minimum(steps: list[float]) -> None:
    energy = np.cumsum(steps)[::-1]
    r = places(energy)
    assert hole_of(r, energy, 9.0, 0.0) is None
    assert minima_of(r, energy) == []


@given(st.lists(st.floats(0.2, 5), min_size=2, max_size=20))
def test_what_falls_inwards_is_one_hole_to_its_end(steps: list[float]) -> None:
    energy = np.cumsum(steps)
    r = places(energy)
    hole = hole_of(r, energy, 9.0, 0.0)
    assert hole is not None
    assert (hole.top, hole.bottom) == (r[-1], r[0])
    assert hole.depth == pytest.approx(energy[-1] - energy[0])


def slow_minima(energy: np.ndarray) -> int:
    """Valleys between two rises of more than the tolerance, by following the curve."""
    count, state, extreme = 0, "up", energy[0]
    for value in energy[1:]:
        if state == "up":
            extreme = max(extreme, value)
            if extreme - value > TOLERANCE:
                state, extreme = "down", value
        else:
            extreme = min(extreme, value)
            if value - extreme > TOLERANCE:
                count, state, extreme = count + 1, "up", value
    return count


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30).map(np.array))
def test_minima_are_counted_as_one_walks(energy: np.ndarray) -> None:
    assert len(minima_of(places(energy), energy)) == slow_minima(energy)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=30).map(np.array))
def test_minima_lie_within_and_are_lower_than_their_sides(energy: np.ndarray) -> None:
    r = places(energy)
    found = minima_of(r, energy)
    assert found == sorted(found)
    for place in found:
        k = int(np.argmin(np.abs(r - place)))
        assert 0 < k < len(r) - 1
        assert energy[:k].max() > energy[k] + TOLERANCE
        assert energy[k + 1 :].max() > energy[k] + TOLERANCE


@given(st.integers(1, 6))
def test_every_valley_of_a_wave_is_counted(valleys: int) -> None:
    x = np.linspace(0, 1, 60 * valleys)
    # From a crest to a crest.
    assert len(minima_of(x, np.cos(2 * np.pi * valleys * x))) == valleys


def test_unknown_places_split_no_curve() -> None:
    energy = np.array([3.0, np.nan, 1.0, np.nan, 3.0])
    assert minima_of(places(energy), energy) == [pytest.approx(0.7)]
    gap = np.array([0.0, np.nan, 2.0])
    assert hole_of(places(gap), gap, 9.0, 0.0) == Hole(0.7, 0.5, 2.0, 2.0)


@given(CURVE, st.floats(0.1, 5))
def test_where_something_has_risen_it_has(energy: np.ndarray, height: float) -> None:
    r = places(energy)
    place = rise_at(r, energy, height)
    if np.isnan(place):
        return
    k = int(np.argmin(np.abs(r - place)))
    assert energy[k] >= height
    assert k <= np.nanargmin(energy)


def test_a_rise_outside_the_minimum_is_none() -> None:
    """The energy of a bond that is pulled rises as well."""
    r = np.arange(0.5, 3.0, 0.1)
    morse = 4 * (1 - np.exp(-2 * (r - 0.55))) ** 2
    assert np.isnan(rise_at(r, morse, 2.0))
