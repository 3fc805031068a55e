"""Cells, charges and spins: refused by every reader, never dropped."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ase.db
import numpy as np
import pytest
from ase import Atoms, io
from ase.build import molecule
from ase.calculators.singlepoint import SinglePointCalculator
from foreign_files import write_sgdml, write_xyz

from nearsight.data.frames import Frames, read_frames, to_dataset, write_frames
from nearsight.data.importing import import_frames
from nearsight.data.molecules import build_molecule
from nearsight.data.stored import open_frames
from nearsight.data.structures import read_structures
from nearsight.errors import CorruptFileError, DataError, MoleculeError, NearsightError
from nearsight.storage import write_dataset

COLUMNS = "Properties=species:S:1:pos:R:3:forces:R:3 energy=-1"
BOX = 'Lattice="9 0 0 0 9 0 0 0 9"'


def imported(path: Path) -> object:
    return import_frames(path, energy_unit="eV")


def built(path: Path) -> object:
    return build_molecule(str(path), 0)


READERS = (imported, read_structures, built)


def helium(tmp_path: Path, keys: str) -> Path:
    return write_xyz(tmp_path / "he.xyz", f"1\n{COLUMNS} {keys}\nHe 0 0 0 0 0 0\n")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (BOX, "periodic"),
        (f'{BOX} pbc="T F F"', "periodic"),
        ('pbc="T T T"', "periodic"),
        ('lattice="9 0 0 0 9 0 0 0 9"', "periodic"),
        ('cell="9 9 9"', "periodic"),
        ("unit_cell=9", "periodic"),
        ('Lattice="0 0 0 0 0 0 0 0 0"', 'lattice is zero, which is no cell: .* pbc="F F F"'),
        ("pbc=maybe", "pbc = maybe is neither true nor false"),
        ("charge=-2", "frame 0: charge = -2: only neutral closed-shell"),
        ("total_charge=1", "total_charge = 1"),
        ("Charge=+1.0", "Charge = 1"),
        ("net_charge=0.5", "net_charge = 0.5"),
        ("charge=nan", "charge = nan"),
        ("charge=minus", "charge = 'minus' is no number"),
        ("charge=None", "charge = 'None' is no number"),
        ("charge = -1", "charge = -1"),
        ("multiplicity=3", "multiplicity = 3"),
        ("multiplicity=0", "multiplicity = 0"),
        ("spin=2", "spin = 2"),
        ("spin_multiplicity=2", "spin_multiplicity = 2"),
        ("uhf=1", "uhf = 1"),
        ("magmom=2.0", "magmom = 2"),
    ],
)
def test_cells_charges_and_spins_are_refused(
    tmp_path: Path, read: Callable, keys: str, words: str
) -> None:
    with pytest.raises((DataError, MoleculeError), match=words):
        read(helium(tmp_path, keys))


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "keys",
    [
        f'{BOX} pbc="F F F"',
        'Lattice="0 0 0 0 0 0 0 0 0" pbc="F F F"',
        'Lattice=none pbc="0 0 0"',
        "pbc=F",
        "charge=0 multiplicity=1 spin=0",
        "charge=0.0 spin=1 uhf=0 magmom=0.0",
        "spin cell charge",
        "charges=3 charge_method=hirshfeld",
    ],
)
def test_neutral_molecules_in_a_box_are_read(tmp_path: Path, read: Callable, keys: str) -> None:
    assert len(read(helium(tmp_path, keys))) == 1


@pytest.mark.parametrize(
    "comment",
    ["charge: -2", "acetate, charge -1, multiplicity 1", "-2 1", "+1 2", "net charge = +1"],
)
def test_charges_in_free_text_are_seen(tmp_path: Path, comment: str) -> None:
    path = write_xyz(tmp_path / "a.xyz", f"1\n{comment}\nHe 0 0 0\n")
    with pytest.raises(DataError, match="charge"):
        read_structures(path)
    with pytest.raises(MoleculeError, match="charge"):
        built(path)


@pytest.mark.parametrize("comment", ["", "0 1", "12 3", "charge: 0, multiplicity: 1", "frame 7"])
def test_free_text_is_free(tmp_path: Path, comment: str) -> None:
    assert len(read_structures(write_xyz(tmp_path / "a.xyz", f"1\n{comment}\nHe 0 0 0\n"))) == 1


def test_archives_with_a_cell_or_ions_are_refused(tmp_path: Path, water: Frames) -> None:
    for name, value, words in (
        ("lattice", np.eye(3) * 6, "periodic"),
        ("lattice", np.zeros((3, 3)), "lattice is zero"),
        ("cell", np.ones((12, 3)), "periodic"),
        ("Q", np.ones(12), "Q = 1: only neutral"),
        ("charge", -1, "charge = -1: only neutral"),
        ("multiplicity", [1] * 11 + [3], "multiplicity = 3"),
    ):
        path = write_sgdml(tmp_path / f"{name}.npz", water, **{name: value})
        with pytest.raises(DataError, match=words):
            imported(path)
    box = {"cell": np.eye(3), "pbc": np.zeros(3, dtype=bool), "Q": np.zeros(12)}
    assert len(imported(write_sgdml(tmp_path / "box.npz", water, **box))) == 12  # type: ignore[arg-type]


def test_a_pickled_lattice_is_named(tmp_path: Path, water: Frames) -> None:
    path = write_sgdml(tmp_path / "w.npz", water, lattice=np.array(None, dtype=object))
    with pytest.raises(CorruptFileError, match="array 'lattice': is a pickled object"):
        imported(path)


def _write(path: Path, atoms: Atoms, **pairs: float) -> Path:
    path.unlink(missing_ok=True)
    atoms.calc = SinglePointCalculator(atoms, energy=-1.0, forces=np.zeros((len(atoms), 3)))
    with ase.db.connect(path) as database:
        database.write(atoms, key_value_pairs=pairs)
    return path


def test_databases_with_a_cell_or_ions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    box = Atoms("He", cell=[9, 9, 9], pbc=False)
    assert len(imported(_write(path, box.copy(), charge=0))) == 1
    for atoms, pairs, words in (
        (Atoms("He", cell=[9, 9, 9], pbc=True), {}, "periodic"),
        (box, {"charge": -1}, "charge = -1"),
        (box, {"spin": 3}, "spin = 3"),
        (Atoms("He", charges=[1.0]), {}, r"charges of its atoms add up to \+1"),
        (Atoms("He", magmoms=[2.0]), {}, r"magnetic moments of its atoms add up to \+2"),
    ):
        with pytest.raises(DataError, match=words):
            imported(_write(path, atoms.copy(), **pairs))


ATOM = f"HETATM    1 NA   NA  A   1    {3 * '   0.000'}  1.00  0.00          NA"
MOL = """water

  3  0  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.1200 O   0  0
    0.0000    0.7600   -0.4800 H   0  0
    0.0000   -0.7600   -0.4800 H   0  0
{}M  END
"""


def test_every_molecule_of_an_sdf_is_read(tmp_path: Path) -> None:
    block = MOL.replace("water\n\n", "water\n  x\n\n").format("")
    path = tmp_path / "a.sdf"
    path.write_text(f"{block}> <name>\nwater\n\n$$$$\n" + f"{block}$$$$\n" * 3)
    assert [len(atoms) for atoms in read_structures(path)] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.mol", "w\n\n\n" + MOL[7:].format("M  CHG  2   1  -1   2   2\n"), "charge = 1"),
        ("a.mol", "w\n\n\n" + MOL[7:].format("M  RAD  1   1   2\n"), "unpaired"),
        ("a.mol", "w\n  ASE     11302620262D\n\n" + MOL[7:].format(""), "drawing"),
        ("a.sdf", "w\n\n\n" + MOL[7:90], "frame 0: (cannot be read|has)"),
        ("a.mol", "w\n\n\n  0  0  0     0  0            999 V3000\n", "V3000"),
        ("a.gen", "1 F\nHe\n1 1 0 0 0\n0 0 0\n9 0 0\n0 9 0\n0 0 9\n", "periodic"),
        ("a.gen", "2 C\nHe\n1 1 0 0 0\n", "has 1 of its 2 atoms"),
        ("a.coord", "$coord\n0 0 0 he\n$eht charge=-2 unpaired=0\n$end\n", "charge = -2"),
        ("a.coord", "$coord\n0 0 0 he\n$periodic 3\n$end\n", "periodic"),
        ("a.pdb", f"{ATOM}1+\n", "line 1: charge = 1"),
        ("a.pdb", f"CRYST1{3 * '    9.000'}{3 * '  90.00'} P 1\n{ATOM}\n", "periodic"),
        ("POSCAR.vasp", "x", "format vasp is not read"),
        ("a.cif", "x", "format cif is not read; known: .xyz"),
        ("noending", "x", "format without an ending is not read"),
    ],
)  # fmt: skip
def test_other_formats_hide_nothing(tmp_path: Path, name: str, text: str, words: str) -> None:
    path = write_xyz(tmp_path / name, text)
    with pytest.raises(NearsightError, match=words):
        read_structures(path)


@pytest.mark.parametrize("ending", [".pdb", ".gen", ".sdf", ".mol"])
def test_other_formats_are_read(tmp_path: Path, ending: str) -> None:
    methanol = molecule("CH3OH")
    io.write(tmp_path / f"a{ending}", methanol)
    (found,) = read_structures(tmp_path / f"a{ending}")
    assert found.numbers.tolist() == methanol.numbers.tolist()
    assert found.positions == pytest.approx(methanol.positions, abs=2e-3)


def test_a_dummy_cell_of_pdb_is_none(tmp_path: Path) -> None:
    io.write(tmp_path / "a.pdb", [molecule("CH3OH")] * 2)
    text = (tmp_path / "a.pdb").read_text()
    cell = "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1           1\n"
    write_xyz(tmp_path / "b.pdb", cell + text)
    assert len(read_structures(tmp_path / "b.pdb")) == 2


@pytest.mark.parametrize(
    ("add", "words"),
    [
        ({"charge": -1}, "charge = -1"),
        ({"lattice": [9.0, 9.0, 9.0]}, "periodic"),
        ({"spin": 3}, "spin = 3"),
    ],
)
def test_data_sets_with_a_cell_or_ions_are_refused(
    tmp_path: Path, water: Frames, add: dict, words: str
) -> None:
    path = tmp_path / "data.nc"
    write_frames(water, path, title="water", settings={})
    for read in (read_frames, open_frames):
        read(path)
    write_frames(replace(water, attributes=add), path, title="water")
    for read in (read_frames, open_frames):
        with pytest.raises(DataError, match=words):
            read(path)
    (key, value), dataset = next(iter(add.items())), to_dataset(water)
    about = {"units": "1", "long_name": key}
    dataset[key] = (("three",) if key == "lattice" else (), value, about)
    write_dataset(dataset, path, title="water")
    with pytest.raises(DataError, match=words):
        read_frames(path)


def test_charges_of_a_column_are_summed(tmp_path: Path) -> None:
    head = "2\nProperties=species:S:1:pos:R:3:{}:R:1"
    rows = "\nH 0 0 0 {}\nF 0 0 0.9 {}\n"
    path = tmp_path / "a.xyz"
    path.write_text(head.format("initial_charges") + rows.format(0.4, -0.4))
    assert len(read_structures(path)) == 1
    path.write_text(head.format("initial_charges") + rows.format(-0.5, -0.5))
    with pytest.raises(DataError, match="charges of its atoms add up to -1"):
        read_structures(path)
    path.write_text(head.format("initial_magmoms") + rows.format(1, 1))
    with pytest.raises(DataError, match=r"magnetic moments of its atoms add up to \+2"):
        read_structures(path)
