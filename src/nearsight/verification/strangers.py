"""Files of a results folder that no rule of the workflow makes."""

from collections.abc import Collection
from pathlib import Path, PurePosixPath

from nearsight.bundle import MANIFEST
from nearsight.lineage.products import is_of_the_workflow
from nearsight.storage.names import CHECKPOINT, PREVIOUS_CHECKPOINT, is_of_trajectories

_UNFINISHED = {CHECKPOINT, PREVIOUS_CHECKPOINT}


def strangers(folder: Path, known: Collection[str], trajectories: Collection[str]) -> list[str]:
    """Paths within a folder that are not known, sorted.

    Hidden files and checkpoints belong to unfinished work; logs, benchmarks, the table so far and
    the report to the workflow.

    Args:
        folder: of the results.
        known: paths of files that rules make.
        trajectories: paths of folders of trajectories.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_dir() and (not path.is_symlink() or _holds(inside, known)):
            continue
        hidden = any(part.startswith(".") for part in inside.parts)
        of_run = str(inside.parent) in trajectories and is_of_trajectories(inside.name)
        expected = str(inside) in known or inside.name in _UNFINISHED or str(inside) == MANIFEST
        if not (hidden or of_run or expected or is_of_the_workflow(inside)):
            found.append(str(inside))
    return found


def _holds(inside: PurePosixPath, known: Collection[str]) -> bool:
    """Whether a link to a folder stands where rules make files."""
    return any(path.startswith(f"{inside}/") for path in known)
