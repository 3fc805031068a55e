"""The results that come, verified, in a hidden folder beside those that they are put to.

What is looked at there is what is put in place: nobody else writes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nearsight.bundle import pack, unpack
from nearsight.errors import NearsightError
from nearsight.storage.temporary import make_temporary, remove_temporary

NAME = "merge"
"""Of the temporary folder, ``.merge.XXXXXXXX``, in the folder of results."""


@contextmanager
def staged(source: Path, into: Path) -> Iterator[Path]:
    """The files of a bundle, or of a results folder as a bundle of it would have them.

    Args:
        source: the bundle or the folder.
        into: folder of results on whose file system they are unpacked.

    Raises:
        MissingFileError, CorruptFileError, DataError: see :func:`nearsight.bundle.pack` and
            :func:`nearsight.bundle.unpack`.
    """
    room = make_temporary(into / NAME)
    try:
        bundle = source
        if source.is_dir():
            bundle = room / "packed.tar"
            pack(source, bundle, trajectories=True)
        folder = unpack(bundle, room / "study")
        if source.is_dir():
            bundle.unlink()
        with called(folder, source):
            yield folder
    finally:
        remove_temporary(room)


@contextmanager
def called(folder: Path, source: Path) -> Iterator[None]:
    """Errors about the hidden folder, in the words of what the user named."""
    try:
        yield
    except NearsightError as error:
        error.args = tuple(_renamed(part, folder, source) for part in error.args)
        raise


def _renamed(part: object, folder: Path, source: Path) -> object:
    return part.replace(str(folder), str(source)) if isinstance(part, str) else part
