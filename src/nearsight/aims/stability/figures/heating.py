"""Figure: kinetic temperature and potential energy over a run, beside the reference engine's."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.reference_lines import (
    BOUNDS,
    draw_reference_curve,
    has_reference,
    reference_of,
    reference_section,
)
from nearsight.aims.stability.figures.survival import lines_per_cutoff
from nearsight.figures import style, wording
from nearsight.figures.absent import with_absent
from nearsight.figures.groups import group_seeds, joined
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

TITLE = "Temperature and potential energy over time"
NOTHING = "No variant has dynamics with temperatures over time."
TEMPERATURE = "block_temperature"
ENERGY = "block_potential_energy_change"
TIME = "block_time"
RUNNING = "share_running"
ROWS = {TEMPERATURE: "temperature (K)", ENERGY: "potential\nenergy (eV)"}
MOST_LEFT = 0.5
"""A curve is pale where fewer than this share of the replicas run."""
PALE_MEANS = "Pale: fewer than half of all replicas run."
PALE = 0.35
INTERVAL = "Student's interval over replicas"


def select(curves: xr.Dataset) -> xr.Dataset:
    """Both over time (ps), averaged over seeds, the share of replicas that run; the reference's."""
    wanted = {TEMPERATURE: (TIME,), ENERGY: (TIME,), "n_running": (TIME,), "n_replicas": ()}
    known = with_absent(curves, wanted)
    known = known.assign({RUNNING: known["n_running"] / known["n_replicas"]})
    known[RUNNING].attrs.update(units="1", long_name="share of replicas that run")
    data = group_seeds(known, TEMPERATURE, beside=(RUNNING,))
    data = joined(data, group_seeds(known, ENERGY))
    data = mark_shown(data, max_depths=lines_per_cutoff(data))
    parts = [reference_of(_with_reference(known, name), name) for name in ROWS]
    return data.merge(xr.merge(parts, combine_attrs="override"), combine_attrs="override")


def _with_reference(curves: xr.Dataset, name: str) -> xr.Dataset:
    """The curves with those of the reference engine, NaN where an earlier version has none."""
    absent = [key for end in BOUNDS if (key := f"reference_{name}{end}") not in curves]
    shape = [curves.sizes["reference"], curves.sizes[TIME]]
    attrs = curves[name].attrs
    return curves.assign(
        {key: (("reference", TIME), np.full(shape, np.nan), attrs) for key in absent}
    )


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Temperature above, energy below; panels by family, colour by cutoff, line by depth."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    n_rows = len(ROWS) * (panels[-1].row + 1)
    grid = make_grid(n_rows, panels[-1].column + 1, own_y=True)
    for cell in panels:
        for k, name in enumerate(ROWS):
            axis = grid.axes[len(ROWS) * cell.row + k, cell.column]
            axis.set_title(cell.title if k == 0 else "")
            _draw_panel(axis, cell, kept, name)
    for k, axes in enumerate(grid.axes):
        axes[0].set_ylabel(list(ROWS.values())[k % len(ROWS)])
        _same_height(axes)
    first, last = float(kept[TIME][0]), float(kept[TIME][-1])
    grid.axes[0, 0].set_xlim(first, last if last > first else first + 1)
    label_below(grid.axes, "time (ps)")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        f"Means over the replicas that still run. {PALE_MEANS} {note(data, INTERVAL)}",
        [reference_section(kept, TEMPERATURE), cutoff_section(kept), depth_section(kept)],
    )
    return grid.figure


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset, name: str) -> None:
    draw_reference_curve(axis, data, name, cell.dataset, TIME)
    if not cell.members:
        say_nothing_here(axis)
        return
    x = data[TIME].to_numpy()
    for k in cell.members:
        _draw_curve(axis, x, data.isel(group=k), name, len(cell.members))


def _draw_curve(axis: Axes, x: np.ndarray, group: xr.Dataset, name: str, n_bands: int) -> None:
    """A thin pale line with its band, and full where most replicas run."""
    color = style.cutoff_color(float(group["cutoff"]))
    line = style.depth_line(float(group["depth"]))
    value, low, high = (group[f"{name}{end}"].to_numpy() for end in BOUNDS)
    many = group[RUNNING].to_numpy() >= MOST_LEFT
    opacity = style.band_opacity(n_bands)
    axis.fill_between(x, low, high, where=many, color=color, alpha=opacity, linewidth=0)
    label = wording.setting_name(group)
    axis.plot(x, value, color=color, linestyle=line, alpha=PALE, linewidth=0.8, label=label)
    most = np.where(many, value, np.nan)
    axis.plot(x, most, color=color, linestyle=line, label="_most")


def _same_height(axes: np.ndarray) -> None:
    """One scale for the panels of a row, from lines and bands that are not pale."""
    limits = np.array([axis.get_ylim() for axis in axes])
    for axis in axes:
        axis.set_ylim(limits[:, 0].min(), limits[:, 1].max())


def describe(data: xr.Dataset) -> str:
    """Alt text: temperature and energy where most replicas still run, and the reference's."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    start, last = (kept[TEMPERATURE].to_numpy()[:, 0], _last(kept, TEMPERATURE))
    few = int((kept[RUNNING].to_numpy()[:, -1] < MOST_LEFT).sum())
    engine = wording.no_reference(kept)
    if has_reference(kept, TEMPERATURE):
        values = kept[f"reference_{TEMPERATURE}"].mean(TIME).to_numpy()
        engine = f"The reference engine's runs are at {wording.span(values, 'K')} on average."
    said = " ".join(part for part in (engine, remarks(data)) if part)
    return (
        f"Kinetic temperature and potential energy over {float(kept[TIME][-1]):.3g} ps, "
        f"{wording.plural(len(last), 'curve')} each: {wording.subjects(kept)}. From "
        f"{wording.span(start, 'K')} at the start they go to {wording.span(last, 'K')} where the "
        f"last half of the replicas runs, and the potential energy changes by "
        f"{wording.span(_last(kept, ENERGY), 'eV')}. In {few} of {len(last)} fewer than half of "
        f"the replicas run to the end. {said}"
    ).strip()


def _last(data: xr.Dataset, name: str) -> np.ndarray:
    """(group,) the last value at which most replicas run; NaN where there is none."""
    known = data[name].where(data[RUNNING] >= MOST_LEFT).to_numpy()
    rows = [row[np.isfinite(row)] for row in known]
    return np.array([row[-1] if len(row) else np.nan for row in rows])
