"""Figures of one number per variant against the cutoff: drift of the energy, error of distances."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, SymmetricalLogLocator

from nearsight.aims.stability.figures.reference_lines import (
    BOUNDS,
    draw_floor,
    draw_reference_level,
    floor_section,
    has_reference,
    reference_of,
    reference_section,
)
from nearsight.figures import along_cutoff, style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    cells,
    depth_section,
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note, remarks

DEPTHS = 4
DODGE = 0.12
"""Depths stand this share of the closest two cutoffs apart."""
WIDE = 30
"""A signed axis is logarithmic on both sides of zero beyond this ratio of magnitudes."""


@dataclass(frozen=True)
class ByCutoff:
    """A figure of one number of each variant.

    Attributes:
        name: of the number in the curves.
        title: of the figure.
        label: of the y axis.
        unit: in the alt text.
        signed: whether it may be negative.
        interval: what its interval is.
        floor: variable along the data sets below which values tell no difference; none if empty.
        floor_name: what it is called in the legend.
        floor_note: what it means, below the figure.
    """

    name: str
    title: str
    label: str
    unit: str
    signed: bool
    interval: str
    floor: str = ""
    floor_name: str = ""
    floor_note: str = ""

    @property
    def nothing(self) -> str:
        """What to say when no variant has the number."""
        return f"No variant has this: {self.title.lower()}."

    def select(self, curves: xr.Dataset) -> xr.Dataset:
        """The number of each variant, averaged over seeds; the reference engine's."""
        data = mark_shown(group_seeds(curves, self.name), max_depths=DEPTHS)
        parts = [reference_of(curves, self.name)]
        if self.floor and self.floor in curves:
            parts.append(curves[[f"{self.floor}{end}" for end in BOUNDS]])
        return data.sortby(["depth", "cutoff"]).merge(
            xr.merge(parts, combine_attrs="override"), combine_attrs="override"
        )

    def has_floor(self, data: xr.Dataset) -> bool:
        """Whether any data set has a floor."""
        return bool(self.floor) and self.floor in data and bool(data[self.floor].notnull().any())

    def draw(self, data: xr.Dataset) -> Figure:
        """Panels by family, colour by cutoff, line style by depth; black: reference."""
        return _draw(self, data)

    def describe(self, data: xr.Dataset) -> str:
        """Alt text: range over the variants and over the reference engine."""
        kept = drawn(data)
        if not kept.sizes["group"]:
            return f"{self.nothing} {left_out(data)}".strip()
        values = wording.span(kept[self.name].to_numpy(), self.unit)
        engine = (
            f"The reference engine has "
            f"{wording.span(kept[f'reference_{self.name}'].to_numpy(), self.unit)}."
            if has_reference(kept, self.name)
            else wording.no_reference(kept)
        )
        floor = ""
        if self.has_floor(kept):
            values_ = wording.span(kept[self.floor].to_numpy(), self.unit)
            floor = f"{self.floor_name.replace(chr(10), ' ').capitalize()} differ by {values_}."
        said = " ".join(part for part in (engine, floor, remarks(data)) if part)
        return (
            f"{self.title} against the cutoff, {wording.plural(kept.sizes['group'], 'point')}: "
            f"{wording.subjects(kept)}. Values {values}. {said}"
        ).strip()


