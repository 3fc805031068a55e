"""Panels of a study in which data sets have different families."""

import numpy as np
import xarray as xr

from nearsight.figures.multiples import multiples
from nearsight.figures.panels import cells


def groups(*rows: tuple[str, str, int]) -> xr.Dataset:
    datasets, families, depths = zip(*rows, strict=True)
    return xr.Dataset(
        coords={
            "dataset": ("group", np.array(datasets)),
            "family": ("group", np.array(families)),
            "depth": ("group", np.array(depths)),
            "cutoff": ("group", np.full(len(rows), 5.0)),
        }
    )


def test_no_panel_for_what_was_not_trained() -> None:
    data = groups(("a", "schnet", 1), ("a", "schnet", 3), ("b", "painn", 1), ("b", "painn", 3))
    panels = cells(data, by_depth=True)
    assert [(cell.row, cell.column) for cell in panels] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert [cell.members for cell in panels] == [(0,), (1,), (2,), (3,)]
    assert panels[-1].title == "b, PaiNN, T = 3"
    assert [(m.row, m.group) for m in multiples(data.isel(group=[0, 2]))] == [(0, 0), (1, 1)]


def test_a_data_set_with_fewer_families_keeps_the_grid_whole() -> None:
    data = groups(("a", "schnet", 1), ("a", "painn", 1), ("b", "painn", 1))
    panels = cells(data, by_depth=False)
    assert [(cell.row, cell.column) for cell in panels] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [cell.members for cell in panels] == [(0,), (1,), (2,), ()]
