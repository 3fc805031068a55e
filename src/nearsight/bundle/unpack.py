"""From a tar file that may come from anywhere to results, checked before anything stands there."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nearsight.bundle.manifest import MANIFEST, differences, parse_manifest
from nearsight.errors import CorruptFileError, DataError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path, require_file

_CHUNK = 1 << 20
_SHOWN = 5


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
            content = _read(archive, member)
            if name == MANIFEST:
                text = b"".join(content).decode(errors="replace")
                continue
            digest = hashlib.sha256()
            for data in content:
                digest.update(data)
            sums[name] = digest.hexdigest()
    if text is None:
        raise CorruptFileError(f"{path}: no {MANIFEST} in it: truncated, or not made by bundle")
    return len(sums), differences(parse_manifest(text, f"{path}: {MANIFEST}"), sums)


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
        DataError: the study's folder is there already.
    """
    _, wrong = verify_bundle(path)
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise CorruptFileError(f"{path}: {'; '.join(wrong[:_SHOWN])}{more}; nothing is unpacked")
    with _opened(path) as archive:
        members = archive.getmembers()
        study = into / PurePosixPath(members[0].name).parts[0]
        if study.exists():
            raise DataError(f"{study}: is there already: move it away or choose another --into")
        with atomic_path(study) as temporary:
            for member in progress_bar(members, desc="unbundle", unit="file"):
                member.name = _relative(member, path)
                archive.extract(member, temporary, filter="data")
    return study


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        # Never by a compression that the file names: a bundle has none.
        with tarfile.open(require_file(path), "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise CorruptFileError(f"{path}: cannot be read as a bundle ({error})") from error


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file = archive.extractfile(member)
    while file is not None and (data := file.read(_CHUNK)):
        yield data


def _relative(member: tarfile.TarInfo, origin: Path) -> str:
    """Path within the study's folder, of a member that stays in there."""
    parts = PurePosixPath(member.name).parts
    escapes = member.name.startswith("/") or ".." in parts or "\\" in member.name
    if not member.isreg() or escapes or len(parts) < 2 or parts[0].startswith("."):
        raise CorruptFileError(
            f"{origin}: {member.name!r} is no file within a study's folder; nothing is unpacked"
        )
    return "/".join(parts[1:])
