"""Panels, legend, title and note: the frame that all figures share."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.figures import style
from nearsight.figures.shown import spread_out
from nearsight.figures.wording import cutoff_name, depth_name, shorten

NOTE_WIDTH = 118
MOST_ENTRIES = 10


@dataclass(frozen=True)
class Cell:
    """One panel: where it stands, what it is called, which groups it shows."""

    row: int
    column: int
    dataset: str
    title: str
    members: tuple[int, ...]


def cells(data: xr.Dataset, *, by_depth: bool) -> list[Cell]:
    """Panels of groups: a family a column, a data set (and depth) a row.

    A data set on which a family was not trained has no panel for it, unless another data
    set needs the column.
    """
    datasets = _in_order(data["dataset"].to_numpy())
    families = _by_dataset(data, datasets)
    depths = _depths(data) if by_depth else [None]
    found = []
    for k, (name, depth) in enumerate((d, t) for d in datasets for t in depths):
        for column, family in enumerate(families[name]):
            mask = (data["dataset"] == name) & (data["family"] == family)
            parts = [shorten(name)] if len(datasets) > 1 else []
            parts.append(style.family_name(family))
            own = data["depth"].to_numpy()[mask.to_numpy()]
            if depth is not None:
                # What has no known depth stands in the first row.
                mask &= (data["depth"] == depth) | (data["depth"].isnull() & (k % len(depths) == 0))
                parts += [] if len(own) and np.isnan(own).all() else [depth_name(depth)]
            members = tuple(int(one) for one in np.flatnonzero(mask.to_numpy()))
            found.append(Cell(k, column, name, ", ".join(parts), members))
    return found


def _depths(data: xr.Dataset) -> list[float]:
    values = np.unique(data["depth"].to_numpy())
    known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return known.tolist() or [float("nan")]


def _by_dataset(data: xr.Dataset, datasets: Sequence[str]) -> dict[str, list[str]]:
    """Families of each data set, filled up with others to the most that one has."""
    every = style.families_in_order(_in_order(data["family"].to_numpy()))
    own = {
        name: set(_in_order(data["family"].to_numpy()[data["dataset"].to_numpy() == name]))
        for name in datasets
    }
    most = max((len(names) for names in own.values()), default=0)
    return {
        name: sorted(every, key=lambda one: one not in names)[:most] for name, names in own.items()
    }


def _in_order(values: np.ndarray) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values))


def full_title(title: str, data: xr.Dataset) -> str:
    """A figure's title, with the data set when there is only one."""
    datasets = np.unique(data["dataset"].to_numpy())
    return f"{title}: {shorten(str(datasets[0]))}" if len(datasets) == 1 else title


@dataclass(frozen=True)
class Grid:
    """A figure with a panel for each row and column, and perhaps a strip below each panel."""

    figure: Figure
    axes: np.ndarray
    strips: np.ndarray


def make_grid(
    n_rows: int,
    n_columns: int,
    *,
    height: float = style.ROW_HEIGHT,
    strips: bool = False,
    own_x: bool = False,
    own_y: bool = False,
) -> Grid:
    """Panels with common axes.

    Args:
        n_rows: rows of panels.
        n_columns: columns of panels.
        height: of a panel, in inches.
        strips: put a low panel with the same x axis below each.
        own_x: every panel has an x axis of its own.
        own_y: every panel has a y axis of its own.
    """
    height += style.SINGLE_ROW_EXTRA if n_rows == 1 else 0
    row = height + (style.STRIP_HEIGHT if strips else 0)
    size = (style.page_width(), style.HEAD_HEIGHT + n_rows * row)
    figure = Figure(figsize=size, layout="constrained")
    ratios = [height, style.STRIP_HEIGHT] if strips else [height]
    step = len(ratios)
    spec = figure.add_gridspec(step * n_rows, n_columns, height_ratios=ratios * n_rows)
    upper = np.empty((n_rows, n_columns), dtype=object)
    lower = np.empty((n_rows, n_columns), dtype=object)
    for i, j in np.ndindex(n_rows, n_columns):
        shared = {} if own_y else {"sharey": upper[0, 0]}
        shared |= {} if own_x else {"sharex": upper[0, 0]}
        upper[i, j] = figure.add_subplot(spec[step * i, j], **shared)
        if strips:
            lower[i, j] = figure.add_subplot(
                spec[step * i + 1, j], sharex=upper[0, 0], sharey=lower[0, 0]
            )
    _hide_inner_labels(upper, last_row=not strips)
    if strips:
        _hide_inner_labels(lower, last_row=True)
    return Grid(figure, upper, lower)


