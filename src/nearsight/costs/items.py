"""What the items of one job cost, as the system counts it: Snakemake knows the whole job alone."""

import csv
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nearsight.storage import atomic_path

ENDING: Final = ".items.tsv"
"""Of a file of items; the rest of its name is that of the job's benchmark file."""
SHARED: Final = "shared"
"""Name of what the items share: imports, which are made once for all of them."""
_COLUMNS = ("item", "s", "cpu_time", "max_rss")


@dataclass(frozen=True)
class Item:
    """An item of a job.

    Attributes:
        name: of the item, or :data:`SHARED`.
        wall: time from its start to its end (s).
        cpu: CPU time, user and system (s).
        megabytes: most memory that it held (MB).
    """

    name: str
    wall: float
    cpu: float
    megabytes: float

    @property
    def model(self) -> str:
        """The folder that the item lies in, which a study names by the network."""
        return Path(self.name).parent.name


class Meter:
    """Reads what an item has used since the meter was made."""

    def __init__(self) -> None:
        self._begin = time.monotonic()

    def read(self, name: str, used: resource.struct_rusage | None = None) -> Item:
        """The item until now.

        Args:
            name: of the item.
            used: as the system counted it for a process that has ended; without it all that this
                process has used since it began, its imports included, without others' processes.
        """
        used = used or resource.getrusage(resource.RUSAGE_SELF)
        wall = time.monotonic() - self._begin
        return Item(name, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def write_items(path: Path, items: Iterable[Item]) -> None:
    """Write what items cost, with the names of columns that Snakemake has.

    Args:
        path: ends in :data:`ENDING`.
        items: in any order.
    """
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(_COLUMNS)
        for item in items:
            numbers = (item.wall, item.cpu, item.megabytes)
            table.writerow([item.name, *(f"{number:.2f}" for number in numbers)])


def read_items(path: Path) -> list[Item]:
    """Items of a job; none where the file is not there or was not written by us."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    try:
        return [Item(row["item"], *(float(row[name]) for name in _COLUMNS[1:])) for row in rows]
    except (KeyError, TypeError, ValueError):
        return []
