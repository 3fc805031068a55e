"""HDF5 files that read other files are refused, whichever way they name them."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from nearsight.data.frames import Frames, read_frames, write_frames
from nearsight.data.importing import import_frames
from nearsight.data.stored import open_frames
from nearsight.errors import CorruptFileError
from nearsight.hdf5 import LOCKING, about_locks, require_own_bytes
from nearsight.storage import read_dataset


def _secret(folder: Path) -> Path:
    path = folder / "secret.h5"
    with h5py.File(path, "w") as file:
        file["position"] = np.arange(9.0).reshape(3, 3)
    (folder / "secret.bin").write_bytes(np.arange(9.0).tobytes())
    return path


def _external_link(group: h5py.Group, secret: Path) -> None:
    group["position"] = h5py.ExternalLink(secret.name, "/position")


def _external_storage(group: h5py.Group, secret: Path) -> None:
    where = [(str(secret.with_suffix(".bin")), 0, 72)]
    group.create_dataset("position", (3, 3), "f8", external=where)


def _virtual(group: h5py.Group, secret: Path) -> None:
    layout = h5py.VirtualLayout((3, 3), "f8")
    layout[:] = h5py.VirtualSource(secret.name, "position", (3, 3))
    group.create_virtual_dataset("position", layout)


def _through_a_soft_link(group: h5py.Group, secret: Path) -> None:
    group.file["outside"] = h5py.ExternalLink(secret.name, "/")
    group["position"] = h5py.SoftLink("/outside/position")


WAYS = (_external_link, _external_storage, _virtual, _through_a_soft_link)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["/", "/deep/er"])
def test_bytes_of_other_files_are_refused(tmp_path: Path, way: Callable, place: str) -> None:
    path = tmp_path / "a.nc"
    with h5py.File(path, "w") as file:
        way(file.require_group(place), _secret(tmp_path))
    with pytest.raises(
        CorruptFileError, match=r"a\.nc: '.*(position|outside)' (is|keeps)"
    ) as caught:
        require_own_bytes(path)
    assert "copy the data into one file" in str(caught.value)


@pytest.mark.parametrize("way", WAYS)
def test_an_import_does_not_follow_them(tmp_path: Path, way: Callable) -> None:
    path = tmp_path / "a.h5"
    secret = _secret(tmp_path)
    with h5py.File(path, "w") as file:
        group = file.create_group("1/a")
        way(group, secret)
        group.move("position", "atXYZ")
        group["atNUM"], group["ePBE0+MBD"], group["totFOR"] = [1, 1, 8], [1.0], np.zeros((3, 3))
    with pytest.raises(CorruptFileError, match=r"a\.h5"):
        import_frames(path)
    with h5py.File(path, "w") as file:
        file["1"] = h5py.ExternalLink(secret.name, "/")
    with pytest.raises(CorruptFileError, match=r"'1' is a link to 'secret\.h5'"):
        import_frames(path)


def test_whole_files_pass_even_where_groups_form_a_ring(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["g/x"] = np.arange(3)
        file["g/ring"] = file["g"]
        file["g/root"] = file["/"]
    require_own_bytes(tmp_path / "a.h5")
    (tmp_path / "b.nc").write_bytes(b"CDF\x01")
    require_own_bytes(tmp_path / "b.nc")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["g/x"] = np.arange(300)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(CorruptFileError, match=r"a\.h5: cannot be read as HDF5"):
        require_own_bytes(path)


@pytest.mark.parametrize("way", WAYS)
def test_data_sets_and_results_do_not_read_other_files(tmp_path: Path, way: Callable) -> None:
    frames = Frames(
        atomic_number=np.array([8, 1, 1]),
        position=np.arange(9.0).reshape(3, 3),
        force=np.zeros((3, 3)),
        n_atoms=np.array([3]),
        energy=np.zeros(1),
        subset=np.zeros(1, dtype=int),
        source=np.zeros(1, dtype=int),
    )
    path = tmp_path / "data.nc"
    write_frames(frames, path, title="water")
    with h5py.File(path, "a") as file:
        del file["position"]
        way(file, _secret(tmp_path))
    for read in (read_frames, open_frames, read_dataset):
        with pytest.raises(CorruptFileError, match=r"data\.nc: '.*(position|outside)'"):
            read(path)


def test_a_heap_that_hdf5_would_never_leave_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(3)
        file["x"].attrs["units"] = "angstrom"
    content = bytearray(path.read_bytes())
    require_own_bytes(path)
    size = content.index(b"GCOL") + 16 + 8
    assert int.from_bytes(content[size : size + 8], "little") == len("angstrom")
    # 2^64 - 16 bytes: the next object is this one again.
    content[size : size + 8] = (2**64 - 16).to_bytes(8, "little")
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"a\.h5: damaged: the heap at byte \d+"):
        require_own_bytes(path)


def test_an_attribute_that_declares_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["x"] = np.arange(3)
        file["x"].attrs["flags"] = np.zeros(1_000_001, dtype="i1")
    with pytest.raises(CorruptFileError, match=r"'/x': damaged: attribute 'flags' declares"):
        require_own_bytes(path)


@pytest.mark.parametrize(
    ("asked", "told"), [(None, False), ("FALSE", False), ("0", False), ("false", False),
                        ("TRUE", True), ("1", True), ("BEST_EFFORT", True)],
)  # fmt: skip
def test_locks_are_spoken_of_where_somebody_asked_for_them(
    asked: str | None, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(LOCKING, raising=False)
    if asked is not None:
        monkeypatch.setenv(LOCKING, asked)
    assert bool(about_locks()) is told
    assert (f"{LOCKING}={asked} asks for locks" in about_locks()) is told