def _hide_inner_labels(axes: np.ndarray, *, last_row: bool) -> None:
    for i, j in np.ndindex(*axes.shape):
        bottom = last_row and i == axes.shape[0] - 1
        axes.item(i, j).tick_params(axis="x", which="both", labelbottom=bottom)
        axes.item(i, j).tick_params(axis="y", which="both", labelleft=j == 0)


def label_below(axes: np.ndarray, label: str) -> None:
    """Label the x axis of the lowest row.

    Args:
        axes: (row, column) panels.
        label: of the axis.
    """
    for axis in axes[-1]:
        axis.set_xlabel(label)


def say_nothing_here(axis: Axes) -> None:
    """Mark a panel that has no curve."""
    axis.text(0.5, 0.5, "no data", transform=axis.transAxes, ha="center", va="center")


def empty_figure(title: str, text: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = Figure(figsize=(style.page_width(), 2.0), layout="constrained")
    axis = figure.add_subplot()
    axis.set_axis_off()
    axis.text(0.5, 0.5, _in_lines(text), ha="center", va="center")
    figure.suptitle(title)
    return figure


def finish(
    figure: Figure, title: str, note: str, sections: Sequence[tuple[str, Sequence[Artist]]]
) -> None:
    """Title above, legend right of the panels, note below them.

    Args:
        figure: with its panels drawn.
        title: above them.
        note: below them; wrapped.
        sections: of the legend: heading and entries; those without entries are left out.
    """
    figure.suptitle(title)
    handles: list[Artist] = []
    headings = []
    for heading, entries in sections:
        if entries:
            handles += [_blank("")] if handles else []
            headings.append(len(handles))
            handles += [_blank(heading), *entries]
    if handles:
        legend = figure.legend(handles=handles, loc="outside right upper")
        for k in headings:
            legend.get_texts()[k].set_fontweight("bold")
    if note:
        # A legend without entries is the one kind of text for which the layout makes room.
        below = figure.legend([], [], title=_in_lines(note), loc="outside lower left")
        below.get_title().set_multialignment("left")


def _blank(label: str) -> Line2D:
    return Line2D([], [], linestyle="none", label=label)


def cutoff_section(data: xr.Dataset) -> tuple[str, list[Artist]]:
    """Legend entries of cutoffs; of many, an even choice."""
    values = spread_out(np.unique(data["cutoff"].to_numpy()), MOST_ENTRIES)
    lines: list[Artist] = [
        Line2D([], [], color=style.cutoff_color(value), label=cutoff_name(value))
        for value in values
    ]
    return "Cutoff", lines


def depth_section(data: xr.Dataset) -> tuple[str, list[Artist]]:
    """Legend entries of depths as line styles."""
    values = np.unique(data["depth"].to_numpy())
    lines: list[Artist] = [
        Line2D([], [], color=style.FAINT, linestyle=style.depth_line(t), label=depth_name(t))
        for t in values
    ]
    return "Depth", lines


def _in_lines(text: str) -> str:
    # Only at spaces: a line that ends with a hyphen could be a minus that lost its number.
    return textwrap.fill(text, NOTE_WIDTH, break_on_hyphens=False)
