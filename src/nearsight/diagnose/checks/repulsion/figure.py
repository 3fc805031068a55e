"""A panel for every pair of elements, every model a curve, the reference black."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.diagnose.check import Picture
from nearsight.diagnose.looks import Look, looks_of
from nearsight.diagnose.marks import legend_below
from nearsight.figures.style import FAINT, REFERENCE, page_width, styled
from nearsight.figures.wording import shorten

COLUMNS = 4
MOST_PANELS = 12
HIGHEST, LOWEST = 20.0, -30.0
"""eV: what is beyond is not drawn."""


def draw(tables: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """Figures of all models; none where no model gave a table."""
    known = {label: table for label, table in tables.items() if "pressed" in table}
    if not known:
        return ()
    looks = looks_of(tables)
    found = []
    for name, title, text in (
        ("pressed", "Two atoms of a molecule pressed together", "above the molecule as it stands"),
        ("alone", "Two atoms alone", "above its value at the largest distance"),
    ):
        pairs = pairs_of(known, name)
        if pairs:
            found.append(_figure(known, looks, name, title, text, pairs))
    return found


def pairs_of(tables: Mapping[str, xr.Dataset], name: str) -> list[str]:
    """Pairs with a curve; where there are too many, those of the deepest holes first.

    Args:
        tables: by model.
        name: ``pressed`` or ``alone``.
    """
    depth: dict[str, float] = {}
    for table in tables.values():
        for pair in table["pair"].to_numpy().astype(str):
            row = table.sel(pair=pair)
            if np.isfinite(row[name]).any():
                fall = float(np.nan_to_num(float(row[f"{name}_depth"])))
                depth[pair] = max(depth.get(pair, 0.0), fall)
    kept = sorted(depth, key=lambda pair: -depth[pair])[:MOST_PANELS]
    return [pair for pair in depth if pair in kept]


@styled
def _figure(
    tables: Mapping[str, xr.Dataset],
    looks: Mapping[str, Look],
    name: str,
    title: str,
    above: str,
    pairs: Sequence[str],
) -> Picture:
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    size = (page_width(), 0.9 + 1.55 * rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for axis in axes.flat[len(pairs) :]:
        axis.set_axis_off()
    for axis in axes.flat[max(0, len(pairs) - columns) : len(pairs)]:
        axis.tick_params(labelbottom=True)
        axis.set_xlabel("distance (Å)")
    for axis, pair in zip(axes.flat, pairs, strict=False):
        _panel(axis, tables, looks, name, pair)
    figure.supylabel("energy (eV)")
    reference = next((t.attrs["reference"] for t in tables.values() if t.attrs["reference"]), "")
    entries = [Line2D([], [], color=looks[label].color, linestyle=looks[label].line,
                      label=looks[label].label) for label in tables]  # fmt: skip
    if reference:
        entries.append(Line2D([], [], color=REFERENCE, label=shorten(reference)))
    entries.append(Line2D([], [], linestyle="none", marker="o", markersize=6, color="0.3",
                          markerfacecolor="none", label="bottom of a hole"))  # fmt: skip
    legend_below(figure, entries)
    figure.suptitle(title)
    caption = (
        f"Energy {above}, against the distance of two atoms of each pair of elements. Left of the "
        "grey line atoms are closer than in any bond, or the reference has risen by 2 eV: there "
        "the energy must only rise towards the left; rings mark where it has fallen. Energies "
        f"above {HIGHEST:g} eV are not drawn; where "
        "a curve ends, there is no energy."
    )
    if name == "pressed":
        caption += (
            " The closest pair of atoms of each kind is moved along its line, each with the atoms "
            "that are bound to it alone, all else in place."
        )
    return Picture(f"repulsion_{name}", figure, caption, _alt(tables, name))


def _panel(
    axis: Axes,
    tables: Mapping[str, xr.Dataset],
    looks: Mapping[str, Look],
    name: str,
    pair: str,
) -> None:
    drawn, wall = [], np.nan
    for label, table in tables.items():
        if pair not in table["pair"].to_numpy().astype(str):
            continue
        row = table.sel(pair=pair)
        wall = float(row[f"{name}_wall"])
        x = row["distance"].to_numpy()
        reference = row[f"reference_{name}"].to_numpy()
        axis.plot(x, _shown(reference), color=REFERENCE, linewidth=1.6, zorder=1.5)
        values = row[name].to_numpy()
        axis.plot(x, _shown(values), color=looks[label].color, linestyle=looks[label].line)
        drawn += [_shown(reference), _shown(values)]
        bottom = float(row[f"{name}_bottom"])
        if np.isfinite(bottom):
            height = np.clip(values[int(np.argmin(np.abs(x - bottom)))], LOWEST, HIGHEST)
            axis.plot(bottom, height, marker="o", markersize=6, color=looks[label].color,
                      markerfacecolor="none", linestyle="none", clip_on=False)  # fmt: skip
    axis.axvline(wall, color=FAINT, linewidth=0.8, zorder=0.5)
    axis.set_title(pair.replace("-", "–"))
    low, high = np.nanmin(drawn, initial=0.0), np.nanmax(drawn, initial=1.0)
    pad = 0.06 * (high - low)
    axis.set_ylim(low - pad, high + pad)


def _shown(values: np.ndarray) -> np.ndarray:
    """(point,) what lies between the bounds."""
    return np.where((values <= HIGHEST) & (values >= LOWEST), values, np.nan)


def _alt(tables: Mapping[str, xr.Dataset], name: str) -> str:
    parts = []
    for label, table in tables.items():
        fallen = table["pair"].to_numpy().astype(str)[np.isfinite(table[f"{name}_bottom"])]
        parts.append(f"{label} {'in ' + ', '.join(fallen) if len(fallen) else 'in none'}")
    return f"Energy against distance by pair of elements. Holes: {'; '.join(parts)}."
