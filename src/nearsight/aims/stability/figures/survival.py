"""Figure: Kaplan-Meier survival of the dynamics."""

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

TITLE = "Survival of NVE dynamics"
NOTHING = "No variant has dynamics."
FEW_CUTOFFS = 4


def select(curves: xr.Dataset) -> xr.Dataset:
    """Share of replicas not ended by time (ps), averaged over seeds; the reference engine's."""
    data = group_seeds(curves, "survival")
    data = mark_shown(data, max_depths=lines_per_cutoff(data))
    return data.merge(reference_of(curves, "survival"), combine_attrs="override")


def lines_per_cutoff(data: xr.Dataset) -> int:
    """Depths that one panel can show: fewer where there are many cutoffs."""
    return 3 if len(np.unique(data["cutoff"].to_numpy())) <= FEW_CUTOFFS else 2


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family, colour by cutoff, line style by depth; black: reference engine."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1, height=style.ROW_HEIGHT + 0.3)
    for cell in panels:
        _draw_panel(grid.axes[cell.row, cell.column], cell, kept)
    first, last = float(kept["time"][0]), float(kept["time"][-1])
    grid.axes[0, 0].set_xlim(first, last if last > first else first + 1)
    grid.axes[0, 0].set_ylim(0, 1.03)
    label_below(grid.axes, "time (ps)")
    grid.figure.supylabel("share of replicas not ended")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "Kaplan-Meier interval over replicas"),
        [reference_section(kept, "survival"), cutoff_section(kept), depth_section(kept)],
    )
    return grid.figure


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset) -> None:
    axis.set_title(cell.title)
    draw_reference_curve(axis, data, "survival", cell.dataset, "time", steps=True)
    if not cell.members:
        say_nothing_here(axis)
        return
    x = data["time"].to_numpy()
    for k in cell.members:
        group = data.isel(group=k)
        color = style.cutoff_color(float(group["cutoff"]))
        low, high = (group[f"survival{end}"].to_numpy() for end in ("_low", "_high"))
        opacity = style.band_opacity(len(cell.members))
        axis.fill_between(x, low, high, step="post", color=color, alpha=opacity, linewidth=0)
        axis.step(
            x,
            group["survival"].to_numpy(),
            where="post",
            color=color,
            linestyle=style.depth_line(float(group["depth"])),
            label=wording.setting_name(group),
        )


def describe(data: xr.Dataset) -> str:
    """Alt text: duration and range of survival at the end, and the reference engine's."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    share = kept["survival"].to_numpy()[:, -1]
    engine = ""
    if has_reference(kept, "survival"):
        # It never rises: the last known value is the lowest.
        last = kept["reference_survival"].min("time").to_numpy()
        engine = f" Of the reference engine's own replicas survive {wording.span(100 * last, '%')}."
    return (
        f"Kaplan-Meier curves of the share of replicas not ended over "
        f"{float(kept['time'][-1]):.3g} ps, {wording.plural(len(share), 'curve')}: "
        f"{wording.subjects(kept)}. At the end {wording.span(100 * share, '%')} survive; "
        f"all replicas survive in {int((share >= 1).sum())} of {len(share)}.{engine} "
        f"{remarks(data)}"
    ).strip()
