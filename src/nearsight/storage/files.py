"""Plain files: that they are there, their checksum, and JSON documents."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nearsight.errors import MissingFileError
from nearsight.storage.atomic import atomic_path

_HASHES: dict[tuple[int, ...], str] = {}
_SETTLED_NS = 2 * 10**9


def require_file(path: Path) -> Path:
    """Return ``path`` if it is a readable file.

    Raises:
        MissingFileError: if it is not there.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path}: no such file")
    return path


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal text; a file is read once in a process.

    It is read again when its times or its size have changed. A file that was written within the
    last seconds is not remembered: it could change once more at the same tick of the clock.
    """
    now = time.time_ns()
    with Path(path).open("rb") as handle:
        status = os.fstat(handle.fileno())
        times = status.st_mtime_ns, status.st_ctime_ns
        key = (status.st_dev, status.st_ino, status.st_size, *times)
        if key not in _HASHES:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            if now - max(times) < _SETTLED_NS:
                return digest
            _HASHES[key] = digest
    return _HASHES[key]


def write_json(document: Mapping[str, Any], path: Path) -> None:
    """Write a JSON document atomically, indented, with a final newline.

    Raises:
        ValueError: it holds NaN or infinity, which JSON has no word for (a fault of ours).
    """
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
