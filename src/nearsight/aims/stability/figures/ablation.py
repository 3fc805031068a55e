"""Figure: what happens to forces as messages are taken away in different orders."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.figures import style, wording
from nearsight.figures.absent import with_absent
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
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "Forces without messages"
NOTHING = "No variant has ablation curves."
NAME = "ablation"
# Okabe and Ito's; black is what every order has to beat.
COLORS = {
    "relevance": "#0072B2",
    "response": "#D55E00",
    "distance": "#009E73",
    "random": "black",
}
LINES: dict[str, style.Line] = {"random": (0, (4, 1.5))}
NAMES = {
    "relevance": "|relevance|",
    "response": "response",
    "distance": "closeness",
    "random": "at random",
}


def select(curves: xr.Dataset) -> xr.Dataset:
    """Change of forces by order and share of messages removed, averaged over seeds."""
    known = with_absent(curves, {NAME: ["order", "fraction"]})
    return mark_shown(group_seeds(known, NAME), max_depths=1, max_cutoffs=MOST_COLUMNS)


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family and cutoff, colour by order."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = multiples(kept)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1)
    for panel in panels:
        axis = grid.axes[panel.row, panel.column]
        axis.set_title(panel.title)
        if panel.group is None:
            say_nothing_here(axis)
        else:
            _draw_orders(axis, kept.isel(group=panel.group))
    grid.axes[0, 0].set_xlim(0, 1)
    grid.axes[0, 0].set_ylim(bottom=0)
    grid.axes[0, 0].set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    label_below(grid.axes, "share removed")
    grid.figure.supylabel("change of forces / change without any messages")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "interval over structures"),
        [("Order by", _handles(kept))],
    )
    return grid.figure


def _draw_orders(axis: Axes, group: xr.Dataset) -> None:
    x = group["fraction"].to_numpy()
    for order in group["order"].to_numpy().astype(str):
        one = group.sel(order=order)
        color = COLORS[order]
        low, high = (one[f"{NAME}{end}"].to_numpy() for end in ("_low", "_high"))
        axis.fill_between(x, low, high, color=color, alpha=0.12, linewidth=0)
        line = LINES.get(order, "-")
        axis.plot(x, one[NAME].to_numpy(), color=color, linestyle=line, label=order)


def _handles(data: xr.Dataset) -> list[Artist]:
    return [
        Line2D([], [], color=COLORS[name], linestyle=LINES.get(name, "-"), label=NAMES[name])
        for name in data["order"].to_numpy().astype(str)
    ]


def describe(data: xr.Dataset) -> str:
    """Alt text: the change at the first tenth of removed messages, by order."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    at = int(np.argmin(np.abs(kept["fraction"].to_numpy() - 0.1)))
    share = float(kept["fraction"][at])
    changes = "; ".join(
        f"{NAMES[name]} {wording.span(kept[NAME].sel(order=name).isel(fraction=at).to_numpy())}"
        for name in kept["order"].to_numpy().astype(str)
    )
    return (
        f"Change of forces, over that without any messages, as messages are taken away: "
        f"{wording.subjects(kept)}. With {share:.2g} of the pairs gone: {changes}. {left_out(data)}"
    ).strip()
