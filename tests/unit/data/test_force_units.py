"""Units of files: stated, declared, contradicting; forces have one of their own."""

from pathlib import Path

import ase.db
import h5py
import numpy as np
import pytest
from ase import Atoms
from ase.units import Bohr, Hartree, kcal, mol
from foreign_files import HEADER, write_schnetpack, write_sgdml, write_xyz

from nearsight.data.formats.unit_names import declared_units, energy_unit, force_unit, length_unit
from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.errors import DataError

FRAME = f"2\n{HEADER} energy=-1.0 {{}}\nH 0 0 0 0 0 0.1\nH 0 0 0.74 0 0 -0.1\n"


def test_forces_in_hartree_per_bohr_beside_positions_in_angstrom(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "orca.xyz", FRAME.format(""))
    frames = import_frames(path, energy_unit="hartree", force_unit="hartree/bohr")
    assert frames.force[0, 2] == pytest.approx(0.1 * Hartree / Bohr)
    assert frames.position[1, 2] == 0.74
    assert frames.energy[0] == pytest.approx(-Hartree)
    plain = import_frames(path, energy_unit="hartree")
    assert plain.force[0, 2] == pytest.approx(0.1 * Hartree)


@pytest.mark.parametrize(
    ("text", "energy", "length"),
    [
        ("Hartree/Bohr", "hartree", "bohr"),
        ("Eh/a0", "hartree", "bohr"),
        ("a.u.", "hartree", "bohr"),
        ("eV/Ang", "eV", "angstrom"),
        ("eV angstrom-1", "eV", "angstrom"),
        ("eV/Å", "eV", "angstrom"),
        ("eV * Å^-1", "eV", "angstrom"),
        ("kcal/mol/Angstrom", "kcal/mol", "angstrom"),
        ("kcal mol-1 Ang-1", "kcal/mol", "angstrom"),
        ("kcal/(mol Ang)", "kcal/mol", "angstrom"),
        ("kJ/mol/nm", "kJ/mol", "nm"),
        ("kcal/Å/mol", "kcal/mol", "angstrom"),
        ("eV per Angstrom", "eV", "angstrom"),
    ],
)
def test_spellings_of_force_units(text: str, energy: str, length: str) -> None:
    assert force_unit(text) == (energy, length)


def test_what_is_no_unit() -> None:
    assert force_unit("eV") is None
    assert force_unit("eV/fs") is None
    assert energy_unit("eV/atom") is None
    assert length_unit("furlong") is None
    assert energy_unit("kcal mol^-1") == "kcal/mol"


def test_unknown_force_units_are_named(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "a.xyz", FRAME.format(""))
    with pytest.raises(DataError, match="unknown force unit 'eV'; known: hartree/bohr"):
        import_frames(path, energy_unit="eV", force_unit="eV")


@pytest.mark.parametrize(
    "keys",
    [
        "energy_unit=Hartree forces_unit=Hartree/Bohr",
        'units="Hartree, Hartree/Bohr"',
        "unit_energy=Ha f_unit=Ha/Bohr",
        'energy-units=Eh "force unit"=ignored forces_units=Eh/a0',
    ],
)
def test_units_in_the_comment_line_are_obeyed(tmp_path: Path, keys: str) -> None:
    path = write_xyz(tmp_path / "a.xyz", FRAME.format(keys.replace('"force unit"=ignored ', "")))
    frames = import_frames(path)
    assert frames.energy[0] == pytest.approx(-Hartree)
    assert frames.force[0, 2] == pytest.approx(0.1 * Hartree / Bohr)
    with pytest.raises(DataError, match="declares its energy unit as"):
        import_frames(path, energy_unit="eV")
    with pytest.raises(DataError, match="declares its force unit as"):
        import_frames(path, force_unit="eV/Ang")
    assert len(import_frames(path, force_unit="hartree/bohr")) == 1


