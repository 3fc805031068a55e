"""A data set that stays in its file answers as the same data set in memory does."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solvable import frames_of

from nearsight.data.frames import Frames, read_frames, write_frames
from nearsight.data.split import choose_training
from nearsight.data.stored import StoredFrames, open_frames
from nearsight.data.structures import read_structures
from nearsight.errors import DataError, MissingFileError

NAMES = ["H2O", "CH4", "H2O", "NH3", "CH3OH", "H2O", "CH4", "NH3", "H2O"]
FIELDS = ("atomic_number", "position", "force", "n_atoms", "energy", "subset", "source")


def labelled() -> Frames:
    rng = np.random.default_rng(0)
    structures = [molecule(name) for name in NAMES]
    count = sum(map(len, structures))
    frames = frames_of(
        structures,
        energy=rng.standard_normal(len(NAMES)),
        force=rng.standard_normal((count, 3)),
        subset=np.arange(len(NAMES)) % 3,
        source=np.arange(len(NAMES)) // 4,
        level_of_theory="made up",
    )
    return Frames(**{**vars(frames), "properties": {"gap": rng.random(len(NAMES))}})


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "data.nc"
    write_frames(labelled(), path, title="made up")
    return path


def same(one: Frames, other: Frames) -> None:
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field), err_msg=field)
    np.testing.assert_array_equal(one.properties["gap"], other.properties["gap"])


def test_all_of_it_is_what_reading_gives(path: Path) -> None:
    stored, frames = open_frames(path), read_frames(path)
    assert len(stored) == len(frames) == len(NAMES)
    same(stored.read(0, len(stored)), frames)
    same(frames, labelled())
    assert stored.has_forces
    assert stored.attributes["level_of_theory"] == "made up"
    for field in ("atomic_number", "n_atoms", "subset"):
        np.testing.assert_array_equal(getattr(stored, field), getattr(frames, field))


@pytest.mark.parametrize("size", [1, 2, 4, 9, 100])
def test_parts_put_together_are_the_whole(path: Path, size: int) -> None:
    parts = list(open_frames(path).parts(size))
    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    for field in FIELDS:
        whole = np.concatenate([getattr(part, field) for part in parts])
        np.testing.assert_array_equal(whole, getattr(labelled(), field))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.lists(st.integers(0, len(NAMES) - 1), max_size=6, unique=True),
    start=st.integers(0, 6),
    stop=st.integers(0, 8),
)
def test_some_of_it_in_ascending_order(
    path: Path, chosen: list[int], start: int, stop: int
) -> None:
    index = np.array(chosen, dtype=int)
    stored, frames = open_frames(path).select(index), labelled().select(np.sort(index))
    np.testing.assert_array_equal(stored.atomic_number, frames.atomic_number)
    np.testing.assert_array_equal(stored.label("gap"), frames.properties["gap"])
    found = stored.read(start, stop)
    expected = frames.select(np.arange(len(frames))[start:stop])
    assert len(found) == len(expected)
    if len(found):
        same(found, expected)


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_subsets_by_both_ways(path: Path, name: str) -> None:
    stored, frames = open_frames(path).of_subset(name), read_frames(path).of_subset(name)
    same(stored.read(0, len(stored)), frames)
    assert set(stored.subset) == {("train", "validation", "test").index(name)}


def test_a_mask_and_indices_choose_alike(path: Path) -> None:
    stored = open_frames(path)
    mask = stored.n_atoms == 3
    by_mask, by_index = stored.select(mask), stored.select(np.flatnonzero(mask))
    assert by_mask.index.tolist() == by_index.index.tolist() == [0, 2, 5, 8]
    again = by_mask.select(np.array([2, 0]))
    assert again.index.tolist() == [0, 5]


def test_training_frames_are_drawn_alike(path: Path) -> None:
    for seed in range(4):
        one, other = (choose_training(f, 3, seed) for f in (open_frames(path), labelled()))
        assert one.tolist() == other.tolist()


def test_labels_that_are_not_there_are_named_by_both(path: Path) -> None:
    for frames in (open_frames(path), labelled()):
        assert len(frames.label("energy")) == len(NAMES)
        with pytest.raises(DataError, match="has no dipole; it has energy, gap"):
            frames.label("dipole")


def test_without_forces_they_are_no_numbers(tmp_path: Path) -> None:
    frames = labelled()
    bare = Frames(**{**vars(frames), "force": np.full_like(frames.force, np.nan)})
    write_frames(bare, tmp_path / "bare.nc", title="bare")
    stored = open_frames(tmp_path / "bare.nc")
    assert not stored.has_forces
    part = stored.read(2, 5)
    assert np.isnan(part.force).all()
    assert part.force.shape == part.position.shape


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    write_frames(labelled(), path, title="made up")
    stored: StoredFrames = open_frames(path)
    path.unlink()
    # What is one number a frame is in memory.
    assert stored.label("gap").shape == (len(NAMES),)
    with pytest.raises(MissingFileError, match=r"data\.nc: no such file"):
        stored.read(0, 1)


@pytest.mark.parametrize("subset", ["train", "validation", "test", "all"])
def test_structures_alone_are_those_of_the_frames(path: Path, subset: str) -> None:
    frames = labelled() if subset == "all" else labelled().of_subset(subset)
    found = read_structures(path, subset=subset)
    assert [str(a.symbols) for a in found] == [
        str(frames.atoms(k).symbols) for k in range(len(frames))
    ]
    few = read_structures(path, subset=subset, n_structures=2)
    more = read_structures(path, subset=subset, n_structures=3)
    assert few == more[:2]
