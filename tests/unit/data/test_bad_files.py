import io
import pickle
import sqlite3
from pathlib import Path

import ase.db
import numpy as np
import pytest
from ase import Atoms
from foreign_files import HEADER, write_schnetpack, write_sgdml, write_xyz

from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.errors import CorruptFileError, DataError, MissingFileError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"1\n{HEADER} energy=-1.0\nH nan 0 0 0 0 0\n", "position of frame 0 is not finite"),
        (f"1\n{HEADER} energy=-1.0\nH 0 0 0 0 inf 0\n", "force of frame 0 is not finite"),
        (f"1\n{HEADER} energy=nan\nH 0 0 0 0 0 0\n", "energy of frame 0 is not finite"),
        (f'1\nLattice="9 0 0 0 9 0 0 0 9" {HEADER} energy=-1.0\nH 0 0 0 0 0 0\n', "periodic"),
        (f"1\n{HEADER} energy=-1.0\nX 0 0 0 0 0 0\n", "no element"),
        ("", "0 frames"),
    ],
)
def test_unfit_content_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        import_frames(write_xyz(tmp_path / "a.xyz", text), energy_unit="eV")


@pytest.mark.parametrize("keep", [1, 10, 120, -60])
def test_truncated_xyz_is_refused(tmp_path: Path, keep: int) -> None:
    frame = f"2\n{HEADER} energy=-1.0\nH 0 0 0 0 0 0.25\nH 0 0 0.75 0 0 -0.25\n"
    path = write_xyz(tmp_path / "a.xyz", (2 * frame)[:keep])
    with pytest.raises(CorruptFileError, match=r"a\.xyz"):
        import_frames(path, energy_unit="eV")


def test_unreadable_archives_are_refused(tmp_path: Path, water: Frames) -> None:
    whole = write_sgdml(tmp_path / "w.npz", water).read_bytes()
    pickled = io.BytesIO()
    np.savez(pickled, R=np.array([{"a": 1}], dtype=object), z=[1])
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    cases = {
        "half": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"hello",
        "pickle": pickle.dumps({"R": 1}),
        "objects": pickled.getvalue(),
        "flipped": bytes(flipped),
    }
    for name, content in cases.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(CorruptFileError, match=name) as caught:
            import_frames(path, energy_unit="eV")
        assert "\n" not in str(caught.value)
        if name in ("pickle", "objects"):
            assert "never loads" in str(caught.value)


def test_archives_of_wrong_shape_are_refused(tmp_path: Path, water: Frames) -> None:
    path = tmp_path / "w.npz"
    with pytest.raises(CorruptFileError, match=r"expected \(frames, atoms, 3\)"):
        import_frames(write_sgdml(path, water, F=np.zeros((12, 4, 3))), energy_unit="eV")
    with pytest.raises(CorruptFileError, match="energies do not match"):
        import_frames(write_sgdml(path, water, E=np.zeros(5)), energy_unit="eV")
    with pytest.raises(CorruptFileError, match="nuclear charges"):
        import_frames(write_sgdml(path, water, z=[8, 1]), energy_unit="eV")
    empty = np.zeros((0, 3, 3))
    with pytest.raises(DataError, match="0 frames"):
        import_frames(write_sgdml(path, water, R=empty, F=empty, E=[]), energy_unit="eV")
    np.savez(path, a=[1])
    with pytest.raises(DataError, match=r"no known layout; keys found: a; known are sGDML"):
        import_frames(path, energy_unit="eV")


def test_unreadable_databases_are_refused_and_left_alone(tmp_path: Path, water: Frames) -> None:
    whole = write_schnetpack(tmp_path / "w.db", water, {"energy": "eV", "forces": "eV/Ang"})
    half = tmp_path / "half.db"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    text = write_xyz(tmp_path / "text.db", "hello")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table a (b)")
    connection.close()
    for path in (half, text, other):
        before = path.read_bytes()
        with pytest.raises(CorruptFileError, match=path.name):
            import_frames(path, energy_unit="eV")
        assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["half.db", "other.db", "text.db", "w.db"]


def test_database_forces_of_wrong_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with ase.db.connect(path) as database:
        database.metadata = {
            "_property_unit_dict": {"energy": "eV", "forces": "eV/Ang"},
            "_distance_unit": "Ang",
        }
        database.write(Atoms("H2"), data={"energy": np.zeros(1), "forces": np.zeros((3, 3))})
    with pytest.raises(CorruptFileError, match="2 atoms, but forces of shape"):
        import_frames(path)


def test_missing_and_unknown_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.npz"):
        import_frames(tmp_path / "none.npz", energy_unit="eV")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match=r"cannot import '\.csv' files; known: \.xyz"):
        import_frames(write_xyz(tmp_path / "a.csv", "1,2"), energy_unit="eV")
