"""Figure: two-body relevance against distance."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nearsight.aims.stability.figures.decay_panels import (
    depths_per_dataset,
    draw_curves,
    draw_guides,
    guide_section,
    set_axes,
    set_distance_ticks,
    set_ticks,
    shown_members,
)
from nearsight.aims.stability.figures.fit_window import (
    POWER_LAW_WEIGHT,
    fitted,
    law_in_words,
    weights,
)
from nearsight.figures import style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    Grid,
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

TITLE = "Decay of two-body relevance"
NOTHING = "No variant has two-body relevance."
MARKS = "Marks at the foot: cutoffs."
THICK = "Thick: bins of the fit, where there are enough."


def select(curves: xr.Dataset) -> xr.Dataset:
    """Relevance (eV) and its pair counts by distance, geometric means over seeds."""
    data = group_seeds(curves, "relevance", geometric=True, beside=["relevance_count"])
    data = data.assign(
        {
            "fitted": fitted(curves, data, "relevance"),
            POWER_LAW_WEIGHT: weights(curves, data, "relevance"),
        }
    )
    return mark_shown(data, max_depths=depths_per_dataset(data))


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family and depth, with the number of pairs per bin below each."""
    kept = drawn(data)
    if not (kept["relevance"] > 0).any():
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=True)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1, strips=True)
    set_axes(grid.axes[0, 0], kept["distance"].to_numpy(), kept["relevance"].to_numpy())
    for cell in panels:
        _draw_panel(grid, cell, kept)
    set_ticks(grid.axes)
    set_distance_ticks(grid.strips)
    _scale_counts(grid, kept)
    label_below(grid.strips, "distance (Å)")
    grid.figure.supylabel("mean |two-body relevance| (eV)")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "bootstrap interval over structures") + _marks(kept),
        [cutoff_section(kept), guide_section()],
    )
    return grid.figure


def _marks(data: xr.Dataset) -> str:
    law = law_in_words(data[POWER_LAW_WEIGHT].to_numpy())
    said = f" There relevance falls {law}." if law else ""
    return f" {THICK}{said} {MARKS}" if data["fitted"].any() else f" {MARKS}"


def _draw_panel(grid: Grid, cell: Cell, data: xr.Dataset) -> None:
    axis, strip = grid.axes[cell.row, cell.column], grid.strips[cell.row, cell.column]
    axis.set_title(cell.title)
    members = shown_members(cell, data, "relevance")
    if not members:
        say_nothing_here(axis)
        return
    draw_guides(axis, data, "relevance", members)
    draw_curves(axis, data, "relevance", members)
    counts = data["relevance_count"].to_numpy()[members].max(axis=0)
    strip.fill_between(
        data["distance"].to_numpy(), counts, step="mid", color=style.REFERENCE_BAND, linewidth=0
    )


def _scale_counts(grid: Grid, data: xr.Dataset) -> None:
    highest = np.nanmax(data["relevance_count"].to_numpy(), initial=1)
    grid.strips[0, 0].set_ylim(0, highest * 1.1)
    for strip in grid.strips[:, 0]:
        strip.set_ylabel("pairs")
    for strip in grid.strips.flat:
        strip.yaxis.set_major_locator(MaxNLocator(2, integer=True))


def describe(data: xr.Dataset) -> str:
    """Alt text: what is drawn, from which to which value it falls."""
    kept = drawn(data)
    near, first, far, last = wording.ends(kept, "relevance", "distance")
    if not len(near):
        return f"{NOTHING} {left_out(data)}".strip()
    return (
        f"Logarithmic plot of mean two-body relevance against distance for "
        f"{wording.plural(len(near), 'curve')}: {wording.subjects(kept)}. It goes from "
        f"{wording.span(first, 'eV')} at {wording.span(near, 'Å')} to {wording.span(last, 'eV')} "
        f"at the end of the curves, {wording.span(far, 'Å')}. {left_out(data)}"
    ).strip()
