"""QM9 as its archive and as its package: the same molecules, and whatever is not laid out so."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from ase.units import Hartree

from nearsight.data.formats import qm9 as module
from nearsight.data.formats.qm9 import COLUMNS, PARTS, read_qm9_archive, read_qm9pack
from nearsight.data.importing import to_frames
from nearsight.errors import CorruptFileError, DataError, NearsightError

# Tag, index, A, B, C, mu, alpha, homo, lumo, gap, r2, zpve, U0, U, H, G, Cv.
VALUES = {5: 1.85, 6: 6.31, 7: -0.2928, 8: 0.0687, 9: 0.3615, 12: -76.404702}
ROWS = [("O", 0.0, 0.0, 0.119), ("H", 0.0, 0.759, -0.477), ("H", 0.0, -0.759, -0.477)]


def xyz(rows: list[tuple] = ROWS, **changed: str) -> str:
    values = "\t".join(["gdb", "3", *(str(VALUES.get(k, 0.5)) for k in range(2, 17))])
    atoms = "\n".join("\t".join([*map(str, row), "-0.1"]) for row in rows)
    text = f"{len(rows)}\n{values}\n{atoms}\n1341\t3695\t3800\nO\tO\nInChI=1S/H2O\tInChI=1S/H2O\n"
    for old, new in changed.items():
        text = text.replace(old, new)
    return text


def archive(path: Path, files: dict[str, str], mode: str = "w:bz2") -> Path:
    with tarfile.open(path, mode) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


def wheel(path: Path, rows: list[str], parts: tuple[str, ...] = PARTS) -> Path:
    header = ",".join(["Elements", "XYZ_Ang", *COLUMNS.values(), "More"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for part in parts:
            pack.writestr(part, "\n".join([header, *rows]) + "\n")
    return path


def table_row(elements: str = "['O', 'H', 'H']", energy: float = VALUES[12]) -> str:
    places = "[[0., 0., 0.119], [0., 0.759, -0.477], [0., -0.759, -0.477]]"
    by_name = {"dipole": 5, "polarizability": 6, "homo": 7, "lumo": 8, "gap": 9}
    numbers = [energy if name == "energy" else VALUES[by_name[name]] for name in COLUMNS]
    return f'"{elements}","{places}",{",".join(map(str, numbers))},x'


def test_both_sources_tell_the_same_molecule(tmp_path: Path) -> None:
    one = read_qm9_archive(archive(tmp_path / "a.tar.bz2", {"dsgdb9nsd_000003.xyz": xyz()}))
    other = read_qm9pack(wheel(tmp_path / "a.whl", [table_row()]))
    assert len(other.n_atoms) == len(PARTS)
    for found in (one, other):
        frames = to_frames(found, tmp_path / "a")
        assert frames.atomic_number[:3].tolist() == [8, 1, 1]
        assert frames.position[1].tolist() == [0.0, 0.759, -0.477]
        assert frames.energy[0] == pytest.approx(VALUES[12] * Hartree)
        assert frames.properties["homo"][0] == pytest.approx(VALUES[7] * Hartree)
        assert frames.properties["lumo"][0] == pytest.approx(VALUES[8] * Hartree)
        assert frames.properties["gap"][0] == pytest.approx(VALUES[9] * Hartree)
        assert frames.properties["dipole"][0] == VALUES[5]
        assert frames.properties["polarizability"][0] == VALUES[6]
        assert frames.attributes["level_of_theory"] == "B3LYP/6-31G(2df,p)"
        assert not frames.has_forces
        # The gap is that of its orbitals.
        orbitals = frames.properties["lumo"] - frames.properties["homo"]
        np.testing.assert_allclose(frames.properties["gap"], orbitals)


def test_every_molecule_is_a_source_of_its_own(tmp_path: Path) -> None:
    files = {f"dsgdb9nsd_{k:06d}.xyz": xyz() for k in range(4)}
    found = read_qm9_archive(archive(tmp_path / "a.bz2", files))
    assert found.source == [0, 1, 2, 3]


def test_exponents_as_another_program_wrote_them(tmp_path: Path) -> None:
    rows = [("O", 0.0, "1.2*^-2", "-3*^1"), *ROWS[1:]]
    found = read_qm9_archive(archive(tmp_path / "a.bz2", {"a.xyz": xyz(rows)}))
    assert found.position[0].tolist() == [0.0, 0.012, -30.0]


def test_files_that_are_no_molecules_are_passed_over(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.bz2", {"readme.txt": "hello", "a.xyz": xyz(), "b.csv": "1"})
    assert len(read_qm9_archive(path).n_atoms) == 1


@pytest.mark.parametrize("mode", ["w:bz2", "w:gz", "w:xz", "w"])
def test_the_archive_may_be_packed_otherwise(tmp_path: Path, mode: str) -> None:
    assert len(read_qm9_archive(archive(tmp_path / "a", {"a.xyz": xyz()}, mode)).n_atoms) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "three\n",
        xyz()[:20],
        xyz(**{"-76.404702": "low"}),
        xyz(**{"\t0.119": ""}).replace("-0.1", "", 1),
        xyz([("Qq", 0.0, 0.0, 0.0)]),
        xyz().replace("3\n", "-3\n", 1),
        xyz().replace("3\n", "9\n", 1),
    ],
)
def test_a_molecule_of_another_layout_is_named(tmp_path: Path, text: str) -> None:
    path = archive(tmp_path / "a.bz2", {"a.xyz": xyz(), "dir/bad one.xyz": text})
    with pytest.raises(CorruptFileError, match=r"a\.bz2: dir/bad one\.xyz: not laid out like QM9"):
        read_qm9_archive(path)


def test_names_that_lead_out_of_the_archive_are_refused(tmp_path: Path) -> None:
    for name in ("/etc/a.xyz", "../a.xyz", "a/../../b.xyz"):
        path = archive(tmp_path / "a.bz2", {name: xyz()})
        with pytest.raises(DataError, match="leads out of the archive"):
            read_qm9_archive(path)


def test_an_archive_of_nothing_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.bz2: holds 0 molecules"):
        read_qm9_archive(archive(tmp_path / "a.bz2", {"readme": "x"}))


def test_a_molecule_as_large_as_a_book_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST", 100)
    with pytest.raises(CorruptFileError, match=r"a\.xyz: is no molecule of QM9"):
        read_qm9_archive(archive(tmp_path / "a.bz2", {"a.xyz": xyz()}))


def test_cut_at_every_tenth_of_its_bytes(tmp_path: Path) -> None:
    for path, read in (
        (archive(tmp_path / "a.bz2", {"a.xyz": xyz()}), read_qm9_archive),
        (wheel(tmp_path / "a.whl", [table_row()]), read_qm9pack),
    ):
        content = path.read_bytes()
        for tenth in range(10):
            path.write_bytes(content[: len(content) * tenth // 10])
            with pytest.raises(NearsightError, match=path.name):
                read(path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (table_row("['O', 'H']"), "cannot reshape"),
        (table_row("['O', 'Qq', 'H']"), "'Qq' is no element"),
        (table_row().replace("-76.404702", "low"), "low"),
        (table_row().replace("0.119", "up"), "up"),
    ],
)
def test_a_row_of_another_layout_is_named(tmp_path: Path, row: str, words: str) -> None:
    path = wheel(tmp_path / "a.whl", [table_row(), row])
    with pytest.raises(CorruptFileError) as caught:
        read_qm9pack(path)
    assert "qm9_part1.csv: molecule 1: not laid out like qm9pack" in str(caught.value)
    assert words in str(caught.value)


def test_a_package_that_lacks_a_part_or_a_column(tmp_path: Path) -> None:
    with pytest.raises(CorruptFileError, match=r"qm9_part3\.csv"):
        read_qm9pack(wheel(tmp_path / "a.whl", [table_row()], PARTS[:2]))
    with zipfile.ZipFile(tmp_path / "b.whl", "w") as pack:
        pack.writestr(PARTS[0], "Elements,XYZ_Ang\n")
    with pytest.raises(CorruptFileError, match="cannot be read as a whole qm9pack"):
        read_qm9pack(tmp_path / "b.whl")


def test_a_table_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(PARTS[0], "a" * 2_000_000)
    with pytest.raises(CorruptFileError, match="would grow to 2000000 bytes"):
        read_qm9pack(tmp_path / "a.whl")
