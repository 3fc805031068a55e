"""Figure: relevance against response within bins of distance, beside distance alone."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.aims.stability.figures.decay_panels import depths_per_dataset
from nearsight.figures import style, wording
from nearsight.figures.absent import with_absent
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    cells,
    cutoff_section,
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "Relevance against response at equal distance"
NOTHING = "No variant has both relevance and response."
NAME = "faithfulness_bin"
CONTROL = "faithfulness_bin_distance"


def select(curves: xr.Dataset) -> xr.Dataset:
    """Rank correlation by distance bin, averaged over seeds, and that of closeness alone."""
    known = with_absent(curves, {NAME: ["distance"], CONTROL: ["distance"]})
    data = group_seeds(known, NAME, beside=[CONTROL])
    return mark_shown(data, max_depths=depths_per_dataset(data))


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family and depth, colour by cutoff; dashed grey: closeness alone."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=True)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1)
    for cell in panels:
        _draw_panel(grid.axes[cell.row, cell.column], cell, kept)
    x = kept["distance"].to_numpy()[np.isfinite(kept[NAME].to_numpy()).any(axis=0)]
    grid.axes[0, 0].set_xlim(0, x.max() + 0.5)
    grid.axes[0, 0].set_ylim(-1.05, 1.05)
    label_below(grid.axes, "distance (Å)")
    grid.figure.supylabel("rank correlation with the response")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "interval over structures")
        + " Bins with fewer than five pairs of a structure are left out.",
        [("What", _handles()), cutoff_section(kept)],
    )
    return grid.figure


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset) -> None:
    axis.set_title(cell.title)
    axis.axhline(0, color=style.FAINT, linewidth=0.7, zorder=0.5)
    if not cell.members:
        say_nothing_here(axis)
        return
    x = data["distance"].to_numpy()
    opacity = style.band_opacity(len(cell.members))
    for k in cell.members:
        group = data.isel(group=k)
        color = style.cutoff_color(float(group["cutoff"]))
        low, high = (group[f"{NAME}{end}"].to_numpy() for end in ("_low", "_high"))
        axis.fill_between(x, low, high, color=color, alpha=opacity, linewidth=0)
        axis.plot(
            x, group[NAME].to_numpy(), color=color,
            label=wording.cutoff_name(float(group["cutoff"])),
            marker=style.marker(str(group["family"].item())),
        )  # fmt: skip
        axis.plot(
            x, group[CONTROL].to_numpy(), color=style.NOISE, linestyle="--", linewidth=0.7,
            zorder=1, label="control",
        )  # fmt: skip


def _handles() -> list[Artist]:
    return [
        Line2D([], [], color=style.REFERENCE, marker="o", label="|relevance|"),
        Line2D([], [], color=style.NOISE, linestyle="--", linewidth=0.7, label="closeness"),
    ]


def describe(data: xr.Dataset) -> str:
    """Alt text: the correlations inside bins, and those of closeness."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    return (
        f"Rank correlation of |relevance| and response within bins of distance, "
        f"{wording.plural(kept.sizes['group'], 'curve')}: {wording.subjects(kept)}. Values "
        f"{wording.span(kept[NAME].to_numpy())}; closeness instead of relevance gives "
        f"{wording.span(kept[CONTROL].to_numpy())}. {left_out(data)}"
    ).strip()
