"""Figure: how strong interactions are by element and by pair of elements (question Q1)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from nearsight.figures import style, wording
from nearsight.figures.absent import with_absent
from nearsight.figures.groups import group_seeds, joined
from nearsight.figures.panels import (
    cells,
    cutoff_section,
    empty_figure,
    finish,
    full_title,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note

TITLE = "Strength of elements and of their pairs"
NOTHING = "No variant has relevance by element."
ONE, TWO, RESPONSE = "element_relevance", "element_pair_relevance", "element_pair_response"
PARTS = {ONE: "element", TWO: "element_pair", RESPONSE: "element_pair"}
CUTOFFS = 5
"""A reader can tell that many points of a column apart."""
ROWS = {"relevance": (ONE, TWO), "response": (RESPONSE,)}


def select(curves: xr.Dataset) -> xr.Dataset:
    """Strengths over the average, by element and pair of elements, averaged over seeds."""
    known = with_absent(curves, {name: [dim] for name, dim in PARTS.items()})
    first, *others = (group_seeds(known, name, geometric=True) for name in (TWO, ONE, RESPONSE))
    data = first
    for other in others:
        # A data set knows only its own elements, so a group may lack one of the three.
        data = joined(data, other)
    return mark_shown(data, max_depths=1, max_cutoffs=CUTOFFS)


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family, relevance above response; a point per element or pair and cutoff."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=False)
    n_rows = panels[-1].row + 1
    grid = make_grid(len(ROWS) * n_rows, panels[-1].column + 1, own_x=True)
    for cell in panels:
        for line, (title, names) in enumerate(ROWS.items()):
            axis = grid.axes[len(ROWS) * cell.row + line, cell.column]
            axis.set_title(f"{cell.title}, {title}")
            axis.tick_params(axis="x", labelbottom=True)
            if cell.members:
                _draw_panel(axis, kept.isel(group=list(cell.members)), names)
            else:
                say_nothing_here(axis)
    first = grid.axes[0, 0]
    first.set_yscale("log")
    _set_height(grid.axes, kept)
    grid.figure.supylabel("strength / average (of pairs: at equal distance)")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        note(data, "bootstrap interval over structures", mark="error bars"),
        [cutoff_section(kept)],
    )
    return grid.figure


def _draw_panel(axis: Axes, data: xr.Dataset, names: tuple[str, ...]) -> None:
    axis.axhline(1, color=style.FAINT, linewidth=0.7, zorder=0.5)
    place, labels = 0.0, []
    ticks = []
    for name in names:
        known = np.isfinite(data[name].to_numpy()).any(axis=0)
        for column in np.flatnonzero(known):
            _draw_points(axis, data, name, int(column), place)
            labels.append(str(data[PARTS[name]].to_numpy()[column]))
            ticks.append(place)
            place += 1
        place += 0.7
    axis.set_xticks(ticks, labels, rotation=90 if len(labels) > 8 else 0)
    axis.set_xlim(-0.7, max(place - 1, 1))


def _draw_points(axis: Axes, data: xr.Dataset, name: str, column: int, place: float) -> None:
    n = data.sizes["group"]
    for k in range(n):
        group = data.isel(group=k)
        value, low, high = (float(group[f"{name}{end}"][column]) for end in ("", "_low", "_high"))
        if not value > 0:
            continue
        color = style.cutoff_color(float(group["cutoff"]))
        x = place + (0.6 * (k / (n - 1) - 0.5) if n > 1 else 0)
        if low > 0 and np.isfinite(high):
            axis.plot([x, x], [low, high], color=color, linewidth=0.9, alpha=0.7)
        axis.plot(
            [x], [value], color=color, linestyle="none", markersize=3.5,
            marker=style.marker(str(group["family"].item())),
            label=wording.cutoff_name(float(group["cutoff"])),
        )  # fmt: skip


def _set_height(axes: np.ndarray, data: xr.Dataset) -> None:
    values = np.concatenate([data[name].to_numpy().ravel() for name in PARTS])
    known = values[np.isfinite(values) & (values > 0)]
    axes[0, 0].set_ylim(known.min() / 1.6, known.max() * 1.6)
    for axis in axes.flat:
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.yaxis.set_minor_formatter(NullFormatter())


def describe(data: xr.Dataset) -> str:
    """Alt text: the strongest and the weakest pair of elements."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    parts = []
    for name, text in ((ONE, "element"), (TWO, "pair of elements")):
        values = kept[name]
        if not (values > 0).any():
            continue
        logarithms = xr.apply_ufunc(np.log, values.where(values > 0)).mean("group")
        mean = np.exp(logarithms.to_numpy())
        known = np.isfinite(mean)
        order = np.argsort(mean[known])
        labels = logarithms[PARTS[name]].to_numpy().astype(str)
        names, sizes = labels[known][order], mean[known][order]
        parts.append(
            f"strongest {text} {names[-1]} ({sizes[-1]:.2g} times the average), weakest "
            f"{names[0]} ({sizes[0]:.2g})"
        )
    return (
        f"Strength of relevance by element and pair of elements at equal distance, "
        f"{wording.plural(kept.sizes['group'], 'network')}: {wording.subjects(kept)}. By "
        f"relevance: {'; '.join(parts)}. {left_out(data)}"
    ).strip()
