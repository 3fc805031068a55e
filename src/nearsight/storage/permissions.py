"""What others may do with a file: as with any file that the user makes, whichever library wrote it.

Libraries that write through a temporary file of their own leave it readable by its owner alone.
"""

import os
import stat
from pathlib import Path

_PROBE = ".mode"


def usual_mode(folder: Path) -> int:
    """Mode that the system gives a new file in a folder, by umask and what the folder hands down.

    Found by making one: the umask cannot be asked for without being changed.
    """
    probe = folder / _PROBE
    handle = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        return stat.S_IMODE(os.fstat(handle).st_mode)
    finally:
        os.close(handle)
        probe.unlink()


def set_modes(made: Path, target: Path, usual: int) -> None:
    """Give a new file, or the files of a new folder, the mode of what they replace, or the usual.

    Args:
        made: the new file or folder.
        target: what it is to replace; may be absent.
        usual: mode of a new file.
    """
    replaced = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    if not made.is_dir():
        made.chmod(usual if replaced is None else replaced)
        return
    if replaced is not None:
        made.chmod(replaced)
    for path in made.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(usual)
