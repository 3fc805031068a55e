"""When a file counts as written, for those who go by times: Snakemake.

A network that comes must not look younger than what others were made from, nor older than its data:
jobs of several networks compare all of their inputs with all of their outputs. So each file gets
the time of its oldest sibling, the same file of another network on that data set; where there is
none, its own. None is older than what it was made from.
"""

import os
from pathlib import Path

from nearsight.config import Study
from nearsight.lineage.products import File, files_of


class Times:
    """Times of the files that are put into a folder of results.

    Args:
        study: whose files lie there.
        folder: of its results, before anything is put there.
    """

    def __init__(self, study: Study, folder: Path) -> None:
        self._folder = folder
        self._siblings: dict[tuple[str, str], int] = {}
        for file in files_of(study):
            path = folder / file.path
            if file.variant and path.is_file():
                key = (file.dataset, file.product.place)
                own = path.stat().st_mtime_ns
                self._siblings[key] = min(own, self._siblings.get(key, own))

    def set(self, files: list[File], staged: Path) -> None:
        """Set the times of files that lie elsewhere and belong together.

        Args:
            files: of a network, or shared, each after what it is made from.
            staged: the folder of results that they lie in.
        """
        known: dict[str, int] = {}
        stages: dict[str, int] = {}
        for file in files:
            path = staged / file.path
            if not path.exists():
                continue
            if file.product.is_folder:
                time = stages.get(file.product.stage, path.stat().st_mtime_ns)
                for inside in [*path.iterdir(), path]:
                    _set(inside, time)
                continue
            before = [known.get(other, self._of_ours(other)) for other in file.inputs.values()]
            # What one job makes together waits for the same things.
            before.append(stages.get(file.product.stage, 0))
            time = max([self._own(file, path), *before, self._floor(file)])
            known[file.path] = stages[file.product.stage] = time
            _set(path, time)

    def _own(self, file: File, path: Path) -> int:
        return self._siblings.get((file.dataset, file.product.place), path.stat().st_mtime_ns)

    def _of_ours(self, path: str) -> int:
        return _time(self._folder / path)

    def _floor(self, file: File) -> int:
        """When the data and the check of them were there."""
        if not file.variant:
            return 0
        names = ("data.nc", "data.check.txt")
        return max(_time(self._folder / file.dataset / name) for name in names)


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _set(path: Path, time: int) -> None:
    os.utime(path, ns=(time, time))
