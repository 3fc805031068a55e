"""The trajectories of a run, opened again with MDAnalysis."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr
from MDAnalysis import Universe
from MDAnalysis.coordinates.memory import MemoryReader
from MDAnalysis.coordinates.TRJ import NCDFReader

from nearsight.errors import CorruptFileError
from nearsight.progress import progress_bar
from nearsight.storage import require_file
from nearsight.storage.names import TOPOLOGY

STEM = "replica_"

_UNREADABLE = (
    OSError, ValueError, TypeError, LookupError, AttributeError, NotImplementedError
)  # fmt: skip
"""What MDAnalysis raises of a file that was cut, or of which a single bit was changed."""


def frames_before_end(record: xr.Dataset) -> np.ndarray:
    """(replica,) number of frames before the end, as the energies of the record have it."""
    return np.isfinite(record["potential_energy"].to_numpy()).sum(axis=1)


def open_replicas(folder: Path, record: xr.Dataset) -> Iterator[tuple[Universe, int]]:
    """Every replica that has frames: its trajectory, and how many frames count.

    Args:
        folder: of ``topology.pdb`` and ``replica_000.nc``, ``replica_001.nc``, ...
        record: of the same run.

    Raises:
        MissingFileError: there is no topology.
        CorruptFileError: a trajectory is missing, cannot be read or has too few frames.
    """
    topology = require_file(folder / TOPOLOGY)
    paths = {path.stem.removeprefix(STEM): path for path in folder.glob(f"{STEM}*.nc")}
    by_number = {int(number): path for number, path in paths.items() if number.isdigit()}
    frames = frames_before_end(record)
    for replica in progress_bar(np.flatnonzero(frames), desc="trajectories", unit="replica"):
        if replica not in by_number:
            raise CorruptFileError(
                f"{folder}: no trajectory of replica {replica}, though its record has frames; "
                "run nearsight md again"
            )
        path = by_number[replica]
        universe = _open(topology, path)
        if len(universe.trajectory) < frames[replica]:
            raise CorruptFileError(
                f"{path}: {len(universe.trajectory)} frames where the record has "
                f"{frames[replica]}; record and trajectories are not of one run"
            )
        yield universe, int(frames[replica])


def universe_of(position: np.ndarray) -> Universe:
    """Frames in memory, (frame, atom, 3) Å, as MDAnalysis takes them."""
    universe = Universe.empty(position.shape[1])
    universe.load_new(position.astype(np.float32), format=MemoryReader, order="fac")
    return universe


class _Reader(NCDFReader):
    """Closes itself also where its file could not be opened, and prints no traceback of that."""

    trjfile = None


def _open(topology: Path, path: Path) -> Universe:
    with warnings.catch_warnings():
        # The topology has the unit cell that its format demands, and means none by it.
        warnings.filterwarnings("ignore", message="1 A\\^3 CRYST1 record")
        try:
            return Universe(str(topology), str(path), format=_Reader)
        except _UNREADABLE as error:
            raise CorruptFileError(f"{path}: cannot be read by MDAnalysis ({error})") from error
