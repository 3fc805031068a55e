"""Figure: share of relevance by number of distinct atoms on a walk."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nearsight.aims.stability.figures.bars import bar_panels, interval_at_top, label_bars, stack
from nearsight.figures import style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import empty_figure, finish, full_title
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "Body order of relevance"
NOTHING = "No variant has relevance by body order."
NAME = "body_order_share"
DEPTHS = 6


def select(curves: xr.Dataset) -> xr.Dataset:
    """Shares by number of atoms, averaged over seeds, ordered by depth and cutoff."""
    data = mark_shown(group_seeds(curves, NAME), max_depths=DEPTHS)
    return data.sortby(["depth", "cutoff"])


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Stacked bars, a panel for each data set and family, bars by depth and cutoff."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    grid, panels = bar_panels(kept)
    for cell in panels:
        if cell.members:
            _draw_bars(grid.axes[cell.row, cell.column], kept.isel(group=list(cell.members)))
    grid.figure.supylabel("share of the sum of |relevance|")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "bootstrap interval of a share, at its upper end", mark="error bars"),
        [("Atoms on a walk", _handles(kept))],
    )
    return grid.figure


def _draw_bars(axis: Axes, data: xr.Dataset) -> None:
    orders = data["n_atoms"].to_numpy()
    share = data[NAME].to_numpy()
    place = np.arange(len(share), dtype=float)
    colors = [style.body_order_color(int(n)) for n in orders]
    stack(axis, place, share, colors, [f"{n}" for n in orders])
    low, high = data[f"{NAME}_low"].to_numpy(), data[f"{NAME}_high"].to_numpy()
    for k in range(share.shape[1] - 1):
        inner = np.isfinite(share[:, k + 1])
        interval_at_top(axis, place[inner], share[inner], low[inner], high[inner], k)
    label_bars(axis, data)


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
