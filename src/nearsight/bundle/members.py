"""The members of a tar file, looked at before a byte of them is read.

A tar file of a few kilobytes can declare members of terabytes (sparse ones), members that are links
or devices, and headers that ask for all memory. A bundle has plain files alone, so everything else
is refused by its header.
"""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from nearsight.bundle.allowed import fault_of_name, fault_of_names
from nearsight.errors import CorruptFileError

_BLOCK = tarfile.BLOCKSIZE
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
_KINDS = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.DIRTYPE: "a folder",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}
_SPARSE = re.compile(rb"\d+ (GNU\.sparse|SCHILY\.realsize)")
_SIZE = re.compile(rb"\d+ size=(\d{1,20})\n")
_LARGEST_HEADER = 2**16
"""Bytes of a header of attributes: names of files and times take hundreds."""


def check_members(path: Path) -> None:
    """Refuse a tar file that is not one of plain files within one folder.

    Raises:
        CorruptFileError: names the member and what is wrong with it.
    """
    names = []
    with path.open("rb") as file:
        for member, kind in _members(file, path):
            parts = PurePosixPath(member).parts
            fault = kind or fault_of_name(member)
            if fault or len(parts) < 2 or parts[0].startswith("."):
                refuse(path, member, fault)
            names.append(member)
    fault = fault_of_names(names)
    if fault:
        raise CorruptFileError(f"{path}: {fault}; nothing is unpacked")
    if len({PurePosixPath(name).parts[0] for name in names}) > 1:
        raise CorruptFileError(f"{path}: files of more than one folder; nothing is unpacked")


def refuse(path: Path, member: str, fault: str) -> None:
    """Raise the error of a member that no bundle has.

    Args:
        path: of the bundle.
        member: its name in there.
        fault: what is wrong with the name; may be empty.

    Raises:
        CorruptFileError: always.
    """
    why = f" ({fault})" if fault else ""
    raise CorruptFileError(
        f"{path}: {member!r} is no file within a study's folder{why}; nothing is unpacked"
    )


def _members(file: IO[bytes], path: Path) -> Iterator[tuple[str, str]]:
    """Names, and what they are where that is no plain file."""
    total = path.stat().st_size
    attributes = b""
    while header := _header(file, path):
        size = header.size
        if header.type == tarfile.XHDTYPE:
            if not 0 <= size <= _LARGEST_HEADER:
                refuse(path, header.name, "a header larger than any of a bundle")
            attributes = _data(file, size)
            continue
        name = _name(attributes, header)
        if _SPARSE.search(attributes):
            yield name, "a sparse file"
        if header.type not in _PLAIN:
            yield name, _KINDS.get(header.type, f"of the unknown kind {header.type!r}")
        sizes = _SIZE.findall(attributes)
        size = int(sizes[-1]) if sizes else size
        if size < 0 or size > total - file.tell():
            yield name, f"declared to be {size} bytes long, more than the whole file has"
        file.seek(-(-size // _BLOCK) * _BLOCK, 1)
        attributes = b""
        yield name, ""


def _header(file: IO[bytes], path: Path) -> tarfile.TarInfo | None:
    block = file.read(_BLOCK)
    if not block.strip(b"\0"):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise CorruptFileError(f"{path}: cannot be read as a bundle ({error})") from error


def _data(file: IO[bytes], size: int) -> bytes:
    data = file.read(-(-size // _BLOCK) * _BLOCK)
    return data[:size]


def _name(attributes: bytes, header: tarfile.TarInfo) -> str:
    """The path among the attributes wins, as in :mod:`tarfile`."""
    found = re.findall(rb"\d+ path=([^\n]*)\n", attributes)
    return found[-1].decode("utf-8", "surrogateescape") if found else header.name
