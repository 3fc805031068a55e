"""The list of checksums, in the format of ``sha256sum``, and the check of a folder against it."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from nearsight.bundle.allowed import fault_of_name
from nearsight.errors import CorruptFileError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path, require_file, sha256

MANIFEST = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


def write_manifest(sums: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """Text of a manifest: notes as comments, then one line per file, sorted by path."""
    comments = "".join(f"# {' '.join(note.split())}\n" for note in notes)
    return comments + "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))


def parse_manifest(text: str, origin: str) -> dict[str, str]:
    """SHA-256 by path; empty lines and comments are passed over, as ``sha256sum`` does.

    Raises:
        CorruptFileError: a line that is none of a manifest.
    """
    sums = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise CorruptFileError(f"{origin}: line {number} is no checksum with a path")
        if fault_of_name(match[2]) or match[2] in sums:
            fault = fault_of_name(match[2]) or "is there twice"
            raise CorruptFileError(f"{origin}: line {number}: {match[2]!r} {fault}")
        sums[match[2]] = match[1]
    return sums


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """What is wrong with files, a line each: changed, missing, or not in the manifest."""
    lines = []
    for path in sorted(expected.keys() | found.keys()):
        if path not in found:
            lines.append(f"{path} is missing")
        elif path not in expected:
            lines.append(f"{path} is not in {MANIFEST}")
        elif expected[path] != found[path]:
            lines.append(f"{path} has changed")
    return lines


def sums_of(path: Path) -> dict[str, str]:
    """SHA-256 by path of the manifest of a folder.

    Raises:
        MissingFileError, CorruptFileError: as :func:`verify_folder`.
    """
    text = require_file(path).read_text(encoding="utf-8", errors="replace")
    return parse_manifest(text, str(path))


def extend_manifest(
    path: Path, sums: Mapping[str, str], *, kept: Callable[[str], bool] = lambda _: True
) -> None:
    """Add files to the manifest of a folder, or begin one.

    Args:
        path: of the manifest.
        sums: SHA-256 of the further files by path.
        kept: of a path that it has so far, whether it stays.

    Raises:
        CorruptFileError: what is there is no manifest.
    """
    known, notes = {}, []
    if path.is_file():
        known = {name: digest for name, digest in sums_of(path).items() if kept(name)}
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        notes = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    with atomic_path(path) as temporary:
        temporary.write_text(write_manifest({**known, **sums}, notes), encoding="utf-8")


def left_behind(folder: Path, heavy: Collection[str]) -> set[str]:
    """Paths of folders that did not come along, though what lies beside them did.

    Args:
        folder: of results; without a manifest everything was made there.
        heavy: names of folders that are left behind on demand.

    Raises:
        CorruptFileError: its manifest is none.
    """
    if not (folder / MANIFEST).is_file():
        return set()
    parents = {name.rpartition("/")[0] for name in sums_of(folder / MANIFEST)}
    return {f"{parent}/{name}" for parent in parents for name in heavy} - parents


def verify_folder(folder: Path) -> tuple[int, list[str]]:
    """Check the files of a folder against its own ``SHA256SUMS``.

    Files that came later are no fault: figures are drawn again, studies go on.

    Args:
        folder: results that :func:`nearsight.bundle.unpack` wrote.

    Returns:
        Number of files in the manifest, and what is changed or missing, a line each.

    Raises:
        MissingFileError: the folder has no manifest.
        CorruptFileError: it is none.
    """
    expected = sums_of(folder / MANIFEST)
    present = {name for name in expected if (folder / name).is_file()}
    bar = progress_bar(sorted(present), desc="verify", unit="file")
    return len(expected), differences(expected, {name: sha256(folder / name) for name in bar})
