"""Trajectories as AMBER NetCDF with a PDB topology beside, readable by MDAnalysis, VMD, cpptraj."""

import warnings
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from ase.data import chemical_symbols
from MDAnalysis import Universe
from MDAnalysis.coordinates.TRJ import NCDFWriter

from nearsight import units
from nearsight.md.record.segments import Stretch
from nearsight.md.record.trajectories import Trajectories
from nearsight.progress import progress_bar
from nearsight.storage.names import TOPOLOGY

MOST_OPEN_FILES = 128
"""Replicas written at once; a system may allow no more than 256 open files."""


def write_trajectories(record: Trajectories, folder: Path) -> None:
    """Write ``topology.pdb`` and ``replica_000.nc``, ``replica_001.nc``, ... into a folder.

    A replica's file holds its frames before its end: positions in Å and velocities in Å/ps (both
    float32), time in ps. There is no box, since the molecule is open and a box would invite
    minimum-image distances. Stretch are read and written one stretch after another.

    Args:
        record: what was kept of the run.
        folder: made if it is not there; existing files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    universe = _universe(record.atomic_number)
    _write_topology(universe, record, folder / TOPOLOGY)
    n_replicas = len(record.n_frames)
    digits = max(3, len(str(n_replicas - 1)))
    for first in range(0, n_replicas, MOST_OPEN_FILES):
        with ExitStack() as stack:
            writers: dict[int, NCDFWriter] = {
                replica: stack.enter_context(
                    NCDFWriter(
                        str(folder / f"replica_{replica:0{digits}d}.nc"),
                        len(record.atomic_number),
                        velocities=True,
                    )
                )
                for replica in range(first, min(first + MOST_OPEN_FILES, n_replicas))
            }
            for stretch in progress_bar(record.stretches(), desc="trajectories"):
                _write_frames(universe, writers, stretch, record.time[stretch.span])


def _write_frames(
    universe: Universe, writers: Mapping[int, NCDFWriter], stretch: Stretch, time: np.ndarray
) -> None:
    moment = universe.trajectory.ts
    for row, replica in enumerate(stretch.replica):
        if replica not in writers:
            continue
        known = np.isfinite(stretch.position[row]).all(axis=(1, 2))
        for k in np.flatnonzero(known):
            moment.positions = stretch.position[row, k]
            moment.velocities = stretch.velocity[row, k] * units.FS_PER_PS
            moment.time = time[k] / units.FS_PER_PS
            writers[replica].write(universe)


def _write_topology(universe: Universe, record: Trajectories, path: Path) -> None:
    first = next(record.stretches())
    universe.atoms.positions = first.position[0, 0] - first.position[0, 0].mean(axis=0)
    with warnings.catch_warnings():
        # An open molecule has no unit cell, which the format cannot say.
        warnings.filterwarnings("ignore", message="Unit cell dimensions not found")
        universe.atoms.write(str(path))


def _universe(atomic_number: np.ndarray) -> Universe:
    """One residue with the elements and numbered atom names, without coordinates yet."""
    n_atoms = len(atomic_number)
    elements = [chemical_symbols[z] for z in atomic_number]
    universe = Universe.empty(n_atoms, trajectory=True, velocities=True)
    per_atom: dict[str, list[object]] = {
        "names": _names(elements),
        "elements": list(elements),
        "types": list(elements),
        "record_types": ["HETATM"] * n_atoms,
        "altLocs": [" "] * n_atoms,
        "chainIDs": ["A"] * n_atoms,
        "occupancies": [1.0] * n_atoms,
        "tempfactors": [0.0] * n_atoms,
        "formalcharges": [0] * n_atoms,
    }
    per_residue: dict[str, list[object]] = {"resnames": ["MOL"], "resids": [1], "icodes": [" "]}
    for name, values in {**per_atom, **per_residue, "segids": ["MOL"]}.items():
        universe.add_TopologyAttr(name, values)
    return universe


def _names(elements: list[str]) -> list[object]:
    """Element and how many of it there are so far."""
    seen: Counter[str] = Counter()
    names: list[object] = []
    for symbol in elements:
        seen[symbol] += 1
        names.append(f"{symbol}{seen[symbol]}")
    return names
