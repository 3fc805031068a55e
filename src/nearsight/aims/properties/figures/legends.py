"""What colour and line of a case mean in figures of properties, and their legends."""

import xarray as xr
from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from nearsight.config import look_of
from nearsight.figures import style


def cases(data: xr.Dataset) -> list[xr.Dataset]:
    """The cases one by one."""
    return [data.isel(case=k) for k in range(data.sizes["case"])]


def targets_of(data: xr.Dataset) -> list[str]:
    """Each target once, in the order of the cases."""
    return list(dict.fromkeys(str(name) for name in data["target"].to_numpy()))


def color(case: xr.Dataset) -> str:
    """Colour of a case: its pooling."""
    return style.POOLING_COLORS[str(case["pooling"].item())]


def line(case: xr.Dataset) -> style.Line:
    """Line style of a case: its family."""
    return look_of(str(case["family"].item())).line


def label(case: xr.Dataset) -> str:
    """A case in words."""
    family = style.family_name(str(case["family"].item()))
    return f"{family}, {case['pooling'].item()}"


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
