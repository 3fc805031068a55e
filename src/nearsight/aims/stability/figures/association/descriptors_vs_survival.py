"""Figure: every pre-listed descriptor of a model against stability of its dynamics."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from nearsight.aims.stability.association.descriptors import DESCRIPTORS, LISTED
from nearsight.aims.stability.figures.association.complete_models import (
    TIME,
    complete_models,
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

TITLE = "Descriptors and stability"
NOTHING = "No variant has dynamics."
LABELS = {
    "response_deviation_signed": "signed response\ndeviation (decades)",
    "response_ratio_7": "response at 7 Å over\nthe reference's",
    "heating": "heating (K)",
    "response_deviation": "response deviation\n(decades)",
    "force_mae": "force MAE\n(meV/Å)",
    "response_exponent": "exponent of\nresponse",
    "relevance_exponent": "exponent of\nrelevance",
    "relevance_tail_share": "far-field share\nof relevance",
    "relevance_range_90": "range of 90 %\nof relevance (Å)",
    "effective_body_order": "effective\nbody order",
    "faithfulness": "faithfulness\n(partial correlation)",
}
COLUMNS = 4
MOST_ROWS = 6
"""Rows of panels that fit a page and a half; of more only what was listed beforehand is drawn."""
ONLY_LISTED = "Of so many data sets only descriptors that were listed beforehand are drawn."


def select(table: xr.Dataset) -> xr.Dataset:
    """The trained models that have dynamics, with its descriptors and their bounds.

    Args:
        table: the study table.
    """
    return complete_models(table, (*DESCRIPTORS, TIME), ((TIME,),))


def _chosen(n_datasets: int) -> tuple[list[str], int]:
    """Descriptors that are drawn, and in how many columns."""
    if n_datasets * -(-len(DESCRIPTORS) // COLUMNS) <= MOST_ROWS:
        return list(DESCRIPTORS), COLUMNS
    return list(LISTED), len(LISTED)


def _label(name: str) -> str:
    return LABELS[name] if name in LISTED else f"{LABELS[name]}\n(exploratory)"


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by data set (rows) and descriptor; marker by family, colour by force error."""
    if not data.sizes["model"]:
        return empty_figure(TITLE, f"{NOTHING} {remarks(data)}")
    datasets = list(dict.fromkeys(data["dataset"].to_numpy().astype(str)))
    names, columns = _chosen(len(datasets))
    lines = -(-len(names) // columns)
    grid = make_grid(lines * len(datasets), columns, height=style.ROW_HEIGHT + 0.35, own_x=True)
    scale = error_scale(data)
    for row, dataset in enumerate(datasets):
        own = data.isel(model=np.flatnonzero(data["dataset"] == dataset))
        axes = grid.axes[lines * row : lines * (row + 1)]
        for axis, name in zip(axes.flat, names, strict=False):
            _draw_panel(axis, own, name)
            if np.isfinite(own[name].to_numpy()).any():
                draw_points(axis, own, name, TIME, scale)
        for axis in axes.flat[len(names) :]:
            axis.set_axis_off()
        if len(datasets) > 1:
            axes[0, 0].set_title(wording.shorten(dataset))
    grid.axes[0, 0].set_ylim(0, upper_limit(data, TIME))
    grid.figure.supylabel("restricted mean survival time (ps)")
    errors = ScalarMappable(scale, style.error_colormap())
    bar_below(grid.figure, grid.axes, errors, "test MAE of forces (meV/Å)")
    finish(
        grid.figure,
        full_title(TITLE, data),
        " ".join(
            f"{unit_note(data)} {ONLY_LISTED if names == list(LISTED) else ''} "
            f"{data.attrs['answer']} Correlations are in tables/association.csv, with a verdict "
            f"for those listed beforehand. {remarks(data)}".split()
        ),
        [("Model", model_handles(data))],
    )
    return grid.figure


def _draw_panel(axis: Axes, data: xr.Dataset, name: str) -> None:
    axis.set_xlabel(_label(name))
    axis.tick_params(axis="x", labelbottom=True)
    if not np.isfinite(data[name].to_numpy()).any():
        say_nothing_here(axis)
        return
    axis.set_xlim(*limits(data[name].to_numpy()))


def describe(data: xr.Dataset) -> str:
    """Alt text: the range of every descriptor and of survival."""
    if not data.sizes["model"]:
        return f"{NOTHING} {remarks(data)}".strip()
    ranges = "; ".join(
        f"{LABELS[name].replace(chr(10), ' ')} {wording.span(data[name].to_numpy())}"
        for name in DESCRIPTORS
        if np.isfinite(data[name].to_numpy()).any()
    )
    times = wording.span(data[TIME].to_numpy(), "ps")
    return " ".join(
        f"Restricted mean survival time ({times}) against descriptors of "
        f"{wording.plural(data.sizes['model'], 'model')}: {ranges}. "
        f"{data.attrs['answer']} {remarks(data)}".split()
    )
