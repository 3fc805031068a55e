"""Figure: error of forces against time of training, beside published errors."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from nearsight.config import look_of
from nearsight.figures import style, wording
from nearsight.figures.absent import models_with
from nearsight.figures.panels import empty_figure, finish, make_grid
from nearsight.figures.wording import shorten

TITLE = "Accuracy against time of training"
NOTHING = "No variant has a history of training."
NAME = "validation_force_mae"


def select(table: xr.Dataset) -> xr.Dataset:
    """Models with a learning curve."""
    return models_with(table, NAME)


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A panel a data set: validation error by time, test error at the end, published error."""
    if not data.sizes["model"]:
        return empty_figure(TITLE, NOTHING)
    names = list(dict.fromkeys(map(str, data["dataset"].to_numpy())))
    grid = make_grid(1, len(names), height=style.ROW_HEIGHT + 0.6)
    for axis, name in zip(grid.axes[0], names, strict=True):
        axis.set_title(shorten(name))
        _draw_panel(axis, data.isel(model=np.flatnonzero(data["dataset"] == name)))
        axis.set_xlabel("wall time of training (s)")
    first = grid.axes[0, 0]
    first.set(xscale="log", yscale="log")
    for axis in grid.axes.flat:
        for one, subs in ((axis.xaxis, (1,)), (axis.yaxis, (1, 2, 5))):
            one.set_major_locator(LogLocator(subs=subs))
            one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            one.set_minor_formatter(NullFormatter())
    grid.figure.supylabel("MAE of forces (meV/Å)")
    note = (
        "Line: validation error of the averaged weights. Marker: test error of the best weights. "
        "Dashed: published test error for about 1,000 training frames, on the original MD17 labels."
    )
    finish(grid.figure, TITLE, note, [_families(data)])
    return grid.figure


def _draw_panel(axis: Axes, data: xr.Dataset) -> None:
    for k in range(data.sizes["model"]):
        model = data.isel(model=k)
        family = str(model["family"].item())
        color = look_of(family).color
        label = style.family_name(family)
        axis.plot(model["elapsed"], model[NAME], color=color, linewidth=0.9, label=label)
        end = float(model["elapsed"].max())
        axis.plot(
            [end], [float(model["force_mae"])], color=color, linestyle="none",
            marker=style.marker(family), markersize=5, label=f"{label}, test",
        )  # fmt: skip
        published = float(model["published_force_mae"])
        if np.isfinite(published):
            axis.axhline(
                published, color=color, linestyle=(0, (4, 2)), linewidth=0.9,
                label=f"{label}, published",
            )  # fmt: skip


def _families(data: xr.Dataset) -> tuple[str, list[Artist]]:
    names = style.families_in_order(map(str, data["family"].to_numpy()))
    lines: list[Artist] = [
        Line2D([], [], color=look_of(name).color, marker=style.marker(name), markersize=4,
               label=style.family_name(name))
        for name in names
    ]  # fmt: skip
    return "Family", lines


def describe(data: xr.Dataset) -> str:
    """Alt text: test errors, what they cost, and the published ones."""
    if not data.sizes["model"]:
        return NOTHING
    parts = []
    for k in range(data.sizes["model"]):
        model = data.isel(model=k)
        published = float(model["published_force_mae"])
        beside = f", published {published:.3g}" if np.isfinite(published) else ""
        parts.append(
            f"{style.family_name(str(model['family'].item()))} on "
            f"{model['dataset'].item()}: {float(model['force_mae']):.3g} meV/Å after "
            f"{float(model['training_seconds']):.3g} s{beside}"
        )
    return f"{TITLE}, {wording.plural(len(parts), 'network')}. {'; '.join(parts)}."
