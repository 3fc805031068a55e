"""QM7-X as it is published: HDF5, a group a molecule, a group in it a structure.

Hoja et al., Sci. Data 8, 43 (2021): PBE0+MBD, eV, Å, eV/Å; dipoles in e Å, polarizabilities in
bohr³. Molecules become sources, so that a split by blocks can keep them apart.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
from ase import units as ase_units

from nearsight.data.formats.foreign_parsers import listed, one_line, parsing
from nearsight.data.formats.hdf5_tree import require_layout
from nearsight.data.formats.keys import NO_FORCES
from nearsight.data.formats.npz_members import nuclear_charges
from nearsight.data.formats.read_structures import Labelled, ReadStructures, join
from nearsight.data.formats.unit_names import same_in_all
from nearsight.data.formats.xyz_blocks import MOST_ATOMS
from nearsight.errors import CorruptFileError, DataError
from nearsight.hdf5 import require_own
from nearsight.hdf5_heaps import require_sound_heaps
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


def read_qm7x(path: Path, energy_key: str | None, force_key: str | None) -> ReadStructures:
    """Read every structure of a file; properties that all of them have are taken along.

    ``units`` attributes of energies, forces and positions are reported where there are some.

    Args:
        path: HDF5 file in the layout of QM7-X.
        energy_key: key of the energy; ``None`` where the file leaves no choice.
        force_key: the same for forces; ``NO_FORCES`` leaves them alone.

    Raises:
        CorruptFileError: not HDF5, truncated, leading to other files, or a structure without
            positions or labels.
        DataError: another layout, or no structure.
    """
    force = None if force_key == NO_FORCES else force_key or FORCE
    reader = _Reader(str(path), energy_key or ENERGY, force)
    with parsing(path, "QM7-X (HDF5)"):
        require_sound_heaps(path)
        file = h5py.File(path, "r", locking=False)
    with file:
        require_layout(file, path, (NUMBER, POSITION))
        rows = list(reader.rows(file))
    if not rows:
        raise DataError(f"{path}: holds 0 structures")
    declared = {
        "energy_unit": "eV",
        "length_unit": "angstrom",
        **({} if force is None or force_key else {"force_unit": "eV/angstrom"}),
        **same_in_all(reader.units),
    }
    keys = {"energy": reader.energy} | ({"force": force} if force else {})
    return join(rows, str(path), keys=keys, attributes={"level_of_theory": "PBE0+MBD"}, **declared)


class _Reader:
    """Structures of a file, and the units that they declare."""

    def __init__(self, path: str, energy: str, force: str | None) -> None:
        self.path, self.energy, self.force = path, energy, force
        self.units: list[tuple[str, dict[str, str]]] = []

    def rows(self, file: h5py.File) -> Iterator[Labelled]:
        molecules = progress_bar(sorted(file), desc=Path(self.path).name, unit="molecule")
        for source, molecule in enumerate(molecules):
            for name in sorted(file[molecule]):
                yield self._row(file[molecule][name], source, f"{self.path}: {molecule}/{name}")

    def _row(self, group: h5py.Group, source: int, origin: str) -> Labelled:
        needed = [NUMBER, POSITION, self.energy, *([self.force] if self.force else [])]
        further = [key for key, _ in PROPERTIES.values()]
        with parsing(origin, "QM7-X"):
            found = _arrays(group, needed, further, origin)
            units = _declared(group, self.energy, self.force)
        self.units.append((origin, units))
        values = {
            name: factor * float(found[key].ravel()[0])
            for name, (key, factor) in PROPERTIES.items()
            if key in found and found[key].size == 1
        }
        if found[self.energy].size != 1:
            raise CorruptFileError(f"{origin}: {self.energy} has shape {found[self.energy].shape}")
        return Labelled(
            origin=origin,
            atomic_number=nuclear_charges(found[NUMBER].reshape(-1), f"{origin}: {NUMBER}"),
            position=found[POSITION],
            energy=float(found[self.energy].ravel()[0]),
            force=found[self.force] if self.force else None,
            info={"source": source},
            properties=values,
        )


def _arrays(
    group: h5py.Group, needed: Sequence[str], further: Sequence[str], origin: str
) -> dict[str, np.ndarray]:
    missing = [key for key in needed if key not in group]
    if missing:
        raise CorruptFileError(f"{origin}: lacks {listed(missing)}; it has {listed(group)}")
    found = {}
    for key in (*needed, *(key for key in further if key in group)):
        require_own(group, key, origin)
        values = group[key]
        sound = isinstance(values, h5py.Dataset) and values.dtype.kind in "iuf"
        # Asked before it is read: a shape may be declared without a byte behind it.
        if not sound or values.size is None or values.size > 3 * MOST_ATOMS:
            raise CorruptFileError(f"{origin}: {key} is no array of numbers of a molecule")
        found[key] = np.asarray(values[()], dtype=float)
    return found


def _declared(group: h5py.Group, energy: str, force: str | None) -> dict[str, str]:
    found = {}
    for what, key in (("energy_unit", energy), ("length_unit", POSITION), ("force_unit", force)):
        attributes = group[key].attrs if key else None
        for name in ("units", "unit"):
            if attributes is not None and name in attributes:
                shape = attributes.get_id(name).shape
                value = attributes[name] if math.prod(shape or ()) == 1 else shape
                value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                if not isinstance(value, str):
                    raise DataError(f"{key}: {name} = {one_line(value)} names no unit")
                found[what] = value
    return found
