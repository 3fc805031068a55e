"""QM7-X as HDF5: molecules are sources, dipoles become debye, units are those that it states."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from ase.units import Debye, Hartree

from nearsight.data.formats.keys import NO_FORCES
from nearsight.data.formats.qm7x import read_qm7x
from nearsight.data.importing import import_frames
from nearsight.errors import CorruptFileError, DataError, NearsightError

WATER = np.array([[0.0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])


def structure(number: float = 0.0, **changed: Any) -> dict[str, Any]:
    made = {
        "atNUM": [8, 1, 1],
        "atXYZ": WATER + number,
        "ePBE0+MBD": [-2000.0 - number],
        "totFOR": np.full((3, 3), number),
        "DIP": [0.4],
        "HLgap": [9.0],
    }
    return {key: value for key, value in (made | changed).items() if value is not None}


def write(path: Path, structures: dict[str, dict[str, Any]], **units: str) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in structures.items():
            group = file.create_group(name)
            for key, value in values.items():
                group[key] = value
                if key in units:
                    group[key].attrs["units"] = units[key]
    return path


def test_groups_are_sources_and_come_in_order(tmp_path: Path) -> None:
    structures = {f"{m}/Geom-{k}": structure(m + 0.1 * k) for m in (2, 1) for k in (1, 0)}
    frames = import_frames(write(tmp_path / "a.h5", structures))
    assert frames.energy.tolist() == pytest.approx([-2001.0, -2001.1, -2002.0, -2002.1])
    assert frames.source.tolist() == [0, 0, 1, 1]
    assert frames.attributes["level_of_theory"] == "PBE0+MBD"
    assert frames.forces(3).tolist() == pytest.approx(np.full((3, 3), 2.1))
    assert frames.attributes["formula"] == "H2O"


def test_properties_have_the_units_of_the_targets(tmp_path: Path) -> None:
    frames = import_frames(write(tmp_path / "a.h5", {"1/a": structure()}))
    assert frames.properties["dipole"].tolist() == pytest.approx([0.4 / Debye])
    # 1 e Å is 4.803 debye.
    assert frames.properties["dipole"][0] == pytest.approx(0.4 * 4.8032, rel=1e-4)
    assert frames.properties["gap"].tolist() == [9.0]
    assert "homo" not in frames.properties


def test_units_that_a_file_states_are_honoured(tmp_path: Path) -> None:
    units = {"ePBE0+MBD": "Hartree", "totFOR": "Hartree/Bohr", "atXYZ": "bohr"}
    contents = read_qm7x(write(tmp_path / "a.h5", {"1/a": structure()}, **units), None, None)
    assert contents.energy_unit == "Hartree"
    assert (contents.force_unit, contents.length_unit) == ("Hartree/Bohr", "bohr")
    frames = import_frames(tmp_path / "a.h5")
    assert frames.energy[0] == pytest.approx(-2000 * Hartree)
    plain = read_qm7x(write(tmp_path / "b.h5", {"1/a": structure()}), None, None)
    assert (plain.energy_unit, plain.force_unit) == ("eV", "eV/angstrom")


def test_structures_of_different_units_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"1/a": structure(), "1/b": structure()})
    with h5py.File(path, "a") as file:
        file["1/b/ePBE0+MBD"].attrs["unit"] = "hartree"
    with pytest.raises(DataError, match=r"1/b: declares units .*hartree"):
        import_frames(path)


@pytest.mark.parametrize("value", [3.0, np.array(["eV", "eV"], dtype="S"), [1, 2, 3]])
def test_a_unit_that_is_none_is_named(tmp_path: Path, value: Any) -> None:
    path = write(tmp_path / "a.h5", {"1/a": structure()})
    with h5py.File(path, "a") as file:
        file["1/a/atXYZ"].attrs["units"] = value
    with pytest.raises(DataError, match=r"atXYZ: units = .* names no unit"):
        import_frames(path)


def test_other_keys_and_no_forces_by_choice(tmp_path: Path) -> None:
    own = structure(ePBE0=[-5.0], vdwFOR=np.ones((3, 3)))
    path = write(tmp_path / "a.h5", {"1/a": own})
    found = read_qm7x(path, "ePBE0", "vdwFOR")
    assert found.energy.tolist() == [-5.0]
    assert found.force is not None
    assert (found.force == 1).all()
    assert found.keys == {"energy": "ePBE0", "force": "vdwFOR"}
    # Of another key nobody knows the unit but the user.
    assert found.force_unit is None
    bare = read_qm7x(path, None, NO_FORCES)
    assert (bare.force, bare.keys) == (None, {"energy": "ePBE0+MBD"})


@pytest.mark.parametrize("key", ["atXYZ", "ePBE0+MBD", "totFOR"])
def test_a_structure_that_lacks_a_label_says_what_it_has(tmp_path: Path, key: str) -> None:
    path = write(tmp_path / "a.h5", {"1/a": structure(), "1/b": structure(**{key: None})})
    with pytest.raises(CorruptFileError) as caught:
        import_frames(path)
    assert f"a.h5: 1/b: lacks {key}; it has DIP, HLgap, at" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("ePBE0+MBD", [1.0, 2.0], r"ePBE0\+MBD has shape \(2,\)"),
        ("atXYZ", np.zeros((2, 3)), r"has 3 atoms, but positions of shape \(2, 3\)"),
        ("totFOR", np.zeros((3, 2)), r"has 3 atoms, but forces of shape \(3, 2\)"),
        ("atNUM", [8, 1, -1], "is no nuclear charge"),
        ("atNUM", [8, 1, 1.5], "is no nuclear charge"),
    ],
)
def test_shapes_and_elements_are_asked_for(
    tmp_path: Path, key: str, value: Any, words: str
) -> None:
    path = write(tmp_path / "a.h5", {"1/a": structure(**{key: value})})
    with pytest.raises(NearsightError, match=rf"a\.h5: 1/a.*{words}"):
        import_frames(path)


def test_a_property_of_several_numbers_is_none(tmp_path: Path) -> None:
    frames = import_frames(write(tmp_path / "a.h5", {"1/a": structure(DIP=[0.1, 0.2, 0.3])}))
    assert "dipole" not in frames.properties


def test_empty_groups_and_an_empty_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"1/a": structure()})
    with h5py.File(path, "a") as file:
        file.create_group("2")
    assert import_frames(path).source.tolist() == [0]
    with pytest.raises(DataError, match="holds 0 structures"):
        import_frames(write(tmp_path / "b.h5", {}))


def test_cut_at_every_twentieth_of_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"1/a": structure()})
    content = path.read_bytes()
    for part in range(20):
        path.write_bytes(content[: len(content) * part // 20])
        with pytest.raises(NearsightError, match=r"a\.h5"):
            import_frames(path)
