"""Structures alone, without labels, from a data set of ours or a text file."""

from dataclasses import replace
from pathlib import Path

from ase import Atoms

from nearsight.data.frames import SUBSETS, Frames, frames_of_atoms, read_frames
from nearsight.data.geometry_files import read_geometries
from nearsight.data.validation import validate
from nearsight.errors import DataError
from nearsight.storage import require_file

_UNLABELLED = "structures"


def read_structures(
    path: Path, *, subset: str = "test", n_structures: int | None = None
) -> list[Atoms]:
    """Structures of a file, spread over it where there are more than asked for.

    The first structures of a larger request are those of a smaller one.

    Args:
        path: a canonical data set (``.nc``), or a text file such as ``.xyz``
            (:func:`nearsight.data.geometry_files.read_geometries`).
        subset: train, validation, test or all; of a canonical data set alone.
        n_structures: the most structures to return; all by default.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read as what it should be.
        DataError: no structures, no such subset, a format that is not read, or structures that are
            periodic, charged, or none (:func:`nearsight.data.validation.validate`).
    """
    path = require_file(Path(path))
    if path.suffix == ".nc":
        return _of_data_set(path, subset, n_structures)
    images = read_geometries(path)
    if not images:
        raise DataError(f"{path}: holds 0 structures")
    validate(frames_of_atoms(images), str(path))
    return [images[k] for k in _spread(len(images), n_structures)]


def read_starts(path: Path) -> Frames:
    """Frames to start dynamics from: of a canonical data set, or structures of one molecule.

    Raises:
        MissingFileError, CorruptFileError: as their names say.
        DataError: structures of several molecules, or that are periodic, charged, or none.
    """
    if path.suffix == ".nc":
        return read_frames(path)
    images = read_structures(path)
    for k, atoms in enumerate(images):
        if atoms.numbers.tolist() != images[0].numbers.tolist():
            raise DataError(
                f"{path}: frame {k} has other atoms than frame 0, or the same in another order; "
                "dynamics takes one molecule: put its frames into a file of their own"
            )
    return replace(frames_of_atoms(images), attributes={_UNLABELLED: str(path.name)})


def is_unlabelled(frames: Frames) -> bool:
    """Whether frames are structures alone, of a file that is no data set."""
    return _UNLABELLED in frames.attributes


def _of_data_set(path: Path, subset: str, n_structures: int | None) -> list[Atoms]:
    if subset not in (*SUBSETS, "all"):
        raise DataError(f"--subset {subset}: expected one of {', '.join(SUBSETS)} or all")
    frames = read_frames(path)
    if subset != "all":
        frames = frames.of_subset(subset)
    if not len(frames):
        raise DataError(f"{path}: the data set has no {subset} frames; choose another subset")
    return [frames.atoms(k) for k in _spread(len(frames), n_structures)]


def _spread(n_found: int, n_wanted: int | None) -> list[int]:
    """Indices spread over all, in an order in which fewer are the first of more.

    So structure k is the same for stages that ask for different numbers of structures. All of them
    in their own order where no number is given.
    """
    if n_wanted is None:
        return list(range(n_found))
    bits = max(1, (n_found - 1).bit_length())
    # Van der Corput's order: halves, then quarters, then eighths.
    order = sorted(range(n_found), key=lambda k: int(f"{k:0{bits}b}"[::-1], 2))
    return order[:n_wanted]
