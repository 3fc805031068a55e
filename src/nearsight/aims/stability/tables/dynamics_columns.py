"""Columns of the study table by kind of end and by limit of bonds, from the files of stability."""

from collections.abc import Sequence

import xarray as xr

from nearsight.collect.cases import Case
from nearsight.collect.models import along_models

BEYOND_TIME = {"limit_survival": "time"}
"""Curves of the stability file of which the table has the last value, by their dimension."""
COLUMNS = ("end_count", "end_share", "limit_survival", "limit_restricted_mean_survival_time")


def dynamics_columns(
    cases: Sequence[Case], coords: dict[str, xr.Variable]
) -> dict[str, xr.DataArray]:
    """Shares of ends by ``end_kind`` and survival by ``bond_limit``, along ``model`` too.

    Args:
        cases: of the study.
        coords: of the models, see :func:`nearsight.collect.models.model_coordinates`.

    Returns:
        Those columns that any case has, (model, end_kind) or (model, bond_limit), with bounds where
        the files have them.
    """
    found = {}
    for name in COLUMNS:
        for bound in (name, f"{name}_low", f"{name}_high"):
            if any(bound in case.stability for case in cases):
                columns = [_last(case.stability, bound, BEYOND_TIME.get(name)) for case in cases]
                found[bound] = along_models(columns, coords)
    return found


def _last(stability: xr.Dataset, name: str, along: str | None) -> xr.DataArray | None:
    if name not in stability:
        return None
    return stability[name].isel({along: -1}, drop=True) if along else stability[name]
