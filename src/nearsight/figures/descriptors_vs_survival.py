"""Figure: every pre-listed descriptor of a model against stability of its dynamics."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nearsight.figures import style, wording
from nearsight.figures.deviation_vs_survival import DIVERGED as DIVERGED_FLAG
from nearsight.figures.deviation_vs_survival import FAILED, OK, STALE, with_columns
from nearsight.figures.panels import (
    empty_figure,
    finish,
    full_title,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.points import draw_points, error_scale, model_handles, upper_limit
from nearsight.figures.shown import remarks

TITLE = "Descriptors and stability"
NOTHING = "No variant has dynamics."
TIME = "restricted_mean_survival_time"
DESCRIPTORS = {
    "force_mae": "force MAE\n(meV/Å)",
    "response_deviation": "response deviation\n(decades)",
    "response_exponent": "exponent of\nresponse",
    "relevance_exponent": "exponent of\nrelevance",
    "relevance_tail_share": "far-field share\nof relevance",
    "relevance_range_90": "range of 90 %\nof relevance (Å)",
    "effective_body_order": "effective\nbody order",
    "faithfulness": "faithfulness\n(partial correlation)",
}
COLUMNS = 4


def select(table: xr.Dataset) -> xr.Dataset:
    """One point per trained model that has dynamics, with its descriptors and their bounds.

    Args:
        table: the study table.
    """
    names = [f"{name}{end}" for name in (*DESCRIPTORS, TIME) for end in ("", "_low", "_high")]
    axes = table["status"].dims
    flat = with_columns(table, names).stack(point=axes).reset_index("point")
    status = flat["status"].to_numpy()
    complete = np.isfinite(flat[TIME].to_numpy())
    chosen = flat.isel(point=np.flatnonzero((status == OK) & complete)).drop_vars("status")
    for axis in axes:
        chosen[axis].attrs = dict(table[axis].attrs)
    chosen.attrs = {
        # Of all data sets, also those without any point.
        "yardstick": wording.yardstick(table),
        "n_variants": int(chosen.sizes["point"]),
        "n_diverged": int((status == DIVERGED_FLAG).sum()),
        "n_failed": int((status == FAILED).sum()),
        "n_stale": int((status == STALE).sum()),
        "n_without_data": int(((status == OK) & ~complete).sum()),
    }
    return chosen


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by data set (rows) and descriptor; marker by architecture, colour by force error."""
    if not data.sizes["point"]:
        return empty_figure(TITLE, f"{NOTHING} {remarks(data)}")
    datasets = list(dict.fromkeys(data["dataset"].to_numpy().astype(str)))
    lines = -(-len(DESCRIPTORS) // COLUMNS)
    grid = make_grid(lines * len(datasets), COLUMNS, own_x=True)
    scale = error_scale(data)
    for row, dataset in enumerate(datasets):
        own = data.isel(point=np.flatnonzero(data["dataset"] == dataset))
        for k, (name, label) in enumerate(DESCRIPTORS.items()):
            axis = grid.axes[lines * row + k // COLUMNS, k % COLUMNS]
            if len(datasets) > 1 and not k:
                axis.set_title(wording.shorten(dataset))
            _draw_panel(axis, own, name, label)
            if np.isfinite(own[name].to_numpy()).any():
                draw_points(axis, own, name, TIME, scale)
    grid.axes[0, 0].set_ylim(0, upper_limit(data, TIME))
    grid.figure.supylabel("restricted mean survival time (ps)")
    mappable = grid.axes[0, 0].collections[-1]
    grid.figure.colorbar(
        mappable,
        ax=grid.axes,
        label="test MAE of forces (meV/Å)",
        location="bottom",
        aspect=50,
        fraction=0.1 / len(grid.axes),
    )
    finish(
        grid.figure,
        full_title(TITLE, data),
        f"One point per trained model; bars: intervals. Correlations with p-values are in "
        f"tables/association.csv. {remarks(data)}".strip(),
        [("Model", model_handles(data))],
    )
    return grid.figure


def _draw_panel(axis: Axes, data: xr.Dataset, name: str, label: str) -> None:
    axis.set_xlabel(label)
    axis.tick_params(axis="x", labelbottom=True)
    values = data[name].to_numpy()
    known = values[np.isfinite(values)]
    if not len(known):
        say_nothing_here(axis)
        return
    # By the values: a wide interval of one model shall not squeeze the others together.
    margin = 0.12 * (np.ptp(known) or abs(known[0]) or 1.0)
    axis.set_xlim(known.min() - margin, known.max() + margin)


def describe(data: xr.Dataset) -> str:
    """Alt text: the range of every descriptor and of survival."""
    if not data.sizes["point"]:
        return f"{NOTHING} {remarks(data)}".strip()
    ranges = "; ".join(
        f"{label.replace(chr(10), ' ')} {wording.span(data[name].to_numpy())}"
        for name, label in DESCRIPTORS.items()
        if np.isfinite(data[name].to_numpy()).any()
    )
    times = wording.span(data[TIME].to_numpy(), "ps")
    return (
        f"Restricted mean survival time ({times}) against descriptors of "
        f"{wording.plural(data.sizes['point'], 'model')}: {ranges}. {remarks(data)}"
    ).strip()
