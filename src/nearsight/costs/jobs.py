"""What the jobs of a study cost, from the benchmark files that Snakemake wrote of them."""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nearsight.costs.items import ENDING, SHARED, Item, read_items

FOLDER: Final = "benchmarks"
"""Of a study's results: holds the benchmark files."""
# Snakemake looks at a job twice a second for a quarter of a minute, then every half minute.
_OFTEN, _WHILE, _SELDOM = 0.5, 15.0, 30.0


@dataclass(frozen=True)
class Job:
    """A job that was done.

    Attributes:
        stage: of the study.
        place: what it was done for: data set, or data set and network or batch; "" for the study.
        wall: time from its start to its end (s).
        cpu: CPU time (s), user and system, of all its processes.
        megabytes: most memory at a time (MB).
        items: what its networks cost, where it says so.
    """

    stage: str
    place: str
    wall: float
    cpu: float
    megabytes: float
    items: tuple[Item, ...] = ()

    @property
    def by_model(self) -> Mapping[str, float]:
        """CPU time (s) by data set and network; what networks share is shared out equally."""
        own = [item for item in self.items if item.name != SHARED]
        dataset = self.place.partition("/")[0]
        if own:
            share = (self.cpu - sum(item.cpu for item in own)) / len(own)
            return {f"{dataset}/{item.model}": item.cpu + share for item in own}
        return {self.place: self.cpu} if "~" in self.place else {}


def read_jobs(results: Path) -> list[Job]:
    """All jobs of a study that benchmark files tell of, by stage and place.

    Args:
        results: folder of the study's results.
    """
    folder = results / FOLDER
    paths = sorted(path for path in folder.rglob("*.tsv") if not path.name.endswith(ENDING))
    return [job for path in paths for job in _jobs_of(path, path.relative_to(folder))]


def whole_cpu(wall: float, sampled: float) -> float:
    """CPU time (s) of a whole job, from what it had used when it was last looked at.

    Snakemake looks at a job every half second for a quarter of a minute, and every half minute
    from then on; what is used after the last look is not in its file. It is added in proportion.

    Args:
        wall: time from its start to its end (s).
        sampled: CPU time at the last look (s).
    """
    if wall < _WHILE:
        last = _OFTEN * math.floor(wall / _OFTEN)
    else:
        last = _WHILE + _SELDOM * math.floor((wall - _WHILE) / _SELDOM)
    return sampled * wall / last if last > 0 else sampled


def _jobs_of(path: Path, inside: Path) -> Iterator[Job]:
    stage, *rest = inside.with_suffix("").parts
    items = tuple(read_items(path.with_suffix(ENDING)))
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            wall, sampled = _number(row.get("s")), _number(row.get("cpu_time"))
            cpu = sum(item.cpu for item in items) or whole_cpu(wall, sampled)
            yield Job(stage, "/".join(rest), wall, cpu, _number(row.get("max_rss")), items)


def _number(text: str | None) -> float:
    """A number; none where Snakemake could not measure it."""
    try:
        number = float(text or 0)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
