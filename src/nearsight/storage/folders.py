"""Folders that an output consists of: replaced as a whole, if nothing else lies in them."""

import os
from collections.abc import Callable
from pathlib import Path

from nearsight.errors import DataError

_OF_WORKFLOWS = {".snakemake_timestamp"}
"""What Snakemake leaves in every folder that is an output."""
_SHOWN = 3


def require_replaceable(
    path: Path, ours: Callable[[str], bool], *, called: Path | None = None
) -> None:
    """Refuse a folder that is more than an earlier output of the same kind.

    Args:
        path: the folder; may be absent. A link is followed.
        ours: whether a file of this name belongs to the output.
        called: what to call it in the error, where that is another name.

    Raises:
        DataError: it is a file, the working folder or one above it, a mount point, or holds
            anything that the output does not consist of.
    """
    name = Path(path if called is None else called)
    target = Path(os.path.realpath(path))
    if not target.exists():
        return
    if not target.is_dir():
        raise DataError(f"{name}: is a file, and a folder is to be written: name another folder")
    if Path.cwd().is_relative_to(target):
        raise DataError(f"{name}: is the working folder or holds it: name a folder of its own")
    if target.is_mount():
        raise DataError(f"{name}: is a mount point: name a folder in it")
    strangers = sorted(entry.name for entry in target.iterdir() if not _belongs(entry, ours))
    if strangers:
        more = f" and {len(strangers) - _SHOWN} more" if len(strangers) > _SHOWN else ""
        shown = ", ".join(strangers[:_SHOWN])
        raise DataError(
            f"{name}: holds what is no part of this output ({shown}{more}), and the folder would be"
            " replaced as a whole: name another folder, or move them away"
        )


def _belongs(entry: Path, ours: Callable[[str], bool]) -> bool:
    known = entry.name in _OF_WORKFLOWS or ours(entry.name)
    return known and entry.is_file() and not entry.is_symlink()
