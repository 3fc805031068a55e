"""Trajectories opened again: those that count, and what is said of those that do not fit."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from dimers import GUARDS, moving, settings_of, springs, trimers

from nearsight.errors import CorruptFileError, MissingFileError
from nearsight.md.record.amber import write_trajectories
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.reopened import frames_before_end, open_replicas, universe_of
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.run.nve import run

SETTINGS = settings_of(60)


@pytest.fixture(scope="module")
def record() -> Trajectories:
    """Replica 1 of three loses an atom."""
    starts = trimers(3)
    for replica, speed in enumerate([0.004, 0.1, 0.006]):
        starts = moving(starts, replica, 0, [speed, 0.0, 0.0])
    return run(springs, starts, GUARDS, SETTINGS)


@pytest.fixture(scope="module")
def table(record: Trajectories) -> xr.Dataset:
    return to_dataset(record, trimers(3), SETTINGS)


@pytest.fixture
def folder(record: Trajectories, tmp_path: Path) -> Path:
    write_trajectories(record, tmp_path / "trajectories")
    return tmp_path / "trajectories"


def test_frames_are_those_with_an_energy(record: Trajectories, table: xr.Dataset) -> None:
    found = frames_before_end(table)
    assert found.tolist() == record.n_frames.tolist()
    assert found[1] < found[0] == 7


def test_every_replica_with_its_frames(
    record: Trajectories, table: xr.Dataset, folder: Path
) -> None:
    opened = list(open_replicas(folder, table))
    assert [n for _, n in opened] == record.n_frames.tolist()
    for replica, (universe, n_frames) in enumerate(opened):
        for frame in range(n_frames):
            moment = universe.trajectory[frame]
            expected = record.position[replica, frame]
            np.testing.assert_allclose(moment.positions, expected, atol=1e-6)
            assert moment.time == pytest.approx(record.time[frame] / 1000, rel=1e-6)


def test_a_replica_without_frames_is_passed_over(table: xr.Dataset, folder: Path) -> None:
    energy = table["potential_energy"].copy()
    energy[0] = np.nan
    (folder / "replica_000.nc").unlink()
    opened = list(open_replicas(folder, table.assign(potential_energy=energy)))
    assert len(opened) == 2


def test_a_trajectory_that_is_missing_is_named(table: xr.Dataset, folder: Path) -> None:
    (folder / "replica_002.nc").unlink()
    with pytest.raises(CorruptFileError, match="no trajectory of replica 2"):
        list(open_replicas(folder, table))


def test_too_few_frames_are_of_another_run(table: xr.Dataset, folder: Path) -> None:
    (folder / "replica_000.nc").write_bytes((folder / "replica_001.nc").read_bytes())
    with pytest.raises(CorruptFileError, match=r"frames where the record has 7.*not of one run"):
        list(open_replicas(folder, table))


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"CDF\x01 and no more",
        lambda whole: whole[: len(whole) // 3],
        lambda whole: whole[:-8],
        lambda whole: whole.replace(b"units", b"unite"),
        lambda whole: whole.replace(b"angstrom", b"angstron"),
        lambda whole: whole.replace(b"AMBER", b"\xffMBER"),
    ],
    ids=["empty", "other", "a third", "cut", "no unit", "another unit", "no text"],
)
def test_a_damaged_trajectory_is_named(
    damage: Callable[[bytes], bytes],
    table: xr.Dataset,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And nothing else is said: no traceback of a reader that was never open."""
    path = folder / "replica_000.nc"
    path.write_bytes(damage(path.read_bytes()))
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    with pytest.raises(CorruptFileError, match=r"replica_000\.nc.*cannot be read"):
        list(open_replicas(folder, table))
    gc.collect()
    assert said == []


def test_without_a_topology_nothing_is_opened(table: xr.Dataset, folder: Path) -> None:
    (folder / "topology.pdb").unlink()
    with pytest.raises(MissingFileError, match=r"topology\.pdb"):
        list(open_replicas(folder, table))


def test_other_files_beside_are_no_replicas(table: xr.Dataset, folder: Path) -> None:
    (folder / "replica_best.nc").write_bytes(b"")
    (folder / "notes.txt").write_text("mine")
    assert len(list(open_replicas(folder, table))) == 3


def test_numbers_may_have_more_digits(table: xr.Dataset, folder: Path) -> None:
    for path in folder.glob("replica_*.nc"):
        path.rename(path.with_name(f"replica_00{path.stem.removeprefix('replica_')}.nc"))
    assert len(list(open_replicas(folder, table))) == 3


def test_frames_in_memory_are_read_as_they_are() -> None:
    position = np.random.default_rng(0).normal(size=(4, 3, 3))
    universe = universe_of(position)
    assert len(universe.trajectory) == 4
    for k, moment in enumerate(universe.trajectory):
        np.testing.assert_allclose(moment.positions, position[k], rtol=1e-6)
