"""HDF5 that is not laid out like QM7-X: one line that says what it holds."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from nearsight.data.importing import import_frames
from nearsight.errors import CorruptFileError, DataError


def _flat(file: h5py.File) -> None:
    file["coordinates"], file["energies"] = np.zeros((4, 2, 3)), np.zeros(4)


def _ani1x(file: h5py.File) -> None:
    file["H2O/coordinates"], file["H2O/atomic_numbers"] = np.zeros((4, 3, 3)), [8, 1, 1]


def _ani2x(file: h5py.File) -> None:
    for n_atoms in (3, 7):
        file[f"{n_atoms:03d}/coordinates"] = np.zeros((4, n_atoms, 3))
        file[f"{n_atoms:03d}/species"] = np.ones((4, n_atoms))


def _spice(file: h5py.File) -> None:
    file["[Na]CC/smiles"] = ["CC"]
    file["[Na]CC/conformations"] = np.zeros((2, 3, 3))


def _nested(file: h5py.File) -> None:
    file["iso_atoms/part/coordinates"] = np.zeros((4, 3, 3))


@pytest.mark.parametrize(
    ("write", "found"),
    [
        (_flat, r"coordinates \(4, 2, 3\); energies \(4,\)"),
        (_ani1x, r"H2O/ \(atomic_numbers, coordinates\)"),
        (_ani2x, r"003/ \(coordinates, species\); 007/ \(coordinates, species\)"),
        (_spice, r"\[Na\]CC/ \(conformations, smiles\)"),
        (_nested, r"iso_atoms/ \(part\)"),
    ],
)
def test_another_layout_is_described(tmp_path: Path, write: Callable, found: str) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        write(file)
    with pytest.raises(DataError, match=rf"a\.h5: is HDF5, but not laid out like QM7-X.*{found}"):
        import_frames(path)


def test_a_layout_of_many_groups_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for k in range(500):
            file[f"{k:04d}{'x' * 300}/coordinates"] = np.zeros((1, 1, 3))
    with pytest.raises(DataError) as caught:
        import_frames(path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("key", ["atNUM", "atXYZ", "ePBE0+MBD", "totFOR"])
def test_sizes_are_asked_before_anything_is_read(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.h5"
    sound = {
        "atNUM": [2],
        "atXYZ": np.zeros((1, 3)),
        "ePBE0+MBD": [1.0],
        "totFOR": np.zeros((1, 3)),
    }
    with h5py.File(path, "w") as file:
        for name, value in sound.items():
            if name != key:
                file[f"1/a/{name}"] = value
        # A terabyte of fill values, of which not a byte is in the file.
        file.create_dataset(f"1/a/{key}", (10**12, 3), "f8", chunks=(1000, 3))
    with pytest.raises(CorruptFileError, match=rf"1/a: {key.replace('+', '.')} is no array"):
        import_frames(path)
    with h5py.File(path, "a") as file:
        del file[f"1/a/{key}"]
        file[f"1/a/{key}"] = "text"
    with pytest.raises(CorruptFileError, match=r"1/a: .* is no array of numbers"):
        import_frames(path)
