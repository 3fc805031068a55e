"""From a results folder to a tar file."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from nearsight.bundle.allowed import fault_of_name, fault_of_names
from nearsight.bundle.contents import Contents, contents
from nearsight.bundle.manifest import MANIFEST, write_manifest
from nearsight.errors import DataError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path


def pack(
    folder: Path,
    out: Path,
    *,
    trajectories: bool = False,
    only: Collection[str] | None = None,
    notes: Sequence[str] = (),
    say: Callable[[str], None] | None = None,
) -> tuple[int, int]:
    """Write a tar file of a study's results, with the checksums of what went into it.

    Checkpoints and hidden files, which belong to unfinished work, stay behind. What links lead to
    is packed as if it lay there; a link that leads nowhere, and what is no plain file, is named.
    Files keep their times, so that Snakemake finds nothing to do where they are unpacked.

    Args:
        folder: results of a study, with its ``study.json``.
        out: the tar file; it appears once it is whole.
        trajectories: also pack trajectories, which are most of the bytes of a study.
        only: paths of the files to pack, within the folder; by default all.
        notes: what is known to be wrong with the results; stands in the list of checksums.
        say: is told the name of what cannot be packed, which stands in the list of checksums too.

    Returns:
        Number of files and of their bytes.

    Raises:
        DataError: not the results of a study, or a name that could not be verified or unpacked.
        OSError: it cannot be written in full.
    """
    if not (folder / "study.json").is_file():
        raise DataError(f"{folder}: no study.json in it: name the results folder of a study")
    name = folder.resolve().name
    found = contents(folder, trajectories=trajectories)
    if only is not None:
        found = Contents([path for path in found.files if path in only])
    _check_names(folder, name, found.files)
    told = [*notes, *(f"left out: {line}" for line in found.left_out)]
    if say is not None:
        for line in found.left_out:
            say(f"left out: {line}")
    sums: dict[str, str] = {}
    n_bytes = 0
    with atomic_path(out) as temporary, tarfile.open(temporary, "w") as archive:
        for relative in progress_bar(found.files, desc="bundle", unit="file"):
            with _named(folder / relative), (folder / relative).open("rb") as file:
                member = archive.gettarinfo(arcname=f"{name}/{relative}", fileobj=file)
                # Two names of one file are two files: a link is no plain member.
                member.type, member.linkname = tarfile.REGTYPE, ""
                member.size = os.fstat(file.fileno()).st_size
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                hashed = _Hashed(file)
                archive.addfile(member, hashed)
            sums[relative] = hashed.hexdigest()
            n_bytes += member.size
        # Last, since it says what was read into the file, and not what lies in the folder.
        text = write_manifest(sums, told).encode(errors="backslashreplace")
        member = tarfile.TarInfo(f"{name}/{MANIFEST}")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return len(found.files), n_bytes


def _check_names(folder: Path, name: str, files: Sequence[str]) -> None:
    """Refuse what could not be verified or unpacked, before anything is packed."""
    if fault_of_name(name) or name.startswith("."):
        raise DataError(
            f"{folder}: the folder's name {fault_of_name(name) or 'is hidden'}: rename it"
        )
    for relative in files:
        fault = fault_of_name(relative)
        if fault:
            raise DataError(f"{folder}: the name {relative!r} {fault}: rename the file")
    fault = fault_of_names(files)
    if fault:
        raise DataError(f"{folder}: {fault}: rename one of them")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file that became shorter while it was read, which tarfile does not."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise DataError(f"{path}: has changed while it was packed: pack again") from error
        raise


class _Hashed:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        """SHA-256 of all bytes read so far."""
        return self._digest.hexdigest()
