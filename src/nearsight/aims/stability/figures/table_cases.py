"""The study table as a list of cases, so that seeds are averaged as they are in curves."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight.aims.stability.figures.association.complete_models import (
    DIVERGED,
    FAILED,
    OK,
    STALE,
    with_columns,
)

STATUS = {OK: "ok", DIVERGED: "diverged", FAILED: "failed", STALE: "stale"}


def cases_of(table: xr.Dataset, columns: Sequence[str], name: str, dim: str) -> xr.Dataset:
    """Several columns of the table, with their bounds, as one variable over cases.

    Args:
        table: the study table; a column that it lacks is NaN.
        columns: numbers without dimension beside the axes of the study.
        name: of the variable.
        dim: the dimension along which the columns stand.

    Returns:
        ``name(case, dim)`` with ``_low`` and ``_high``, ``status`` and the axes along ``case``.
    """
    ends = ("", "_low", "_high")
    wanted = [f"{column}{end}" for column in columns for end in ends]
    axes = table["status"].dims
    flat = with_columns(table, wanted).stack(case=axes).reset_index("case")
    asked = flat.isel(case=np.flatnonzero(np.isin(flat["status"].to_numpy(), list(STATUS))))
    keys = {str(axis): ("case", asked[axis].to_numpy(), table[axis].attrs) for axis in axes}
    attrs = {"units": "1", "long_name": name.replace("_", " ")}
    values = {
        f"{name}{end}": (
            ("case", dim),
            np.stack([asked[f"{column}{end}"].to_numpy() for column in columns], axis=1),
            attrs,
        )
        for end in ends
    }
    labels = (dim, list(columns), {"units": "", "long_name": "column of the study table"})
    status = [STATUS[int(flag)] for flag in asked["status"].to_numpy()]
    return xr.Dataset(values, {**keys, dim: labels, "status": ("case", np.array(status, str))})
