"""NumPy archives of sGDML, rMD17 and QM7-X; never pickled ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nearsight.data.formats.foreign_parsers import listed
from nearsight.data.formats.isolated import BEYOND_ATOMS, require_isolated, require_neutral
from nearsight.data.formats.keys import NO_FORCES, pick
from nearsight.data.formats.npz_members import Members, nuclear_charges, numbers, open_members, text
from nearsight.data.formats.read_structures import ReadStructures
from nearsight.data.formats.unit_names import declared_units, speaks_of_units
from nearsight.errors import CorruptFileError, DataError

LAYOUTS = {
    "sGDML": ("R", "E", "F", "z"),
    "rMD17": ("coords", "energies", "forces", "nuclear_charges"),
    "QM7-X": ("atXYZ", "ePBE0+MBD", "totFOR", "atNUM"),
}
"""Keys of positions, energies, forces and nuclear charges in each known layout."""


def read_npz(path: Path, energy_key: str | None, force_key: str | None) -> ReadStructures:
    """Read an archive; sGDML's ``e_unit``, ``r_unit`` and ``theory`` are reported when present.

    Nuclear charges are one list for all frames, or one per frame padded with zeros. Arrays that
    nobody needs are left alone, pickled ones too.

    Args:
        path: .npz archive.
        energy_key: key of the energy; ``None`` where the file leaves no choice.
        force_key: the same for forces; ``NO_FORCES`` leaves them alone.

    Raises:
        CorruptFileError: not an archive, truncated, encrypted, of inconsistent shapes, or an array
            that is needed is pickled.
        DataError: of no known layout, periodic, or charged.
    """
    with open_members(path) as members:
        names = members.names
        layout = next((k for k in LAYOUTS.values() if {k[0], k[3]} <= set(names)), None)
        if layout is None:
            known = "; ".join(f"{name}: {', '.join(keys)}" for name, keys in LAYOUTS.items())
            raise DataError(
                f"{path}: no known layout; keys found: {listed(names)}; known are {known}"
            )
        position_key, energies, forces, charge_key = layout
        position = _floats(members, position_key)
        charges = nuclear_charges(members.array(charge_key), f"{path}: array {charge_key!r}")
        there = dict.fromkeys(names, 0)
        energy_key = pick(there, energy_key or energies, "energy", str(path), there)
        without = force_key == NO_FORCES
        if not without:
            force_key = pick(there, force_key or forces, "force", str(path), there)
        said = _said(members, names)
        energy = _floats(members, energy_key)
        force = None if without else _floats(members, str(force_key))
    _require_shapes(path, charges, position, energy, force)
    n_frames, width, _ = position.shape
    atoms = np.broadcast_to(charges, (n_frames, width))
    real = atoms > 0
    theory, units = said.get("theory"), declared_units(said, str(path))
    return ReadStructures(
        atomic_number=atoms[real],
        position=position[real],
        force=None if force is None else force[real],
        n_atoms=real.sum(axis=1),
        energy=energy.reshape(n_frames),
        keys={"energy": energy_key} | ({} if without else {"force": str(force_key)}),
        attributes={"level_of_theory": theory} if isinstance(theory, str) and theory else {},
        energy_unit=units.get("energy_unit"),
        length_unit=units.get("length_unit"),
        force_unit=units.get("force_unit"),
    )


def _floats(members: Members, key: str) -> np.ndarray:
    return numbers(members.array(key), f"{members.path}: array {key!r}")


def _said(members: Members, names: Sequence[str]) -> dict[str, Any]:
    """What the archive says of itself: units, theory, and that it holds no cell and no ions."""
    said: dict[str, Any] = {}
    for key in names:
        if key.lower() in BEYOND_ATOMS or speaks_of_units(key):
            array = members.array(key)
            said[key] = array if text(array) is None else text(array)
    require_isolated(said, str(members.path))
    require_neutral(said, str(members.path))
    if "theory" in names:
        said["theory"] = _theory(members)
    return {key: value for key, value in said.items() if key.lower() not in BEYOND_ATOMS}


def _theory(members: Members) -> str | None:
    try:
        return text(members.array("theory"))
    except CorruptFileError:
        # A word on the side, which may be a pickled None: --level-of-theory states it as well.
        return None


def _require_shapes(
    path: Path,
    charges: np.ndarray,
    position: np.ndarray,
    energy: np.ndarray,
    force: np.ndarray | None,
) -> None:
    of_force = "none" if force is None else force.shape
    shapes = f"positions {position.shape}, forces {of_force}, energies {energy.shape}"
    wrong = force is not None and force.shape != position.shape
    if position.ndim != 3 or position.shape[2] != 3 or wrong:
        raise CorruptFileError(f"{path}: expected (frames, atoms, 3), found {shapes}")
    n_frames, width, _ = position.shape
    if n_frames == 0:
        raise DataError(f"{path}: holds 0 frames")
    if energy.size != n_frames:
        raise CorruptFileError(f"{path}: energies do not match the frames, found {shapes}")
    if charges.shape not in ((width,), (n_frames, width)):
        raise CorruptFileError(f"{path}: nuclear charges of shape {charges.shape}, {shapes}")
