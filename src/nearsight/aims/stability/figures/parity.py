"""Figure: predicted against reference force components of the best and the worst networks."""

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from nearsight import units
from nearsight.collect.models import MODEL
from nearsight.figures import style, wording
from nearsight.figures.absent import models_with
from nearsight.figures.colour_bar import bar_below
from nearsight.figures.groups import why_missing
from nearsight.figures.panels import (
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
)
from nearsight.figures.shown import remarks
from nearsight.train.parity import NAME, PREDICTED, REFERENCE

TITLE = "Predicted against reference force components"
NOTHING = "No network has forces by reference and predicted value: evaluate it anew."
COLORS = matplotlib.colormaps["cividis"].with_extremes(under="white", bad="white")
BEST, WORST, ONLY = "best", "worst", "the only one"
SQUARE, TITLE_HEIGHT = 0.8, 0.55
"""Height of a panel by its width, and inches of three or four lines of title."""
MARGIN = 1.15
"""Times the largest force component that occurs."""
MEANS = (
    "Best and worst network of each family on each data set by the error in the title, which is as"
    " coarse as the fields; components beyond the grid count in its outermost fields."
)


def select(curves: xr.Dataset) -> xr.Dataset:
    """Counts of the best and the worst network of each data set and family, along ``network``."""
    status = curves["status"].to_numpy().astype(str)
    flat = curves.drop_dims(
        [dim for dim in curves.dims if dim not in (MODEL, REFERENCE, PREDICTED)]
    )
    known = models_with(_flattened(flat), "has") if NAME in flat else flat.isel({MODEL: []})
    sound = known.isel({MODEL: np.flatnonzero(known["status"].to_numpy().astype(str) == "ok")})
    missing = (status == "ok") & ~np.isin(curves[MODEL].to_numpy(), sound[MODEL].to_numpy())
    counts = {f"n_{kind}": int((status == kind).sum()) for kind in ("diverged", "failed", "stale")}
    counts["n_without_data"] = int(missing.sum())
    rows, ranks = _chosen(sound)
    shown = sound.isel({MODEL: rows})
    names = [NAME] if NAME in shown else []
    kept = ("dataset", "family", "cutoff", "depth")
    data = xr.Dataset(
        {name: shown[name].rename({MODEL: "network"}).variable for name in names},
        coords={name: ("network", shown[name].to_numpy(), shown[name].attrs) for name in kept}
        | {name: shown[name].variable for name in (REFERENCE, PREDICTED) if name in shown.coords},
    )
    about = {"units": "", "long_name": "which of its family on its data set"}
    return data.assign_coords(rank=("network", np.array(ranks, dtype=object), about)).assign_attrs(
        counts, why_without_data=why_missing(curves, (NAME,), missing),
        yardstick="",
    )  # fmt: skip


def _flattened(curves: xr.Dataset) -> xr.Dataset:
    """With ``has``, whose only further dimension says whether there are counts."""
    total = curves[NAME].sum((REFERENCE, PREDICTED), min_count=1).expand_dims(one=1, axis=1)
    return curves.assign(has=total)


def _chosen(sound: xr.Dataset) -> tuple[list[int], list[str]]:
    """Rows of the networks that are shown, and what each is called."""
    if NAME not in sound or not sound.sizes[MODEL]:
        return [], []
    errors = errors_of(sound)
    keys = list(zip(sound["dataset"].to_numpy().astype(str),
                    sound["family"].to_numpy().astype(str), strict=True))  # fmt: skip
    rows, ranks = [], []
    for key in dict.fromkeys(keys):
        mine = sorted((k for k in range(len(keys)) if keys[k] == key), key=lambda k: errors[k])
        ends = [(mine[0], BEST), (mine[-1], WORST)] if len(mine) > 1 else [(mine[0], ONLY)]
        rows += [row for row, _ in ends]
        ranks += [rank for _, rank in ends]
    return rows, ranks


