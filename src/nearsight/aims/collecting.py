"""Joining the results of a study in the tables of its aim, whatever that is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from nearsight.aims.declaration import Table
from nearsight.aims.registry import AIMS
from nearsight.collect import inputs_of
from nearsight.collect.csv import WRITERS
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
    for path, table in reversed(places.items()):
        content = made[table.name].assign_attrs({NAME: table.name})
        if table.csv:
            WRITERS[table.csv](content, path.with_suffix(".csv"))
        title, settings = f"{table.text} of study {study.name}", study.model_dump()
        write_dataset(content, path, title=title, inputs=inputs, settings=settings)
    return _standing(places, made[places[out].name])


def _standing(places: Mapping[Path, Table], main: xr.Dataset) -> Collected:
    ended = _statuses(main)
    reasons = main["reason"].to_numpy().ravel()
    stale = [str(reasons[k]) for k in np.flatnonzero(ended == "stale")]
    counts = Counter(str(name) for name in ended if name != "absent")
    return Collected(places, counts, tuple(dict.fromkeys(stale)))


def _statuses(table: xr.Dataset) -> np.ndarray:
    """(row,) how each ended, from text or from flags with their meanings."""
    status = table["status"]
    values = status.to_numpy().ravel()
    if "flag_meanings" not in status.attrs:
        return values.astype(str)
    known = dict(
        zip(
            np.atleast_1d(status.attrs["flag_values"]).tolist(),
            status.attrs["flag_meanings"].split(),
            strict=True,
        )
    )
    return np.array([known[value] for value in values.tolist()])
