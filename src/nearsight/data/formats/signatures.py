"""What a file is by its first bytes: one kind under the name of another is told as such."""

from pathlib import Path

from nearsight.errors import CorruptFileError

_KINDS = {
    b"SQLite format 3\0": ("an SQLite database", (".db",)),
    b"PK\x03\x04": ("a zip or .npz archive", (".npz",)),
    b"\x89HDF\r\n\x1a\n": ("HDF5 (or NetCDF-4)", (".hdf5", ".h5")),
    b"CDF": ("NetCDF", (".nc",)),
    b"\x93NUMPY": ("a single NumPy array", (".npz",)),
    b"\x1f\x8b": ("gzip", (".gz",)),
    b"BZh": ("bzip2", (".bz2",)),
    b"\xfd7zXZ": ("xz", (".xz",)),
}


def require_kind(path: Path, ending: str) -> None:
    """Refuse a file whose first bytes are those of another kind than its name says.

    Text has no such bytes, and passes under every name: its reader says what is wrong.

    Args:
        path: the file.
        ending: of its name, in small letters.

    Raises:
        CorruptFileError: it is of another kind.
    """
    with path.open("rb") as handle:
        first = handle.read(max(map(len, _KINDS)))
    for mark, (kind, endings) in _KINDS.items():
        if first.startswith(mark) and ending not in endings:
            raise CorruptFileError(
                f"{path}: cannot be read as {ending}: by its content it is {kind}; rename it to "
                f"end in {' or '.join(endings)}, or give the right file"
            )
