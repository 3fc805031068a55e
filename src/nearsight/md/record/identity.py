"""Which trajectories belong to which record: those of another run look just the same."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import CorruptFileError, StaleFileError
from nearsight.md.record.reopened import open_replicas
from nearsight.storage import require_file, sha256
from nearsight.storage.names import is_of_trajectories

logger = logging.getLogger(__name__)

ATTRIBUTE = "trajectories"
"""Attribute of a record: SHA-256 of every file of its trajectories, by name, as JSON."""

_LARGEST_DIFFERENCE = 1e-3
"""Relative, of kinetic energies from velocities in single precision."""


def trajectory_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder of trajectories, by name."""
    files = sorted(path for path in folder.iterdir() if is_of_trajectories(path.name))
    return {path.name: sha256(path) for path in files}


def recorded_hashes(path: Path, attributes: Mapping[Any, Any]) -> dict[str, str] | None:
    """What a record says of its trajectories; None where it was written before records did.

    Raises:
        CorruptFileError: it says something that is no list of checksums.
    """
    text = attributes.get(ATTRIBUTE)
    if text is None:
        return None
    try:
        found = json.loads(str(text))
        return {str(name): str(digest) for name, digest in found.items()}
    except (json.JSONDecodeError, AttributeError):
        raise CorruptFileError(
            f"{path}: its list of trajectories cannot be read; run nearsight md again"
        ) from None


def require_same_run(path: Path, record: xr.Dataset, folder: Path, *, tell: bool = True) -> None:
    """Refuse trajectories that are not those of a record.

    Args:
        path: of the record.
        record: its content.
        folder: of the trajectories.
        tell: warn of a record of an earlier version, which does not name its trajectories; whether
            they are its own is then told by their kinetic energies.

    Raises:
        MissingFileError, CorruptFileError: trajectories are not there or cannot be read.
        StaleFileError: they are of another run, or have changed since; names both.
    """
    known = recorded_hashes(path, record.attrs)
    if known is None:
        if tell:
            logger.warning(
                "%s: of an earlier version, which does not name its trajectories; whether those in "
                "%s are its own is told by their kinetic energies",
                path,
                folder,
            )
        _require_same_energies(path, record, folder)
        return
    if not known:
        raise StaleFileError(
            f"{path}: the run wrote no trajectories, so those in {folder} are of another one: "
            "run nearsight md with --trajectories"
        )
    for name, digest in known.items():
        if sha256(require_file(folder / name)) != digest:
            raise StaleFileError(
                f"{folder / name}: not the trajectory that {path} was written with, but of another "
                "run or changed since: give the folder of that run, or run nearsight md again"
            )


def _require_same_energies(path: Path, record: xr.Dataset, folder: Path) -> None:
    """The same for a record of an earlier version, which does not name its trajectories."""
    mass = record["mass"].to_numpy()
    expected = record["kinetic_energy"].to_numpy()
    replicas = np.flatnonzero(np.isfinite(record["potential_energy"].to_numpy()).any(axis=1))
    for replica, (universe, n_frames) in zip(replicas, open_replicas(folder, record), strict=True):
        if len(universe.atoms) != len(mass):
            raise StaleFileError(
                f"{folder}: trajectories of {len(universe.atoms)} atoms, {path} is of {len(mass)}"
            )
        for frame in {0, n_frames - 1} if universe.trajectory.ts.has_velocities else ():
            velocity = universe.trajectory[frame].velocities / units.FS_PER_PS
            found = 0.5 * float((mass[:, None] * velocity**2).sum()) / units.ACCELERATION
            if not np.isclose(found, expected[replica, frame], rtol=_LARGEST_DIFFERENCE):
                raise StaleFileError(
                    f"{folder}: replica {replica}, frame {frame}: kinetic energy {found:.6g} eV "
                    f"where {path} has {expected[replica, frame]:.6g} eV: trajectories of another "
                    "run; give the folder of that run"
                )
