"""Thresholds and legends in the figures of a diagnosis."""

import math
from collections.abc import Iterable

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.diagnose.finding import Threshold

WARN, FAIL = "#B07800", "#A02020"
_DASHES = (0, (4, 2))


def mark_threshold(axis: Axes, threshold: Threshold, *, along: str = "x") -> None:
    """Lines where a warning and a failure begin.

    Args:
        axis: to draw on.
        threshold: in the unit of the axis.
        along: the axis on which the quantity stands.
    """
    draw = axis.axvline if along == "x" else axis.axhline
    for value, color in ((threshold.warn, WARN), (threshold.fail, FAIL)):
        if math.isfinite(value):
            draw(value, color=color, linewidth=0.8, linestyle=_DASHES, zorder=0.5)


def threshold_entries(threshold: Threshold) -> list[Line2D]:
    """Legend entries of those lines."""
    named = [(threshold.warn, WARN, "warning beyond"), (threshold.fail, FAIL, "failure beyond")]
    return [
        Line2D([], [], color=color, linewidth=0.8, linestyle=_DASHES, label=text)
        for value, color, text in named
        if math.isfinite(value)
    ]


def legend_below(figure: Figure, handles: Iterable[Artist], *, columns: int = 3) -> None:
    """A legend under all panels, for which the layout makes room.

    Args:
        figure: with its panels drawn.
        handles: of the entries.
        columns: that they stand in.
    """
    figure.legend(handles=list(handles), loc="outside lower left", ncols=columns)
