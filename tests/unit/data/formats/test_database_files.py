"""ASE databases: labels as SchNetPack keeps them or as ASE does, and never a byte written."""

import sqlite3
from pathlib import Path
from typing import Any

import ase.db
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.units import Hartree

from nearsight.data.formats.ase_database import read_ase_database
from nearsight.data.formats.keys import NO_FORCES
from nearsight.data.formats.read_structures import ReadStructures
from nearsight.data.importing import import_frames
from nearsight.errors import CorruptFileError, DataError, NearsightError

WATER = Atoms("OH2", positions=[[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])
UNITS = {"energy": "eV", "forces": "eV/Ang"}
SCHNETPACK = {"_property_unit_dict": UNITS, "_distance_unit": "Ang"}


def data(number: int = 0, **more: Any) -> dict[str, Any]:
    made = {"energy": np.array([-10.0 - number]), "forces": np.full((3, 3), float(number))}
    return {**made, **more}


def write(path: Path, rows: list[dict[str, Any]], metadata: dict[str, Any] | None = None) -> Path:
    """Rows of water: ``data`` and anything else that ASE's ``write`` takes."""
    path.unlink(missing_ok=True)
    with ase.db.connect(path) as database:
        database.metadata = SCHNETPACK if metadata is None else metadata
        for row in rows:
            database.write(row.pop("atoms", WATER), **row)
    return path


def read(path: Path, energy: str | None = None, force: str | None = None) -> ReadStructures:
    return read_ase_database(path, energy, force)


def fault(path: Path, kind: type[NearsightError] = DataError) -> str:
    with pytest.raises(kind) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


def test_rows_come_in_order_with_their_units(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.db", [{"data": data(k)} for k in range(3)]))
    assert found.energy.tolist() == [-10, -11, -12]
    assert found.position[:3].tolist() == WATER.positions.tolist()
    assert found.force is not None
    assert found.force[::3, 0].tolist() == [0, 1, 2]
    assert (found.energy_unit, found.force_unit, found.length_unit) == ("eV", "eV/Ang", "Ang")
    assert found.keys == {"energy": "energy", "force": "forces"}


def test_schnetpack_s_labels_are_those_of_the_row_and_not_of_a_calculator(tmp_path: Path) -> None:
    atoms = WATER.copy()
    atoms.calc = SinglePointCalculator(atoms, energy=-99.0, forces=np.full((3, 3), 9.0))
    rows = [{"atoms": atoms, "data": data()}]
    assert read(write(tmp_path / "a.db", rows)).energy.tolist() == [-10]
    rows = [{"atoms": atoms}]
    assert read(write(tmp_path / "b.db", rows, {})).energy.tolist() == [-99]


def test_energies_as_key_value_pairs(tmp_path: Path) -> None:
    rows = [{"data": {"forces": np.zeros((3, 3))}, "key_value_pairs": {"dft_energy": -7.5}}]
    found = read(write(tmp_path / "a.db", rows, {"energy_unit": "Ha"}))
    assert (found.energy.tolist(), found.energy_unit) == ([-7.5], "Ha")
    assert found.keys["energy"] == "dft_energy"


def test_subsets_sources_and_theory_stand_beside(tmp_path: Path) -> None:
    rows = [
        {"data": data(k), "key_value_pairs": {"subset": name, "source": 5 + k}}
        for k, name in enumerate(("train", "test"))
    ]
    found = read(write(tmp_path / "a.db", rows, {**SCHNETPACK, "level_of_theory": "PBE"}))
    assert (found.subset, found.source) == (["train", "test"], [5, 6])
    assert found.attributes == {"level_of_theory": "PBE"}


@pytest.mark.parametrize(
    ("unit", "factor"), [("eV", 1.0), ("Ha", Hartree), ("hartree", Hartree), ("EV", 1.0)]
)
def test_properties_are_brought_to_the_unit_of_the_target(
    tmp_path: Path, unit: str, factor: float
) -> None:
    metadata = {**SCHNETPACK, "_property_unit_dict": {**UNITS, "homo": unit, "dipole_moment": "D"}}
    rows = [{"data": data(homo=np.array([-0.3]), dipole_moment=np.array([1.85]))}]
    found = read(write(tmp_path / "a.db", rows, metadata)).properties
    assert found["homo"].tolist() == pytest.approx([-0.3 * factor])
    assert found["dipole"].tolist() == [1.85]


def test_a_property_of_an_unknown_unit_is_left_out_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metadata = {**SCHNETPACK, "_property_unit_dict": {**UNITS, "gap": "furlong"}}
    found = read(write(tmp_path / "a.db", [{"data": data(gap=np.array([1.0]))}], metadata))
    assert found.properties == {}
    assert "row 1: frame 0: unit of gap is not known: left out" in caplog.text


def test_a_property_without_a_stated_unit_is_no_property(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.db", [{"data": data(gap=np.array([1.0]))}])).properties == {}


def test_forces_by_choice_or_none(tmp_path: Path) -> None:
    rows = [{"data": data(old_forces=np.ones((3, 3)))}]
    path = write(tmp_path / "a.db", rows)
    assert "several force keys (forces, old_forces)" in fault(path)
    assert read(path, None, "old_forces").force.tolist() == np.ones((3, 3)).tolist()  # type: ignore[union-attr]
    bare = read(path, None, NO_FORCES)
    assert (bare.force, bare.force_unit, bare.keys) == (None, None, {"energy": "energy"})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"data": {"forces": np.zeros((3, 3))}}, "row 1: frame 0: no energy key; keys found: for"),
        ({"data": {"energy": np.zeros(1)}}, "row 1: frame 0: no force key; keys found: energy"),
        ({"data": data(), "key_value_pairs": {"charge": 1}}, "row 1: frame 0: charge = 1"),
        (
            {"data": data(), "atoms": Atoms("H3", cell=[5, 5, 5], pbc=[False, True, False])},
            "is periodic",
        ),
    ],
)
def test_what_a_row_lacks_or_has_too_much(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    assert words in fault(write(tmp_path / "a.db", [row]))


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"_property_unit_dict": {"energy": 3}}, "metadata: energy_unit = 3 names no unit"),
        ({**SCHNETPACK, "_distance_unit": ["Ang"]}, "metadata: length_unit = .* names no unit"),
    ],
)
def test_units_that_are_none_are_named(
    tmp_path: Path, metadata: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        read(write(tmp_path / "a.db", [{"data": data()}], metadata))


def test_atoms_of_no_element_are_found_at_the_latest_when_all_are_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db", [{"data": data()}, {"data": data(), "atoms": Atoms("X3")}])
    with pytest.raises(DataError, match=r"a\.db: frame 1 has an atom of no element"):
        import_frames(path)


def test_a_table_of_units_that_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db", [{"data": data()}], {"_property_unit_dict": "eV"})
    assert "_property_unit_dict is no table of units" in fault(path, CorruptFileError)


def test_metadata_or_data_that_are_no_table(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db", [{"data": data()}])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE information SET value = '[1, 2]' WHERE name = 'metadata'")
    connection.close()
    assert fault(path, CorruptFileError).startswith("damaged ASE database: its metadata is no tab")


def test_an_empty_database_holds_no_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db", [{"data": data()}])
    with ase.db.connect(path) as database:
        del database[1]
    assert fault(path) == "holds 0 frames"


def test_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    """Also in a folder with a space, of a file that must not be written."""
    folder = tmp_path / "my data"
    folder.mkdir()
    path = write(folder / "a b.db", [{"data": data()}])
    path.chmod(0o400)
    before = path.read_bytes()
    assert len(import_frames(path)) == 1
    assert path.read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["a b.db"]


def test_cut_at_every_page(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db", [{"data": data(k)} for k in range(4)])
    content = path.read_bytes()
    for length in range(0, len(content), 4096):
        path.write_bytes(content[:length])
        with pytest.raises(NearsightError, match=r"a\.db"):
            read(path)
