"""How far a move is felt within the molecule, and how far a probe from outside."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.locality.findings import FORCE
from nearsight.diagnose.checks.locality.measure import FAR, MOVE, NOTICED
from nearsight.diagnose.looks import looks_of
from nearsight.diagnose.marks import legend_below, mark_threshold, threshold_entries
from nearsight.figures.style import FAINT, REFERENCE, page_width, styled
from nearsight.figures.wording import shorten

FLOOR = 1e-6
"""meV/Å: smaller changes are drawn here."""
BIN = 1.0
"""Å."""


@styled
def draw(tables: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """The figure of all models; none where no model gave a table."""
    known = {label: table for label, table in tables.items() if "move" in table}
    if not known:
        return ()
    looks = looks_of(tables)
    figure = Figure(figsize=(page_width(), 3.3), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    entries = []
    for label, table in known.items():
        look = looks[label]
        style = {"color": look.color, "marker": look.marker, "linestyle": look.line}
        left.plot(*binned(table["distance"], table["move"]), markersize=4, **style)
        right.plot(table["gap"], np.maximum(table["probe"], FLOOR), markersize=4, **style)
        entries.append(look.entry)
    first = next((t for t in known.values() if t.attrs["reference"]), None)
    if first is not None:
        _draw_reference(left, right, first)
        entries.append(Line2D([], [], color=REFERENCE, label=shorten(first.attrs["reference"])))
    left.set_yscale("log")
    left.axhline(NOTICED, color=FAINT, linewidth=0.8)
    left.set_ylabel("largest change of a force (meV/Å)")
    left.set_title(f"one atom moves by {MOVE:g} Å")
    left.set_xlabel("distance to the atom that feels it (Å)")
    right.set_xscale("log")
    right.set_xticks([3, 5, 10, 20, 50], ["3", "5", "10", "20", "50"])
    right.minorticks_off()
    right.set_title(f"{next(iter(known.values())).attrs['probe']} comes from outside")
    right.set_xlabel("distance to the nearest atom (Å)")
    right.axvspan(FAR, 50.0, color="0.93", zorder=0)
    mark_threshold(right, FORCE, along="y")
    legend_below(figure, [*entries, *threshold_entries(FORCE)])
    figure.suptitle("How far forces reach")
    return [Picture("reach", figure, _caption(known), _alt(known))]


def binned(distance: xr.DataArray, change: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Middles of bins of 1 Å and the largest change (bin,) in each, empty ones left out.

    Args:
        distance: (pair,) Å.
        change: (pair,) meV/Å.
    """
    place = np.floor(distance.to_numpy() / BIN).astype(int)
    bins = np.unique(place)
    values = change.to_numpy()
    largest = np.array([values[place == one].max() for one in bins])
    return (bins + 0.5) * BIN, np.maximum(largest, FLOOR)


def _draw_reference(left: Axes, right: Axes, table: xr.Dataset) -> None:
    left.plot(*binned(table["distance"], table["reference_move"]), color=REFERENCE, zorder=1.5)
    values = np.maximum(table["reference_probe"], FLOOR)
    right.plot(table["gap"], values, color=REFERENCE, zorder=1.5)


def _caption(tables: Mapping[str, xr.Dataset]) -> str:
    fields = [
        f"{label} {float(table['field']):g} Å"
        for label, table in tables.items()
        if np.isfinite(float(table["field"]))
    ]
    field = f" Cutoff times depth: {', '.join(fields)}." if fields else ""
    return (
        f"Left: each atom of the first structure is moved by {MOVE:g} Å in a random direction; "
        "drawn is the largest change of the force on an atom at that distance (bins of 1 Å); the "
        f"grey line is {NOTICED:g} meV/Å. Right: a probe is brought near from several directions; "
        f"in the shaded range, from {FAR:g} Å on, nothing should be felt. What is below "
        f"{FLOOR:g} meV/Å stands there.{field}"
    )


def _alt(tables: Mapping[str, xr.Dataset]) -> str:
    parts = []
    for label, table in tables.items():
        far = table["probe"].to_numpy()[table["gap"].to_numpy() >= FAR]
        if not np.isfinite(far).all():
            parts.append(f"{label} gave no number beside a probe")
            continue
        largest = float(np.max(far))
        parts.append(
            f"{label} feels a move up to {float(table['reach']):.1f} Å away and a far probe by "
            f"{largest:.2g} meV/Å"
        )
    return f"Two panels of the change of forces against distance: {'; '.join(parts)}."
