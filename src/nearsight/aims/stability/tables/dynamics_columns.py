"""Columns of the study table that have a dimension beyond its axes."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight.collect.cases import Case
from nearsight.config import AXES

BEYOND_TIME = {"limit_survival": "time"}
"""Curves of the stability file of which the table has the last value, by their dimension."""
COLUMNS = ("end_count", "end_share", "limit_survival", "limit_restricted_mean_survival_time")


def stability_columns(table: xr.Dataset, cases: Sequence[Case]) -> dict[str, xr.DataArray]:
    """Shares of ends by ``end_kind`` and survival by ``bond_limit``, on the table's axes too."""
    names = [f"{name}{end}" for name in COLUMNS for end in ("", "_low", "_high")]
    found: dict[str, dict[str, xr.DataArray]] = {}
    for case in cases:
        for name in names:
            if name in case.stability:
                column = case.stability[name]
                along = BEYOND_TIME.get(name.removesuffix("_low").removesuffix("_high"))
                last = column.isel({along: -1}, drop=True) if along else column
                found.setdefault(name, {})[case.id] = last
    return {name: on_table(table, cases, columns) for name, columns in found.items()}


def on_table(
    table: xr.Dataset, cases: Sequence[Case], columns: Mapping[str, xr.DataArray]
) -> xr.DataArray:
    """One column of the table with the further dimension of its values.

    Args:
        table: the study table.
        cases: its cases.
        columns: by case id, with one dimension, the same for all; cases without one are NaN.
    """
    first = next(iter(columns.values()))
    (dim,) = first.dims
    labels = first[dim]
    axes = table["status"].dims
    result = xr.DataArray(
        np.full((*table["status"].shape, labels.size), np.nan),
        dims=(*axes, dim),
        coords={**table["status"].coords, dim: labels},
        attrs=first.attrs,
    )
    for case in cases:
        if case.id in columns:
            place = {"dataset": case.dataset, **{a: getattr(case.variant, a) for a in AXES}}
            result.loc[place] = columns[case.id].reindex({dim: labels}).to_numpy()
    return result
