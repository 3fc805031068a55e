"""Files that are whole or absent: written under a temporary name, then renamed."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block ends well.

    The suffix is kept because several libraries choose the format by it. When the block raises,
    the temporary file or folder is removed and what was at ``path`` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    temporary = folder / path.name
    try:
        yield temporary
        if temporary.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            _flush_to_disk(temporary)
        temporary.replace(path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, temporary, str(temporary)):
            raise
        # The user knows the final name, not the temporary one.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def failed_write(path: Path, error: Exception) -> OSError:
    """The ``OSError`` behind a library's own error while writing, which names no cause.

    NetCDF and safetensors report a full disk, a quota or a size limit as a fault of their format.
    """
    text = f"could not be written in full; disk full, quota or size limit? ({error})"
    return OSError(errno.EIO, text, str(path))


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
