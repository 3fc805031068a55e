"""Joining the results of a study in the tables of its aim, whatever that is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from nearsight.aims.declaration import Table
from nearsight.aims.registry import AIMS
from nearsight.collect import inputs_of
from nearsight.collect.csv import write_csv
from nearsight.collect.tables import NAME
from nearsight.config import Study
from nearsight.storage import write_dataset


@dataclass(frozen=True)
class Collected:
    """What came of it.

    Attributes:
        places: of the tables, that of ``--out`` first, with what each is.
        counts: networks by how they ended: ``ok``, ``diverged``, ``failed`` or ``stale``.
        stale: why networks are stale, each reason once.
    """

    places: Mapping[Path, Table]
    counts: Mapping[str, int]
    stale: tuple[str, ...]

    def __str__(self) -> str:
        stale = self.counts.get("stale", 0)
        failed = sum(self.counts.values()) - self.counts.get("ok", 0) - stale
        told = f"{sum(self.counts.values())} networks, {failed} of them failed"
        return f"{told}, {stale} stale" if stale else told


def collect_study(study: Study, origin: Path, out: Path) -> Collected:
    """Make the tables of a study from its results and write them, the one named last.

    Args:
        study: the study.
        origin: its file, which lies in the folder of its results.
        out: where the first table goes.

    Raises:
        CorruptFileError: a file of the results cannot be read.
    """
    aim = AIMS[study.aim]
    made = aim.collect(study, origin.parent)
    inputs = {"study": origin, **inputs_of(study, origin.parent)}
    places = aim.spec.places("collect", out)
    for path, table in reversed(places):
        content = made[table.name].assign_attrs({NAME: table.name})
        if table.csv:
            write_csv(content, path.with_suffix(".csv"))
        title, settings = f"{table.text} of study {study.name}", study.model_dump()
        write_dataset(content, path, title=title, inputs=inputs, settings=settings)
    return _standing(dict(places), made[places[0][1].name])


def _standing(places: Mapping[Path, Table], main: xr.Dataset) -> Collected:
    ended = main["status"].to_numpy().astype(str)
    stale = main["reason"].to_numpy().astype(str)[ended == "stale"]
    return Collected(places, Counter(ended.tolist()), tuple(dict.fromkeys(stale.tolist())))
