"""Figure: how properties are put together from atoms (question Q2)."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from nearsight.aims.properties.figures.legends import (
    color,
    families,
    label,
    line,
    models,
    poolings,
    targets_of,
)
from nearsight.figures import style, wording
from nearsight.figures.absent import models_with
from nearsight.figures.panels import empty_figure, finish, make_grid, say_nothing_here

TITLE = "How properties are pooled over atoms"
NOTHING = "No variant has relevance by atom."
ROWS = ("sum of |relevance|", "share of the top k atoms", "alkanes: output")
X_LABELS = ("atoms of the molecule", "k", "carbon atoms")


def select(table: xr.Dataset) -> xr.Dataset:
    """Models with relevance, in the order of targets and poolings."""
    return models_with(table, "absolute")


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A column a target: relevance against size, share of the top atoms, the alkane series.

    Colour is the pooling, marker and line style the family.
    """
    if not data.sizes["model"]:
        return empty_figure(TITLE, NOTHING)
    targets = targets_of(data)
    grid = make_grid(len(ROWS), len(targets), own_x=True, own_y=True)
    drawers: tuple[Callable[[Axes, xr.Dataset], None], ...] = (_sizes, _shares, _alkanes)
    for column, target in enumerate(targets):
        chosen = data.isel(model=np.flatnonzero(data["target"] == target))
        unit = str(chosen["unit"].to_numpy()[0])
        for row, drawer in enumerate(drawers):
            axis = grid.axes[row, column]
            _label_axis(axis, row, column)
            drawer(axis, chosen)
        grid.axes[0, column].set_title(f"{target} ({unit})")
    note = (
        "Relevance of an atom: that of all walks that start there. Bands: interval over "
        "structures. Crosses: unbranched alkanes. Dashed: all atoms alike. Output: of the network, "
        "without atom references or mean."
    )
    finish(grid.figure, TITLE, note, [poolings(data), families(data)])
    return grid.figure


def _label_axis(axis: Axes, row: int, column: int) -> None:
    """Targets have units of their own, so every panel has its own labels."""
    axis.tick_params(axis="both", labelbottom=True, labelleft=True)
    axis.set_xlabel(X_LABELS[row])
    if column == 0:
        axis.set_ylabel(ROWS[row])


def _sizes(axis: Axes, data: xr.Dataset) -> None:
    for model in models(data):
        shade, marker = color(model), style.marker(str(model["family"].item()))
        axis.plot(
            model["n_atoms"], model["absolute"], linestyle="none", marker=marker, markersize=2.5,
            color=shade, alpha=0.6, label=label(model),
        )  # fmt: skip
        if "carbon" in model.sizes:
            axis.plot(
                3 * model["carbon"] + 2, model["alkane_absolute"], linestyle="none", marker="x",
                markersize=3, color=shade, label=f"{label(model)}, alkanes",
            )  # fmt: skip
    axis.set(xscale="log", yscale="log")
    for one, subs in ((axis.xaxis, (1, 2, 4)), (axis.yaxis, (1, 3))):
        one.set_major_locator(LogLocator(subs=subs))
        one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        one.set_minor_formatter(NullFormatter())


def _shares(axis: Axes, data: xr.Dataset) -> None:
    for model in models(data):
        top = model["top"].to_numpy()
        shade, dashes = color(model), line(model)
        axis.fill_between(
            top, model["top_share_low"], model["top_share_high"], color=shade,
            alpha=style.band_opacity(data.sizes["model"]), linewidth=0,
        )  # fmt: skip
        axis.plot(top, model["top_share"], color=shade, linestyle=dashes, label=label(model))
    even = data["even_share"].mean("model")
    axis.plot(even["top"], even, color=style.REFERENCE, linestyle=(0, (4, 2)), label="all alike")
    axis.set_ylim(0, 1)


def _alkanes(axis: Axes, data: xr.Dataset) -> None:
    if "carbon" not in data.sizes or not np.isfinite(data["alkane_output"]).any():
        say_nothing_here(axis)
        return
    for model in models(data):
        axis.plot(
            model["carbon"], model["alkane_output"], color=color(model), linestyle=line(model),
            marker=style.marker(str(model["family"].item())), markersize=2.5,
            label=label(model),
        )  # fmt: skip


def describe(data: xr.Dataset) -> str:
    """Alt text: exponents of size and shares of the top three atoms, by target and pooling."""
    if not data.sizes["model"]:
        return NOTHING
    parts = []
    for target in targets_of(data):
        chosen = data.isel(model=np.flatnonzero(data["target"] == target))
        for pooling in dict.fromkeys(map(str, chosen["pooling"].to_numpy())):
            rows = chosen.isel(model=np.flatnonzero(chosen["pooling"] == pooling))
            share = wording.span(rows["top_share"].sel(top=3).to_numpy())
            alkanes = wording.span(rows["alkane_size_exponent"].to_numpy())
            parts.append(
                f"{target} by {pooling}: p {wording.span(rows['size_exponent'].to_numpy())} "
                f"(alkanes {alkanes}), top three atoms hold {share}"
            )
    return (
        f"{TITLE}, {wording.plural(data.sizes['model'], 'network')}: {wording.subjects(data)}. "
        f"Sum of |relevance| of atoms against their number N as N^p. {'; '.join(parts)}."
    )
