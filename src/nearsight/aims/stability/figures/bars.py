"""Stacked bars of shares, a bar per variant, ordered by depth and cutoff."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from nearsight.figures import along_cutoff, style, wording
from nearsight.figures.panels import Cell, Grid, cells, label_below, make_grid, say_nothing_here

BARS_SIDE_BY_SIDE = 16
FEWEST_BARS = 4
"""A panel with fewer bars is as wide as with this many, lest bars become slabs."""


def bar_panels(data: xr.Dataset) -> tuple[Grid, list[Cell]]:
    """Titled panels for each data set and family, below each other where bars are many."""
    panels = cells(data, by_depth=False)
    if max(len(cell.members) for cell in panels) > BARS_SIDE_BY_SIDE:
        panels = [Cell(k, 0, c.dataset, c.title, c.members) for k, c in enumerate(panels)]
    n_rows, n_columns = (max(getattr(c, at) for c in panels) + 1 for at in ("row", "column"))
    grid = make_grid(n_rows, n_columns, height=style.ROW_HEIGHT + 0.25, own_x=True)
    for cell in panels:
        axis = grid.axes[cell.row, cell.column]
        axis.set_title(cell.title)
        if not cell.members:
            say_nothing_here(axis)
    label_below(grid.axes, "cutoff (Å), by depth T")
    return grid, panels


def stack(
    axis: Axes,
    place: np.ndarray,
    share: np.ndarray,
    colors: Sequence[style.Color | str],
    labels: Sequence[str],
    *,
    edge: str = "white",
) -> None:
    """Bars at ``place`` (bar,) of ``share`` (bar, part), parts from below; NaN is nothing.

    Args:
        axis: where to draw.
        place: (bar,) where bars stand.
        share: (bar, part) heights of the parts.
        colors: of the parts.
        labels: of the parts.
        edge: colour of their outline.
    """
    share = np.nan_to_num(share)
    top = np.cumsum(share, axis=1)
    for k, (color, label) in enumerate(zip(colors, labels, strict=True)):
        axis.bar(
            place,
            share[:, k],
            bottom=top[:, k] - share[:, k],
            color=color,
            width=0.85,
            edgecolor=edge,
            linewidth=0.3,
            label=label,
        )


def interval_at_top(
    axis: Axes, place: np.ndarray, share: np.ndarray, low: np.ndarray, high: np.ndarray, part: int
) -> None:
    """Interval of one part of each bar, at its upper end, where it has one.

    Args:
        axis: of the bars.
        place: (bar,).
        share: (bar, part).
        low: (bar, part) lower bound of the share.
        high: (bar, part) upper bound of the share.
        part: index of the part.
    """
    known = np.isfinite(low[:, part]) & np.isfinite(high[:, part])
    if not known.any():
        return
    value = share[:, part]
    distance = np.stack([value - low[:, part], high[:, part] - value])
    axis.errorbar(
        place[known],
        np.nan_to_num(share)[known, : part + 1].sum(axis=1),
        yerr=np.maximum(distance[:, known], 0),
        fmt="none",
        ecolor=style.OUTLINE,
        elinewidth=0.9,
    )


def label_bars(axis: Axes, data: xr.Dataset, *, before: Sequence[str] = ()) -> None:
    """Cutoffs below the bars and depths above them.

    Args:
        axis: of the bars; those of the variants stand at 0, 1, ...
        data: variants in the order of their bars.
        before: labels of further bars on the left, the last of them at -1.5.
    """
    cutoff, depth = data["cutoff"].to_numpy(), data["depth"].to_numpy()
    many = len(cutoff) > BARS_SIDE_BY_SIDE
    extra = [k - len(before) - 0.5 for k in range(len(before))]
    axis.set_xticks(
        [*extra, *range(len(cutoff))],
        [*before, *(f"{c:g}" if c == c else along_cutoff.NONE for c in cutoff)],
        rotation=90 if many else 0,
    )
    axis.tick_params(axis="x", length=0, labelbottom=True)
    middle, half = (len(cutoff) - 1) / 2, max(len(cutoff), FEWEST_BARS) / 2
    axis.set_xlim(middle - half - 0.1 - (len(before) + 0.5 if before else 0), middle + half + 0.1)
    axis.set_ylim(0, 1.12)
    axis.set_yticks([0, 0.5, 1])
    for value, run in groupby(range(len(depth)), key=lambda k: wording.depth_name(float(depth[k]))):
        bars = list(run)
        axis.text(sum(bars) / len(bars), 1.02, value, ha="center", va="bottom")
        if bars[0]:
            axis.axvline(bars[0] - 0.5, color=style.FAINT, linewidth=0.7)
