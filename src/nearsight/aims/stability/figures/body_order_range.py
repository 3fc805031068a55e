"""Figure: share of relevance by number of atoms on a walk and by its range."""

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from nearsight.aims.stability.figures.decay_panels import power_of_ten
from nearsight.figures import style, wording
from nearsight.figures.absent import with_absent
from nearsight.figures.colour_bar import bar_below
from nearsight.figures.groups import group_seeds
from nearsight.figures.multiples import MOST_COLUMNS, multiples
from nearsight.figures.panels import (
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, selection

TITLE = "Relevance by body order and range"
NOTHING = "No variant has relevance by range."
NAME = "range_share"
DECADES = 4
COLORS = matplotlib.colormaps["magma_r"].with_extremes(under="white", bad="white")
CUTOFF_LINE: style.Line = (0, (4, 2))


def select(curves: xr.Dataset) -> xr.Dataset:
    """Shares by body order and range, averaged over seeds, of the deepest networks."""
    known = with_absent(curves, {NAME: ["n_atoms", "range"]})
    return mark_shown(group_seeds(known, NAME), max_depths=1, max_cutoffs=MOST_COLUMNS)


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family and cutoff; rows of a panel are body orders, colour the share."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = multiples(kept)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1)
    highest = float(np.nanmax(kept[NAME].to_numpy()))
    scale = LogNorm(highest * 10.0**-DECADES, highest, clip=False)
    meshes = []
    for panel in panels:
        axis = grid.axes[panel.row, panel.column]
        axis.set_title(panel.title)
        if panel.group is None:
            say_nothing_here(axis)
        else:
            meshes.append(_draw_map(axis, kept.isel(group=panel.group), scale))
    used = np.isfinite(kept[NAME].to_numpy()).any(axis=(0, 2))
    orders = kept["n_atoms"].to_numpy()[used]
    filled = (kept[NAME].to_numpy() > highest * 10.0**-DECADES).any(axis=(0, 1))
    grid.axes[0, 0].set_xlim(0, kept["range"].to_numpy()[filled].max())
    grid.axes[0, 0].set_ylim(orders.min() - 0.5, orders.max() + 0.5)
    grid.axes[0, 0].set_yticks(orders)
    label_below(grid.axes, "range (Å)")
    grid.figure.supylabel("atoms on a walk")
    bar = bar_below(grid.figure, grid.axes, meshes[0], "share of |relevance| per bin", extend="min")
    bar.ax.xaxis.set_major_formatter(FuncFormatter(power_of_ten))
    bar.ax.xaxis.set_minor_locator(NullLocator())
    finish(grid.figure, full_title(TITLE, kept), _note(data), [])
    return grid.figure


def _note(data: xr.Dataset) -> str:
    seeds = int(drawn(data)["n_seeds"].max())
    parts = [
        f"Mean over {seeds} seeds." if seeds > 1 else "",
        selection(data),
        "Dashed: cutoff. Range: largest distance of two atoms of a walk.",
        left_out(data),
    ]
    return " ".join(part for part in parts if part)


def _draw_map(axis: Axes, group: xr.Dataset, scale: LogNorm) -> QuadMesh:
    upper = group["range"].to_numpy()
    width = upper[1] - upper[0] if len(upper) > 1 else upper[0]
    edges = np.concatenate([[upper[0] - width], upper])
    orders = group["n_atoms"].to_numpy()
    values = group[NAME].transpose("n_atoms", "range").to_numpy()
    heights = np.concatenate([orders - 0.5, [orders[-1] + 0.5]])
    # Zero has no logarithm: what no walk reaches is white, as paper is.
    shown = np.where(values >= float(scale.vmin or 0.0), values, np.nan)
    mesh = axis.pcolormesh(edges, heights, shown, norm=scale, cmap=COLORS, rasterized=True)
    for height in heights[1:-1]:
        axis.axhline(height, color="white", linewidth=1.5)
    if np.isfinite(cutoff := float(group["cutoff"])):
        axis.axvline(cutoff, color=style.OUTLINE, linewidth=0.9, linestyle=CUTOFF_LINE)
    return mesh


def describe(data: xr.Dataset) -> str:
    """Alt text: where most of the relevance lies."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    share = kept[NAME].fillna(0)
    orders = kept["n_atoms"].to_numpy()
    mean_order = (share.sum("range").to_numpy() @ orders) / share.sum(["range", "n_atoms"])
    cumulative = share.sum("n_atoms").cumsum("range").to_numpy()
    half = kept["range"].to_numpy()[(cumulative >= 0.5 * cumulative[:, -1:]).argmax(axis=1)]
    return (
        f"Heat maps of the share of |relevance| by number of atoms on a walk and by its range, "
        f"{wording.plural(kept.sizes['group'], 'network')}: {wording.subjects(kept)}. A walk has "
        f"{wording.span(mean_order.to_numpy())} atoms on average; half of the relevance lies "
        f"within {wording.span(half, 'Å')}. {left_out(data)}"
    ).strip()
