"""ASE databases (SQLite), those of SchNetPack included."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nearsight.data.formats.ase_rows import open_rows
from nearsight.data.formats.foreign_parsers import one_line
from nearsight.data.formats.isolated import require_isolated, require_neutral, require_no_charges
from nearsight.data.formats.keys import NO_FORCES, KeyOf, keys_found
from nearsight.data.formats.npz_members import nuclear_charges
from nearsight.data.formats.read_structures import Labelled, ReadStructures, join
from nearsight.data.formats.unit_names import declared_units
from nearsight.errors import CorruptFileError, DataError
from nearsight.units import TO_EV

_log = logging.getLogger(__name__)

# Keys of our own export, and those of SchNetPack's QM9.
_KEYS = {
    "homo": ("homo",),
    "lumo": ("lumo",),
    "gap": ("gap",),
    "dipole": ("dipole", "dipole_moment"),
    "polarizability": ("polarizability", "isotropic_polarizability"),
}
_TO_TARGET = {
    "ev": 1.0,
    "ha": TO_EV["hartree"],
    "hartree": TO_EV["hartree"],
    "debye": 1.0,
    "d": 1.0,
    "a0 a0 a0": 1.0,
    "bohr bohr bohr": 1.0,
    "bohr3": 1.0,
}
"""Units that SchNetPack declares for them, as factors to the target's unit."""

_ROW_LABELS = ("energy", "forces")


def read_ase_database(path: Path, energy_key: str | None, force_key: str | None) -> ReadStructures:
    """Read every row; SchNetPack's ``_property_unit_dict`` and ``_distance_unit`` are reported.

    In a SchNetPack database labels are the arrays stored with a row; in any other also the
    results of ASE calculators and key-value pairs. The file is opened read-only, by us.

    Args:
        path: database of ASE or SchNetPack.
        energy_key: key of the energy; ``None`` where the file leaves no choice.
        force_key: the same for forces; ``NO_FORCES`` leaves them alone.

    Raises:
        CorruptFileError: not an ASE database, or damaged.
        DataError: labels are missing or ambiguous, or a structure is periodic or charged.
    """
    with open_rows(path) as (metadata, rows):
        reader = _Reader(str(path), metadata, energy_key, force_key)
        found = list(reader.labelled(rows))
    units = reader.units
    declared: dict[str, Any] = {
        "energy_unit": units.get(reader.energy.found or ""),
        "force_unit": units.get(reader.force.found or ""),
        "length_unit": metadata.get("_distance_unit"),
    }
    if not units:
        declared |= declared_units(_texts(metadata), str(path))
    for name, unit in declared.items():
        if unit is not None and not isinstance(unit, str):
            raise DataError(f"{path}: metadata: {name} = {one_line(unit)} names no unit")
    if isinstance(metadata.get("level_of_theory"), str):
        declared["attributes"] = {"level_of_theory": metadata["level_of_theory"]}
    keys = keys_found(reader.energy, reader.force)
    return join(found, str(path), keys=keys, **declared)


def _texts(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in metadata.items() if isinstance(v, str) and k != "_distance_unit"}


class _Reader:
    """Rows to labelled frames, with keys chosen once a file."""

    def __init__(
        self, path: str, metadata: Mapping[str, Any], energy: str | None, force: str | None
    ) -> None:
        self.path = path
        self.of_schnetpack = "_property_unit_dict" in metadata
        units = metadata.get("_property_unit_dict", {})
        if not isinstance(units, dict):
            raise CorruptFileError(f"{path}: metadata: _property_unit_dict is no table of units")
        self.units: dict[str, Any] = units
        self.energy = KeyOf("energy", energy)
        self.force = KeyOf("force", None if force == NO_FORCES else force)
        self.without = force == NO_FORCES
        self.aliases: dict[str, str] = {}

    def labelled(self, rows: Iterator[dict[str, Any]]) -> Iterator[Labelled]:
        for number, row in enumerate(rows):
            yield self._one(row, f"{self.path}: row {row['id']}: frame {number}")

    def _one(self, row: dict[str, Any], origin: str) -> Labelled:
        if np.any(row["pbc"]):
            require_isolated({"pbc": True}, origin)
        values = dict(row["data"])
        if not self.of_schnetpack:
            values |= {key: row["labels"][key] for key in _ROW_LABELS if key in row["labels"]}
            values |= row["pairs"]
        require_neutral(values | row["pairs"], origin)
        for key, word in (("initial_charges", "charges"), ("initial_magmoms", "magnetic moments")):
            require_no_charges(row[key], origin, f"{word} of its atoms")
        numeric = {
            key: array for key, value in values.items() if (array := _array(value)) is not None
        }
        energies = {key: float(np.ravel(a)[0]) for key, a in numeric.items() if a.size == 1}
        forces = {key: array for key, array in numeric.items() if array.ndim == 2}
        name = self.energy.pick(values, energies, origin)
        force = None if self.without else forces[self.force.pick(values, forces, origin)]
        return Labelled(
            origin=origin,
            atomic_number=nuclear_charges(row["numbers"], f"{origin}: numbers"),
            position=row["positions"],
            energy=energies[name],
            force=force,
            info=row["pairs"],
            properties=self._properties(energies, origin),
        )

    def _properties(self, values: Mapping[str, float], origin: str) -> dict[str, float]:
        found = {}
        for target, names in _KEYS.items():
            present = [name for name in names if name in values and name in self.units]
            if len(present) > 1 or (present and self.aliases.get(target, present[0]) != present[0]):
                keys = {*present, self.aliases.get(target, present[0])}
                raise DataError(f"{origin}: {target} is called {' and '.join(sorted(keys))}")
            if present:
                self.aliases[target] = present[0]
                factor = _TO_TARGET.get(str(self.units[present[0]]).lower())
                if factor is not None:
                    found[target] = factor * values[present[0]]
                else:
                    _log.warning("%s: unit of %s is not known: left out", origin, present[0])
        return found


def _array(value: Any) -> np.ndarray | None:
    """Numbers as an array; ``None`` for anything else, lists of several lengths among it."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return array.astype(float) if array.dtype.kind in "iuf" else None
