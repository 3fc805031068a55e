from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest

from nearsight.config import TARGET_NAMES
from nearsight.data.exporting import export_frames
from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.errors import DataError

ARRAYS = ("atomic_number", "position", "force", "n_atoms", "energy", "subset", "source")


@pytest.fixture
def mixed(ethanol: Frames, water: Frames) -> Frames:
    """Molecules of two sizes in one set, all subsets present."""
    parts = {
        name: np.concatenate([getattr(ethanol, name), getattr(water, name)]) for name in ARRAYS
    }
    parts["source"] = np.concatenate([ethanol.source, water.source + 2])
    return Frames(**parts, attributes=ethanol.attributes)


@pytest.mark.parametrize("name", ["data.xyz", "data.extxyz", "data.db"])
def test_round_trip_gives_the_same_frames(mixed: Frames, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    export_frames(mixed, path)
    again = import_frames(path, energy_unit="eV")
    for array in ARRAYS:
        assert np.array_equal(getattr(again, array), getattr(mixed, array)), array
    assert again.attributes["level_of_theory"] == "GFN2-xTB"
    assert again.attributes["split"] == "as stated in the imported file"
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["data.xyz", "data.db"])
def test_properties_come_back(ethanol: Frames, tmp_path: Path, name: str) -> None:
    """Also those that ASE takes for results of a calculator; without forces too."""
    rng = np.random.default_rng(0)
    bare = replace(
        ethanol,
        force=np.full_like(ethanol.force, np.nan),
        properties={target: rng.normal(size=len(ethanol)) for target in TARGET_NAMES[1:]},
    )
    export_frames(bare, tmp_path / name)
    again = import_frames(tmp_path / name, energy_unit="eV", force_key="none")
    assert not again.has_forces
    np.testing.assert_allclose(again.energy, bare.energy, rtol=1e-12)
    for target, values in bare.properties.items():
        np.testing.assert_allclose(again.properties[target], values, rtol=1e-12)


def test_schnetpack_reads_the_database(mixed: Frames, tmp_path: Path) -> None:
    from schnetpack.data import ASEAtomsData

    path = tmp_path / "data.db"
    export_frames(mixed, path)
    data = ASEAtomsData(str(path), property_units={"energy": "kcal/mol"})
    assert len(data) == len(mixed)
    assert data.metadata["_distance_unit"] == "Ang"
    for frame in (0, 30, len(mixed) - 1):
        item = data[frame]
        assert item["energy"].item() * 0.0433641153 == pytest.approx(mixed.energy[frame], rel=1e-6)
        assert np.array_equal(item["forces"].numpy(), mixed.forces(frame))
        assert np.array_equal(item["_positions"].numpy(), mixed.atoms(frame).positions)
        assert np.array_equal(item["_atomic_numbers"].numpy(), mixed.atoms(frame).numbers)


def test_ase_reads_the_extended_xyz(mixed: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.xyz"
    export_frames(mixed, path)
    images = ase.io.read(path, index=":")
    assert len(images) == len(mixed)
    assert images[4].get_potential_energy() == mixed.energy[4]
    assert np.array_equal(images[4].get_forces(), mixed.forces(4))
    assert {atoms.info["subset"] for atoms in images} == {"train", "validation", "test"}
    assert not images[0].pbc.any()


def test_what_was_there_is_replaced(water: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    export_frames(water, path)
    export_frames(water.select(np.arange(3)), path)
    assert len(import_frames(path)) == 3


def test_other_formats_and_empty_sets_are_refused(water: Frames, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot export '\.csv'.*\.xyz, \.extxyz, \.db"):
        export_frames(water, tmp_path / "data.csv")
    with pytest.raises(DataError, match="0 frames"):
        export_frames(water.select(np.array([], dtype=int)), tmp_path / "data.xyz")
    broken = replace(water, energy=water.energy[:5])
    with pytest.raises(IndexError):
        export_frames(broken, tmp_path / "data.xyz")
    assert list(tmp_path.iterdir()) == []