def errors_of(data: xr.Dataset) -> np.ndarray:
    """(network,) mean absolute error of components in meV/Å, by the centres of fields."""
    reference, predicted = (data[name].to_numpy() for name in (REFERENCE, PREDICTED))
    distance = np.abs(reference[:, None] - predicted[None, :])
    counts = np.nan_to_num(data[NAME].to_numpy())
    total = np.maximum(counts.sum(axis=(1, 2)), 1)
    return units.MEV_PER_EV * (counts * distance).sum(axis=(1, 2)) / total


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A row per data set, two panels per family; the line is where both are equal."""
    if not data.sizes["network"]:
        return empty_figure(TITLE, f"{NOTHING} {remarks(data)}")
    places = _places(data)
    n_rows, n_columns = (max(place[k] for place in places) + 1 for k in (0, 1))
    height = style.page_width() / max(n_columns, 3) * SQUARE + TITLE_HEIGHT
    grid = make_grid(n_rows, n_columns, height=height)
    errors, counts = errors_of(data), data[NAME].to_numpy()
    scale = LogNorm(1, max(2.0, float(np.nanmax(counts))))
    several = len(np.unique(data["dataset"].to_numpy().astype(str))) > 1
    for k, place in enumerate(places):
        first = several and place[1] == 0
        _draw_panel(grid.axes[place], data.isel(network=k), float(errors[k]), scale, first)
    used = {(row, column) for row, column in places}
    for place in np.ndindex(n_rows, n_columns):
        if place not in used:
            grid.axes[place].set_axis_off()
    end = _end(data)
    grid.axes[0, 0].set_xlim(-end, end)
    grid.axes[0, 0].set_ylim(-end, end)
    label_below(grid.axes, "reference (eV/Å)")
    grid.figure.supylabel("predicted (eV/Å)")
    bar_below(grid.figure, grid.axes, ScalarMappable(scale, COLORS), "components per field")
    note = " ".join(part for part in (MEANS, remarks(data)) if part)
    finish(grid.figure, full_title(TITLE, data), note, [])
    return grid.figure


def _places(data: xr.Dataset) -> list[tuple[int, int]]:
    """Row and column of each network: by data set, then in order."""
    datasets = data["dataset"].to_numpy().astype(str).tolist()
    rows = {name: row for row, name in enumerate(dict.fromkeys(datasets))}
    taken = dict.fromkeys(rows, 0)
    found = []
    for name in datasets:
        found.append((rows[name], taken[name]))
        taken[name] += 1
    return found


def _end(data: xr.Dataset) -> float:
    """Where the axes end: a little beyond the largest component."""
    counts = np.nan_to_num(data[NAME].to_numpy()).sum(axis=0) > 0
    centres = data[REFERENCE].to_numpy()
    largest = max(np.abs(centres[counts.any(axis=k)]).max(initial=0.0) for k in (0, 1))
    return float(MARGIN * largest) or 1.0


def _draw_panel(
    axis: Axes, network: xr.Dataset, error: float, scale: LogNorm, names_data: bool
) -> None:
    name = f"{wording.shorten(str(network['dataset'].item()))},\n" if names_data else ""
    family = style.family_name(str(network["family"].item()))
    cutoff = wording.cutoff_name(float(network["cutoff"]))
    depth = wording.depth_name(float(network["depth"]))
    axis.set_title(
        f"{name}{family}, {network['rank'].item()}:\n{cutoff}, {depth}\n{error:.0f} meV/Å"
    )
    axis.set_aspect("equal")
    centres = network[REFERENCE].to_numpy()
    counts = network[NAME].transpose(PREDICTED, REFERENCE).to_numpy()
    axis.pcolormesh(
        centres, centres, np.ma.masked_less(np.nan_to_num(counts), 1), norm=scale, cmap=COLORS,
        shading="nearest", rasterized=True,
    )  # fmt: skip
    axis.axline((0, 0), slope=1, color=style.OUTLINE, linewidth=0.5)


def describe(data: xr.Dataset) -> str:
    """Alt text: errors of the networks that are shown."""
    if not data.sizes["network"]:
        return f"{NOTHING} {remarks(data)}".strip()
    errors = errors_of(data)
    parts = []
    for k in range(data.sizes["network"]):
        one = data.isel(network=k)
        parts.append(
            f"{style.family_name(str(one['family'].item()))} on {one['dataset'].item()}, "
            f"{one['rank'].item()} ({wording.cutoff_name(float(one['cutoff']))}, "
            f"{wording.depth_name(float(one['depth']))}): {errors[k]:.0f} meV/Å"
        )
    return (
        f"Parity plots of force components, counted on a grid, of "
        f"{wording.plural(len(parts), 'network')}. Mean absolute errors: {'; '.join(parts)}. "
        f"{remarks(data)}"
    ).strip()