def test_systems_of_units_are_known(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "a.xyz", FRAME.format("units=real"))
    assert import_frames(path).energy[0] == pytest.approx(-kcal / mol)
    path = write_xyz(tmp_path / "a.xyz", FRAME.format("units=strange"))
    with pytest.raises(DataError, match=r"frame 0: units = 'strange': 'strange' is no unit"):
        import_frames(path, energy_unit="eV")


def test_units_that_change_between_frames_are_refused(tmp_path: Path) -> None:
    text = FRAME.format("energy_unit=eV") + FRAME.format("energy_unit=hartree")
    with pytest.raises(DataError, match=r"frame 1: declares units .*hartree.*eV.* at frame 0"):
        import_frames(write_xyz(tmp_path / "a.xyz", text))


def test_units_of_other_quantities_are_left_alone() -> None:
    assert declared_units({"time_unit": "fs", "dipole_units": "D", "unit": True}, "a") == {}
    with pytest.raises(DataError, match="energy_unit = 3 names no unit"):
        declared_units({"energy_unit": 3}, "a")
    with pytest.raises(DataError, match="two units for energy"):
        declared_units({"energy_unit": "eV", "e_unit": "Ha"}, "a")


def test_units_of_an_archive_are_obeyed(tmp_path: Path, water: Frames) -> None:
    path = write_sgdml(tmp_path / "w.npz", water, e_unit="Ha", r_unit="Ang", f_unit="Ha/Bohr")
    frames = import_frames(path)
    assert frames.force == pytest.approx(water.force * Hartree / Bohr)
    with pytest.raises(DataError, match="declares its force unit as 'Ha/Bohr', but 'eV/Ang'"):
        import_frames(path, force_unit="eV/Ang")
    path = write_sgdml(tmp_path / "w.npz", water, e_unit=3)
    with pytest.raises(DataError, match="e_unit = 3 names no unit"):
        import_frames(path, energy_unit="eV")


def test_units_of_a_plain_database_are_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with ase.db.connect(path) as database:
        database.metadata = {"energy_unit": "Ha", "force_unit": "Ha/Bohr"}
        database.write(Atoms("He"), data={"energy": np.ones(1), "forces": np.ones((1, 3))})
    frames = import_frames(path)
    assert frames.energy[0] == pytest.approx(Hartree)
    assert frames.force[0, 0] == pytest.approx(Hartree / Bohr)


def test_odd_units_of_schnetpack_are_refused(tmp_path: Path, water: Frames) -> None:
    for name, units in (("a", {"energy": 3, "forces": "eV/Ang"}), ("b", {"energy": "x"})):
        path = write_schnetpack(tmp_path / f"{name}.db", water, units)  # type: ignore[arg-type]
        with pytest.raises(DataError, match=r"names no unit|unknown energy unit"):
            import_frames(path)
    path = write_schnetpack(tmp_path / "c.db", water, {"energy": "eV"}, distance="parsec")
    with pytest.raises(DataError, match="unknown length unit 'parsec'"):
        import_frames(path)


def test_units_of_hdf5_are_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "a.hdf5"
    with h5py.File(path, "w") as file:
        group = file.create_group("1/a")
        group["atNUM"], group["atXYZ"] = [2], [[0.0, 0.0, 0.0]]
        group["ePBE0+MBD"], group["totFOR"] = [1.0], [[0.0, 0.0, 1.0]]
    assert import_frames(path).energy[0] == 1.0
    with h5py.File(path, "a") as file:
        file["1/a/ePBE0+MBD"].attrs["units"] = "hartree"
        file["1/a/totFOR"].attrs["unit"] = b"hartree/bohr"
    frames = import_frames(path)
    assert frames.energy[0] == pytest.approx(Hartree)
    assert frames.force[0, 2] == pytest.approx(Hartree / Bohr)
    with pytest.raises(DataError, match="declares its energy unit as 'hartree', but 'eV'"):
        import_frames(path, energy_unit="eV")
    without = import_frames(path, force_key="none")
    assert not without.has_forces
