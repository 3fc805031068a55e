"""From the name of a published data set to the canonical data set."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from nearsight.data.archives import unpack
from nearsight.data.describe import formulas
from nearsight.data.formats.qm9 import read_qm9_archive, read_qm9pack
from nearsight.data.frames import Frames
from nearsight.data.importing import READERS, Reader, to_frames
from nearsight.data.published.download import digest, download, locate
from nearsight.data.published.table import Published
from nearsight.errors import DataError
from nearsight.storage import claimed

WHOLE = "*"
READERS_OF_ARCHIVES: dict[str, Reader] = {
    ".whl": lambda path, *_: read_qm9pack(path),
    ".bz2": lambda path, *_: read_qm9_archive(path),
}
"""Readers of archives that are a data set as a whole, by file name ending."""


def fetch(
    entry: Published,
    downloads: Path,
    *,
    place: Path | None = None,
    n_frames: int | None = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Frames, Path]:
    """Download a published data set, or take it from disk, and read it.

    Args:
        entry: a row of the table.
        downloads: folder of downloads; what is there and whole is not downloaded again.
        place: a file or folder on disk to take it from instead.
        n_frames: frames to draw at random; all by default.
        seed: of the draw.
        say: called with what a user should know.

    Returns:
        Frames in eV, Å and eV/Å in the order of the source, and the file they were read from.

    Raises:
        MissingFileError, CorruptFileError, DataError: see :mod:`.download` and :mod:`.archive`.
    """
    with ExitStack() as stack:
        if place is None or _unpacked(entry, downloads) is not None:
            # Several data sets may be drawn from one file: whoever comes second waits for it.
            stack.enter_context(claimed(downloads / entry.file, wait=True))
        file = download(entry, downloads) if place is None else locate(entry, place)
        path = _readable(entry, file, downloads)
    if not entry.checksum:
        say(
            f"{entry.name}: no checksum is known here; the file has sha256:{digest(file)}: compare "
            "it with its source and add it to the table"
        )
    reader = (READERS_OF_ARCHIVES if entry.member == WHOLE else READERS).get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: no reader for {path.suffix!r} files")
    frames = to_frames(
        reader(path, None, None),
        path,
        energy_unit=entry.energy_unit,
        length_unit=entry.length_unit,
        level_of_theory=entry.level_of_theory,
        temperature=entry.temperature,
    )
    if n_frames is not None:
        frames = _drawn(frames, n_frames, seed, entry.name)
    about = {
        "published_name": entry.name,
        "published_version": entry.version,
        "published_url": entry.url,
        "licence": entry.licence,
        "reference": entry.reference,
    }
    about["formula"] = formulas(frames)
    return replace(frames, attributes={**frames.attributes, **about}), file


def files_of(entry: Published, folder: Path) -> list[Path]:
    """What :func:`fetch` finds in a folder, or leaves there: the download, and what is read of it.

    Args:
        entry: a row of the table.
        folder: of downloads.
    """
    download, unpacked = folder / entry.file, _unpacked(entry, folder)
    return [download] if unpacked is None else [download, unpacked]


def _unpacked(entry: Published, folder: Path) -> Path | None:
    if entry.member in ("", WHOLE):
        return None
    return folder / f"{entry.name}{Path(entry.member).suffix}"


def _readable(entry: Published, file: Path, downloads: Path) -> Path:
    """The file that a reader takes: the download itself, or what is unpacked from it."""
    target = _unpacked(entry, downloads)
    if target is None:
        return file
    if target.is_file() and target.stat().st_mtime >= file.stat().st_mtime:
        return target
    return unpack(file, entry.member, target)


def _drawn(frames: Frames, n_frames: int, seed: int, name: str) -> Frames:
    if n_frames > len(frames):
        raise DataError(f"--n-frames {n_frames}: {name} has {len(frames)} frames")
    chosen = np.random.default_rng(seed).permutation(len(frames))[:n_frames]
    return frames.select(np.sort(chosen))
