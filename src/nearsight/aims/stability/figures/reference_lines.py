"""The reference engine's own dynamics in figures of the models' dynamics: black, on grey."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nearsight.figures import style, wording

BOUNDS = ("", "_low", "_high")
WIDTH = 2.0
OPACITY = 0.5
HATCH = "////"


def reference_of(curves: xr.Dataset, name: str) -> xr.Dataset:
    """The reference engine's variable of that name with its bounds, over ``reference``."""
    return curves[[f"reference_{name}{end}" for end in BOUNDS]]


def has_reference(data: xr.Dataset, name: str) -> bool:
    """Whether the reference engine has any value of it."""
    return bool(np.isfinite(data[f"reference_{name}"]).any())


def draw_reference_curve(
    axis: Axes, data: xr.Dataset, name: str, dataset: str, x: str, *, steps: bool = False
) -> None:
    """Curve of the reference engine on a data set against the coordinate ``x``, with its band.

    Args:
        axis: where to draw.
        data: with the curve over ``reference``.
        name: of the models' curve.
        dataset: whose reference is drawn; nothing where there is none.
        x: coordinate on the horizontal axis.
        steps: hold each value until the next, as survival does.
    """
    if dataset not in data["reference"].to_numpy():
        return
    row = data.sel(reference=dataset)
    value, low, high = (row[f"reference_{name}{end}"].to_numpy() for end in BOUNDS)
    if not np.isfinite(value).any():
        return
    grid = row[x].to_numpy()
    axis.fill_between(
        grid,
        low,
        high,
        step="post" if steps else None,
        color=style.REFERENCE_BAND,
        alpha=OPACITY,
        linewidth=0,
        zorder=0.5,
    )
    drawstyle = "steps-post" if steps else "default"
    # Wide and below the models' lines: seen from behind them where they agree.
    axis.plot(
        grid,
        value,
        color=style.REFERENCE,
        drawstyle=drawstyle,
        linewidth=WIDTH,
        zorder=1.9,
        label="reference",
    )


def draw_reference_level(axis: Axes, data: xr.Dataset, name: str, dataset: str) -> None:
    """Number of the reference engine on a data set as a horizontal line with its band.

    Args:
        axis: where to draw.
        data: with the number over ``reference``.
        name: of the models' number.
        dataset: whose reference is drawn; nothing where there is none.
    """
    if dataset not in data["reference"].to_numpy():
        return
    row = data.sel(reference=dataset)
    value, low, high = (float(row[f"reference_{name}{end}"]) for end in BOUNDS)
    if not np.isfinite(value):
        return
    if np.isfinite(low) and np.isfinite(high):
        axis.axhspan(low, high, color=style.REFERENCE_BAND, alpha=OPACITY, linewidth=0, zorder=0.5)
    axis.axhline(value, color=style.REFERENCE, zorder=0.6, label="reference")


def draw_floor(axis: Axes, data: xr.Dataset, name: str, dataset: str) -> None:
    """Number of a data set below which nothing is told apart: dashed, with its band hatched.

    Args:
        axis: where to draw.
        data: with the number over ``reference``.
        name: of the number.
        dataset: whose floor is drawn; nothing where there is none.
    """
    if dataset not in data["reference"].to_numpy():
        return
    row = data.sel(reference=dataset)
    value, low, high = (float(row[f"{name}{end}"]) for end in BOUNDS)
    if not np.isfinite(value):
        return
    axis.axhspan(low, high, facecolor="none", edgecolor=style.FAINT, hatch=HATCH, linewidth=0,
                 zorder=0.4)  # fmt: skip
    axis.axhline(value, color=style.FAINT, linestyle="--", zorder=0.6, label="floor")


def floor_section(name: str) -> tuple[str, Sequence[Artist]]:
    """Legend entries of a floor."""
    entries = [
        Line2D([], [], color=style.FAINT, linestyle="--", label=name),
        Patch(
            facecolor="none", edgecolor=style.FAINT, hatch=HATCH, linewidth=0, label="its interval"
        ),
    ]
    return "Floor", entries


def reference_section(data: xr.Dataset, name: str) -> tuple[str, Sequence[Artist]]:
    """Legend entries of the reference engine, where it has any value."""
    entries: list[Artist] = []
    if has_reference(data, name):
        entries.append(Line2D([], [], color=style.REFERENCE, label=wording.reference_name(data)))
    if np.isfinite(data[f"reference_{name}_low"]).any():
        entries.append(Patch(color=style.REFERENCE_BAND, alpha=OPACITY, label="its interval"))
    return "Reference", entries
