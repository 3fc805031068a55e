"""Points of trained models: a descriptor against stability, colour by force error."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from nearsight.figures import style


def error_scale(data: xr.Dataset) -> Normalize:
    """Colour scale of the force errors (meV/Å) of all points."""
    errors = data["force_mae"].to_numpy()
    known = errors[np.isfinite(errors)]
    return Normalize(known.min(), known.max()) if len(known) else Normalize(0, 1)


def draw_points(axis: Axes, data: xr.Dataset, x_name: str, y_name: str, scale: Normalize) -> None:
    """A marker per model with its intervals, shape by architecture.

    Args:
        axis: where to draw.
        data: over ``point``.
        x_name: variable on the horizontal axis, with bounds.
        y_name: variable on the vertical axis, with bounds.
        scale: of the force errors.
    """
    crowded = data.sizes["point"] > style.CROWDED
    for architecture in np.unique(data["architecture"].to_numpy()):
        points = data.isel(point=np.flatnonzero(data["architecture"] == architecture))
        x, y = points[x_name].to_numpy(), points[y_name].to_numpy()
        axis.errorbar(
            x,
            y,
            xerr=_distances(points, x_name),
            yerr=_distances(points, y_name),
            fmt="none",
            ecolor=style.ERROR_BAR,
            elinewidth=0.4 if crowded else 0.7,
            alpha=0.35 if crowded else 0.8,
            zorder=1,
        )
        axis.scatter(
            x,
            y,
            c=points["force_mae"].to_numpy(),
            norm=scale,
            cmap=style.error_colormap(),
            plotnonfinite=True,
            marker=style.marker(str(architecture)),
            s=14 if crowded else 30,
            edgecolors=style.OUTLINE,
            linewidths=0.5,
            zorder=2,
            label=str(architecture),
        )


def _distances(points: xr.Dataset, name: str) -> np.ndarray:
    """(2, point) from the value down and up to its bounds; 0 where there is no interval."""
    value = points[name].to_numpy()
    low, high = points[f"{name}_low"].to_numpy(), points[f"{name}_high"].to_numpy()
    return np.maximum(np.nan_to_num(np.stack([value - low, high - value])), 0)


def upper_limit(data: xr.Dataset, name: str) -> float:
    """End of an axis that starts at 0 and holds all values and bounds."""
    highest = np.nanmax(np.stack([data[name].to_numpy(), data[f"{name}_high"].to_numpy()]))
    return float(highest * 1.06) if highest > 0 else 1.0


def model_handles(data: xr.Dataset) -> list[Artist]:
    """Legend entries of the architectures."""
    return [
        Line2D(
            [],
            [],
            linestyle="none",
            color=style.NOISE,
            marker=style.marker(str(name)),
            markersize=5,
            label=style.architecture_name(str(name)),
        )
        for name in style.architectures_in_order(data["architecture"].to_numpy().astype(str))
    ]
