"""Frames of one molecule out of a set of many."""

from dataclasses import replace

import numpy as np
import pytest
from dimers import frames_of as made

from nearsight.data.frames import Frames, join_frames
from nearsight.errors import DataError
from nearsight.md.replicas.one_molecule import frames_of, one_molecule


def water(n_frames: int, seed: int = 0) -> Frames:
    shape = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    shaken = shape + np.random.default_rng(seed).normal(0, 0.02, (n_frames, 3, 3))
    return made(shaken, [8, 1, 1])


@pytest.fixture
def mixed() -> Frames:
    dimers = made(np.array([[[0, 0, 0], [0, 0, 0.74]]]), [1, 1])
    other = replace(dimers, source=np.ones_like(dimers.source))
    return join_frames([water(3), other])


def test_all_frames_of_one_molecule_as_one_array() -> None:
    frames = water(4)
    numbers, position = one_molecule(frames, "frames")
    assert numbers.tolist() == [8, 1, 1]
    assert position.shape == (4, 3, 3)
    for k in range(4):
        np.testing.assert_array_equal(position[k], frames.atoms(k).positions)


def test_a_source_is_taken_out_of_many(mixed: Frames) -> None:
    sources = np.unique(mixed.source)
    for source in sources:
        numbers, position = one_molecule(frames_of(mixed, int(source)), "frames")
        assert len(position) == (mixed.source == source).sum()
        assert len(numbers) in (2, 3)
    assert frames_of(mixed, -1) is mixed


def test_a_source_that_is_not_there_names_those_that_are(mixed: Frames) -> None:
    last = int(mixed.source.max())
    with pytest.raises(DataError, match=rf"dynamics.source = 7.*0 to {last}"):
        frames_of(mixed, 7)


def test_frames_of_two_molecules_name_the_first_that_differs(mixed: Frames) -> None:
    with pytest.raises(DataError, match="start geometries: frame 3 has other atoms than frame 0"):
        one_molecule(mixed, "start geometries")


def test_the_same_atoms_in_another_order_are_not_the_same() -> None:
    frames = join_frames([water(2), made(np.zeros((1, 3, 3)), [1, 8, 1])])
    with pytest.raises(DataError, match=r"frame 2 .*another order.*--set source=NUMBER"):
        one_molecule(frames, "reference data")


def test_no_frames() -> None:
    frames = water(1)
    with pytest.raises(DataError, match="reference data: there are 0 frames"):
        one_molecule(frames.select(np.zeros(1, dtype=bool)), "reference data")
