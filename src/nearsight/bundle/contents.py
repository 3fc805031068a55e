"""What of a results folder goes into a bundle; links are followed."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from nearsight.bundle.manifest import MANIFEST

TRAJECTORIES = frozenset({"trajectories", "reference_trajectories"})
"""Names of folders that are most of the bytes of a study."""
UNFINISHED = {"checkpoint.safetensors", "checkpoint.previous.safetensors"}


@dataclass(frozen=True)
class Contents:
    """Paths within a folder, with slashes.

    Attributes:
        files: plain files to pack, sorted.
        left_out: what cannot be packed, with the reason.
    """

    files: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def contents(folder: Path, *, trajectories: bool) -> Contents:
    """What goes into a bundle of a folder.

    Args:
        folder: results of a study.
        trajectories: whether those belong to it.
    """
    found = Contents()
    _walk(folder, "", trajectories, [], found)
    found.files.sort()
    return found


def _walk(
    folder: Path, inside: str, trajectories: bool, above: list[tuple[int, int]], found: Contents
) -> None:
    about = folder.stat()
    own = (about.st_dev, about.st_ino)
    if own in above:
        found.left_out.append(f"{inside.rstrip('/')}: a link to a folder that it lies in")
        return
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        path, relative = folder / name, f"{inside}{name}"
        heavy = not trajectories and name in TRAJECTORIES
        if name.startswith(".") or heavy or name in UNFINISHED or relative == MANIFEST:
            continue
        try:
            mode = path.stat().st_mode
        except OSError as error:
            found.left_out.append(f"{relative}: a link that leads nowhere ({error.strerror})")
            continue
        if stat.S_ISDIR(mode):
            _walk(path, f"{relative}/", trajectories, [*above, own], found)
        elif stat.S_ISREG(mode):
            found.files.append(relative)
        else:
            found.left_out.append(f"{relative}: neither a file nor a folder")
