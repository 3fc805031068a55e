"""From a tar file that may come from anywhere to results, checked before anything stands there."""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nearsight.bundle.allowed import fault_of_name
from nearsight.bundle.manifest import MANIFEST, differences, parse_manifest
from nearsight.bundle.members import check_members, refuse
from nearsight.errors import CorruptFileError, DataError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path, claimed, require_file

_CHUNK = 1 << 20
_SHOWN = 5
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


def verify_bundle(path: Path) -> tuple[int, list[str]]:
    """Check a bundle against the checksums in it, without unpacking it.

    Returns:
        Number of files, and what is wrong, a line each.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: no bundle, or a member that no bundle has.
    """
    sums, text = {}, None
    with _opened(path) as archive:
        for member in progress_bar(archive, desc="verify", unit="file"):
            name = _relative(member, path)
            content = _read(archive, member, path)
            if name == MANIFEST:
                text = b"".join(content).decode(errors="replace")
                continue
            digest = hashlib.sha256()
            for data in content:
                digest.update(data)
            sums[name] = digest.hexdigest()
    return len(sums), differences(_expected(path, text), sums)


def notes_of(path: Path) -> list[str]:
    """What was known to be wrong with results when they were packed, and what was left out.

    Raises:
        MissingFileError, CorruptFileError: as :func:`verify_bundle`.
    """
    with _opened(path) as archive:
        for member in archive:
            if _relative(member, path) == MANIFEST:
                text = b"".join(_read(archive, member, path)).decode(errors="replace")
                lines = text.split("\n")
                return [line.removeprefix("# ") for line in lines if line.startswith("#")]
    return []


def unpack(path: Path, into: Path) -> Path:
    """Verify a bundle and unpack it as a study's folder.

    Args:
        path: the tar file.
        into: the folder of results; the study's own folder appears in it once it is whole.

    Returns:
        The study's folder.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: no bundle, or a checksum that does not agree.
        DataError: the study's folder is there already, or a link of its name.
    """
    _, wrong = verify_bundle(path)
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise CorruptFileError(f"{path}: {'; '.join(wrong[:_SHOWN])}{more}; nothing is unpacked")
    with _opened(path) as archive:
        members = archive.getmembers()
        study = into / PurePosixPath(members[0].name).parts[0]
        if study.exists() or study.is_symlink():
            raise DataError(f"{study}: is there already: move it away or choose another --into")
        with claimed(study), atomic_path(study) as temporary:
            _write(archive, members, path, temporary)
    return study


def _write(
    archive: tarfile.TarFile, members: Sequence[tarfile.TarInfo], path: Path, folder: Path
) -> None:
    """Write all members, and compare what was written: the file may have changed in between."""
    folder.mkdir()
    sums: dict[str, str] = {}
    for member in progress_bar(members, desc="unbundle", unit="file"):
        name = _relative(member, path)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        # Only ever a new file: two members never become one.
        with target.open("xb") as file:
            for data in _read(archive, member, path):
                digest.update(data)
                file.write(data)
        os.utime(target, (member.mtime, member.mtime))
        sums[name] = digest.hexdigest()
    del sums[MANIFEST]
    text = (folder / MANIFEST).read_text(encoding="utf-8", errors="replace")
    if differences(_expected(path, text), sums):
        raise CorruptFileError(f"{path}: has changed while it was unpacked; nothing is unpacked")


def _expected(path: Path, text: str | None) -> dict[str, str]:
    if text is None:
        raise CorruptFileError(f"{path}: no {MANIFEST} in it: truncated, or not made by bundle")
    return parse_manifest(text, f"{path}: {MANIFEST}")


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    check_members(require_file(path))
    try:
        # Never by a compression that the file names: a bundle has none.
        with tarfile.open(path, "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError, OverflowError, MemoryError, ValueError) as error:
        raise CorruptFileError(f"{path}: cannot be read as a bundle ({error})") from error


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> Iterator[bytes]:
    file = archive.extractfile(member)
    left = member.size
    while file is not None and (data := file.read(_CHUNK)):
        left -= len(data)
        yield data
    if left:
        raise CorruptFileError(f"{path}: ends within {member.name!r}: truncated")


def _relative(member: tarfile.TarInfo, origin: Path) -> str:
    """Path within the study's folder, of a member that stays in there."""
    parts = PurePosixPath(member.name).parts
    # Looked at once more as tarfile sees it, whose own rules decide what is read.
    if member.type not in _PLAIN or member.issparse() or fault_of_name(member.name):
        refuse(origin, member.name, "")
    return "/".join(parts[1:])
