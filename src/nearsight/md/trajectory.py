"""Trajectories as AMBER NetCDF with a PDB topology beside, readable by MDAnalysis, VMD, cpptraj."""

import warnings
from pathlib import Path

import numpy as np
from ase.data import chemical_symbols
from MDAnalysis import Universe
from MDAnalysis.coordinates.TRJ import NCDFWriter
from tqdm import tqdm

from nearsight import units
from nearsight.md.record import Trajectories

TOPOLOGY = "topology.pdb"


def write_trajectories(record: Trajectories, folder: Path) -> None:
    """Write ``topology.pdb`` and ``replica_000.nc``, ``replica_001.nc``, ... into a folder.

    A replica's file holds its frames before its end: positions in Å (float32), time in ps. There
    is no box, since the molecule is open and a box would invite minimum-image distances.

    Args:
        record: what was kept of the run.
        folder: made if it is not there; existing files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    universe = _universe(record.atomic_number)
    universe.atoms.positions = record.position[0, 0] - record.position[0, 0].mean(axis=0)
    with warnings.catch_warnings():
        # An open molecule has no unit cell, which the format cannot say.
        warnings.filterwarnings("ignore", message="Unit cell dimensions not found")
        universe.atoms.write(str(folder / TOPOLOGY))
    replicas = range(len(record.n_frames))
    digits = max(3, len(str(replicas[-1])))
    for replica in tqdm(replicas, desc="trajectories", unit="replica", disable=None):
        n_frames = record.n_frames[replica]
        path = folder / f"replica_{replica:0{digits}d}.nc"
        _write(universe, path, record.position[replica, :n_frames], record.time[:n_frames])


def _write(universe: Universe, path: Path, position: np.ndarray, time: np.ndarray) -> None:
    with NCDFWriter(str(path), universe.atoms.n_atoms) as writer:
        for frame, moment in zip(position, time, strict=True):
            universe.trajectory.ts.positions = frame
            universe.trajectory.ts.time = moment / units.FS_PER_PS
            writer.write(universe)


def _universe(atomic_number: np.ndarray) -> Universe:
    """One residue with the elements and numbered atom names, without coordinates yet."""
    n_atoms = len(atomic_number)
    elements = [chemical_symbols[z] for z in atomic_number]
    universe = Universe.empty(n_atoms, trajectory=True)
    per_atom: dict[str, list[object]] = {
        "names": [f"{symbol}{_count(elements[: k + 1])}" for k, symbol in enumerate(elements)],
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


def _count(elements: list[str]) -> int:
    return elements.count(elements[-1])
