"""Figure: how properties are put together from atoms (question Q2)."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from nearsight.aims.properties.figures.legends import (
    cases,
    color,
    families,
    label,
    line,
    poolings,
    targets_of,
)
from nearsight.figures import style, wording
from nearsight.figures.absent import cases_with
from nearsight.figures.panels import empty_figure, finish, make_grid, say_nothing_here

TITLE = "How properties are pooled over atoms"
NOTHING = "No variant has relevance by atom."
ROWS = ("sum of |relevance|", "share of the top k atoms", "alkanes: output")
X_LABELS = ("atoms of the molecule", "k", "carbon atoms")


def select(table: xr.Dataset) -> xr.Dataset:
    """Cases with relevance, in the order of targets and poolings."""
    return cases_with(table, "absolute")


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A column a target: relevance against size, share of the top atoms, the alkane series.

    Colour is the pooling, marker and line style the family.
    """
    if not data.sizes["case"]:
        return empty_figure(TITLE, NOTHING)
    targets = targets_of(data)
    grid = make_grid(len(ROWS), len(targets), own_x=True, own_y=True)
    drawers: tuple[Callable[[Axes, xr.Dataset], None], ...] = (_sizes, _shares, _alkanes)
    for column, target in enumerate(targets):
        chosen = data.isel(case=np.flatnonzero(data["target"] == target))
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
    for case in cases(data):
        shade, marker = color(case), style.marker(str(case["family"].item()))
        axis.plot(
            case["n_atoms"], case["absolute"], linestyle="none", marker=marker, markersize=2.5,
            color=shade, alpha=0.6, label=label(case),
        )  # fmt: skip
        if "carbon" in case.sizes:
            axis.plot(
                3 * case["carbon"] + 2, case["alkane_absolute"], linestyle="none", marker="x",
                markersize=3, color=shade, label=f"{label(case)}, alkanes",
            )  # fmt: skip
    axis.set(xscale="log", yscale="log")
    for one, subs in ((axis.xaxis, (1, 2, 4)), (axis.yaxis, (1, 3))):
        one.set_major_locator(LogLocator(subs=subs))
        one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        one.set_minor_formatter(NullFormatter())


def _shares(axis: Axes, data: xr.Dataset) -> None:
    for case in cases(data):
        top = case["top"].to_numpy()
        shade, dashes = color(case), line(case)
        axis.fill_between(
            top, case["top_share_low"], case["top_share_high"], color=shade,
            alpha=style.band_opacity(data.sizes["case"]), linewidth=0,
        )  # fmt: skip
        axis.plot(top, case["top_share"], color=shade, linestyle=dashes, label=label(case))
    even = data["even_share"].mean("case")
    axis.plot(even["top"], even, color=style.REFERENCE, linestyle=(0, (4, 2)), label="all alike")
    axis.set_ylim(0, 1)


def _alkanes(axis: Axes, data: xr.Dataset) -> None:
    if "carbon" not in data.sizes or not np.isfinite(data["alkane_output"]).any():
        say_nothing_here(axis)
        return
    for case in cases(data):
        axis.plot(
            case["carbon"], case["alkane_output"], color=color(case), linestyle=line(case),
            marker=style.marker(str(case["family"].item())), markersize=2.5,
            label=label(case),
        )  # fmt: skip


def describe(data: xr.Dataset) -> str:
    """Alt text: exponents of size and shares of the top three atoms, by target and pooling."""
    if not data.sizes["case"]:
        return NOTHING
    parts = []
    for target in targets_of(data):
        chosen = data.isel(case=np.flatnonzero(data["target"] == target))
        for pooling in dict.fromkeys(map(str, chosen["pooling"].to_numpy())):
            rows = chosen.isel(case=np.flatnonzero(chosen["pooling"] == pooling))
            share = wording.span(rows["top_share"].sel(top=3).to_numpy())
            alkanes = wording.span(rows["alkane_size_exponent"].to_numpy())
            parts.append(
                f"{target} by {pooling}: p {wording.span(rows['size_exponent'].to_numpy())} "
                f"(alkanes {alkanes}), top three atoms hold {share}"
            )
    return (
        f"{TITLE}, {wording.plural(data.sizes['case'], 'network')}: {wording.subjects(data)}. "
        f"Sum of |relevance| of atoms against their number N as N^p. {'; '.join(parts)}."
    )
