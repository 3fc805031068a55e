"""PDB, SDF, MOL, gen and Turbomole: all of a file, or where it ends; charges in no disguise."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.units import Bohr

from nearsight.data.formats import text_structures as module
from nearsight.data.formats.text_structures import PARSERS, read_text_structures
from nearsight.data.geometry_files import KNOWN, read_geometries
from nearsight.errors import CorruptFileError, DataError, NearsightError

WATER = molecule("H2O")


def parsed(text: str | bytes, ending: str) -> list[Atoms]:
    content = text.encode() if isinstance(text, str) else text
    return read_text_structures(io.BytesIO(content), ending, Path(f"a{ending}"))


def written(ending: str, atoms: Atoms = WATER) -> str:
    """What ASE writes, with more digits than a PDB has where the format allows."""
    stream = io.StringIO()
    ase.io.write(stream, atoms, format={".pdb": "proteindatabank", ".gen": "gen", ".mol": "mol",
                                        ".coord": "turbomole"}[ending])  # fmt: skip
    return stream.getvalue()


@pytest.mark.parametrize(
    ("ending", "digits"), [(".pdb", 3), (".gen", 6), (".mol", 4), (".coord", 6)]
)
def test_what_ase_writes_is_read(ending: str, digits: int) -> None:
    (found,) = parsed(written(ending), ending)
    assert found.numbers.tolist() == WATER.numbers.tolist()
    np.testing.assert_allclose(found.positions, WATER.positions, atol=0.51 * 10**-digits)
    assert not found.pbc.any()


def test_turbomole_counts_in_bohr() -> None:
    (found,) = parsed("$coord\n 0 0 0 o\n 0 0 1.8 h\n$end\n", ".coord")
    assert found.positions[1, 2] == pytest.approx(1.8 * Bohr)


@pytest.mark.parametrize("ending", [".gen", ".mol"])
def test_cut_at_every_line_it_is_whole_or_refused(ending: str) -> None:
    """The blocks of bonds and the end mark say nothing of the structure: they may be missing."""
    lines = written(ending).splitlines(keepends=True)
    for count in range(len(lines)):
        text = "".join(lines[:count])
        with suppress(NearsightError):
            (found,) = parsed(text, ending)
            assert found.positions == pytest.approx(parsed("".join(lines), ending)[0].positions)


@pytest.mark.parametrize("ending", [".pdb", ".gen", ".mol", ".coord"])
def test_cut_at_any_byte_nothing_but_our_errors(ending: str) -> None:
    text = written(ending)
    for length in range(0, len(text), 3):
        said = ""
        try:
            parsed(text[:length], ending)
        except NearsightError as error:
            said = str(error)
        assert "\n" not in said


def test_several_models_of_a_pdb_are_several_structures() -> None:
    stream = io.StringIO()
    moved = WATER.copy()
    moved.positions += 1.0
    ase.io.write(stream, [WATER, moved], format="proteindatabank")
    found = parsed(stream.getvalue(), ".pdb")
    assert len(found) == 2
    np.testing.assert_allclose(found[1].positions - found[0].positions, 1.0, atol=2e-3)


def test_an_sdf_is_as_many_molecules_as_it_has_ends() -> None:
    block = written(".mol")
    for count in (1, 2, 5):
        assert len(parsed(count * (block + "> <id>\n7\n\n$$$$\n"), ".sdf")) == count
    # The last end may be missing; a blank tail is no molecule.
    assert len(parsed(f"{block}$$$$\n{block}", ".sdf")) == 2
    assert len(parsed(f"{block}$$$$\n\n \n", ".sd")) == 1


def test_a_fault_within_an_sdf_names_the_molecule() -> None:
    block = written(".mol")
    broken = block.replace("  3  0", "  4  0", 1)
    assert broken != block
    with pytest.raises(NearsightError, match=r"a\.sdf: frame 1: "):
        parsed(f"{block}$$$$\n{broken}$$$$\n", ".sdf")


@pytest.mark.parametrize(
    ("charges", "total"),
    [("M  CHG  1   1   1", 1), ("M  CHG  2   1  -1   2  -1", -2), ("M  CHG  2   1   1   2  -1", 0)],
)
def test_charges_of_a_mol_are_added_up(charges: str, total: int) -> None:
    text = written(".mol").replace("M  END", f"{charges}\nM  END")
    if total == 0:
        assert len(parsed(text, ".mol")) == 1
        return
    with pytest.raises(DataError, match=f"charge = {total}: only neutral closed-shell molecules"):
        parsed(text, ".mol")


def test_radicals_drawings_and_newer_versions_of_a_mol_are_refused() -> None:
    text = written(".mol")
    with pytest.raises(DataError, match=r"a\.mol: has unpaired electrons \(M RAD\)"):
        parsed(text.replace("M  END", "M  RAD  1   1   2\nM  END"), ".mol")
    lines = text.splitlines()
    assert lines[1][20:22] == "3D"
    flat = [lines[0], lines[1].replace("3D", "2D"), *lines[2:]]
    with pytest.raises(DataError, match=r"is a drawing \(2D\), not a geometry: embed it"):
        parsed("\n".join(flat), ".mol")
    newer = [*lines[:3], lines[3].replace("V2000", "V3000"), *lines[4:]]
    with pytest.raises(DataError, match="version V3000 is not read: write V2000, or xyz"):
        parsed("\n".join(newer), ".mol")


@pytest.mark.parametrize("ending", [".gen", ".mol"])
def test_a_file_that_declares_more_atoms_than_it_has(ending: str) -> None:
    text = written(ending)
    more = (
        text.replace("3  C", "4  C", 1) if ending == ".gen" else text.replace("  3  0", "  4  0", 1)
    )
    assert more != text
    with pytest.raises(CorruptFileError):
        parsed(more, ending)


@pytest.mark.parametrize(
    ("mark", "said"), [("1+", "charge = 1"), ("2-", "charge = -2"), ("0+", None), ("  ", None)]
)
def test_charges_of_a_pdb_stand_behind_the_element(mark: str, said: str | None) -> None:
    lines = written(".pdb").splitlines()
    number = next(k for k, line in enumerate(lines) if line.startswith(("ATOM", "HETATM")))
    lines[number] = f"{lines[number]:<78}"[:78] + mark
    text = "\n".join(lines)
    if said is None:
        assert len(parsed(text, ".pdb")[0]) == 3
        return
    with pytest.raises(DataError, match=rf"a\.pdb: line \d+: {said}"):
        parsed(text, ".pdb")


@pytest.mark.parametrize("key", ["charge=1", "unpaired=2", "charge= -1"])
def test_charges_and_spins_of_turbomole(key: str) -> None:
    with pytest.raises(DataError, match="only neutral closed-shell molecules"):
        parsed(f"$coord\n 0 0 0 he\n$eht {key}\n$end\n", ".coord")


@pytest.mark.parametrize("word", ["$periodic 1", "$cell", "$lattice angs"])
def test_a_cell_of_turbomole(word: str) -> None:
    with pytest.raises(DataError, match="is periodic"):
        parsed(f"$coord\n 0 0 0 he\n{word}\n 9 9 9\n$end\n", ".coord")


def test_bytes_that_are_no_text_are_named_by_their_line() -> None:
    content = written(".gen").encode().replace(b"\n", b"\xff\n", 2)
    with pytest.raises(CorruptFileError, match=r"a\.gen: line 1: is not UTF-8 text"):
        parsed(content, ".gen")


def test_a_file_beyond_the_limit_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    with pytest.raises(DataError, match=r"a\.gen: is larger than 1 MiB: write extended xyz"):
        parsed(bytes((1 << 20) + 1), ".gen")


def test_an_atom_of_no_element_is_named() -> None:
    with pytest.raises(DataError, match=r"a\.gen: frame 0: 'X' is an atom of no element"):
        parsed("1 C\nX\n1 1 0 0 0\n", ".gen")


# By name: endings, compression, the first so many.


@pytest.mark.parametrize("ending", sorted(PARSERS))
def test_every_ending_in_any_case_has_a_reader(tmp_path: Path, ending: str) -> None:
    kind = {".sdf": ".mol", ".sd": ".mol", ".tmol": ".coord"}.get(ending, ending)
    path = tmp_path / f"my water{ending.upper()}"
    path.write_text(written(kind))
    assert read_geometries(path)[0].numbers.tolist() == WATER.numbers.tolist()
    assert ending in KNOWN


@pytest.mark.parametrize(
    ("packed", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
@pytest.mark.parametrize("ending", [".pdb", ".xyz"])
def test_a_packed_file_says_what_it_is_by_the_ending_before(
    tmp_path: Path, packed: str, pack: Callable[[bytes], bytes], ending: str
) -> None:
    text = written(ending) if ending in PARSERS else "1\n\nHe 0 0 0\n"
    path = tmp_path / f"a.b{ending}{packed}"
    whole = pack(text.encode())
    path.write_bytes(whole)
    assert len(read_geometries(path)) == 1
    path.write_bytes(whole[:-3])
    with pytest.raises(CorruptFileError, match=rf"cannot be read as a {packed} file"):
        read_geometries(path)
    path.write_text(text)
    with pytest.raises(CorruptFileError):
        read_geometries(path)


def test_the_first_so_many_of_a_long_file_and_no_line_more(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_text(3 * "1\n\nHe 0 0 0\n" + "no frame\n")
    assert [len(read_geometries(path, most=n)) for n in (0, 1, 2)] == [0, 1, 2]
    with pytest.raises(CorruptFileError, match="line 10: frame 3 begins with 'no frame'"):
        read_geometries(path)
    stream = tmp_path / "a.sdf"
    stream.write_text(3 * (written(".mol") + "$$$$\n"))
    assert len(read_geometries(stream, most=2)) == 2


@pytest.mark.parametrize("name", ["a.traj", "a.gz", "a.vasp.bz2", "plain", ".xyz"])
def test_other_endings_name_those_that_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("1\n\nHe 0 0 0\n")
    with pytest.raises(DataError, match=r"is not read; known: \.xyz, \.extxyz, \.pdb"):
        read_geometries(path)
