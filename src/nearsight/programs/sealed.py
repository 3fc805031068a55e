"""Files that end with their own checksum: one that is whole is told from one that is not.

What an operating system loads as code must be what was written: a shared library that lacks its
end does not raise an error but ends the process. Bytes behind its end are of no concern to a
loader, so the checksum can stand in the same file, which is placed by one rename.
"""

import hashlib
import os
from pathlib import Path

_MARK = b"nearsight sha256 "
_LENGTH = len(_MARK) + 64


def seal(path: Path) -> None:
    """Append the checksum of a file to it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("ab") as handle:
        handle.write(_MARK + digest.encode())


def is_sound(path: Path) -> bool:
    """Whether a file is there, ends with its checksum, and can be written by nobody else.

    A library of somebody else would run as code in the name of whoever loads it.
    """
    try:
        with path.open("rb") as handle:
            private = is_private(os.fstat(handle.fileno()))
            content = handle.read()
    except OSError:
        return False
    digest = hashlib.sha256(content[:-_LENGTH]).hexdigest()
    return private and content[-_LENGTH:] == _MARK + digest.encode()


def is_private(status: os.stat_result) -> bool:
    """Whether only this user, or the administrator, can write a file or folder."""
    return status.st_uid in (0, os.getuid()) and not status.st_mode & 0o022
