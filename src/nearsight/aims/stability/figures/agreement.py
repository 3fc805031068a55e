"""Figure: what relevance knows of the response beyond distance, against the cutoff."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from nearsight.collect.models import MODEL
from nearsight.figures import along_cutoff, style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    cells,
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "What relevance knows beyond distance"
NOTHING = "No variant has agreement of relevance and response."
NAME, KIND = "agreement", "kind"
# Okabe and Ito's colours. Grey and hollow: what proves nothing by itself.
COLORS = {
    "faithfulness_raw": style.NOISE,
    "faithfulness_distance_only": style.NOISE,
    "faithfulness": "#0072B2",
    "faithfulness_within_bins": "#56B4E9",
    "randomised_agreement": "#D55E00",
}
LINES: dict[str, style.Line] = {"faithfulness_distance_only": (0, (4, 1.5))}
UNCONTROLLED = ("faithfulness_raw", "faithfulness_distance_only")
LABELS = {
    "faithfulness_raw": "|relevance|",
    "faithfulness_distance_only": "closeness",
    "faithfulness": "partial",
    "faithfulness_within_bins": "in bins",
    "randomised_agreement": "partial",
}
SECTIONS = {
    "With response": UNCONTROLLED,
    "At equal distance": ("faithfulness", "faithfulness_within_bins"),
    "Random weights": ("randomised_agreement",),
}
DODGE, WIDEST = 0.09, 0.12
"""Kinds stand this share of the closest two cutoffs apart, and at most so many Å."""


def select(table: xr.Dataset) -> xr.Dataset:
    """Rank correlations of every variant, averaged over seeds, of the deepest networks.

    Args:
        table: the study table.
    """
    return mark_shown(group_seeds(_side_by_side(table), NAME), max_depths=1)


def _side_by_side(table: xr.Dataset) -> xr.Dataset:
    """The columns of the table as one variable, along a dimension of kinds; NaN where unknown."""
    unknown = np.full(table.sizes[MODEL], np.nan)
    values = {}
    for end in ("", "_low", "_high"):
        known = [table.get(f"{column}{end}") for column in COLORS]
        columns = [unknown if column is None else column.to_numpy() for column in known]
        attrs = {"units": "1", "long_name": NAME}
        values[f"{NAME}{end}"] = (MODEL, KIND), np.stack(columns, axis=1), attrs
    labels = KIND, list(COLORS), {"units": "", "long_name": "column of the study table"}
    along = {name: one.variable for name, one in table.coords.items() if one.dims == (MODEL,)}
    return xr.Dataset(values, {**along, KIND: labels})


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family, colour by what was correlated."""
    kept = drawn(data).sortby("cutoff")
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1)
    cutoffs = np.unique(kept["cutoff"].to_numpy())
    apart = min(DODGE * along_cutoff.closest(cutoffs), WIDEST)
    for cell in panels:
        _draw_panel(grid.axes[cell.row, cell.column], cell, kept, apart)
    first = grid.axes[0, 0]
    along_cutoff.set_limits(first, cutoffs)
    lowest = float(np.nanmin(np.stack([kept[NAME], kept[f"{NAME}_low"]])))
    first.set_ylim(min(-0.1, 1.1 * lowest), 1.05)
    label_below(grid.axes, "cutoff (Å)")
    grid.figure.supylabel("rank correlation over pairs")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "interval over structures", mark="bars"),
        _sections(kept),
    )
    return grid.figure


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset, apart: float) -> None:
    axis.set_title(cell.title)
    axis.axhline(0, color=style.FAINT, linewidth=0.7, zorder=0.5)
    here = data.isel(group=list(cell.members))
    if not np.isfinite(here[NAME].to_numpy()).any():
        say_nothing_here(axis)
        return
    middle = (data.sizes[KIND] - 1) / 2
    places = along_cutoff.places(here["cutoff"].to_numpy(), data["cutoff"].to_numpy())
    for k, kind in enumerate(data[KIND].to_numpy().astype(str)):
        one = here.sel({KIND: kind})
        value, low, high = (one[f"{NAME}{end}"].to_numpy() for end in ("", "_low", "_high"))
        x = places + (k - middle) * apart
        axis.vlines(x, low, high, color=COLORS[kind], linewidth=0.9, label="_interval")
        axis.add_line(_line(kind, kind, x, value, _marker(here)))


def _marker(data: xr.Dataset) -> str:
    return style.marker(str(data["family"].to_numpy()[0]))


def _line(
    kind: str, label: str, x: ArrayLike = (), y: ArrayLike = (), marker: str = "none"
) -> Line2D:
    color = COLORS[kind]
    return Line2D(
        np.asarray(x),
        np.asarray(y),
        label=label,
        color=color,
        linestyle=LINES.get(kind, "-"),
        linewidth=0.8,
        marker=marker,
        markersize=3.6,
        markerfacecolor="white" if kind in UNCONTROLLED else color,
    )


def _sections(data: xr.Dataset) -> list[tuple[str, list[Artist]]]:
    known = np.isfinite(data[NAME].to_numpy()).any(axis=0)
    present = set(data[KIND].to_numpy().astype(str)[known])
    return [
        (title, [_line(k, LABELS[k]) for k in kinds if k in present])
        for title, kinds in SECTIONS.items()
    ]


def describe(data: xr.Dataset) -> str:
    """Alt text: the range of every correlation over the variants."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    texts = (
        "of |relevance| and response",
        "of closeness alone and response",
        "of |relevance| and response given distance (partial)",
        "of the same within bins of distance",
        "of |relevance| with trained and with random weights given distance",
    )
    values = kept[NAME].to_numpy()
    ranges = "; ".join(f"{text} {wording.span(values[:, k])}" for k, text in enumerate(texts))
    return (
        f"Rank correlations over pairs against the cutoff, "
        f"{wording.plural(kept.sizes['group'], 'network')}: {wording.subjects(kept)}. Correlation "
        f"{ranges}. {left_out(data)}"
    ).strip()
