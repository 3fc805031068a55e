"""Figure: share of relevance by number of distinct atoms on a walk."""

from itertools import groupby

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nearsight.figures import style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    cells,
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "Body order of relevance"
NOTHING = "No variant has relevance by body order."
NAME = "body_order_share"
BARS_SIDE_BY_SIDE = 16
DEPTHS = 6
FEWEST_BARS = 4
"""A panel with fewer bars is as wide as with this many, lest bars become slabs."""


def select(curves: xr.Dataset) -> xr.Dataset:
    """Shares by number of atoms, averaged over seeds, ordered by depth and cutoff."""
    data = mark_shown(group_seeds(curves, NAME), max_depths=DEPTHS)
    return data.sortby(["depth", "cutoff"])


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Stacked bars, a panel for each data set and architecture, bars by depth and cutoff."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    if max(len(cell.members) for cell in panels) > BARS_SIDE_BY_SIDE:
        panels = [Cell(k, 0, c.dataset, c.title, c.members) for k, c in enumerate(panels)]
    n_rows, n_columns = (max(getattr(c, at) for c in panels) + 1 for at in ("row", "column"))
    grid = make_grid(n_rows, n_columns, height=style.ROW_HEIGHT + 0.25, own_x=True)
    for cell in panels:
        axis = grid.axes[cell.row, cell.column]
        axis.set_title(cell.title)
        if cell.members:
            _draw_bars(axis, kept.isel(group=list(cell.members)))
        else:
            say_nothing_here(axis)
    grid.figure.supylabel("share of the sum of |relevance|")
    label_below(grid.axes, "cutoff (Å), by depth T")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "bootstrap interval of a share, at its upper end", mark="error bars"),
        [("Atoms on a walk", _handles(kept))],
    )
    return grid.figure


def _draw_bars(axis: Axes, data: xr.Dataset) -> None:
    place = np.arange(data.sizes["group"], dtype=float)
    share = np.nan_to_num(data[NAME].to_numpy())
    top = np.cumsum(share, axis=1)
    for k, n_atoms in enumerate(data["n_atoms"].to_numpy()):
        axis.bar(
            place,
            share[:, k],
            bottom=top[:, k] - share[:, k],
            color=style.body_order_color(int(n_atoms)),
            width=0.85,
            edgecolor="white",
            linewidth=0.3,
            label=f"{n_atoms}",
        )
    _draw_intervals(axis, data, place, top)
    _label_bars(axis, data)


def _draw_intervals(axis: Axes, data: xr.Dataset, place: np.ndarray, top: np.ndarray) -> None:
    """Interval of each share but the last, at the upper end of its bar."""
    share = data[NAME].to_numpy()
    low, high = data[f"{NAME}_low"].to_numpy(), data[f"{NAME}_high"].to_numpy()
    for k in range(share.shape[1] - 1):
        inner = np.isfinite(low[:, k]) & np.isfinite(share[:, k + 1])
        if inner.any():
            distance = np.stack([share[:, k] - low[:, k], high[:, k] - share[:, k]])
            axis.errorbar(
                place[inner],
                top[inner, k],
                yerr=np.maximum(distance[:, inner], 0),
                fmt="none",
                ecolor=style.ERROR_BAR,
                elinewidth=0.9,
            )


def _label_bars(axis: Axes, data: xr.Dataset) -> None:
    cutoff, depth = data["cutoff"].to_numpy(), data["depth"].to_numpy()
    many = len(cutoff) > BARS_SIDE_BY_SIDE
    axis.set_xticks(range(len(cutoff)), [f"{c:g}" for c in cutoff], rotation=90 if many else 0)
    axis.tick_params(axis="x", length=0, labelbottom=True)
    middle, half = (len(cutoff) - 1) / 2, max(len(cutoff), FEWEST_BARS) / 2
    axis.set_xlim(middle - half - 0.1, middle + half + 0.1)
    axis.set_ylim(0, 1.12)
    axis.set_yticks([0, 0.5, 1])
    for value, run in groupby(range(len(depth)), key=lambda k: int(depth[k])):
        bars = list(run)
        axis.text(sum(bars) / len(bars), 1.02, f"T = {value}", ha="center", va="bottom")
        if bars[0]:
            axis.axvline(bars[0] - 0.5, color=style.FAINT, linewidth=0.7)


def _handles(data: xr.Dataset) -> list[Artist]:
    present = np.isfinite(data[NAME].to_numpy()).any(axis=0)
    # From top to bottom as in the bars.
    return [
        Patch(color=style.body_order_color(int(n)), label=f"{n}")
        for n in data["n_atoms"].to_numpy()[present][::-1]
    ]


def describe(data: xr.Dataset) -> str:
    """Alt text: the shares of one, two, ... atoms."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    percent = 100 * kept[NAME].to_numpy()
    shares = "; ".join(
        f"{wording.plural(int(n), 'atom')} {wording.span(percent[:, k], '%')}"
        for k, n in enumerate(kept["n_atoms"].to_numpy())
        if np.isfinite(percent[:, k]).any()
    )
    return (
        f"Stacked bars of the share of absolute relevance by number of distinct atoms on a walk, "
        f"{wording.plural(kept.sizes['group'], 'bar')}: {wording.subjects(kept)}. "
        f"Shares: {shares}. {left_out(data)}"
    ).strip()
