"""From a results folder to a tar file."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nearsight.bundle.manifest import MANIFEST, write_manifest
from nearsight.errors import DataError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path

TRAJECTORIES = {"trajectories", "reference_trajectories"}
UNFINISHED = {"checkpoint.safetensors", "checkpoint.previous.safetensors"}


def pack(folder: Path, out: Path, *, trajectories: bool = False) -> tuple[int, int]:
    """Write a tar file of a study's results, with the checksums of what went into it.

    Checkpoints and hidden files, which belong to unfinished work, stay behind. Files keep their
    times, so that Snakemake finds nothing to do where they are unpacked.

    Args:
        folder: results of a study, with its ``study.json``.
        out: the tar file; it appears once it is whole.
        trajectories: also pack trajectories, which are most of the bytes of a study.

    Returns:
        Number of files and of their bytes.

    Raises:
        DataError: not the results of a study.
        OSError: it cannot be written in full.
    """
    if not (folder / "study.json").is_file():
        raise DataError(f"{folder}: no study.json in it: name the results folder of a study")
    name = folder.resolve().name
    files = sorted(_files(folder, trajectories))
    sums: dict[str, str] = {}
    n_bytes = 0
    with atomic_path(out) as temporary, tarfile.open(temporary, "w") as archive:
        for path in progress_bar(files, desc="bundle", unit="file"):
            relative = path.relative_to(folder).as_posix()
            with path.open("rb") as file:
                member = archive.gettarinfo(arcname=f"{name}/{relative}", fileobj=file)
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                hashed = _Hashed(file)
                archive.addfile(member, hashed)
            sums[relative] = hashed.hexdigest()
            n_bytes += member.size
        # Last, since it says what was read into the file, and not what lies in the folder.
        text = write_manifest(sums).encode()
        member = tarfile.TarInfo(f"{name}/{MANIFEST}")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return len(files), n_bytes


def _files(folder: Path, trajectories: bool) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        heavy = not trajectories and TRAJECTORIES & set(parts)
        left_out = path.name in UNFINISHED or parts == (MANIFEST,)
        if path.is_file() and not path.is_symlink() and not (hidden or heavy or left_out):
            yield path


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
