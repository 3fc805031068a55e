"""Figure: vibrational density of states of the dynamics."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.reference_lines import (
    draw_reference_curve,
    has_reference,
    reference_of,
    reference_section,
)
from nearsight.aims.stability.figures.survival import lines_per_cutoff
from nearsight.figures import style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    cells,
    cutoff_section,
    depth_section,
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note, remarks

TITLE = "Vibrational density of states"
NOTHING = "No variant has a spectrum."
NAME = "spectrum"
HIGHEST = 4000.0
"""Wavenumber in cm⁻¹ at which the axis ends: O-H stretches reach 3700."""


def select(curves: xr.Dataset) -> xr.Dataset:
    """Spectra by wavenumber (cm⁻¹), averaged over seeds; the reference engine's."""
    data = group_seeds(curves, NAME)
    data = mark_shown(data, max_depths=lines_per_cutoff(data))
    return data.merge(reference_of(curves, NAME), combine_attrs="override")


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family, colour by cutoff, line style by depth; black: reference."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1, height=style.ROW_HEIGHT + 0.3)
    for cell in panels:
        _draw_panel(grid.axes[cell.row, cell.column], cell, kept)
    grid.axes[0, 0].set_xlim(0, HIGHEST)
    grid.axes[0, 0].set_ylim(bottom=0)
    label_below(grid.axes, "wavenumber (cm⁻¹)")
    grid.figure.supylabel("density of states (cm)")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "bootstrap interval over replicas"),
        [reference_section(kept, NAME), cutoff_section(kept), depth_section(kept)],
    )
    return grid.figure


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset) -> None:
    axis.set_title(cell.title)
    draw_reference_curve(axis, data, NAME, cell.dataset, "wavenumber")
    if not cell.members:
        say_nothing_here(axis)
        return
    x = data["wavenumber"].to_numpy()
    for k in cell.members:
        group = data.isel(group=k)
        color = style.cutoff_color(float(group["cutoff"]))
        low, high = (group[f"{NAME}{end}"].to_numpy() for end in ("_low", "_high"))
        opacity = style.band_opacity(len(cell.members))
        axis.fill_between(x, low, high, color=color, alpha=opacity, linewidth=0)
        axis.plot(
            x,
            group[NAME].to_numpy(),
            color=color,
            linewidth=0.9,
            linestyle=style.depth_line(float(group["depth"])),
            label=wording.setting_name(group),
        )


def describe(data: xr.Dataset) -> str:
    """Alt text: the highest peaks of the variants and of the reference engine."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    grid = kept["wavenumber"].to_numpy()
    peaks = grid[np.nanargmax(kept[NAME].to_numpy(), axis=1)]
    engine = wording.no_reference(kept)
    if has_reference(kept, NAME):
        known = kept[f"reference_{NAME}"].dropna("reference").to_numpy()
        engine = f"That of the reference engine is at {_places(grid[known.argmax(axis=1)])}."
    said = " ".join(part for part in (engine, remarks(data)) if part)
    return (
        f"Vibrational densities of states from 0 to {HIGHEST:g} cm⁻¹, "
        f"{wording.plural(len(peaks), 'curve')}: {wording.subjects(kept)}. The highest peak is at "
        f"{_places(peaks)}. {said}"
    ).strip()


def _places(wavenumber: np.ndarray) -> str:
    low, high = f"{wavenumber.min():.0f}", f"{wavenumber.max():.0f}"
    return f"{low} cm⁻¹" if low == high else f"{low} to {high} cm⁻¹"
