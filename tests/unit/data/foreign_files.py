"""Small files in foreign formats."""

from pathlib import Path

import ase.db
import numpy as np

from nearsight.data.frames import Frames

HEADER = "Properties=species:S:1:pos:R:3:forces:R:3"


def write_xyz(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def write_sgdml(path: Path, water: Frames, **changed: object) -> Path:
    arrays = {
        "R": water.position.reshape(-1, 3, 3),
        "E": water.energy[:, None],
        "F": water.force.reshape(-1, 3, 3),
        "z": water.atomic_number[:3],
    }
    np.savez(path, **{**arrays, **changed})  # type: ignore[arg-type]
    return path


def write_schnetpack(
    path: Path, water: Frames, units: dict[str, str], distance: str = "Ang"
) -> Path:
    with ase.db.connect(path) as database:
        database.metadata = {"_property_unit_dict": units, "_distance_unit": distance}
        for k in range(len(water)):
            data = {"energy": water.energy[[k]], "forces": water.forces(k)}
            database.write(water.atoms(k), data=data)
    return path
