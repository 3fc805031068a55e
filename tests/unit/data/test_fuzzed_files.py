"""Seeded mutations of good files: every reader gives a result or one line, never a traceback."""

from collections.abc import Callable
from pathlib import Path

import good_files
import pytest
from mutations import faults

from nearsight.data.importing import import_frames, to_frames
from nearsight.data.molecules import build_molecule
from nearsight.data.named_molecules import count_atoms
from nearsight.data.published.fetch import READERS_OF_ARCHIVES
from nearsight.data.stored import open_frames
from nearsight.data.structures import read_structures

MUTATIONS = 1500
"""Of each kind of files: some five seconds. A longer search is a matter of this number."""

SECONDS = 60.0
"""Where a machine is so slow that it does not come so far."""


def _built(path: Path) -> None:
    count_atoms(str(path))
    build_molecule(str(path), 0)


def _windows(path: Path) -> None:
    stored = open_frames(path)
    for part in stored.parts(2):
        len(part)


def _published(path: Path) -> None:
    to_frames(READERS_OF_ARCHIVES[path.suffix](path, None, None), path)


def _structures(path: Path) -> None:
    read_structures(path, subset="all")
    if path.suffix == ".nc":
        _windows(path)
    if path.suffix == ".xyz":
        _built(path)


def test_good_files_are_read(tmp_path: Path) -> None:
    for read, files in _every(tmp_path):
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content)
            read(path)


@pytest.mark.parametrize("which", range(3), ids=["labelled", "structures", "published"])
def test_mutated_files_end_in_a_result_or_one_line(tmp_path: Path, which: int) -> None:
    read, files = _every(tmp_path)[which]
    found = faults(
        read,
        files,
        tmp_path,
        seconds=SECONDS,
        most=MUTATIONS,
        seed=2026 + which,
        binary=good_files.BINARY,
    )
    assert not found, "\n".join(f"{count} x {fault}" for fault, count in found.most_common())


def _every(folder: Path) -> list[tuple[Callable[[Path], object], dict[str, bytes]]]:
    return [
        (import_frames, good_files.labelled(folder)),
        (_structures, good_files.structures(folder)),
        (_published, good_files.published()),
    ]
