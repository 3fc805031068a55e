"""Files out of archives: only what is asked for, under a name of ours."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from nearsight.data.formats.foreign_parsers import listed, one_line, reason_of
from nearsight.errors import CorruptFileError, DataError
from nearsight.storage import atomic_path

_PIECE = 1 << 20
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# What the readers of the standard library raise for damaged, encrypted or odd archives.
FAULTS = (
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, struct.error, EOFError,
    OSError, ValueError, LookupError, RuntimeError, OverflowError,
)  # fmt: skip
_MOST_GROWTH = 1000
"""Bytes that a byte of a zip archive may stand for; deflate reaches 1,032 on zeros alone."""


def unpack(archive: Path, member: str, target: Path) -> Path:
    """Write one file of an archive to ``target``, which appears once it is whole.

    Args:
        archive: ``.zip``, ``.tar`` with any compression, or ``.xz`` of a single file.
        member: name inside the archive; ignored for ``.xz``.
        target: what to write.

    Raises:
        CorruptFileError: the archive is truncated or damaged, or lacks the file.
        DataError: of no known kind, or a name in it leads out of it.
    """
    with atomic_path(target) as temporary, temporary.open("wb") as handle:
        for piece in pieces(archive, member):
            handle.write(piece)
    return target


def pieces(archive: Path, member: str) -> Iterator[bytes]:
    """One file of an archive, piece by piece; raises as :func:`unpack`."""
    try:
        with _opened(archive, member) as source:
            while piece := source.read(_PIECE):
                yield piece
    except FAULTS as error:
        raise CorruptFileError(
            f"{archive}: truncated or damaged archive ({reason_of(error)})"
        ) from None


def is_tar(path: Path) -> bool:
    """Whether a name is that of a tar archive."""
    return path.name.lower().endswith(TARS)


def refuse_escape(name: str, archive: Path) -> None:
    """Refuse a name that leads out of its archive.

    Raises:
        DataError: it is absolute or climbs.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        raise DataError(
            f"{archive}: {one_line(name, 80)!r} leads out of the archive: it is not opened"
        )


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if archive.suffix == ".xz" and not is_tar(archive):
        with lzma.open(archive) as whole:
            yield whole
        return
    if archive.suffix in (".zip", ".whl"):
        with zipfile.ZipFile(archive) as holder:
            _require(member, holder.namelist(), archive)
            size, packed = holder.getinfo(member).file_size, holder.getinfo(member).compress_size
            if size > _MOST_GROWTH * max(packed, 1):
                raise CorruptFileError(f"{archive}: {member}: {packed} bytes would grow to {size}")
            with holder.open(member) as part:
                yield part
        return
    if not is_tar(archive):
        raise DataError(f"{archive}: no kind of archive that is opened here")
    with tarfile.open(archive) as tar:
        infos = {info.name: info for info in tar.getmembers()}
        _require(member, list(infos), archive)
        source = tar.extractfile(infos[member])
        if source is None or not infos[member].isfile() or infos[member].issparse():
            raise DataError(f"{archive}: {member} is no file")
        with source:
            yield source


def _require(member: str, names: list[str], archive: Path) -> None:
    for name in names:
        refuse_escape(name, archive)
    if member not in names:
        raise CorruptFileError(f"{archive}: holds no {member}; it holds {listed(names)}")
