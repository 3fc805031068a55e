"""Figure: deviation of the response from the reference against stability of the dynamics."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nearsight.figures import style, wording
from nearsight.figures.panels import (
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
)
from nearsight.figures.points import draw_points, error_scale, model_handles, upper_limit
from nearsight.figures.shown import remarks

TITLE = "Response deviation and stability"
NOTHING = "No variant has both a response deviation and dynamics."
X = "response_deviation"
TIME = "restricted_mean_survival_time"
SHARE = "survival"
Y_LABELS = {TIME: "restricted mean survival time (ps)", SHARE: "share of replicas surviving"}
OK, DIVERGED, FAILED, STALE = 0, 1, 2, 3
"""Flag values of the study table's ``status``; combinations that were not asked for have -1."""


def select(table: xr.Dataset) -> xr.Dataset:
    """One point per trained model that has deviation (decades) and stability.

    Args:
        table: the study table.

    Returns:
        Deviation, restricted mean survival time (ps), share of survivors, each with bounds, and
        the force error (meV/Å) over ``point``; the axes of the study along it.
    """
    names = [f"{name}{end}" for name in (X, TIME, SHARE) for end in ("", "_low", "_high")]
    axes = table["status"].dims
    flat = with_columns(table, [*names, "force_mae"]).stack(point=axes).reset_index("point")
    status = flat["status"].to_numpy()
    stable = np.isfinite(flat[TIME].to_numpy()) | np.isfinite(flat[SHARE].to_numpy())
    complete = np.isfinite(flat[X].to_numpy()) & stable
    chosen = flat.isel(point=np.flatnonzero((status == OK) & complete)).drop_vars("status")
    for axis in axes:
        chosen[axis].attrs = dict(table[axis].attrs)
    chosen.attrs = {
        # Of all data sets, also those without any point.
        "yardstick": wording.yardstick(table),
        "n_variants": int(chosen.sizes["point"]),
        "n_diverged": int((status == DIVERGED).sum()),
        "n_failed": int((status == FAILED).sum()),
        "n_stale": int((status == STALE).sum()),
        "n_without_data": int(((status == OK) & ~complete).sum()),
    }
    return chosen


def with_columns(table: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """The named columns and the status; the table has no column that all variants lack."""
    unknown = xr.full_like(table["status"], np.nan, dtype=float)
    unknown.attrs = {"units": "", "long_name": "missing in the study table"}
    return xr.Dataset({name: table.get(name, unknown) for name in (*names, "status")})


def stability_name(data: xr.Dataset) -> str:
    """Restricted mean survival time where every point has it, else the share of survivors."""
    return TIME if np.isfinite(data[TIME].to_numpy()).all() else SHARE


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A panel per data set: a point per model, marker by architecture, colour by force error."""
    if not data.sizes["point"]:
        return empty_figure(TITLE, f"{NOTHING} {remarks(data)}")
    datasets = list(dict.fromkeys(str(name) for name in data["dataset"].to_numpy()))
    n_columns = min(2, len(datasets))
    n_rows = -(-len(datasets) // n_columns)
    grid = make_grid(n_rows, n_columns, height=style.ROW_HEIGHT + 0.7)
    scale = error_scale(data)
    for axis, name in zip(grid.axes.flat, datasets, strict=False):
        own = data.isel(point=np.flatnonzero(data["dataset"] == name))
        draw_points(axis, own, X, stability_name(own), scale)
        if len(datasets) > 1:
            axis.set_title(wording.shorten(name))
    for axis in grid.axes.flat[len(datasets) :]:
        axis.set_axis_off()
    _set_limits(grid.axes[0, 0], data)
    label_below(grid.axes, "response deviation (decades)")
    grid.figure.supylabel(Y_LABELS[stability_name(data)])
    mappable = grid.axes[0, 0].collections[-1]
    grid.figure.colorbar(mappable, ax=grid.axes, label="test MAE of forces (meV/Å)", aspect=30)
    finish(
        grid.figure,
        full_title(TITLE, data),
        f"One point per trained model; bars: intervals. {remarks(data)}",
        [("Model", model_handles(data))],
    )
    return grid.figure


def _set_limits(axis: Axes, data: xr.Dataset) -> None:
    axis.set_xlim(0, upper_limit(data, X))
    axis.set_ylim(0, upper_limit(data, stability_name(data)))


def describe(data: xr.Dataset) -> str:
    """Alt text: ranges of deviation, stability and force error."""
    if not data.sizes["point"]:
        return f"{NOTHING} {remarks(data)}".strip()
    y_name = str(stability_name(data))
    y = data[y_name].to_numpy()
    unit = "ps" if y_name == TIME else ""
    return (
        f"Scatter plot of {wording.plural(data.sizes['point'], 'trained model')}: "
        f"{wording.subjects(data)}. "
        f"Response deviation {wording.span(data[X].to_numpy(), 'decades')}; "
        f"{Y_LABELS[y_name].removesuffix(' (ps)')} {wording.span(y, unit)}; force error "
        f"{wording.span(data['force_mae'].to_numpy(), 'meV/Å')}. {remarks(data)}"
    ).strip()
