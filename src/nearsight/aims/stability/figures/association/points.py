"""Points of trained models: a descriptor against stability, colour by force error."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from nearsight.aims.stability.figures.association.complete_models import (
    DURATION,
    SHARE,
    TIME,
    is_crowded,
)
from nearsight.figures import style

SEED_SIZE, MODEL_SIZE, MEAN_SIZE, CROWDED_SIZE = 9, 30, 42, 8
CROWDED_OPACITY = 0.6
CEILINGS = {TIME: DURATION, SHARE: ""}
"""Of each outcome that has an upper end the column that says where it is; 1 where it names none."""
ABOVE = 0.07
"""Where ticks stand above that end, as a share of it."""


def error_scale(data: xr.Dataset) -> Normalize:
    """Colour scale of the force errors (meV/Å) of all points."""
    errors = data["force_mae"].to_numpy()
    known = errors[np.isfinite(errors)]
    return Normalize(known.min(), known.max()) if len(known) else Normalize(0, 1)


def draw_points(axis: Axes, data: xr.Dataset, x_name: str, y_name: str, scale: Normalize) -> None:
    """A marker per model, shape by family; models of one setting joined to their mean.

    Models whose setting has no other seed are drawn with their intervals instead.

    Args:
        axis: where to draw.
        data: along ``model``.
        x_name: variable on the horizontal axis, with bounds.
        y_name: variable on the vertical axis, with bounds.
        scale: of the force errors.
    """
    known = np.isfinite(data[x_name].to_numpy()) & np.isfinite(data[y_name].to_numpy())
    crowded = is_crowded(data)
    data = data.isel(model=np.flatnonzero(known))
    if crowded:
        _draw_crowd(axis, data, x_name, y_name, scale)
        return
    for family in np.unique(data["family"].to_numpy()):
        points = data.isel(model=np.flatnonzero(data["family"] == family))
        alone = points["n_seeds"].to_numpy() == 1
        _draw_bars(axis, points.isel(model=np.flatnonzero(alone)), x_name, y_name)
        size = np.where(alone, MODEL_SIZE, SEED_SIZE)
        _scatter(axis, points, x_name, y_name, scale, size, str(family))
        several = points.isel(model=np.flatnonzero(~alone))
        if several.sizes["model"]:
            means = _means(several, x_name, y_name)
            _join(axis, several, means, x_name, y_name)
            _scatter(axis, means, x_name, y_name, scale, MEAN_SIZE, f"mean of {family}")


def _draw_crowd(axis: Axes, data: xr.Dataset, x_name: str, y_name: str, scale: Normalize) -> None:
    """Means of settings alone, small; those at the upper end of the outcome as ticks above it."""
    ceiling = ceiling_of(data, y_name)
    for family in np.unique(data["family"].to_numpy()):
        means = _means(data.isel(model=np.flatnonzero(data["family"] == family)), x_name, y_name)
        at_end = means[y_name].to_numpy() >= ceiling
        below = means.isel(model=np.flatnonzero(~at_end))
        label = f"mean of {family}"
        _scatter(axis, below, x_name, y_name, scale, CROWDED_SIZE, label, CROWDED_OPACITY)
        ends = means.isel(model=np.flatnonzero(at_end))
        axis.scatter(
            ends[x_name].to_numpy(), np.full(ends.sizes["model"], ceiling * (1 + ABOVE)),
            c=ends["force_mae"].to_numpy(), norm=scale, cmap=style.error_colormap(),
            plotnonfinite=True, marker="|", s=22, linewidths=0.7, label=f"all survive, {family}",
        )  # fmt: skip
    if np.isfinite(ceiling):
        axis.axhline(ceiling, color=style.FAINT, linewidth=0.5, zorder=0)


def ceiling_of(data: xr.Dataset, y_name: str) -> float:
    """Value of an outcome where every replica survives; infinite for one that has no such end."""
    if y_name not in CEILINGS:
        return np.inf
    column = CEILINGS[y_name]
    known = data[column].to_numpy() if column else np.ones(1)
    return float(np.nanmax(known)) * (1 - 1e-9) if np.isfinite(known).any() else np.inf


def _means(points: xr.Dataset, x_name: str, y_name: str) -> xr.Dataset:
    """Means over the seeds of each setting, along ``model``; ``setting`` says whose."""
    numbers = list(dict.fromkeys((x_name, y_name, "force_mae")))
    settings, place = np.unique(points["setting"].to_numpy(), return_inverse=True)
    count = np.bincount(place, minlength=len(settings))
    means = {
        name: ("model", np.bincount(place, points[name].to_numpy(), len(settings)) / count)
        for name in numbers
    }
    first = points["family"].to_numpy()[:1]
    return xr.Dataset(
        {**means, "setting": ("model", settings),
         "family": ("model", np.repeat(first, len(settings)))}
    )  # fmt: skip


def _join(axis: Axes, points: xr.Dataset, means: xr.Dataset, x_name: str, y_name: str) -> None:
    """A line from the mean of a setting to each of its models."""
    place = np.searchsorted(means["setting"].to_numpy(), points["setting"].to_numpy())
    ends = [
        np.stack([one[name].to_numpy() for name in (x_name, y_name)], axis=1)
        for one in (means.isel(model=place), points)
    ]
    lines = LineCollection(
        list(np.stack(ends, axis=1)), colors=style.FAINT, linewidths=0.6, zorder=1, label="seeds"
    )
    axis.add_collection(lines)


def _draw_bars(axis: Axes, points: xr.Dataset, x_name: str, y_name: str) -> None:
    if not points.sizes["model"]:
        return
    axis.errorbar(
        points[x_name].to_numpy(),
        points[y_name].to_numpy(),
        xerr=_distances(points, x_name),
        yerr=_distances(points, y_name),
        fmt="none",
        ecolor=style.ERROR_BAR,
        elinewidth=0.7,
        alpha=0.8,
        zorder=1,
    )


def _scatter(
    axis: Axes,
    points: xr.Dataset,
    x_name: str,
    y_name: str,
    scale: Normalize,
    size: np.ndarray | float,
    label: str,
    opacity: float = 1.0,
) -> None:
    if not points.sizes["model"]:
        return
    axis.scatter(
        points[x_name].to_numpy(),
        points[y_name].to_numpy(),
        c=points["force_mae"].to_numpy(),
        norm=scale,
        cmap=style.error_colormap(),
        plotnonfinite=True,
        marker=style.marker(str(points["family"].to_numpy()[0])),
        s=size,
        edgecolors=style.OUTLINE,
        linewidths=0.5 if opacity == 1 else 0.25,
        alpha=opacity,
        zorder=2,
        label=label,
    )


def _distances(points: xr.Dataset, name: str) -> np.ndarray:
    """(2, point) from the value down and up to its bounds; 0 where there is no interval."""
    value = points[name].to_numpy()
    none = np.full(len(value), np.nan)
    low, high = (
        points[f"{name}{end}"].to_numpy() if f"{name}{end}" in points else none
        for end in ("_low", "_high")
    )
    return np.maximum(np.nan_to_num(np.stack([value - low, high - value])), 0)


def upper_limit(data: xr.Dataset, name: str) -> float:
    """End of an axis that starts at 0 and holds all values and bounds."""
    if is_crowded(data) and np.isfinite(ceiling := ceiling_of(data, name)):
        return ceiling * (1 + 2 * ABOVE)
    highest = np.nanmax(np.stack([data[name].to_numpy(), data[f"{name}_high"].to_numpy()]))
    return float(highest * 1.06) if highest > 0 else 1.0


def limits(values: np.ndarray) -> tuple[float, float]:
    """Ends of an axis by the values: a wide interval of one model shall not squeeze the others.

    Args:
        values: (model,) of all points; NaN ones are left out.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    margin = 0.12 * (np.ptp(known) or abs(known[0]) or 1.0)
    return float(known.min() - margin), float(known.max() + margin)


def model_handles(data: xr.Dataset) -> list[Artist]:
    """Legend entries of the families."""
    return [
        Line2D(
            [],
            [],
            linestyle="none",
            color=style.NOISE,
            marker=style.marker(str(name)),
            markersize=5,
            label=style.family_name(str(name)),
        )
        for name in style.families_in_order(data["family"].to_numpy().astype(str))
    ]
