"""The networks of a study as a table of a dozen columns, with the whole CSV behind it."""

from typing import Final

import numpy as np
import xarray as xr

from nearsight.aims.answering import Shown
from nearsight.collect.models import MODEL
from nearsight.page import Cell, Column, Table
from nearsight.report.results import Results

LARGEST_CSV: Final = 300_000
"""Bytes of a CSV that the page carries; a larger one lies beside the page."""
MOST_COLUMNS: Final = 15


def models_table(results: Results, columns: tuple[Shown, ...]) -> Table:
    """A row for each network, what its aim shows of it; all columns in the CSV.

    Args:
        results: the study.
        columns: of the main table; the first of it where there are none.
    """
    main = results.main
    shown = [one for one in columns or _first(main) if _is_column(main, one.name)]
    rows = _rows(main)
    values = [_cells(main[one.name]) for one in shown]
    text, note = _csv(results)
    return Table(
        title="Networks",
        columns=[Column(one.title, one.unit, one.words) for one in shown],
        rows=[[column[k] for column in values] for k in range(rows)],
        csv=text,
        file_name=f"{results.main_table.name}.csv",
        note=note,
    )


def _first(main: xr.Dataset) -> list[Shown]:
    names = [str(name) for name in main.variables if _is_column(main, str(name))]
    return [Shown(name, name.replace("_", " ")) for name in names[:MOST_COLUMNS]]


def _dim(main: xr.Dataset) -> str:
    return MODEL if MODEL in main.dims else str(next(iter(main.dims)))


def _rows(main: xr.Dataset) -> int:
    return int(main.sizes[_dim(main)])


def _is_column(main: xr.Dataset, name: str) -> bool:
    return name in main.variables and main[name].dims == (_dim(main),)


def _cells(values: xr.DataArray) -> list[Cell]:
    array = values.to_numpy()
    if array.dtype.kind not in "fiub":
        return [str(value) for value in array]
    numbers: list[Cell] = []
    for value in np.asarray(array, float).tolist():
        numbers.append(int(value) if value == value and value == int(value) else value)
    return numbers


def _csv(results: Results) -> tuple[str, str]:
    """The table as text, and what is said of where all of it stands."""
    path = results.folder / results.main_table.csv_place
    if not path.is_file():
        return "", ""
    everything = f"All columns, with their intervals: {results.main_table.csv_place}"
    if path.stat().st_size > LARGEST_CSV:
        return "", f"{everything} beside this page; what is downloaded here is what is shown."
    return path.read_text(encoding="utf-8"), f"{everything}, which is what is downloaded here."
