"""Whatever is wrong with a data set's file is said when it is read, in memory or by windows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from nearsight.data.coincident import too_close
from nearsight.data.frames import Frames, read_frames, to_dataset, write_frames
from nearsight.data.stored import open_frames
from nearsight.errors import CorruptFileError, DataError, NearsightError

N_FRAMES, N_ATOMS = 6, 4
NOT_SOUND = (DataError, CorruptFileError)


@pytest.fixture
def frames() -> Frames:
    rng = np.random.default_rng(1)
    place = np.array([[0.0, 0, 0], [1.1, 0, 0], [0, 1.1, 0], [0, 0, 1.1]])
    return Frames(
        atomic_number=np.tile([6, 1, 1, 1], N_FRAMES),
        position=np.tile(place, (N_FRAMES, 1)) + rng.normal(0, 0.05, (N_FRAMES * N_ATOMS, 3)),
        force=rng.normal(size=(N_FRAMES * N_ATOMS, 3)),
        n_atoms=np.full(N_FRAMES, N_ATOMS),
        energy=rng.normal(size=N_FRAMES),
        subset=np.repeat([0, 1, 2], 2),
        source=np.zeros(N_FRAMES, dtype=int),
        properties={"homo": rng.normal(size=N_FRAMES)},
    )


def read_by_windows(path: Path) -> None:
    """As training does with a set that is larger than memory."""
    for _ in open_frames(path).parts(2):
        pass


READINGS = [read_frames, read_by_windows]


def with_value(name: str, index: object, value: float) -> Callable[[xr.Dataset], xr.Dataset]:
    def changed(dataset: xr.Dataset) -> xr.Dataset:
        values = dataset[name].to_numpy().copy()
        values[index] = value
        return dataset.assign({name: (dataset[name].dims, values, dataset[name].attrs)})

    return changed


def with_type(name: str, dtype: str) -> Callable[[xr.Dataset], xr.Dataset]:
    return lambda dataset: dataset.assign({name: dataset[name].astype(dtype)})


def at_one_place(dataset: xr.Dataset) -> xr.Dataset:
    values = dataset["position"].to_numpy().copy()
    values[4 * N_ATOMS + 3] = values[4 * N_ATOMS + 1]
    return dataset.assign(position=(("atom", "xyz"), values))


FAULTS = {
    "position is not finite in 1 frames, the first is frame 5": with_value(
        "position", (21, 2), np.nan
    ),
    "position is not finite in 1 frames, the first is frame 0": with_value(
        "position", (1, 0), -np.inf
    ),
    "force is not finite in 1 frames, the first is frame 3": with_value("force", (12, 0), np.nan),
    "force is not finite in . frames, the first is frame 0": with_value("force", ..., np.nan),
    "energy is not finite in 1 frames, the first is frame 2": with_value("energy", 2, np.nan),
    "energy is not finite in 6 frames": with_value("energy", ..., np.inf),
    "homo is not finite in 1 frames, the first is frame 1": with_value("homo", 1, np.nan),
    "frame 4: atomic number 119 is no element": with_value("atomic_number", 16, 119),
    "frame 4: atomic number 0 is no element": with_value("atomic_number", 19, 0),
    "frame 1: atomic number -6": with_value("atomic_number", 4, -6),
    "frame 5 has subset 3, expected 0 to 2": with_value("subset", 5, 3),
    "frame 0 has subset -1": with_value("subset", 0, -1),
    "frame 2 has no atoms": with_value("n_atoms", 2, 0),
    "frame 3 has no atoms .n_atoms = -4": with_value("n_atoms", 3, -4),
    "adds up": with_value("n_atoms", 3, 2_000_000_000),
    "two atoms of frame 4 are at one place": at_one_place,
    "frame 1 has an atom 1e.12 Å from the origin": with_value("position", (7, 1), 1e12),
    "position is of type int64, expected real": with_type("position", "int64"),
    "n_atoms is of type float64, expected integers": with_type("n_atoms", "float64"),
    "n_atoms is of type bool": with_type("n_atoms", "bool"),
    "energy is of type .*, expected real numbers": with_type("energy", "str"),
    r"position has dimensions \(xyz, atom\)": lambda d: d.assign(position=d["position"].T),
    r"energy has dimensions \(atom\), expected \(frame\)": lambda d: d.assign(
        energy=("atom", np.zeros(24))
    ),
    "dimension xyz has size 2": lambda d: d.isel(xyz=slice(0, 2)),
    "position is in 'bohr', expected 'angstrom'": lambda d: d.assign(
        position=d["position"].assign_attrs(units="bohr")
    ),
    "energy is in 'hartree', expected 'eV'": lambda d: d.assign(
        energy=d["energy"].assign_attrs(units="hartree")
    ),
    "lacks subset": lambda d: d.drop_vars("subset"),
    "lacks position": lambda d: d.drop_vars("position"),
    "holds 0 frames": lambda d: d.isel(frame=slice(0, 0)),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("words", FAULTS)
def test_every_fault_is_named_by_both_ways_of_reading(
    words: str, reading: Callable[[Path], object], frames: Frames, tmp_path: Path
) -> None:
    path = tmp_path / "data.nc"
    FAULTS[words](to_dataset(frames)).to_netcdf(path)
    with pytest.raises(NOT_SOUND, match=words) as caught:
        reading(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reading", READINGS)
def test_single_precision_and_lone_atoms_are_sound(
    reading: Callable[[Path], object], frames: Frames, tmp_path: Path
) -> None:
    alone = replace(frames, n_atoms=np.array([4, 4, 4, 4, 1, 7]))
    dataset = to_dataset(alone)
    dataset.assign({n: dataset[n].astype("f4") for n in ("position", "energy")}).to_netcdf(
        tmp_path / "data.nc"
    )
    reading(tmp_path / "data.nc")
    assert read_frames(tmp_path / "data.nc").position.dtype == np.float64


def test_more_declared_than_there_is(frames: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    write_frames(frames, path, title="test")
    with netCDF4.Dataset(path, "a") as file:
        file.createDimension("other", 10**12)
        file.createVariable("huge", "f8", ("other",), chunksizes=(1000,))
    for reading in READINGS:
        with pytest.raises(CorruptFileError, match=r"declares 8e.12 bytes of values"):
            reading(path)


def test_file_that_changes_while_it_is_read(frames: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    write_frames(frames, path, title="test")
    stored = open_frames(path)
    write_frames(frames.select(np.arange(3)), path, title="test")
    with pytest.raises(CorruptFileError, match="has changed"):
        stored.read(0, 2)


def test_labels_that_no_frame_has(frames: Frames, tmp_path: Path) -> None:
    bare = replace(frames, energy=np.full(N_FRAMES, np.nan))
    write_frames(bare, tmp_path / "data.nc", title="test")
    with pytest.raises(NearsightError, match="has no energy; it has homo"):
        read_frames(tmp_path / "data.nc").label("energy")
    assert len(open_frames(tmp_path / "data.nc").label("homo")) == N_FRAMES


@pytest.mark.parametrize("flat", [False, True])
def test_close_atoms_are_those_of_comparing_all_pairs(flat: bool) -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 9, 200)
    position = rng.uniform(0, 2, (sizes.sum(), 3)) * ([1, 1, 0] if flat else [1, 1, 1])
    owner = np.repeat(np.arange(200), sizes)
    for limit in (1e-9, 0.02, 0.1, 0.5):
        smallest = {}
        for frame in range(200):
            here = position[owner == frame]
            i, j = np.triu_indices(len(here), 1)
            distance = np.linalg.norm(here[i] - here[j], axis=1)
            if (distance < limit).any():
                smallest[frame] = distance.min()
        expected = min(smallest.items(), default=None)
        assert too_close(position, sizes, limit) == expected
