"""Structures alone, without labels, from a data set of ours or a file that ASE reads."""

from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.io.extxyz import XYZError
from ase.io.formats import UnknownFileTypeError, filetype

from nearsight.data.frames import SUBSETS, read_frames
from nearsight.errors import CorruptFileError, DataError
from nearsight.storage import require_file

FORMATS = ("extxyz", "xyz", "proteindatabank", "sdf", "mol", "gen", "turbomole", "vasp", "cif")
"""Formats of ASE that are text; some of its others hold pickles, which are never loaded."""


def read_structures(
    path: Path, *, subset: str = "test", n_structures: int | None = None
) -> list[Atoms]:
    """Structures of a file, evenly spread over it where there are more than asked for.

    Args:
        path: a canonical data set (``.nc``), or a text file that ASE reads, such as ``.xyz``.
        subset: train, validation or test; of a canonical data set alone.
        n_structures: the most structures to return; all by default.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read as what it should be.
        DataError: no structures, no such subset, or a format that is not read.
    """
    path = require_file(Path(path))
    if path.suffix == ".nc":
        return _of_data_set(path, subset, n_structures)
    images = _of_file(path)
    if not images:
        raise DataError(f"{path}: holds 0 structures")
    return [images[k] for k in _spread(len(images), n_structures)]


def _of_data_set(path: Path, subset: str, n_structures: int | None) -> list[Atoms]:
    if subset not in SUBSETS:
        raise DataError(f"--subset {subset}: expected one of {', '.join(SUBSETS)}")
    frames = read_frames(path).of_subset(subset)
    if not len(frames):
        raise DataError(f"{path}: the data set has no {subset} frames; choose another subset")
    return [frames.atoms(k) for k in _spread(len(frames), n_structures)]


def _spread(n_found: int, n_wanted: int | None) -> list[int]:
    """Evenly spread indices, first and last among them; all where no more are wanted."""
    n_kept = n_found if n_wanted is None else min(n_wanted, n_found)
    return [int(k) for k in np.unique(np.linspace(0, n_found - 1, n_kept).round())]


def _of_file(path: Path) -> list[Atoms]:
    # Structures of untrusted files: what a reader raises depends on what is wrong with them.
    faults = (
        XYZError, UnknownFileTypeError, ValueError, LookupError, TypeError, RuntimeError,
        AttributeError, EOFError, AssertionError,
    )  # fmt: skip
    try:
        name = filetype(str(path))
        if name not in FORMATS:
            raise DataError(f"{path}: format {name} is not read; known: {', '.join(FORMATS)}")
        return ase.io.read(path, index=":", format="extxyz" if name == "xyz" else name)
    except faults as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorruptFileError(f"{path}: cannot be read as structures ({reason})") from None
