"""Decay curves on logarithmic axes: lines with bands, cutoff marks, reference slopes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from nearsight.figures import style, wording
from nearsight.figures.panels import Cell

ROWS_ON_A_PAGE: Final = 8
DECADES: Final = 8
ANCHOR: Final = 2.5
"""Distance in Å at which reference slopes meet the curves: beyond the first shell."""
DISTANCE_TICKS: Final = (0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
GUIDE_NAMES: Final = {1: "charges", 3: "dipoles", 6: "dispersion"}
"""What has an energy of r^-n: point charges, fixed dipoles, dispersion."""
DERIVATIVES: Final = 2
"""Powers by which a second derivative falls faster than its energy."""
THIN, THICK = 0.9, 2.4


def depths_per_dataset(data: xr.Dataset) -> int:
    """How many depths of each data set fit on a page of one row each."""
    n_datasets = len(np.unique(data["dataset"].to_numpy()))
    return max(1, ROWS_ON_A_PAGE // max(1, n_datasets))


def positive(values: np.ndarray) -> np.ndarray:
    """(...) values with NaN where a logarithmic axis has no place for them.

    Args:
        values: (...) of a curve.
    """
    return np.where(values > 0, values, np.nan)


def draw_curves(axis: Axes, data: xr.Dataset, name: str, members: Sequence[int]) -> None:
    """Curves of groups with their bands, coloured by cutoff; cutoffs marked at the foot.

    Where ``data`` has ``fitted(group, distance)``, curves are thick there and thin elsewhere; where
    it has ``pooled(group, distance)``, points are hollow.

    Args:
        axis: where to draw.
        data: groups over ``distance``.
        name: of the curve, with ``_low`` and ``_high``.
        members: groups of the panel.
    """
    x = data["distance"].to_numpy()
    opacity = style.band_opacity(len(members))
    for k in members:
        group = data.isel(group=k)
        color = style.cutoff_color(float(group["cutoff"]))
        low, high = (positive(group[f"{name}{end}"].to_numpy()) for end in ("_low", "_high"))
        axis.fill_between(x, low, high, color=color, alpha=opacity, linewidth=0)
        y = positive(group[name].to_numpy())
        axis.plot(
            x,
            y,
            color=color,
            linewidth=THIN if "fitted" in data else None,
            marker=style.marker(str(group["family"].item())),
            label=wording.cutoff_name(float(group["cutoff"])),
        )
        if "fitted" in data:
            inside = np.where(group["fitted"].to_numpy() > 0, y, np.nan)
            axis.plot(x, inside, color=color, linewidth=THICK, label="_fitted")
        if "pooled" in data:
            _draw_hollow(axis, x, np.where(group["pooled"].to_numpy() > 0, y, np.nan), color)
        if np.isfinite(group["cutoff"]):
            axis.axvline(float(group["cutoff"]), ymax=0.07, color=color, linewidth=2)


def _draw_hollow(axis: Axes, x: np.ndarray, y: np.ndarray, color: tuple[float, ...]) -> None:
    axis.plot(
        x,
        y,
        color=color,
        linestyle="none",
        marker="o",
        markersize=5,
        markerfacecolor="white",
        zorder=2.5,
        label="_pooled",
    )


def draw_guides(
    axis: Axes, data: xr.Dataset, name: str, members: Sequence[int], *, faster: int = 0
) -> None:
    """Faint lines through the curves' common height near the anchor, with the slopes of physics.

    Args:
        axis: where to draw.
        data: groups.
        name: the curve that the lines pass through.
        members: groups of the panel.
        faster: powers by which the curve falls faster than an energy of r^-1, r^-3, r^-6.
    """
    x = data["distance"].to_numpy()
    values = positive(data[name].to_numpy()[list(members)])
    filled = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not len(filled):
        return
    start = filled[np.argmin(np.abs(x[filled] - ANCHOR))]
    column = values[np.isfinite(values[:, start]), start]
    height = np.exp(np.log(column).mean())
    draw_slopes(axis, float(x[start]), float(height), 2 * float(x[-1]), faster=faster)


def draw_slopes(axis: Axes, start: float, height: float, end: float, *, faster: int = 0) -> None:
    """Faint lines with the slopes of physics from a point on.

    Args:
        axis: where to draw.
        start: distance (Å) at which the lines meet.
        height: value at which they meet.
        end: distance (Å) at which they end.
        faster: powers by which they fall faster than an energy of r^-1, r^-3, r^-6.
    """
    reach = np.geomspace(start, end, 3)
    for exponent, line in style.GUIDE_LINES.items():
        axis.plot(
            reach,
            height * (reach / start) ** -(exponent + faster),
            color=style.FAINT,
            linestyle=line,
            linewidth=0.8,
            zorder=1,
            label=_power(exponent + faster),
        )


def guide_section(*, faster: int = 0) -> tuple[str, list[Artist]]:
    """Legend entries of the reference slopes."""
    lines: list[Artist] = [
        Line2D(
            [],
            [],
            color=style.FAINT,
            linestyle=line,
            linewidth=0.8,
            label=f"{_power(n + faster)} {GUIDE_NAMES[n]}",
        )
        for n, line in style.GUIDE_LINES.items()
    ]
    return "Slopes", lines


def _power(exponent: int) -> str:
    return f"r⁻{exponent}".translate(SUPERSCRIPT)


def set_axes(axis: Axes, distance: np.ndarray, values: np.ndarray) -> None:
    """Logarithmic axes around the data, at most eight decades high; panels share them.

    Args:
        axis: any panel of the grid.
        distance: (distance,) Å.
        values: (curve, distance) everything that is drawn.
    """
    kept = positive(values)
    columns = distance[np.isfinite(kept).any(axis=0)]
    highest, lowest = np.nanmax(kept), np.nanmin(kept)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(columns.min() * 0.88, columns.max() * 1.08)
    axis.set_ylim(max(lowest, highest * 10.0**-DECADES) / 2.5, highest * 2.5)


def power_of_ten(value: float, _position: int = 0) -> str:
    """A power of ten with its exponent in full-size superscript characters, for example 10⁻³."""
    return "10" + str(round(np.log10(value))).translate(SUPERSCRIPT)


def set_ticks(axes: np.ndarray) -> None:
    """Distances in plain numbers and heights in powers of ten on logarithmic axes.

    Args:
        axes: (row, column) panels.
    """
    for axis in axes.flat:
        axis.yaxis.set_major_formatter(FuncFormatter(power_of_ten))
    set_distance_ticks(axes)


def set_distance_ticks(axes: np.ndarray) -> None:
    """Distances in plain numbers on a logarithmic axis.

    Args:
        axes: (row, column) panels.
    """
    for axis in axes.flat:
        axis.xaxis.set_major_locator(FixedLocator(DISTANCE_TICKS))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_minor_formatter(NullFormatter())


def shown_members(cell: Cell, data: xr.Dataset, name: str) -> list[int]:
    """Groups of a panel that have a point on a logarithmic axis.

    Args:
        cell: the panel.
        data: groups over ``distance``.
        name: of the curve.
    """
    good = np.any(data[name].to_numpy() > 0, axis=1)
    return [k for k in cell.members if good[k]]
