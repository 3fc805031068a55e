from pathlib import Path

import ase.db
import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator
from ase.units import Bohr, Hartree, kcal, mol
from foreign_files import HEADER, write_schnetpack, write_sgdml, write_xyz

from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.errors import DataError

KCAL = kcal / mol
# Published sets, against the facts stated beside them.


def test_rmd17_is_kcal_per_mol(shared_data: Path) -> None:
    file = shared_data / "rmd17" / "rmd17_ethanol_train_01.npz"
    frames = import_frames(file, energy_unit="kcal/mol", temperature=500.0)
    assert len(frames) == 1000
    assert frames.attributes["formula"] == "C2H6O"
    assert frames.attributes["temperature_K"] == 500.0
    with np.load(file, allow_pickle=False) as stored:
        assert frames.energy == pytest.approx(stored["energies"] * 0.0433641153, rel=1e-6)
        assert frames.force[:9] == pytest.approx(stored["forces"][0] * 0.0433641153, rel=1e-6)
        assert np.array_equal(frames.position[:9], stored["coords"][0])
        old = import_frames(
            file, energy_unit="kcal/mol", energy_key="old_energies", force_key="old_forces"
        )
        assert old.energy[3] == pytest.approx(stored["old_energies"][3] * KCAL)


def test_gfn2_clusters_keep_their_sizes(shared_data: Path) -> None:
    file = shared_data / "solvent_clusters_gfn2" / "solvent_xtb_train_200.xyz"
    frames = import_frames(file, energy_unit="eV", level_of_theory="GFN2-xTB")
    assert len(frames) == 203
    assert int((frames.n_atoms == 1).sum()) == 3
    assert frames.energy[0] == -10.707211383396714
    assert frames.attributes["level_of_theory"] == "GFN2-xTB"


def test_md22_has_a_capital_energy(shared_data: Path) -> None:
    file = shared_data / "md22_ac_ala3_nhme" / "md22_Ac-Ala3-NHMe_5frames.xyz"
    frames = import_frames(file, energy_unit="kcal/mol")
    assert frames.n_atoms.tolist() == [42] * 5
    assert frames.energy[0] == pytest.approx(-620726.002662 * KCAL)
    assert frames.forces(0)[0] == pytest.approx(np.array([1.07102, 1.79039, -3.86023]) * KCAL)


def test_geometries_without_labels_are_refused(shared_data: Path) -> None:
    file = shared_data / "md22_ac_ala3_nhme" / "md22_Ac-Ala3-NHMe_disp_100frames.extxyz"
    with pytest.raises(DataError, match="no energy key; keys found: displacements, timestep"):
        import_frames(file, energy_unit="eV")


def test_qm7x_padding_is_removed(shared_data: Path) -> None:
    frames = import_frames(shared_data / "qm7x" / "qm7x_250_small.npz", energy_unit="eV")
    assert len(frames) == 2500
    assert (frames.n_atoms.min(), frames.n_atoms.max()) == (4, 23)
    assert frames.atomic_number.min() == 1
    assert np.sqrt((frames.force**2).mean()) == pytest.approx(1.69, abs=0.01)
    net = np.add.reduceat(frames.force, frames.first_atom)
    assert np.abs(net).max() < 4.1e-6


def test_qm7x_keys_of_its_own(shared_data: Path) -> None:
    frames = import_frames(shared_data / "qm7x" / "qm7x_226.npz", energy_unit="eV")
    assert frames.attributes["formula"] == "C6H12"
    assert len(frames) == 100
    assert frames.energy[0] == -6410.478429


# Units.


def test_every_unit_is_converted(tmp_path: Path) -> None:
    text = f"2\n{HEADER} energy=-1.0\nH 0 0 0 0 0 0.1\nH 0 0 1.4 0 0 -0.1\n"
    path = write_xyz(tmp_path / "h2.xyz", text)
    frames = import_frames(path, energy_unit="hartree", length_unit="bohr")
    assert frames.energy[0] == pytest.approx(-27.211386, abs=1e-5)
    assert frames.position[1, 2] == pytest.approx(1.4 * 0.529177, abs=1e-5)
    assert frames.force[0, 2] == pytest.approx(0.1 * Hartree / Bohr)
    frames = import_frames(path, energy_unit="kJ/mol", length_unit="nm")
    assert frames.energy[0] == pytest.approx(-0.01036427, abs=1e-8)
    assert frames.position[1, 2] == pytest.approx(14.0)
    assert frames.force[0, 2] == pytest.approx(0.0001036427, abs=1e-9)


