"""Holm's correction: by hand, against its definition, and what it is blind to."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.aims.stability.association.holm import holm

FAMILY = st.lists(st.floats(0, 1), min_size=1, max_size=7)


def rejected(p_value: np.ndarray, level: float) -> set[int]:
    """Step down as Holm wrote it: the smallest at level / m, the next at level / (m - 1), ..."""
    found: set[int] = set()
    for k, test in enumerate(np.argsort(p_value, kind="stable")):
        if p_value[test] > level / (len(p_value) - k):
            break
        found.add(int(test))
    return found


def test_four_by_hand() -> None:
    found = holm(np.array([0.02, 0.01, 0.5, 0.03]))
    np.testing.assert_allclose(found, [0.06, 0.04, 0.5, 0.06])


def test_a_family_of_none_and_of_one() -> None:
    assert holm(np.array([])).shape == (0,)
    np.testing.assert_array_equal(holm(np.array([0.2])), [0.2])
    assert np.isnan(holm(np.array([np.nan, np.nan]))).all()


def test_order_of_the_tests_does_not_matter() -> None:
    p_value = np.array([0.001, 0.04, 0.04, np.nan, 0.3])
    found = holm(p_value)
    for places in permutations(range(5)):
        np.testing.assert_array_equal(holm(p_value[list(places)]), found[list(places)])


@settings(max_examples=60, deadline=None)
@given(FAMILY, st.floats(0.001, 0.4))
def test_what_falls_below_a_level_is_what_stepping_down_rejects(
    values: list[float], level: float
) -> None:
    p_value = np.array(values)
    found = holm(p_value)
    # At the edge itself the two round differently.
    if np.abs(found - level).min() > 1e-9:
        assert set(np.flatnonzero(found <= level)) == rejected(p_value, level)


@settings(max_examples=60, deadline=None)
@given(FAMILY)
def test_between_none_and_bonferroni_and_in_the_same_order(values: list[float]) -> None:
    p_value = np.array(values)
    found = holm(p_value)
    assert (found >= p_value).all()
    assert (found <= np.minimum(p_value * len(p_value), 1.0)).all()
    order = np.argsort(p_value, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


def test_an_unasked_test_costs_nothing_and_an_asked_one_something() -> None:
    p_value = np.array([0.01, 0.02])
    np.testing.assert_array_equal(holm(np.append(p_value, np.nan))[:2], holm(p_value))
    assert (holm(np.append(p_value, 0.9))[:2] > holm(p_value)).all()
