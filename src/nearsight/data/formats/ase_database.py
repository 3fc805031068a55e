"""ASE databases (SQLite), those of SchNetPack included."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase.db import connect
from ase.db.row import AtomsRow

from nearsight.data.formats.contents import NO_FORCES, Contents, Labelled, join, pick
from nearsight.errors import CorruptFileError, DataError
from nearsight.units import TO_EV

# Keys of our own export, and those of SchNetPack's QM9.
_KEYS = {
    "homo": ("homo",),
    "lumo": ("lumo",),
    "gap": ("gap",),
    "dipole": ("dipole", "dipole_moment"),
    "polarizability": ("polarizability", "isotropic_polarizability"),
}
_TO_TARGET = {
    "eV": 1.0,
    "Ha": TO_EV["hartree"],
    "Hartree": TO_EV["hartree"],
    "Debye": 1.0,
    "a0 a0 a0": 1.0,
}
"""Units that SchNetPack declares for them, as factors to the target's unit."""

_ROW_LABELS = ("energy", "forces")


def read_ase_database(path: Path, energy_key: str | None, force_key: str | None) -> Contents:
    """Read every row; SchNetPack's ``_property_unit_dict`` and ``_distance_unit`` are reported.

    In a SchNetPack database labels are the arrays stored with a row; in any other also the
    results of ASE calculators and key-value pairs.

    Raises:
        CorruptFileError: not an ASE database, or damaged.
        DataError: labels are missing or ambiguous, or a structure is periodic.
    """
    _require_ase_tables(path)
    try:
        with connect(path, type="db", use_lock_file=False) as database:
            metadata = dict(database.metadata)
            rows = [
                _labelled(row, f"{path}: row {row.id}", energy_key, force_key, metadata)
                for row in database.select()
            ]
    except (sqlite3.Error, ValueError, KeyError, TypeError, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorruptFileError(f"{path}: damaged ASE database ({reason})") from None
    units = metadata.get("_property_unit_dict", {})
    energy_name, force_name = (
        next((r.info.get(key) for r in rows), None) for key in ("energy_key", "force_key")
    )
    declared: dict[str, Any] = {}
    if isinstance(metadata.get("level_of_theory"), str):
        declared["attributes"] = {"level_of_theory": metadata["level_of_theory"]}
    return join(
        rows,
        str(path),
        energy_unit=units.get(energy_name),
        force_unit=units.get(force_name),
        length_unit=metadata.get("_distance_unit"),
        **declared,
    )


def _require_ase_tables(path: Path) -> None:
    # ASE would create its tables inside whatever file it is pointed to: look first, read-only.
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = {name for (name,) in connection.execute(query)}
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise CorruptFileError(f"{path}: not an SQLite database ({error})") from None
    if not {"systems", "information"} <= tables:
        raise CorruptFileError(f"{path}: an SQLite database, but not one of ASE")


def _labelled(
    row: AtomsRow,
    origin: str,
    energy_key: str | None,
    force_key: str | None,
    metadata: Mapping[str, Any],
) -> Labelled:
    if np.any(row.pbc):
        raise DataError(f"{origin}: is periodic; nearsight treats isolated molecules")
    values = dict(row.data)
    if "_property_unit_dict" not in metadata:
        values |= {key: row[key] for key in _ROW_LABELS if key in row}
        values |= row.key_value_pairs
    shown = ", ".join(sorted(values)) or "none"
    numeric = {key: value for key, value in values.items() if _is_numeric(value)}
    energies = {key: value for key, value in numeric.items() if np.size(value) == 1}
    forces = {key: value for key, value in numeric.items() if np.ndim(value) == 2}
    energy_name = pick(energies, energy_key, "energy", origin, shown)
    units = metadata.get("_property_unit_dict", {})
    properties = {
        target: _TO_TARGET[str(units[key])] * float(np.ravel(energies[key])[0])
        for target, key in ((t, k) for t, names in _KEYS.items() for k in names)
        if key in energies and str(units.get(key)) in _TO_TARGET
    }
    info = {**row.key_value_pairs, "energy_key": energy_name}
    if force_key == NO_FORCES:
        return Labelled(row.numbers, row.positions, energies[energy_name], None, info, properties)
    force_name = pick(forces, force_key, "force", origin, shown)
    return Labelled(
        atomic_number=row.numbers,
        position=row.positions,
        energy=energies[energy_name],
        force=forces[force_name],
        info={**info, "force_key": force_name},
        properties=properties,
    )


def _is_numeric(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "iuf"
