"""From the canonical data set to files that other programs read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nearsight.config import TARGETS
from nearsight.data.frames import SUBSETS, Frames
from nearsight.errors import DataError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path

_SCHNETPACK_UNITS = {"eV": "eV", "debye": "Debye", "bohr3": "a0 a0 a0"}

FORMATS = (".xyz", ".extxyz", ".db")
"""File name endings that can be exported to."""


def export_frames(frames: Frames, path: Path) -> None:
    """Write extended xyz or a SchNetPack (ASE) database; energies in eV, forces in eV/Å.

    Labels that a data set lacks are left out, further properties go along in their units; so do
    subset, source and level of theory: as keys of the comment line, or as key-value pairs of a row.
    The file appears once it is whole; one that was there is replaced.

    Raises:
        DataError: another file name ending, or no frame.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise DataError(f"{path}: cannot export {suffix!r} files; known: {', '.join(FORMATS)}")
    if not len(frames):
        raise DataError(f"{path}: 0 frames to export")
    with atomic_path(path) as temporary:
        if suffix == ".db":
            _write_database(frames, temporary)
        else:
            write_extxyz(frames, temporary)


def _keys(frames: Frames, frame: int) -> dict[str, Any]:
    return {
        "subset": SUBSETS[frames.subset[frame]],
        "source": int(frames.source[frame]),
        "level_of_theory": str(frames.attributes.get("level_of_theory", "unknown")),
    }


def _labels(frames: Frames, frame: int) -> dict[str, float]:
    """One number per frame, of the labels that the data set has; NaN stays NaN."""
    columns = {"energy": frames.energy, **frames.properties}
    return {
        name: float(column[frame]) for name, column in columns.items() if not np.isnan(column).all()
    }


def write_extxyz(
    frames: Frames, path: Path, further: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Write extended xyz; energies in eV, forces in eV/Å.

    Args:
        frames: what is written; no frame is an empty file.
        path: where to, at once.
        further: by frame, more keys of its comment line.
    """
    from ase.io.extxyz import key_val_dict_to_str

    # ASE's own writer keeps 8 decimals; here every number is read back as it was.
    columns = ":forces:R:3" if frames.has_forces else ""
    with path.open("w", encoding="utf-8") as handle:
        for frame in progress_bar(range(len(frames)), desc="export", unit="frame"):
            atoms = frames.atoms(frame)
            own = further[frame] if further else {}
            keys = {**_labels(frames, frame), **_keys(frames, frame), **own, "pbc": "F F F"}
            comment = f"Properties=species:S:1:pos:R:3{columns} {key_val_dict_to_str(keys)}"
            blocks = [atoms.positions, *([frames.forces(frame)] if frames.has_forces else [])]
            numbers = np.hstack(blocks).tolist()
            lines = [
                " ".join([symbol, *map(repr, row)])
                for symbol, row in zip(atoms.symbols, numbers, strict=True)
            ]
            handle.write("\n".join([str(len(atoms)), comment, *lines]) + "\n")


def _write_database(frames: Frames, path: Path) -> None:
    from schnetpack.data import ASEAtomsData

    units = {name: _SCHNETPACK_UNITS[TARGETS[name].unit] for name in _labels(frames, 0)}  # type: ignore[index]
    if frames.has_forces:
        units["forces"] = "eV/Ang"
    database = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict=units)
    theory = str(frames.attributes.get("level_of_theory", "unknown"))
    database.update_metadata(level_of_theory=theory)
    every = range(len(frames))
    database.add_systems(
        property_list=[
            {
                **{name: np.array([value]) for name, value in _labels(frames, k).items()},
                **({"forces": frames.forces(k)} if frames.has_forces else {}),
            }
            for k in progress_bar(every, desc="export", unit="frame")
        ],
        atoms_list=[frames.atoms(k) for k in every],
        atoms_metadata_list=[_row_keys(frames, k) for k in every],
    )


def _row_keys(frames: Frames, frame: int) -> dict[str, Any]:
    keys = _keys(frames, frame)
    return {key: keys[key] for key in ("subset", "source")}