@style.styled
def _draw(figure: ByCutoff, data: xr.Dataset) -> Figure:
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(figure.title, f"{figure.nothing} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1, height=style.ROW_HEIGHT + 0.3)
    for cell in panels:
        axis = grid.axes[cell.row, cell.column]
        _draw_panel(axis, cell, kept, figure.name)
        if cell.members and figure.has_floor(kept):
            draw_floor(axis, kept, figure.floor, cell.dataset)
    along_cutoff.set_limits(grid.axes[0, 0], np.unique(kept["cutoff"].to_numpy()))
    _set_height(grid.axes[0, 0], kept, figure)
    label_below(grid.axes, "cutoff (Å)")
    grid.figure.supylabel(figure.label)
    floors = figure.has_floor(kept)
    said = note(data, figure.interval, mark="bars")
    finish(
        grid.figure,
        full_title(figure.title, kept),
        " ".join(part for part in (figure.floor_note if floors else "", said) if part),
        [
            reference_section(kept, figure.name),
            floor_section(figure.floor_name) if floors else ("", []),
            depth_section(kept),
        ],
    )
    return grid.figure


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset, name: str) -> None:
    axis.set_title(cell.title)
    draw_reference_level(axis, data, name, cell.dataset)
    if not cell.members:
        say_nothing_here(axis)
        return
    here = data.isel(group=list(cell.members))
    depths, cutoffs = (np.unique(data[name].to_numpy()) for name in ("depth", "cutoff"))
    apart = DODGE * along_cutoff.closest(cutoffs)
    for k, depth in enumerate(depths):
        own = here["depth"].to_numpy()
        row = here.isel(group=np.flatnonzero((own == depth) | (np.isnan(own) & np.isnan(depth))))
        x = (
            along_cutoff.places(row["cutoff"].to_numpy(), cutoffs)
            + (k - (len(depths) - 1) / 2) * apart
        )
        _draw_row(axis, x, row, name)


def _draw_row(axis: Axes, x: np.ndarray, row: xr.Dataset, name: str) -> None:
    """Variants of one depth: a faint line, bars and coloured points."""
    if not len(x):
        return
    value, low, high = (row[f"{name}{end}"].to_numpy() for end in ("", "_low", "_high"))
    depth = float(row["depth"][0])
    line, name_ = style.depth_line(depth), wording.depth_name(depth)
    axis.plot(x, value, color=style.FAINT, linestyle=line, label=name_)
    for place, cutoff, y, *ends in zip(x, row["cutoff"].to_numpy(), value, low, high, strict=True):
        color = style.cutoff_color(float(cutoff))
        if np.isfinite(ends).all():
            axis.plot([place, place], ends, color=color, linewidth=1, label="_interval")
        marker = style.marker(str(row["family"].to_numpy()[0]))
        label = f"{wording.cutoff_name(cutoff)}, {name_}"
        axis.plot([place], [y], color=color, marker=marker, markersize=4.5, label=label)


def _set_height(axis: Axes, data: xr.Dataset, figure: ByCutoff) -> None:
    names = [f"{p}{figure.name}{end}" for p in ("", "reference_") for end in ("", "_low", "_high")]
    if figure.has_floor(data):
        names += [f"{figure.floor}{end}" for end in BOUNDS]
    values = np.concatenate([data[name].to_numpy().ravel() for name in names])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if not figure.signed:
        axis.set_ylim(0, 1.08 * high if high > 0 else 1)
        return
    size = np.abs(values[values != 0])
    if not len(size) or size.max() < WIDE * np.median(size):
        margin = 0.08 * (high - low) or 1.0
        axis.set_ylim(low - margin, high + margin)
        return
    _logarithmic_both_ways(axis, low, high, float(np.median(size)))


def _logarithmic_both_ways(axis: Axes, low: float, high: float, middle: float) -> None:
    """Linear up to the decade of the middle magnitude, logarithmic beyond."""
    threshold = 10.0 ** np.floor(np.log10(middle))
    axis.set_yscale("symlog", linthresh=threshold)
    locator = SymmetricalLogLocator(base=10, linthresh=threshold)
    axis.yaxis.set_major_locator(locator)
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_ylim(min(0.0, 1.5 * low, -threshold), max(0.0, 1.5 * high, threshold))


DRIFT = ByCutoff(
    name="drift",
    title="Drift of the total energy",
    label="drift (meV/atom/ps)",
    unit="meV/atom/ps",
    signed=True,
    interval="bootstrap interval over replicas",
)
DISTANCE_ERROR = ByCutoff(
    name="distance_error",
    title="Error of interatomic distances in dynamics",
    label="∫ |h(r) − h(r) of the data| dr",
    unit="",
    signed=False,
    interval="bootstrap interval over replicas",
    floor="data_distance_error_floor",
    floor_name="two halves\nof the data",
    floor_note="Hatched: two halves of the data differ by so much; what lies below is not called"
    " different.",
)
