"""QM7-X as it is published: HDF5, a group a molecule, a group in it a structure.

Hoja et al., Sci. Data 8, 43 (2021): PBE0+MBD, eV, Å, eV/Å; dipoles in e Å, polarizabilities in
bohr³. Molecules become sources, so that a split by blocks can keep them apart.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from ase import units as ase_units

from nearsight.data.formats.contents import Contents
from nearsight.errors import CorruptFileError, DataError
from nearsight.progress import progress_bar

ENERGY, FORCE, POSITION, NUMBER = "ePBE0+MBD", "totFOR", "atXYZ", "atNUM"
PROPERTIES = {
    "homo": ("eH", 1.0),
    "lumo": ("eL", 1.0),
    "gap": ("HLgap", 1.0),
    "dipole": ("DIP", 1.0 / float(ase_units.Debye)),
    "polarizability": ("mPOL", 1.0),
}
"""Key of each property and its factor to the unit of the target."""


def read_qm7x(path: Path, energy_key: str | None, force_key: str | None) -> Contents:
    """Read every structure of a file; properties that all of them have are taken along.

    Raises:
        CorruptFileError: not HDF5, truncated, or a structure without positions or labels.
        DataError: no structure.
    """
    energy_key, force_key = energy_key or ENERGY, force_key or FORCE
    rows: list[dict[str, Any]] = []
    try:
        with h5py.File(path, "r") as file:
            molecules = sorted(file)
            for source, molecule in enumerate(
                progress_bar(molecules, desc=path.name, unit="molecule")
            ):
                for name in sorted(file[molecule]):
                    group = file[molecule][name]
                    rows.append(_row(group, energy_key, force_key, f"{path}: {molecule}/{name}"))
                    rows[-1]["source"] = source
    except (OSError, RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise CorruptFileError(f"{path}: cannot be read as QM7-X ({reason})") from None
    if not rows:
        raise DataError(f"{path}: holds 0 structures")
    shared = [name for name in PROPERTIES if all(name in row for row in rows)]
    return Contents(
        atomic_number=np.concatenate([row["number"] for row in rows]),
        position=np.concatenate([row["position"] for row in rows]),
        force=np.concatenate([row["force"] for row in rows]),
        n_atoms=np.array([len(row["number"]) for row in rows]),
        energy=np.array([row["energy"] for row in rows]),
        source=[row["source"] for row in rows],
        energy_unit="eV",
        length_unit="angstrom",
        attributes={"level_of_theory": "PBE0+MBD"},
        properties={name: np.array([row[name] for row in rows]) for name in shared},
    )


def _row(group: Any, energy_key: str, force_key: str, origin: str) -> dict[str, Any]:
    missing = [key for key in (NUMBER, POSITION, energy_key, force_key) if key not in group]
    if missing:
        raise CorruptFileError(f"{origin}: lacks {', '.join(missing)}; it has {', '.join(group)}")
    number = np.asarray(group[NUMBER][()], dtype=int).reshape(-1)
    row: dict[str, Any] = {"number": number}
    for name, key in (("position", POSITION), ("force", force_key)):
        row[name] = np.asarray(group[key][()], dtype=float)
        if row[name].shape != (len(number), 3):
            raise CorruptFileError(f"{origin}: {key} has shape {row[name].shape}")
    row["energy"] = float(np.ravel(group[energy_key][()])[0])
    for name, (key, factor) in PROPERTIES.items():
        if key in group:
            row[name] = factor * float(np.ravel(group[key][()])[0])
    return row
