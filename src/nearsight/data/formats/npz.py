"""NumPy archives of sGDML, rMD17 and QM7-X; never pickled ones."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nearsight.data.formats.contents import NO_FORCES, Contents, pick
from nearsight.errors import CorruptFileError, DataError

LAYOUTS = {
    "sGDML": ("R", "E", "F", "z"),
    "rMD17": ("coords", "energies", "forces", "nuclear_charges"),
    "QM7-X": ("atXYZ", "ePBE0+MBD", "totFOR", "atNUM"),
}
"""Keys of positions, energies, forces and nuclear charges in each known layout."""


def read_npz(path: Path, energy_key: str | None, force_key: str | None) -> Contents:
    """Read an archive; sGDML's ``e_unit``, ``r_unit`` and ``theory`` are reported when present.

    Nuclear charges are one list for all frames, or one per frame padded with zeros.

    Raises:
        CorruptFileError: not an archive, truncated, pickled, or of inconsistent shapes.
        DataError: of no known layout.
    """
    arrays = _load(path)
    layout = next((keys for keys in LAYOUTS.values() if {keys[0], keys[3]} <= arrays.keys()), None)
    shown = ", ".join(sorted(arrays))
    if layout is None:
        known = "; ".join(f"{name}: {', '.join(keys)}" for name, keys in LAYOUTS.items())
        raise DataError(f"{path}: no known layout; keys found: {shown}; known are {known}")
    positions, energies, forces, charges = layout
    energies = pick(arrays, energy_key or energies, "energy", str(path), shown)
    without = force_key == NO_FORCES
    forces = positions if without else pick(arrays, force_key or forces, "force", str(path), shown)
    _require_shapes(path, arrays[charges], arrays[positions], arrays[energies], arrays[forces])
    n_frames, width, _ = arrays[positions].shape
    numbers = np.broadcast_to(arrays[charges], (n_frames, width)).astype(int)
    real = numbers > 0
    theory = _text(arrays, "theory")
    return Contents(
        atomic_number=numbers[real],
        position=arrays[positions][real].astype(float),
        force=None if without else arrays[forces][real].astype(float),
        n_atoms=real.sum(axis=1),
        energy=arrays[energies].reshape(n_frames).astype(float),
        energy_unit=_text(arrays, "e_unit"),
        length_unit=_text(arrays, "r_unit"),
        attributes={"level_of_theory": theory} if theory else {},
    )


def _load(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise CorruptFileError(f"{path}: a single array, not an .npz archive")
            return {key: archive[key] for key in archive.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        if "pickle" in reason:
            reason = "not a NumPy archive, or a pickled one, which nearsight never loads"
        raise CorruptFileError(f"{path}: cannot be read as .npz ({reason})") from None


def _text(arrays: Mapping[str, np.ndarray], key: str) -> str | None:
    value = arrays.get(key)
    if value is None or value.ndim or value.dtype.kind not in "US":
        return None
    return value.item().decode() if value.dtype.kind == "S" else str(value.item())


def _require_shapes(
    path: Path, charges: np.ndarray, position: np.ndarray, energy: np.ndarray, force: np.ndarray
) -> None:
    shapes = f"positions {position.shape}, forces {force.shape}, energies {energy.shape}"
    if position.ndim != 3 or position.shape[2] != 3 or force.shape != position.shape:
        raise CorruptFileError(f"{path}: expected (frames, atoms, 3), found {shapes}")
    n_frames, width, _ = position.shape
    if n_frames == 0:
        raise DataError(f"{path}: holds 0 frames")
    if energy.size != n_frames:
        raise CorruptFileError(f"{path}: energies do not match the frames, found {shapes}")
    if charges.shape not in ((width,), (n_frames, width)):
        raise CorruptFileError(f"{path}: nuclear charges of shape {charges.shape}, {shapes}")
