"""Figures of one number of each setting over cutoff and depth, as a map of coloured fields."""

from dataclasses import dataclass

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from nearsight.collect.models import MODEL
from nearsight.figures import style, wording
from nearsight.figures.along_cutoff import NONE
from nearsight.figures.colour_bar import bar_below
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
from nearsight.figures.shown import drawn, left_out, mark_shown, remarks, selection

EVERY = 10_000
"""More depths than any study has: a map leaves none out."""
MOST_NUMBERS = 8
"""Cutoffs up to which a field has room for its number."""
NONE_FIELD = "0.85"
NONE_MEANS = "Grey: no network."
FIELD_HEIGHT = 0.3
"""Inches of a field, beside what title and labels need."""
LIGHT = 0.55
"""Brightness of a field above which its number is black."""


@dataclass(frozen=True)
class Map:
    """A figure of one number over cutoff and depth.

    Attributes:
        name: of its files.
        column: of the number in the study table.
        title: of the figure.
        label: of the colour bar.
        unit: in the alt text.
        colors: name of the colours.
        centred: whether zero is the middle of the colours: what is too much and too little.
        meaning: what a value says, below the figure.
    """

    name: str
    column: str
    title: str
    label: str
    unit: str
    colors: str
    centred: bool
    meaning: str

    @property
    def nothing(self) -> str:
        """What to say when no variant has the number."""
        return f"No variant has this: {self.title.lower()}."

    def select(self, table: xr.Dataset) -> xr.Dataset:
        """The number of each setting, averaged over seeds; of the largest networks, most frames."""
        known = table
        if self.column not in table:
            attrs = {"units": self.unit, "long_name": f"{self.title}, absent"}
            known = table.assign({self.column: (MODEL, np.full(table.sizes[MODEL], np.nan), attrs)})
        return mark_shown(group_seeds(known, self.column), max_depths=EVERY)

    def draw(self, data: xr.Dataset) -> Figure:
        """Panels by data set and family; a field for each cutoff and depth."""
        return _draw(self, data)

    def describe(self, data: xr.Dataset) -> str:
        """Alt text: range, and where it is smallest and largest in each panel."""
        kept = drawn(data)
        if not kept.sizes["group"]:
            return f"{self.nothing} {left_out(data)}".strip()
        parts = [_extremes(kept.isel(group=list(cell.members)), cell, self) for cell in
                 cells(kept, by_depth=False) if cell.members]  # fmt: skip
        return (
            f"{self.title}, {wording.plural(kept.sizes['group'], 'setting')}:"
            f" {wording.subjects(kept)}. {'; '.join(parts)}. {remarks(data)}"
        ).strip()

    def scale(self, values: np.ndarray) -> Normalize:
        """Colour scale of the values (...) of all panels."""
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if self.centred:
            size = max(abs(low), abs(high)) or 1.0
            return TwoSlopeNorm(0.0, -size, size)
        return Normalize(low, high if high > low else low + 1)

    @property
    def colormap(self) -> Colormap:
        """Colours, grey where there is no network."""
        return matplotlib.colormaps[self.colors].with_extremes(bad=NONE_FIELD)


def _extremes(here: xr.Dataset, cell: Cell, figure: Map) -> str:
    values = here[figure.column].to_numpy()
    if len(values) == 1:
        return f"{cell.title}: {wording.span(values, figure.unit)}"
    ends = []
    for word, k in (("lowest", int(values.argmin())), ("highest", int(values.argmax()))):
        place = wording.setting_name(here.isel(group=k))
        ends.append(f"{word} {values[k]:.3g} at {place}")
    return f"{cell.title}: {', '.join(ends)}"


@style.styled
def _draw(figure: Map, data: xr.Dataset) -> Figure:
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(figure.title, f"{figure.nothing} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    cutoffs, depths = (np.unique(kept[name].to_numpy()) for name in ("cutoff", "depth"))
    height = 0.45 + FIELD_HEIGHT * len(depths)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1, height=height)
    scale = figure.scale(kept[figure.column].to_numpy())
    for cell in panels:
        axis = grid.axes[cell.row, cell.column]
        axis.set_title(cell.title)
        if cell.members:
            _draw_fields(axis, kept.isel(group=list(cell.members)), cutoffs, depths, figure, scale)
        else:
            say_nothing_here(axis)
    first = grid.axes[0, 0]
    first.set_xlim(-0.5, len(cutoffs) - 0.5)
    first.set_ylim(-0.5, len(depths) - 0.5)
    first.set_xticks(range(len(cutoffs)), [f"{c:g}" if c == c else NONE for c in cutoffs])
    first.set_yticks(range(len(depths)), [f"{t:g}" if t == t else NONE for t in depths])
    label_below(grid.axes, "cutoff (Å)")
    grid.figure.supylabel("depth T")
    bar_below(grid.figure, grid.axes, ScalarMappable(scale, figure.colormap), figure.label)
    finish(grid.figure, full_title(figure.title, kept), _note(figure, data), [])
    return grid.figure


def _draw_fields(
    axis: Axes,
    here: xr.Dataset,
    cutoffs: np.ndarray,
    depths: np.ndarray,
    figure: Map,
    scale: Normalize,
) -> None:
    values = np.full((len(depths), len(cutoffs)), np.nan)
    own = here["cutoff"].to_numpy()
    column = np.where(np.isnan(own), len(cutoffs) - 1, np.searchsorted(cutoffs, own))
    row = np.searchsorted(depths, here["depth"].to_numpy())
    values[row, column] = here[figure.column].to_numpy()
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.pcolormesh(
        np.arange(len(cutoffs) + 1) - 0.5, np.arange(len(depths) + 1) - 0.5,
        np.ma.masked_invalid(values), norm=scale, cmap=figure.colormap, edgecolors="white",
        linewidth=1.0,
    )  # fmt: skip
    axis.set_facecolor(NONE_FIELD)
    if len(cutoffs) > MOST_NUMBERS:
        return
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            bright = float(np.dot(figure.colormap(scale(value))[:3], [0.3, 0.59, 0.11]))
            ink = "black" if bright > LIGHT else "white"
            axis.text(j, i, f"{value:.2f}", ha="center", va="center", color=ink)


def _note(figure: Map, data: xr.Dataset) -> str:
    seeds = drawn(data)["n_seeds"].to_numpy()
    fewest = "" if seeds.min() == seeds.max() else f"{seeds.min()} to "
    mean = f"Mean over {fewest}{seeds.max()} seeds." if seeds.max() > 1 else "One seed each."
    parts = (figure.meaning, mean, selection(data), NONE_MEANS, remarks(data))
    return " ".join(part for part in parts if part)


DEVIATION_MAP = Map(
    name="deviation_map",
    column="response_deviation_signed",
    title="Deviation of the response by cutoff and depth",
    label="signed deviation (decades)",
    unit="decades",
    colors="PuOr",
    centred=True,
    meaning="Above 0 (purple): the response decays too slowly, far atoms matter too much; below 0"
    " (orange): too fast.",
)
SURVIVAL_MAP = Map(
    name="survival_map",
    column="restricted_mean_survival_time",
    title="Survival by cutoff and depth",
    label="restricted mean survival time (ps)",
    unit="ps",
    colors="cividis",
    centred=False,
    meaning="The mean time to which replicas hold, at most the duration of the runs.",
)
