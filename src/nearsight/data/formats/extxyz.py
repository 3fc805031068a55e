"""Extended xyz, read by ASE, with energy and forces under whatever keys they have."""

from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms
from ase.io.extxyz import XYZError

from nearsight.config import TARGET_NAMES
from nearsight.data.formats.contents import NO_FORCES, Contents, Labelled, join, pick
from nearsight.errors import CorruptFileError, DataError

_GEOMETRY = {"numbers", "positions"}


def read_extxyz(path: Path, energy_key: str | None, force_key: str | None) -> Contents:
    """Read every frame of an extended xyz file.

    Keys that are called like a target (``homo``, ``dipole``, ...) are taken in its unit.

    Raises:
        CorruptFileError: truncated or not extended xyz.
        DataError: labels are missing or ambiguous, or a frame is periodic.
    """
    try:
        images = ase.io.read(path, index=":", format="extxyz")
    except (XYZError, ValueError, LookupError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorruptFileError(f"{path}: cannot be read as extended xyz ({reason})") from None
    rows = [
        _labelled(atoms, f"{path}: frame {number}", energy_key, force_key)
        for number, atoms in enumerate(images)
    ]
    return join(rows, str(path))


def _labelled(atoms: Atoms, origin: str, energy_key: str | None, force_key: str | None) -> Labelled:
    if atoms.pbc.any():
        raise DataError(f"{origin}: is periodic; nearsight treats isolated molecules")
    # ASE moves keys that it knows (energy, forces) out of info and arrays into a calculator.
    results: dict[str, Any] = dict(atoms.calc.results) if atoms.calc is not None else {}
    everything = {**atoms.info, **atoms.arrays, **results}
    shown = ", ".join(sorted(everything.keys() - _GEOMETRY)) or "none"
    energies = {key: value for key, value in everything.items() if _is_number(value)}
    forces = {
        key: value
        for key, value in everything.items()
        if key not in _GEOMETRY and np.shape(value) == (len(atoms), 3)
    }
    return Labelled(
        atomic_number=atoms.numbers,
        position=atoms.positions,
        energy=energies[pick(energies, energy_key, "energy", origin, shown)],
        force=None
        if force_key == NO_FORCES
        else forces[pick(forces, force_key, "force", origin, shown)],
        info=atoms.info,
        properties={name: float(energies[name]) for name in TARGET_NAMES[1:] if name in energies},
    )


def _is_number(value: Any) -> bool:
    # ASE makes an array of no dimension of some keys, such as dipole.
    return np.shape(value) == () and np.asarray(value).dtype.kind in "iuf"
