"""Outputs of earlier runs, kept until the run that makes them anew has succeeded.

Snakemake removes the outputs of a job before it starts, and when it fails. A rerun that fails,
since an input turns out to be corrupt or the machine gives out, would cost what the last run made.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

FOLDER = ".kept"
"""Name of the folder of what is kept, in the results folder of a study."""


class Kept:
    """Second names (hard links) of files and folders, below a folder of their own.

    Writers of nearsight rename a new file into place, so what is kept never changes.

    Args:
        results: folder of a study; what is kept lies in it.
    """

    def __init__(self, results: Path) -> None:
        self._results = Path(results)
        self._folder = self._results / FOLDER

    def keep(self, paths: Iterable[Path]) -> None:
        """Keep those that exist; what a killed run has left behind is restored first.

        Args:
            paths: files and folders of the study's results folder.
        """
        self.restore()
        for path in map(Path, paths):
            if not path.exists():
                continue
            second = self._folder / path.relative_to(self._results)
            second.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, second, copy_function=_link)
            else:
                _link(path, second)

    def restore(self) -> list[Path]:
        """Put back what is missing, as it was and with its times, and let go of the rest.

        Returns:
            What was put back.
        """
        restored = [path for path in self._kept(self._folder) if not path.exists()]
        for path in restored:
            path.parent.mkdir(parents=True, exist_ok=True)
            (self._folder / path.relative_to(self._results)).rename(path)
        if self._folder.is_dir():
            shutil.rmtree(self._folder)
        return restored

    def _kept(self, folder: Path) -> list[Path]:
        """Final names of what is kept; a folder that is missing is one of them, whole."""
        found: list[Path] = []
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            path = self._results / entry.relative_to(self._folder)
            found += self._kept(entry) if entry.is_dir() and path.is_dir() else [path]
        return found


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        # Not on every file system; a copy serves as well and takes room.
        shutil.copy2(source, target, follow_symlinks=False)
