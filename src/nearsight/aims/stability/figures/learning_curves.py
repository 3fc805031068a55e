"""Figure: validation error of forces against time of training."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

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
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "Learning curves"
NOTHING = "No variant has a history of training."
NAME = "validation_force_mae"
WIDE = 4
"""A logarithmic axis is used from this ratio of largest to smallest value."""
VERY_WIDE = 100
"""Beyond this ratio only powers of ten are labelled."""


def select(curves: xr.Dataset) -> xr.Dataset:
    """Validation error (meV/Å) and time (s) by epoch, averaged over seeds while all train."""
    data = group_seeds(curves, NAME, geometric=True, beside=["training_seconds"])
    return mark_shown(data, max_depths=lines_per_cutoff(data))


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family, colour by cutoff, line style by depth."""
    kept = drawn(data)
    usable = (kept[NAME] > 0) & (kept["training_seconds"] > 0)
    if not usable.any():
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1, height=style.ROW_HEIGHT + 0.3)
    _set_axes(grid.axes, kept.where(usable))
    for cell in panels:
        _draw_panel(grid.axes[cell.row, cell.column], cell, kept.where(usable))
    label_below(grid.axes, "wall time of training (s)")
    grid.figure.supylabel("validation MAE of forces (meV/Å)")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, ""),
        [cutoff_section(kept), depth_section(kept)],
    )
    return grid.figure


def _set_axes(axes: np.ndarray, data: xr.Dataset) -> None:
    for name, letter in (("training_seconds", "x"), (NAME, "y")):
        values = data[name].to_numpy()
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if high < WIDE * low:
            margin = 0.05 * (high - low or high)
            axes[0, 0].set(**{f"{letter}lim": (low - margin, high + margin)})
            continue
        axes[0, 0].set(**{f"{letter}scale": "log", f"{letter}lim": (low / 1.15, high * 1.15)})
        for axis in axes.flat:
            _label_plainly(getattr(axis, f"{letter}axis"), high / low)


def _label_plainly(axis: Axis, ratio: float) -> None:
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if ratio < VERY_WIDE else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset) -> None:
    axis.set_title(cell.title)
    if not cell.members:
        say_nothing_here(axis)
        return
    opacity = style.band_opacity(len(cell.members))
    for k in cell.members:
        group = data.isel(group=k)
        group = group.isel(epoch=np.isfinite(group[NAME].to_numpy()))
        seconds = group["training_seconds"].to_numpy()
        color = style.cutoff_color(float(group["cutoff"]))
        low, high = (group[f"{NAME}{end}"].to_numpy() for end in ("_low", "_high"))
        axis.fill_between(seconds, low, high, color=color, alpha=opacity, linewidth=0)
        axis.plot(
            seconds,
            group[NAME].to_numpy(),
            color=color,
            linestyle=style.depth_line(float(group["depth"])),
            label=wording.setting_name(group),
        )


def describe(data: xr.Dataset) -> str:
    """Alt text: errors at the first epoch and the best, and the time spent."""
    kept = drawn(data)
    errors = kept[NAME].to_numpy()
    if not np.isfinite(errors).any():
        return f"{NOTHING} {left_out(data)}".strip()
    filled = errors[np.isfinite(errors).any(axis=1)]
    first = np.array([row[np.isfinite(row)][0] for row in filled])
    best = np.nanmin(filled, axis=1)
    seconds = kept["training_seconds"].to_numpy()
    return (
        f"Learning curves of the validation force error, {wording.plural(len(filled), 'curve')}: "
        f"{wording.subjects(kept)}. It starts at {wording.span(first, 'meV/Å')} and reaches "
        f"{wording.span(best, 'meV/Å')} within {np.nanmax(seconds):.3g} s of training. "
        f"{left_out(data)}"
    ).strip()
