"""The trained models of a study table as points, seeds of one setting known as such."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from nearsight.aims.stability.figures.association.answer import answer_of
from nearsight.figures import wording
from nearsight.figures.groups import KEYS

OK, DIVERGED, FAILED, STALE = 0, 1, 2, 3
"""Flag values of the study table's ``status``; combinations that were not asked for have -1."""
TIME: Final = "restricted_mean_survival_time"
SHARE: Final = "survival"
HEATING: Final = "heating"
BOUNDS: Final = ("", "_low", "_high")
UNIT: Final = (
    "Small: trained models; large, joined to them: mean over the seeds of a setting, which is the "
    "unit of evidence; bars: intervals where there is one seed."
)


def with_columns(table: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """The named columns and the status; the table has no column that all variants lack."""
    unknown = xr.full_like(table["status"], np.nan, dtype=float)
    unknown.attrs = {"units": "", "long_name": "missing in the study table"}
    return xr.Dataset({name: table.get(name, unknown) for name in (*names, "status")})


def points_of(
    table: xr.Dataset, names: Sequence[str], needed: Sequence[Sequence[str]]
) -> xr.Dataset:
    """One point per trained model that is complete.

    Args:
        table: the study table.
        names: columns with bounds.
        needed: of each group, a model must have one column at least.

    Returns:
        The columns, ``force_mae``, ``setting`` (number of family and settings) and
        ``n_seeds`` over ``point``, the axes of the study along it; as attributes what was left
        out and the answer to the study's primary question.
    """
    bounded = [f"{name}{end}" for name in names for end in BOUNDS]
    axes = table["status"].dims
    columns = with_columns(table, list(dict.fromkeys([*bounded, "force_mae"])))
    flat = columns.stack(point=axes).reset_index("point")
    status = flat["status"].to_numpy()
    complete = np.ones(len(status), dtype=bool)
    for group in needed:
        complete &= np.any([np.isfinite(flat[name].to_numpy()) for name in group], axis=0)
    chosen = flat.isel(point=np.flatnonzero((status == OK) & complete)).drop_vars("status")
    for axis in axes:
        chosen[axis].attrs = dict(table[axis].attrs)
    chosen.attrs = {
        # Of all data sets, also those without any point.
        "yardstick": wording.yardstick(table),
        "answer": answer_of(table),
        "n_variants": int(chosen.sizes["point"]),
        "n_diverged": int((status == DIVERGED).sum()),
        "n_failed": int((status == FAILED).sum()),
        "n_stale": int((status == STALE).sum()),
        "n_without_data": int(((status == OK) & ~complete).sum()),
    }
    return _with_settings(chosen)


def _with_settings(points: xr.Dataset) -> xr.Dataset:
    keys = [key for key in KEYS if key in points.coords]
    labels = ["~".join(map(str, row)) for row in zip(*(points[k].to_numpy() for k in keys),
                                                      strict=True)]  # fmt: skip
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    place = place.astype(int).reshape(-1)
    about = {"units": "1", "long_name": "number of the setting: everything but the seeds"}
    seeds = {"units": "1", "long_name": "trained models of the setting"}
    return points.assign(
        setting=("point", place, about),
        n_seeds=("point", counts[place] if len(place) else place, seeds),
    )


def survival_name(data: xr.Dataset) -> str:
    """Restricted mean survival time where every point has it, else the share of survivors."""
    return TIME if np.isfinite(data[TIME].to_numpy()).all() else SHARE
