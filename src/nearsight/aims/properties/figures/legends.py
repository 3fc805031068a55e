"""What colour and line of a model mean in figures of properties, and their legends."""

import xarray as xr
from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from nearsight.config import look_of
from nearsight.figures import style


def models(data: xr.Dataset) -> list[xr.Dataset]:
    """The models one by one."""
    return [data.isel(model=k) for k in range(data.sizes["model"])]


def targets_of(data: xr.Dataset) -> list[str]:
    """Each target once, in the order of the models."""
    return list(dict.fromkeys(str(name) for name in data["target"].to_numpy()))


def color(model: xr.Dataset) -> str:
    """Colour of a model: its pooling."""
    return style.POOLING_COLORS[str(model["pooling"].item())]


def line(model: xr.Dataset) -> style.Line:
    """Line style of a model: its family."""
    return look_of(str(model["family"].item())).line


def label(model: xr.Dataset) -> str:
    """A model in words."""
    family = style.family_name(str(model["family"].item()))
    return f"{family}, {model['pooling'].item()}"


def poolings(data: xr.Dataset) -> tuple[str, list[Artist]]:
    """Legend entries of poolings."""
    names = dict.fromkeys(str(name) for name in data["pooling"].to_numpy())
    lines: list[Artist] = [
        Line2D([], [], color=style.POOLING_COLORS[name], label=name) for name in names
    ]
    return "Pooling", lines


def families(data: xr.Dataset) -> tuple[str, list[Artist]]:
    """Legend entries of families."""
    names = style.families_in_order(map(str, data["family"].to_numpy()))
    lines: list[Artist] = [
        Line2D([], [], color=style.FAINT, marker=style.marker(name), markersize=3,
               linestyle=look_of(name).line,
               label=style.family_name(name))
        for name in names
    ]  # fmt: skip
    return "Family", lines
