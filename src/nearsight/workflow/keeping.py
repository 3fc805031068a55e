"""Outputs of earlier runs, kept until the run that makes them anew has succeeded.

Snakemake removes the outputs of a job before it starts, and when it fails. A rerun that fails,
since an input turns out to be corrupt or the machine gives out, would cost what the last run made.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from nearsight.storage import write_json

FOLDER = ".kept"
"""Name of the folder of what is kept, in the results folder of a study."""
_INDEX = "outputs.json"


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
        kept = [path for path in map(Path, paths) if path.exists()]
        if not kept:
            return
        # First of all: a folder is one output, and no file of it is put into another one.
        names = [str(path.relative_to(self._results)) for path in kept]
        write_json({"outputs": names}, self._folder / _INDEX)
        for path in kept:
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
        if not self._folder.is_dir():
            return []
        index, restored = self._folder / _INDEX, []
        # Without it a run was killed while it let go: all that was missing had been put back.
        whole = (
            json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {"outputs": []}
        )
        for name in whole["outputs"]:
            path, second = self._results / name, self._folder / name
            if second.exists() and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                second.rename(path)
                restored.append(path)
        shutil.rmtree(self._folder)
        return restored


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        # Not on every file system; a copy serves as well and takes room.
        shutil.copy2(source, target, follow_symlinks=False)
