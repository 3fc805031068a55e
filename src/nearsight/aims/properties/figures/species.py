"""Figure: strength of one-body relevance by element, for several targets (question Q1)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nearsight.aims.properties.figures.legends import (
    color,
    families,
    label,
    models,
    poolings,
    targets_of,
)
from nearsight.figures import style, wording
from nearsight.figures.absent import models_with
from nearsight.figures.panels import empty_figure, finish, make_grid

TITLE = "Strength of elements by property"
NOTHING = "No variant has relevance by element."
NAME = "element_relevance"


def select(table: xr.Dataset) -> xr.Dataset:
    """Models with relevance by element."""
    return models_with(table, NAME)


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A panel a target, an element a column of points; colour is the pooling."""
    if not data.sizes["model"]:
        return empty_figure(TITLE, NOTHING)
    targets = targets_of(data)
    n_columns = min(3, len(targets))
    grid = make_grid(-(-len(targets) // n_columns), n_columns)
    for axis in grid.axes.flat:
        axis.set_visible(False)
    for place, target in enumerate(targets):
        axis = grid.axes[divmod(place, n_columns)]
        axis.set_visible(True)
        axis.tick_params(axis="x", labelbottom=True)
        axis.set_title(target)
        _draw_panel(axis, data.isel(model=np.flatnonzero(data["target"] == target)))
    grid.axes[0, 0].set_yscale("log")
    grid.figure.supylabel("|one-body relevance| / average of all atoms")
    note = "Bars: interval over structures."
    finish(grid.figure, TITLE, note, [poolings(data), families(data)])
    return grid.figure


def _draw_panel(axis: Axes, data: xr.Dataset) -> None:
    axis.axhline(1, color=style.FAINT, linewidth=0.7, zorder=0.5)
    elements = data["element"].to_numpy().astype(str)
    n = data.sizes["model"]
    for k, model in enumerate(models(data)):
        x = np.arange(len(elements)) + (0.6 * (k / (n - 1) - 0.5) if n > 1 else 0)
        value, low, high = (model[f"{NAME}{end}"].to_numpy() for end in ("", "_low", "_high"))
        axis.vlines(x, low, high, color=color(model), linewidth=0.9, alpha=0.7)
        axis.plot(
            x, value, linestyle="none", marker=style.marker(str(model["family"].item())),
            markersize=3.5, color=color(model), label=label(model),
        )  # fmt: skip
    axis.set_xticks(np.arange(len(elements)), elements)


def describe(data: xr.Dataset) -> str:
    """Alt text: the strongest and the weakest element of each target."""
    if not data.sizes["model"]:
        return NOTHING
    parts = []
    for target in targets_of(data):
        chosen = data[NAME].isel(model=np.flatnonzero(data["target"] == target))
        with np.errstate(divide="ignore"):
            logarithms = xr.apply_ufunc(np.log, chosen.where(chosen > 0)).mean("model")
        mean = xr.apply_ufunc(np.exp, logarithms)
        order = mean.dropna("element").sortby(mean.dropna("element"))
        names, sizes = order["element"].to_numpy(), order.to_numpy()
        if len(names):
            parts.append(
                f"{target}: strongest {names[-1]} ({sizes[-1]:.2g} times the average), weakest "
                f"{names[0]} ({sizes[0]:.2g})"
            )
    return (
        f"{TITLE}, {wording.plural(data.sizes['model'], 'network')}: {wording.subjects(data)}. "
        f"{'; '.join(parts)}."
    )
