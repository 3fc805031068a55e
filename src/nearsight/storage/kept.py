"""What a long run keeps beside its unfinished output, to go on from: removed file by file.

``.NAME.partial/`` of a run that is not done, ``.NAME.finished/`` of one that is, whose output can
be made again from it. In either a folder a run, named by a hash of all that the run follows from.
"""

import logging
import os
import re
from contextlib import suppress
from pathlib import Path

from nearsight.storage.temporary import sweep_inside

logger = logging.getLogger(__name__)

_HOME = re.compile(r"\..+\.(partial|finished)")
_RUN = re.compile(r"[0-9a-f]{16}")
_PART = re.compile(r"\d{6}\.(safetensors|nc|json)")


def partial_of(out: Path) -> Path:
    """Where a run keeps what it has of an output that is not done."""
    return Path(out).with_name(f".{Path(out).name}.partial")


def finished_of(out: Path) -> Path:
    """Where a run keeps what its output can be made again from."""
    return Path(out).with_name(f".{Path(out).name}.finished")


def is_kept(path: Path) -> bool:
    """Whether a path has the name of a folder in which a run keeps what it has."""
    return _HOME.fullmatch(Path(path).name) is not None


def remove_kept(home: Path) -> None:
    """Remove what runs have kept in a folder, and the folder if nothing else lies there.

    What no run has put there stays, with a warning that names it. A link is not followed.
    """
    home = Path(home)
    if home.is_symlink() or not home.is_dir():
        return
    sweep_inside(home)
    for folder, _, names in os.walk(home, topdown=False):
        place = Path(folder)
        if any(_RUN.fullmatch(part) for part in place.relative_to(home).parts[:1]):
            for name in filter(_PART.fullmatch, names):
                (place / name).unlink(missing_ok=True)
        with suppress(OSError):
            place.rmdir()
    if home.is_dir():
        logger.warning("%s: holds what no run has put there; it is left", home)
