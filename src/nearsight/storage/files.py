"""Plain files: that they are there, their checksum, and JSON documents."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nearsight.errors import MissingFileError
from nearsight.storage.atomic import atomic_path


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
    """SHA-256 of a file's bytes, as hexadecimal text."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_json(document: Mapping[str, Any], path: Path) -> None:
    """Write a JSON document atomically, indented, with a final newline.

    Raises:
        ValueError: it holds NaN or infinity, which JSON has no word for (a fault of ours).
    """
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
