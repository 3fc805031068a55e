"""Tables as CSV: one row a model, or one for each combination of labels; units in the names."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

import pandas as pd
import xarray as xr

from nearsight.collect.models import MODEL, axes_in
from nearsight.storage import atomic_path

SERIES: Final = "series"
"""Attribute of a coordinate along which a table holds curves: they stand in the NetCDF alone."""


def write_csv(table: xr.Dataset, path: Path) -> None:
    """Write a table atomically.

    Of a list of models: one row a model, a column for each label of a further dimension that is no
    series, and no column that all models leave empty. Of any other: one row for each combination
    of labels.

    Args:
        table: every variable with ``units``; all without ``model`` have the same dimensions.
        path: where the text appears once it is whole.
    """
    if MODEL in table.dims:
        frame = _of_models(table)
    else:
        frame = table.to_dataframe().reset_index()
        frame = frame.rename(columns={name: _titled(name, table[name]) for name in frame.columns})
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g")


def _titled(name: str, values: xr.DataArray) -> str:
    unit = values.attrs.get("units", "1")
    return name if unit in ("1", "") else f"{name} ({unit})"


def _of_models(table: xr.Dataset) -> pd.DataFrame:
    columns = {
        _titled(name, table[variable]): values.to_numpy()
        for variable in (*_order(table), *map(str, table.data_vars))
        for name, values in _columns(table[variable])
    }
    frame = pd.DataFrame(columns)
    return frame.loc[:, [column for column in frame if not _is_empty(frame[column])]]


def _order(table: xr.Dataset) -> list[str]:
    """Coordinates in the order of columns: a file keeps none of its own."""
    first = [MODEL, "dataset", *axes_in(table), "status", "reason"]
    others = sorted({str(name) for name in table.coords} - {*first, "variant"})
    return [name for name in (*first, *others) if name in table.coords]


def _columns(values: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """The columns of a variable by name: one for each of its labels beyond the models."""
    dims = [dim for dim in values.dims if dim != MODEL]
    if MODEL not in values.dims or any(values[dim].attrs.get(SERIES) for dim in dims):
        return
    for labels in product(*(values[dim].to_numpy() for dim in dims)):
        name = "_".join(map(str, (values.name, *labels)))
        yield name, values.sel(dict(zip(dims, labels, strict=True)), drop=True)


def _is_empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column == "")).all())
