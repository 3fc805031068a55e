"""Names of files that a bundle may hold: the same for packing, verifying and unpacking."""

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST = 255
"""Bytes of one part of a name that every file system takes."""


def fault_of_name(name: str) -> str:
    """Why a name within a study's folder is refused; empty text where it is not."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or name.startswith("/"):
        return "is no plain path within a study's folder"
    try:
        longest = max(len(part.encode()) for part in parts)
    except UnicodeEncodeError:
        return "is not UTF-8"
    if not name.isprintable() or "\\" in name or any(part != part.strip() for part in parts):
        return "has a character that a list of checksums cannot hold, or a space at an end"
    return f"is longer than {LONGEST} bytes" if longest > LONGEST else ""


def fault_of_names(names: Iterable[str]) -> str:
    """Why several names cannot stand in one folder; empty text where they can.

    File systems that make no difference between upper and lower case, or between forms of Unicode,
    would keep one of two files whose names differ only so.
    """
    known: dict[str, str] = {}
    for name in names:
        key = _key(name)
        if key in known:
            return f"{known[key]!r} and {name!r} are the same file on some machines"
        known[key] = name
    for key, name in known.items():
        for parent in PurePosixPath(key).parents:
            if str(parent) in known:
                return f"{known[str(parent)]!r} is a file, and the folder of {name!r}"
    return ""


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
