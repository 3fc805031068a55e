from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nearsight.data.frames import (
    SUBSETS,
    Frames,
    from_dataset,
    read_frames,
    to_dataset,
    write_frames,
)
from nearsight.errors import CorruptFileError, DataError, MissingFileError


@st.composite
def ragged(draw: st.DrawFn) -> Frames:
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=8))
    n, atoms = len(sizes), sum(sizes)
    reals = st.floats(-1e6, 1e6)
    # No two atoms at one place: such frames are refused.
    apart = 3e3 * np.arange(atoms)[:, None]
    return Frames(
        atomic_number=draw(hnp.arrays(int, atoms, elements=st.integers(1, 94))),
        position=apart + draw(hnp.arrays(float, (atoms, 3), elements=st.floats(-1e3, 1e3))),
        force=draw(hnp.arrays(float, (atoms, 3), elements=reals)),
        n_atoms=np.array(sizes),
        energy=draw(hnp.arrays(float, n, elements=reals)),
        subset=draw(hnp.arrays(int, n, elements=st.integers(0, 2))),
        source=draw(hnp.arrays(int, n, elements=st.integers(0, 5))),
    )


def _same(one: Frames, other: Frames) -> bool:
    names = ("atomic_number", "position", "force", "n_atoms", "energy", "subset", "source")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@given(frames=ragged())
def test_dataset_round_trip_keeps_everything(frames: Frames) -> None:
    assert _same(from_dataset(to_dataset(frames), "memory"), frames)


@given(frames=ragged(), data=st.data())
def test_select_takes_whole_frames_in_the_given_order(frames: Frames, data: st.DataObject) -> None:
    order = data.draw(st.lists(st.integers(0, len(frames) - 1), max_size=10))
    chosen = frames.select(np.array(order, dtype=int))
    assert len(chosen) == len(order)
    for new, old in enumerate(order):
        assert chosen.energy[new] == frames.energy[old]
        assert np.array_equal(chosen.forces(new), frames.forces(old))
        assert np.array_equal(chosen.atoms(new).positions, frames.atoms(old).positions)
        assert np.array_equal(chosen.atoms(new).numbers, frames.atoms(old).numbers)


@given(frames=ragged())
def test_subsets_share_out_all_frames(frames: Frames) -> None:
    assert sum(len(frames.of_subset(name)) for name in SUBSETS) == len(frames)
    mask = frames.subset == 1
    assert _same(frames.of_subset("validation"), frames.select(np.flatnonzero(mask)))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=ragged())
def test_file_round_trip_keeps_everything(frames: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    write_frames(frames, path, title="random frames")
    assert _same(read_frames(path), frames)


def test_file_follows_the_conventions(ethanol: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    write_frames(ethanol, path, title="ethanol", settings={"seed": 1})
    with xr.open_dataset(path) as dataset:
        assert dataset["n_atoms"].attrs["sample_dimension"] == "atom"
        assert dataset["subset"].attrs["flag_meanings"] == "train validation test"
        assert dataset["force"].attrs["units"] == "eV angstrom-1"
        assert {"title", "git_commit", "config_hash", "packages", "date"} <= dataset.attrs.keys()
        assert all({"units", "long_name"} <= v.attrs.keys() for v in dataset.variables.values())


def test_damaged_files_are_named(ethanol: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    with pytest.raises(MissingFileError, match=r"data\.nc"):
        read_frames(path)
    write_frames(ethanol, path, title="ethanol")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptFileError, match=r"data\.nc"):
        read_frames(path)
    dataset = to_dataset(ethanol)
    with pytest.raises(CorruptFileError, match="lacks position"):
        from_dataset(dataset.drop_vars("position"), "x")
    with pytest.raises(CorruptFileError, match="adds up"):
        from_dataset(dataset.isel(atom=slice(1, None)), "x")
    with pytest.raises(DataError, match="0 frames"):
        from_dataset(dataset.isel(frame=slice(0, 0)), "x")
