"""Structures alone, without labels, from a data set of ours or a file that ASE reads."""

from pathlib import Path

import ase.io
from ase import Atoms
from ase.io.extxyz import XYZError
from ase.io.formats import UnknownFileTypeError, filetype

from nearsight.data.frames import SUBSETS, frames_of_atoms, read_frames
from nearsight.data.validation import validate
from nearsight.errors import CorruptFileError, DataError
from nearsight.storage import require_file

FORMATS = ("extxyz", "xyz", "proteindatabank", "sdf", "mol", "gen", "turbomole", "vasp", "cif")
"""Formats of ASE that are text; some of its others hold pickles, which are never loaded."""


def read_structures(
    path: Path, *, subset: str = "test", n_structures: int | None = None
) -> list[Atoms]:
    """Structures of a file, spread over it where there are more than asked for.

    The first structures of a larger request are those of a smaller one.

    Args:
        path: a canonical data set (``.nc``), or a text file that ASE reads, such as ``.xyz``.
        subset: train, validation, test or all; of a canonical data set alone.
        n_structures: the most structures to return; all by default.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read as what it should be.
        DataError: no structures, no such subset, a format that is not read, or structures that are
            none (:func:`nearsight.data.validation.validate`).
    """
    path = require_file(Path(path))
    if path.suffix == ".nc":
        return _of_data_set(path, subset, n_structures)
    images = _of_file(path)
    if not images:
        raise DataError(f"{path}: holds 0 structures")
    validate(frames_of_atoms(images), str(path))
    return [images[k] for k in _spread(len(images), n_structures)]


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
