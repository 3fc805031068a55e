"""NumPy archives of three projects: charges of one molecule or of many, padded with zeros."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nearsight.data.formats.keys import NO_FORCES
from nearsight.data.formats.npz import LAYOUTS, read_npz
from nearsight.data.formats.npz_members import numbers, open_members, text
from nearsight.data.importing import import_frames
from nearsight.errors import CorruptFileError, DataError, NearsightError

N_FRAMES, N_ATOMS = 4, 3


def arrays(layout: str, **changed: Any) -> dict[str, Any]:
    position, energy, force, charge = LAYOUTS[layout]
    rng = np.random.default_rng(0)
    made = {
        position: rng.normal(0, 2, (N_FRAMES, N_ATOMS, 3)),
        energy: -np.arange(1.0, N_FRAMES + 1),
        force: rng.normal(0, 1, (N_FRAMES, N_ATOMS, 3)),
        charge: np.array([8, 1, 1]),
    }
    return {key: value for key, value in (made | changed).items() if value is not None}


def write(path: Path, values: dict[str, Any]) -> Path:
    np.savez(path, **values)
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("compressed", [False, True])
def test_every_layout_is_read(tmp_path: Path, layout: str, compressed: bool) -> None:
    values = arrays(layout)
    path = tmp_path / "my data.npz"
    (np.savez_compressed if compressed else np.savez)(path, **values)
    found = read_npz(path, None, None)
    position, energy, force, charge = LAYOUTS[layout]
    assert found.energy.tolist() == values[energy].tolist()
    assert np.array_equal(found.position, values[position].reshape(-1, 3))
    assert np.array_equal(found.force, values[force].reshape(-1, 3))  # type: ignore[arg-type]
    assert found.atomic_number.tolist() == N_FRAMES * values[charge].tolist()
    assert found.keys == {"energy": energy, "force": force}


def test_zeros_fill_up_molecules_of_fewer_atoms(tmp_path: Path) -> None:
    charges = np.array([[8, 1, 1], [2, 0, 0], [1, 1, 0], [10, 0, 0]])
    values = arrays("QM7-X", atNUM=charges)
    frames = import_frames(write(tmp_path / "a.npz", values), energy_unit="eV")
    assert frames.n_atoms.tolist() == [3, 1, 2, 1]
    assert frames.atomic_number.tolist() == [8, 1, 1, 2, 1, 1, 10]
    for frame in range(N_FRAMES):
        n = frames.n_atoms[frame]
        assert np.array_equal(frames.atoms(frame).positions, values["atXYZ"][frame, :n])
        assert np.array_equal(frames.forces(frame), values["totFOR"][frame, :n])


def test_energies_in_a_column_are_a_number_a_frame(tmp_path: Path) -> None:
    values = arrays("sGDML", E=-np.arange(1.0, 5)[:, None])
    assert read_npz(write(tmp_path / "a.npz", values), None, None).energy.tolist() == [
        -1, -2, -3, -4,
    ]  # fmt: skip


def test_other_labels_by_choice(tmp_path: Path) -> None:
    old = np.full(N_FRAMES, -9.0)
    path = write(tmp_path / "a.npz", arrays("rMD17", old_energies=old))
    found = read_npz(path, "old_energies", NO_FORCES)
    assert (found.energy.tolist(), found.force) == (old.tolist(), None)
    assert found.keys == {"energy": "old_energies"}
    with pytest.raises(DataError, match="no energy_key 'E'; keys found: coords, energies"):
        read_npz(path, "E", None)
    with pytest.raises(DataError, match="no force_key 'F'"):
        read_npz(path, None, "F")


def test_units_and_theory_that_an_archive_states(tmp_path: Path) -> None:
    said = {"e_unit": "Ha", "r_unit": b"bohr", "theory": np.array(["MP2"])}
    found = read_npz(write(tmp_path / "a.npz", arrays("sGDML", **said)), None, None)
    assert (found.energy_unit, found.length_unit) == ("Ha", "bohr")
    assert found.attributes == {"level_of_theory": "MP2"}
    several = arrays("sGDML", theory=np.array(["MP2", "PBE"]))
    assert read_npz(write(tmp_path / "b.npz", several), None, None).attributes == {}


@pytest.mark.parametrize("missing", ["R", "z"])
def test_an_archive_without_places_or_elements_is_of_no_layout(
    tmp_path: Path, missing: str
) -> None:
    path = write(tmp_path / "a.npz", arrays("sGDML", **{missing: None}))
    with pytest.raises(DataError, match=r"no known layout; keys found: E, F.*; known are sGDML: R"):
        read_npz(path, None, None)


@pytest.mark.parametrize("shape", [(4, 3), (4, 9), (4, 3, 2), (12, 3), (0, 3, 3), (4, 0, 3)])
def test_places_of_another_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = write(tmp_path / "a.npz", arrays("sGDML", R=np.zeros(shape)))
    with pytest.raises(NearsightError, match=r"a\.npz"):
        import_frames(path, energy_unit="eV")


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "i2", "u1"])
def test_any_numbers_are_numbers(tmp_path: Path, dtype: str) -> None:
    values = arrays("sGDML", E=np.array([1, 2, 3, 4], dtype=dtype))
    found = read_npz(write(tmp_path / "a.npz", values), None, None)
    assert found.energy.tolist() == [1, 2, 3, 4]
    assert found.energy.dtype == float


def test_order_of_fortran_is_the_same_array(tmp_path: Path) -> None:
    values = arrays("sGDML")
    turned = values | {"R": np.asfortranarray(values["R"])}
    found = read_npz(write(tmp_path / "a.npz", turned), None, None)
    assert np.array_equal(found.position, values["R"].reshape(-1, 3))


def test_names_are_those_of_the_keys(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", {"x": [1], "b.npy": [2]})
    with open_members(path) as members:
        assert members.names == ["x", "b.npy"] or members.names == ["x", "b"]
        with pytest.raises(CorruptFileError, match=r"a\.npz: array 'y': cannot be read as \.npz"):
            members.array("y")


@pytest.mark.parametrize(
    ("array", "found"),
    [
        (np.array("eV"), "eV"),
        (np.array(["eV"]), "eV"),
        (np.array(b"eV"), "eV"),
        (np.array(b"\xff"), "\ufffd"),
        (np.array(["a", "b"]), None),
        (np.array(3.0), None),
        (np.array([], dtype="U3"), None),
    ],
)
def test_a_text_is_an_array_of_one(array: np.ndarray, found: str | None) -> None:
    assert text(array) == found


@pytest.mark.parametrize("value", [True, "1", 1j, None])
def test_what_holds_no_real_numbers_is_named(value: Any) -> None:
    with pytest.raises(CorruptFileError, match=r"a: holds .*, not real numbers"):
        numbers(np.array([value]), "a")


def test_cut_at_every_part_of_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", arrays("sGDML"))
    content = path.read_bytes()
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        with pytest.raises(CorruptFileError, match=r"a\.npz"):
            read_npz(path, None, None)