def test_units_must_be_known_and_stated(tmp_path: Path) -> None:
    path = write_xyz(tmp_path / "h.xyz", f"1\n{HEADER} energy=-1.0\nH 0 0 0 0 0 0\n")
    with pytest.raises(DataError, match="does not declare its energy unit"):
        import_frames(path)
    with pytest.raises(DataError, match="unknown energy unit 'furlong'; known: eV"):
        import_frames(path, energy_unit="furlong")
    with pytest.raises(DataError, match="unknown length unit"):
        import_frames(path, energy_unit="eV", length_unit="eV")


def test_sgdml_units_and_theory_are_honoured(tmp_path: Path, water: Frames) -> None:
    path = write_sgdml(
        tmp_path / "w.npz", water, e_unit="kcal/mol", r_unit="Ang", theory="CCSD(T)", type="d"
    )
    frames = import_frames(path)
    assert frames.energy == pytest.approx(water.energy * KCAL)
    assert frames.attributes["level_of_theory"] == "CCSD(T)"
    with pytest.raises(DataError, match="declares its energy unit as 'kcal/mol', but 'eV'"):
        import_frames(path, energy_unit="eV")
    assert import_frames(path, energy_unit="kcal/mol").energy[0] == frames.energy[0]


def test_schnetpack_units_are_honoured(tmp_path: Path, water: Frames) -> None:
    units = {"energy": "Hartree", "forces": "Hartree/Bohr"}
    path = write_schnetpack(tmp_path / "w.db", water, units)
    frames = import_frames(path)
    assert frames.energy == pytest.approx(water.energy * Hartree)
    assert frames.force == pytest.approx(water.force * Hartree / Bohr)
    assert frames.position == pytest.approx(water.position)
    with pytest.raises(DataError, match="declares its energy unit as 'Hartree', but 'eV'"):
        import_frames(path, energy_unit="eV")
    with pytest.raises(DataError, match="declares its length unit as 'Ang', but 'bohr'"):
        import_frames(path, length_unit="bohr")


def test_plain_ase_database_is_read_from_its_calculators(tmp_path: Path, water: Frames) -> None:
    path = tmp_path / "plain.db"
    with ase.db.connect(path) as database:
        for k in range(len(water)):
            atoms = water.atoms(k)
            atoms.calc = SinglePointCalculator(
                atoms, energy=water.energy[k], forces=water.forces(k)
            )
            database.write(atoms)
    frames = import_frames(path, energy_unit="eV")
    assert np.array_equal(frames.energy, water.energy)
    assert np.array_equal(frames.force, water.force)


# Keys.


def test_keys_are_found_or_asked_for(tmp_path: Path) -> None:
    line = "Properties=species:S:1:pos:R:3:forces_xtb:R:3:force_dft:R:3 energy_xtb=-1.0"
    path = write_xyz(tmp_path / "two.xyz", f"1\n{line}\nH 0 0 0 0 0 0 1 2 3\n")
    with pytest.raises(DataError, match=r"several force keys \(force_dft, forces_xtb\)"):
        import_frames(path, energy_unit="eV")
    frames = import_frames(path, energy_unit="eV", force_key="force_dft")
    assert frames.energy.tolist() == [-1.0]
    assert frames.force.tolist() == [[1, 2, 3]]
    with pytest.raises(DataError, match="no force_key 'F'; keys found: energy_xtb, force_dft"):
        import_frames(path, energy_unit="eV", force_key="F")
    with pytest.raises(DataError, match="no energy_key 'E'"):
        import_frames(path, energy_unit="eV", force_key="force_dft", energy_key="E")


@pytest.mark.parametrize(("energy", "force"), [("Energy", "force"), ("energy", "forces")])
def test_usual_spellings_need_no_option(tmp_path: Path, energy: str, force: str) -> None:
    line = f"Properties=species:S:1:pos:R:3:{force}:R:3 {energy}=-2.5"
    path = write_xyz(tmp_path / "a.xyz", f"1\n{line}\nH 0 0 0 1 2 3\n")
    frames = import_frames(path, energy_unit="eV")
    assert frames.energy.tolist() == [-2.5]
    assert frames.force.tolist() == [[1, 2, 3]]


def test_frame_without_a_label_is_named(tmp_path: Path) -> None:
    frame = f"1\n{HEADER} energy=-1.0\nH 0 0 0 0 0 0\n"
    path = write_xyz(tmp_path / "a.xyz", frame + frame.replace(" energy=-1.0", ""))
    with pytest.raises(DataError, match="frame 1: no energy key"):
        import_frames(path, energy_unit="eV")
