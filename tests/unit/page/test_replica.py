"""Trajectories: which frames are kept, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.errors import DataError
from nearsight.page import Replica
from nearsight.page.replica import thinned_frames


def positions(n_frames: int, n_atoms: int = 3) -> np.ndarray:
    return np.arange(n_frames * n_atoms * 3.0).reshape(n_frames, n_atoms, 3)


@given(st.integers(1, 2000), st.integers(2, 100), st.integers(1, 60))
def test_first_and_last_are_kept_and_the_end_is_whole(count: int, most: int, whole: int) -> None:
    kept = thinned_frames(count, most, whole)
    assert len(kept) == min(count, most)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert (np.diff(kept) > 0).all()
    end = min(whole, most - 1, count)
    assert kept[-end:].tolist() == list(range(count - end, count))


def test_what_is_kept_of_early_frames_is_even() -> None:
    kept = thinned_frames(1000, 60, 20)
    gaps = np.diff(kept[:41])
    assert gaps.max() - gaps.min() <= 1


def test_a_thinned_replica_says_how_long_it_was() -> None:
    time = np.linspace(0, 1, 200)
    replica = Replica.thinned("replica 0", time, positions(200), guilty=[1, 2], most=50)
    assert replica.is_thinned
    assert (len(replica.time), replica.frames_before) == (50, 200)
    assert replica.time[-1] == 1.0
    assert np.array_equal(replica.position[-1], positions(200)[-1])
    assert replica.guilty == (1, 2)
    short = Replica.thinned("replica 1", time[:9], positions(9))
    assert not short.is_thinned


def test_frames_from_the_first_that_is_not_finite_are_left_out() -> None:
    position = positions(10)
    position[7, 1, 2] = np.nan
    replica = Replica.thinned("replica 0", np.arange(10.0), position)
    assert replica.time.tolist() == list(range(7))
    assert replica.is_thinned


def test_what_cannot_be_played_is_refused() -> None:
    time, position = np.arange(4.0), positions(4)
    with pytest.raises(DataError, match="without frames"):
        Replica("replica 0", time[:0], position[:0])
    with pytest.raises(DataError, match=r"positions \(4, 3, 3\) for 3 frames"):
        Replica("replica 0", time[:3], position)
    with pytest.raises(DataError, match="positions"):
        Replica("replica 0", time, position.reshape(4, 9))
    with pytest.raises(DataError, match=r"guilty atoms \[3\]"):
        Replica("replica 0", time, position, guilty=[3])
    with pytest.raises(DataError, match="not finite"):
        Replica("replica 0", time, np.full_like(position, np.inf))


def test_a_replica_that_is_broken_from_the_start_is_refused() -> None:
    with pytest.raises(DataError, match="without frames"):
        Replica.thinned("replica 0", np.arange(3.0), np.full((3, 2, 3), np.nan))
