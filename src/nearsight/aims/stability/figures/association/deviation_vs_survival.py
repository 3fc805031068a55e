"""Figure: signed deviation of the response, and force error beside it, against stability."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.association.complete_models import (
    HEATING,
    SHARE,
    TIME,
    complete_models,
    survival_name,
    unit_note,
)
from nearsight.aims.stability.figures.association.points import (
    draw_points,
    error_scale,
    limits,
    model_handles,
    upper_limit,
)
from nearsight.figures import style, wording
from nearsight.figures.colour_bar import bar_below
from nearsight.figures.panels import (
    empty_figure,
    finish,
    full_title,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import remarks

TITLE = "Response deviation and stability"
NOTHING = "No variant has both a response deviation and dynamics."
X, ERROR = "response_deviation_signed", "force_mae"
LABELS = {
    X: "signed response\ndeviation (decades)",
    ERROR: "test MAE of\nforces (meV/Å)",
    TIME: "restricted mean\nsurvival time (ps)",
    SHARE: "share of replicas\nsurviving",
    HEATING: "heating (K)",
}


@dataclass(frozen=True)
class Panel:
    """What one column of panels shows: names of variables, the vertical one by the data."""

    x: str
    y: str


PANELS = (Panel(X, TIME), Panel(X, HEATING), Panel(ERROR, TIME))


def select(table: xr.Dataset) -> xr.Dataset:
    """The trained models that have a signed deviation (decades) and stability.

    Args:
        table: the study table.

    Returns:
        Deviation, restricted mean survival time (ps), share of survivors and heating (K), each with
        bounds, and the force error (meV/Å) along ``model``; the axes of the study along it.
    """
    return complete_models(table, (X, TIME, SHARE, HEATING), ((X,), (TIME, SHARE)))


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A row per data set: deviation against survival and against heating, force error beside."""
    if not data.sizes["model"]:
        return empty_figure(TITLE, f"{NOTHING} {remarks(data)}")
    datasets = list(dict.fromkeys(str(name) for name in data["dataset"].to_numpy()))
    grid = make_grid(
        len(datasets), len(PANELS), height=style.ROW_HEIGHT + 0.5, own_x=True, own_y=True
    )
    scale = error_scale(data)
    for row, name in enumerate(datasets):
        own = data.isel(model=np.flatnonzero(data["dataset"] == name))
        for axis, panel in zip(grid.axes[row], PANELS, strict=True):
            _draw_panel(axis, own, data, panel, scale)
        if len(datasets) > 1:
            grid.axes[row, 0].set_title(wording.shorten(name))
    errors = ScalarMappable(scale, style.error_colormap())
    bar_below(grid.figure, grid.axes, errors, "test MAE of forces (meV/Å)")
    finish(
        grid.figure,
        full_title(TITLE, data),
        f"{unit_note(data)} {data.attrs['answer']} {remarks(data)}",
        [("Model", model_handles(data))],
    )
    return grid.figure


def _draw_panel(
    axis: Axes, own: xr.Dataset, data: xr.Dataset, panel: Panel, scale: Normalize
) -> None:
    y = survival_name(data) if panel.y == TIME else panel.y
    axis.set_xlabel(LABELS[panel.x])
    axis.set_ylabel(LABELS[y])
    axis.tick_params(labelbottom=True, labelleft=True)
    if not (np.isfinite(own[panel.x].to_numpy()) & np.isfinite(own[y].to_numpy())).any():
        say_nothing_here(axis)
        return
    draw_points(axis, own, panel.x, y, scale)
    axis.set_xlim(*limits(data[panel.x].to_numpy()))
    # Heating is against a start that data sets need not share.
    axis.set_ylim(*(limits(own[y].to_numpy()) if y == HEATING else (0, upper_limit(data, y))))
    if panel.x == X:
        # Where decay is the reference's on average.
        axis.axvline(0, color=style.FAINT, linewidth=0.6, zorder=0)


def describe(data: xr.Dataset) -> str:
    """Alt text: ranges of deviation, stability and force error, and what the question came to."""
    if not data.sizes["model"]:
        return f"{NOTHING} {remarks(data)}".strip()
    y_name = survival_name(data)
    unit = "ps" if y_name == TIME else ""
    label = LABELS[y_name].replace("\n", " ").removesuffix(" (ps)")
    heating = data[HEATING].to_numpy()
    heats = f"heating {wording.span(heating, 'K')}; " if np.isfinite(heating).any() else ""
    return " ".join(
        f"Scatter plots of {wording.plural(data.sizes['model'], 'model')}: "
        f"{wording.subjects(data)}. "
        f"Signed response deviation {wording.span(data[X].to_numpy(), 'decades')}; "
        f"{label} {wording.span(data[y_name].to_numpy(), unit)}; {heats}force error "
        f"{wording.span(data[ERROR].to_numpy(), 'meV/Å')}. "
        f"{data.attrs['answer']} {remarks(data)}".split()
    )
