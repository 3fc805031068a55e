"""Every frame, every key, every name: what files of structures and labels hide."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ase.db
import numpy as np
import pytest
from ase import Atoms
from foreign_files import write_sgdml, write_xyz

from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames, require_same_keys
from nearsight.data.molecules import build_molecule
from nearsight.data.named_molecules import count_atoms
from nearsight.data.structures import read_structures
from nearsight.errors import CorruptFileError, DataError, MoleculeError

WATER = "O 0 0 0.12\nH 0 0.76 -0.48\nH 0 -0.76 -0.48\n"


def frame(keys: str = "energy=-1.0", columns: str = ":forces:R:3") -> str:
    rows = [f"{line} 0.1 0.2 0.3" if columns else line for line in WATER.splitlines()]
    return "\n".join([f"3\nProperties=species:S:1:pos:R:3{columns} {keys}", *rows]) + "\n"


def imported(path: Path) -> Frames:
    return import_frames(path, energy_unit="eV")


# All frames, or the line.


def test_blank_lines_between_frames_lose_none(tmp_path: Path) -> None:
    parts = [20 * frame(), "\n", 10 * frame(), "\n \n", 10 * frame(), "\n\n\n"]
    path = write_xyz(tmp_path / "cat.xyz", "".join(parts))
    assert len(imported(path)) == 40
    assert len(read_structures(path)) == 40


@pytest.mark.parametrize("read", [imported, read_structures])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            frame() + frame()[:-8],
            "line 7: frame 1: cannot be read .* line 10 has 5 columns, expected 7",
        ),
        (
            frame() + "3\ncomment\nH 0 0 0\n",
            "line 8: .*frame 1, which begins at line 6 .*1 of its 3",
        ),
        (frame() + "3\n", "line 6: .* frame 1, which begins at line 6 .* 0 of its 3"),
        (frame() + "three\n", "line 6: frame 1 begins with 'three'"),
        ("1000000000000\n\nH 0 0 0\n", "line 1: frame 0 begins with '1000000000000'"),
        ("-3\n\nH 0 0 0\n", "line 1: frame 0 begins with '-3'"),
        ("²\n\nH 0 0 0\n", "line 1: frame 0 begins with"),
        (frame() + frame().replace("H 0 0.76", "H 0 z"), "line 9: frame 1: '0 z -0.48' are not 3"),
        (frame().replace("O 0", "D 0"), "line 3: frame 0: 'D' is deuterium: write H"),
        (frame().replace("O 0", "119 0"), "line 3: frame 0: '119' is no element"),
        (frame().replace("O 0", "Xx 0"), "line 3: frame 0: 'Xx' is no element"),
        (frame().replace("pos:R:3", "pos:R:x"), "line 2: frame 0: Properties='species"),
        (frame().replace("pos:R:3", "pos:R:2:x:R:1"), "lacks pos:R:3"),
        (frame("energy=1 energy=2"), "'energy' stands twice in the comment: as '1' and as '2'"),
    ],
)
def test_the_line_is_named(tmp_path: Path, read: Callable, text: str, words: str) -> None:
    path = write_xyz(tmp_path / "a.xyz", text)
    with pytest.raises((CorruptFileError, DataError), match=words):
        read(path)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(frame().encode() + frame().encode().replace(b"energy", b"\xe9nergy"))
    with pytest.raises(CorruptFileError, match="line 7: is not UTF-8 text"):
        imported(path)
    path.write_bytes(b"3\n" + bytes(3 << 20))
    with pytest.raises(CorruptFileError, match="line 2: is longer than"):
        imported(path)


def test_numbers_stand_for_elements(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "a.xyz", frame().replace("O 0", "8 0").replace("H 0", "1 0"))
    assert imported(path).atomic_number.tolist() == [8, 1, 1]
    text = frame().replace("species:S:1", "Z:I:1").replace("O ", "8 ").replace("H ", "1 ")
    path = write_xyz(tmp_path / "b.xyz", text)
    assert imported(path).atomic_number.tolist() == [8, 1, 1]
    assert read_structures(path)[0].numbers.tolist() == [8, 1, 1]


# Keys once a file.


def test_energies_under_two_keys_are_not_mixed(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "a.xyz", 2 * frame("dft_energy=-1.0") + frame("energy=-2.0"))
    with pytest.raises(
        DataError,
        match=r"frame 2: energy is called 'energy', in frame 0 'dft_energy': choose with "
        r"energy_key",
    ):
        imported(path)
    with pytest.raises(DataError, match=r"frame 2: no energy_key 'dft_energy'; keys found: energy"):
        import_frames(path, energy_unit="eV", energy_key="dft_energy")


def test_forces_under_two_keys_are_not_mixed(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "a.xyz", frame() + frame(columns=":xtb_forces:R:3"))
    with pytest.raises(DataError, match="frame 1: force is called 'xtb_forces', in frame 0 'forc"):
        imported(path)


def test_keys_of_a_database_are_chosen_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with ase.db.connect(path) as database:
        for key in ("energy", "dft_energy"):
            database.write(Atoms("He"), data={key: np.ones(1), "forces": np.ones((1, 3))})
    with pytest.raises(DataError, match="frame 1: energy is called 'dft_energy', in frame 0 'ener"):
        imported(path)


def test_a_property_under_two_keys_is_refused(tmp_path: Path) -> None:
    units = {"energy": "eV", "dipole": "Debye", "dipole_moment": "Debye"}
    path = tmp_path / "a.db"
    with ase.db.connect(path) as database:
        database.metadata = {"_property_unit_dict": units, "_distance_unit": "Ang"}
        for key in ("dipole", "dipole_moment"):
            database.write(Atoms("He"), data={"energy": np.ones(1), key: np.ones(1)})
    with pytest.raises(DataError, match="frame 1: dipole is called dipole and dipole_moment"):
        import_frames(path, force_key="none")


@pytest.mark.parametrize("value", ["np.float64(-1.0)", "None", "-1,0x", '"a b"'])
def test_an_energy_that_is_no_number_is_named(tmp_path: Path, value: str) -> None:
    path = write_xyz(tmp_path / "a.xyz", frame() + frame(f"energy={value}"))
    with pytest.raises(DataError, match=r"frame 1: energy = '.*' is no number"):
        imported(path)
    with pytest.raises(DataError, match=r"frame 1: energy = '.*' is no number"):
        import_frames(path, energy_unit="eV", energy_key="energy")


def test_keys_that_nobody_needs_may_hold_anything(tmp_path: Path) -> None:
    keys = 'energy=-1 rings="_JSON [[0, 1], [1, 2, 3]]" virial="1 2 3" x="_JSON {" stress=no'
    assert len(imported(write_xyz(tmp_path / "a.xyz", 3 * frame(keys)))) == 3
    path = tmp_path / "a.db"
    with ase.db.connect(path) as database:
        data: dict[str, Any] = {"energy": np.ones(1), "forces": np.ones((1, 3))}
        database.write(Atoms("He"), data={**data, "rings": [[0, 1], [1, 2, 3]], "x": {"a": None}})
    assert len(imported(path)) == 1


def test_an_array_that_nobody_needs_may_be_pickled(tmp_path: Path, water: Frames) -> None:
    names = np.array([{"a": 1}, None], dtype=object)
    assert len(imported(write_sgdml(tmp_path / "w.npz", water, names=names, theory=names))) == 12
    with pytest.raises(CorruptFileError, match=r"array 'E': is a pickled object.*never loads"):
        imported(write_sgdml(tmp_path / "v.npz", water, E=names))


def test_subsets_of_some_frames_are_refused(tmp_path: Path) -> None:
    text = frame("energy=1 subset=train") + frame("energy=1 subset=valid")
    with pytest.raises(DataError, match="frame 1: subset = 'valid', other frames have one of trai"):
        imported(write_xyz(tmp_path / "a.xyz", text))


# Names are names.


@pytest.mark.parametrize(
    "name", ["mol@500K.xyz", "a@0.xyz", "-.xyz", "a*.xyz", "a:b?.xyz", "a%#.xyz"]
)
def test_what_ase_reads_into_names_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_xyz(tmp_path / name, 3 * frame())
    for other in ("mol", "a", "ab.xyz"):
        write_xyz(tmp_path / other, frame("energy=-77"))
    assert len(imported(Path(name))) == 3
    assert len(read_structures(Path(name))) == 3
    assert len(build_molecule(name, 0)) == 3


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_compressed_files_are_whole_or_damaged(tmp_path: Path, ending: str, pack: Callable) -> None:
    content = pack(50 * frame().encode())
    path = tmp_path / f"m@2.xyz{ending}"
    path.write_bytes(content)
    assert len(read_structures(path)) == 50
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(CorruptFileError, match=f"cannot be read as a {ending} file"):
        read_structures(path)


def test_a_database_is_opened_by_its_name_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ase.db.connect("a.db") as database:
        database.write(Atoms("He"), data={"energy": np.ones(1), "forces": np.ones((1, 3))})
    odd = Path("a.db").rename("postgresql:@#1?mode=rw.db")
    before = odd.read_bytes()
    assert len(imported(odd)) == 1
    assert odd.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [odd.name]


def test_atoms_are_counted_or_the_line_is_named(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "a.xyz", frame())
    assert count_atoms(str(path)) == 3
    for text in ("²\n", "9" * 5000, "", "-1\n"):
        with pytest.raises(MoleculeError, match=r"a\.xyz: line 1: begins with"):
            count_atoms(str(write_xyz(path, text)))


def test_keys_of_test_frames_are_those_of_the_others(tmp_path: Path) -> None:
    one = imported(write_xyz(tmp_path / "a.xyz", frame()))
    other = imported(write_xyz(tmp_path / "b.xyz", frame("dft_energy=-1")))
    require_same_keys(one, one, Path("a.xyz"), Path("a.xyz"))
    with pytest.raises(DataError, match=r"b\.xyz: energy is called 'dft_energy', in a\.xyz 'ener"):
        require_same_keys(one, other, Path("a.xyz"), Path("b.xyz"))


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"SQLite format 3\0", "an SQLite database; rename it to end in .db"), (b"PK\x03\x04", "zip"),
     (b"\x89HDF\r\n\x1a\n", "HDF5"), (b"CDF\x01", "NetCDF"), (b"\x1f\x8b", "gzip")],
)  # fmt: skip
@pytest.mark.parametrize("read", [imported, read_structures])
def test_a_kind_under_the_name_of_another_is_told(
    tmp_path: Path, read: Callable, content: bytes, kind: str
) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(content + bytes(100))
    with pytest.raises(CorruptFileError, match=rf"a\.xyz: cannot be read as \.xyz: .*{kind}"):
        read(path)
