"""Curves of an earlier version, or of a study that skipped a stage, lack variables."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight.collect.models import MODEL


def with_absent(curves: xr.Dataset, wanted: Mapping[str, Sequence[str]]) -> xr.Dataset:
    """The curves with every wanted variable: NaN, of size 1 along new dimensions, where absent.

    Args:
        curves: of the study.
        wanted: dimensions beside ``model`` by name of the variable; bounds are added.
    """
    result = curves
    for name, dims in wanted.items():
        for end in ("", "_low", "_high"):
            if f"{name}{end}" not in result:
                sizes = [result.sizes[MODEL], *(result.sizes.get(dim, 1) for dim in dims)]
                attrs = {"units": "1", "long_name": f"{name.replace('_', ' ')}, absent"}
                column = xr.Variable((MODEL, *dims), np.full(sizes, np.nan), attrs)
                result = result.assign({f"{name}{end}": column})
    for dim in {dim for dims in wanted.values() for dim in dims} - set(map(str, result.coords)):
        label = xr.Variable(dim, np.arange(result.sizes[dim]), {"units": "1", "long_name": dim})
        result = result.assign_coords({dim: label})
    return result


def models_with(table: xr.Dataset, name: str) -> xr.Dataset:
    """The models that have some finite value of a variable of ``model`` and one more dimension."""
    if name not in table:
        return table.isel({MODEL: []})
    known = np.isfinite(table[name].transpose(MODEL, ...).to_numpy()).any(axis=1)
    return table.isel({MODEL: np.flatnonzero(known)})
