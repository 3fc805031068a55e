"""Whether an HDF5 file is laid out as a group a molecule, and in it a group a structure."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import h5py

from nearsight.data.formats.foreign_parsers import one_line, parsing
from nearsight.errors import DataError
from nearsight.hdf5 import require_own

_SHOWN = 8


def require_layout(file: h5py.File, path: Path, keys: Sequence[str]) -> None:
    """Refuse a file of another layout, ANI's or SPICE's, or flat arrays, and say what it holds.

    Args:
        file: the open file.
        path: its name.
        keys: data sets that a structure must have.

    Raises:
        CorruptFileError: it leads to other files, or is damaged.
        DataError: of another layout.
    """
    with parsing(path, "QM7-X (HDF5)"):
        sound = all(_is_molecule(file, name, str(path), keys) for name in file)
        found = [] if sound else list(islice(_contents(file, str(path)), _SHOWN + 1))
    if not sound:
        shown = "; ".join(found[:_SHOWN]) + ("; ..." if len(found) > _SHOWN else "")
        raise DataError(
            f"{path}: is HDF5, but not laid out like QM7-X (a group a molecule, in it a group a "
            f"structure with {', '.join(keys)}); found: {shown or 'nothing'}; convert it to "
            "extended xyz or to an sGDML .npz"
        )


def _is_molecule(file: h5py.File, name: str, path: str, keys: Sequence[str]) -> bool:
    require_own(file, name, path)
    molecule = file.get(name)
    if not isinstance(molecule, h5py.Group):
        return False
    for structure in molecule:
        require_own(molecule, structure, f"{path}: {name}")
        if not isinstance(molecule.get(structure), h5py.Group):
            return False
    first = next(iter(molecule), None)
    # One with other keys is a damaged structure; a first one without any is another layout.
    return first is None or not {*molecule[first]}.isdisjoint(keys)


def _contents(file: h5py.File, path: str) -> Iterator[str]:
    for name in file:
        require_own(file, name, path)
        found = file.get(name)
        if isinstance(found, h5py.Group):
            inside = ", ".join(one_line(key, 30) for key in islice(found, 5))
            yield f"{one_line(name, 30)}/ ({inside})"
        else:
            yield f"{one_line(name, 30)} {getattr(found, 'shape', '')}"
