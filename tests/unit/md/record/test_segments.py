"""Segments on disk and in memory: whole, in order, of one run, and checked."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from nearsight.errors import CorruptFileError, MissingFileError
from nearsight.md.record.segments import Disk, Memory, Store, Stretch


def stretch(first: int, n_frames: int = 2, replica: tuple[int, ...] = (0, 2)) -> Stretch:
    random = np.random.default_rng(first)
    n = len(replica)
    return Stretch(
        first=np.array([first]),
        replica=np.array(replica),
        potential_energy=random.normal(size=(n, n_frames)),
        kinetic_energy=random.normal(size=(n, n_frames)),
        temperature=random.normal(size=(n, n_frames)),
        position=random.normal(size=(n, n_frames, 3, 3)).astype(np.float32),
        velocity=random.normal(size=(n, n_frames, 3, 3)).astype(np.float32),
    )


def state(step: int) -> dict[str, torch.Tensor]:
    return {"step": torch.tensor(step), "x": torch.arange(3, dtype=torch.float64) + step}


def same(one: Stretch, other: Stretch) -> None:
    for name in Stretch.__dataclass_fields__:
        found, expected = getattr(one, name), getattr(other, name)
        assert found.dtype == expected.dtype, name
        np.testing.assert_array_equal(found, expected, err_msg=name)


def filled(store: Store, n_segments: int) -> Store:
    for k in range(n_segments):
        store.append(stretch(2 * k), state(2 * k + 1))
    return store


def test_a_stretch_knows_its_frames() -> None:
    assert stretch(6, 4).span == slice(6, 10)


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_what_is_kept_comes_back_in_order(tmp_path: Path, kind: str) -> None:
    store = filled(Memory() if kind == "memory" else Disk(tmp_path / "s", "key", 60.0), 3)
    for k, found in enumerate(store.stretches()):
        same(found, stretch(2 * k))
    assert len(list(store.stretches())) == 3


def test_memory_has_nothing_to_go_on_from() -> None:
    assert filled(Memory(), 2).latest() is None
    assert Memory().interval == np.inf


def test_a_run_goes_on_from_its_last_segment(tmp_path: Path) -> None:
    filled(Disk(tmp_path / "s", "key", 60.0), 3)
    again = Disk(tmp_path / "s", "key", 60.0)
    latest = again.latest()
    assert latest is not None
    assert int(latest["step"]) == 5
    assert torch.equal(latest["x"], state(5)["x"])
    again.append(stretch(6), state(7))
    assert [s.span.start for s in again.stretches()] == [0, 2, 4, 6]
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == [
        f"{k:06d}.safetensors" for k in range(4)
    ]


def test_nothing_is_made_before_there_is_a_segment(tmp_path: Path) -> None:
    store = Disk(tmp_path / "s", "key", 60.0)
    assert store.latest() is None
    assert list(store.stretches()) == []
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_damaged_segment_costs_what_comes_after_it(
    tmp_path: Path, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "s"
    filled(Disk(folder, "key", 60.0), 3)
    path = folder / f"{number:06d}.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        again = Disk(folder, "key", 60.0)
    assert "checkpoint of no use" in caplog.text
    assert path.name in caplog.text
    assert [s.span.start for s in again.stretches()] == [2 * k for k in range(number)]
    assert len(list(folder.iterdir())) == number
    latest = again.latest()
    assert (latest is None) == (number == 0)
    if latest is not None:
        assert int(latest["step"]) == 2 * number - 1


def test_segments_of_another_run_are_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "s"
    filled(Disk(folder, "key", 60.0), 2)
    with caplog.at_level(logging.WARNING):
        other = Disk(folder, "another", 60.0)
    assert "checkpoint of another run" in caplog.text
    assert other.latest() is None
    assert not list(folder.iterdir())


def test_a_segment_that_changes_while_the_run_goes_on_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    store = filled(Disk(folder, "key", 60.0), 2)
    (folder / "000001.safetensors").write_bytes((folder / "000000.safetensors").read_bytes()[:-9])
    found = store.stretches()
    same(next(found), stretch(0))
    with pytest.raises(CorruptFileError, match=r"000001\.safetensors"):
        next(found)
    (folder / "000000.safetensors").unlink()
    with pytest.raises(MissingFileError, match=r"000000\.safetensors"):
        next(store.stretches())


def test_a_gap_ends_the_run_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    filled(Disk(folder, "key", 60.0), 3)
    (folder / "000001.safetensors").unlink()
    again = Disk(folder, "key", 60.0)
    assert [s.span.start for s in again.stretches()] == [0]
    again.append(stretch(2), state(3))
    assert [s.span.start for s in again.stretches()] == [0, 2]
