"""Figures of relevance: over distance, by body order, and the strongest walks on the molecule."""

import math
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.relevance.explained import RENAMED
from nearsight.diagnose.looks import Look, looks_of
from nearsight.diagnose.marks import legend_below
from nearsight.figures import style
from nearsight.figures.walks import describe_walks, draw_walks
from nearsight.figures.wording import plural

MOST_DRAWN = 3
"""Models whose walks are drawn: a figure each."""
DRAWN_ORDERS = (2, 3)
DRAWN_WALKS = 3
"""Of either sign."""
LEAST = 1e-6
"""Of the largest relevance: below it nothing is drawn."""
NAME_WIDTH = 32


def draw(tables: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """Figures of the models that have walks.

    Args:
        tables: by label of the model.
    """
    there = {
        label: table
        for label, table in tables.items()
        if "bin_relevance" in table and (table["bin_relevance"] > 0).any()
    }
    if not there:
        return ()
    looks = {label: look for label, look in looks_of(tables).items() if label in there}
    known = {label: table for label, table in there.items() if "body_order_share" in table}
    bodies = [_bodies(known)] if known else []
    walks = [
        _walks(label, table, k) for k, (label, table) in enumerate([*there.items()][:MOST_DRAWN])
    ]
    return [_decay(there, looks), *bodies, *(picture for picture in walks if picture)]


@style.styled
def _decay(tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> Picture:
    figure = Figure(figsize=(style.page_width(), 3.2), layout="constrained")
    axis = figure.subplots()
    for label, table in tables.items():
        _points(axis, table, looks[label], 1 / len(tables))
    largest = max(float(table["bin_relevance"].max()) for table in tables.values())
    axis.set_yscale("log")
    axis.set_ylim(bottom=LEAST * largest)
    unit = next(iter(tables.values()))["relevance"].attrs["units"]
    axis.set(xlabel="distance (Å)", ylabel=f"|relevance| of a pair ({unit})")
    legend_below(figure, [look.entry for look in looks.values()])
    told = [
        f"{label}: {float(table['bin_relevance'][_first(table)]):.2g} {unit} at "
        f"{float(table['bin_distance'][_first(table)]):.2g} Å, "
        f"{float(table['bin_relevance'][_last(table)]):.2g} {unit} at "
        f"{float(table['bin_distance'][_last(table)]):.2g} Å"
        for label, table in tables.items()
    ]
    return Picture(
        name="relevance_decay",
        figure=figure,
        caption="Exclusive two-body relevance of pairs by their distance: points are pairs of the "
        "first structure, lines means over bins with 95 % intervals over structures, dotted lines "
        "the cutoffs. Compare slopes, not heights: relevance is not energy.",
        alt=f"Relevance of pairs over distance of {plural(len(told), 'model')}. {'; '.join(told)}.",
    )


def _points(axis: Axes, table: xr.Dataset, look: Look, share: float) -> None:
    first = table.variables["structure"].values == 0
    axis.plot(
        table["distance"].to_numpy()[first], np.abs(table["relevance"].to_numpy()[first]),
        linestyle="none", marker=look.marker, color=look.color, alpha=0.15 + 0.25 * share,
        markersize=2, markeredgewidth=0,
    )  # fmt: skip
    middle = table["bin_distance"].to_numpy()
    value, low, high = (table[f"bin_relevance{end}"].to_numpy() for end in ("", "_low", "_high"))
    known = value > 0
    opacity = style.BAND_OPACITY
    axis.fill_between(
        middle[known], low[known], high[known], color=look.color, alpha=opacity, linewidth=0
    )
    axis.plot(middle[known], value[known], color=look.color, linestyle=look.line)
    if math.isfinite(table.attrs["cutoff"]):
        axis.axvline(table.attrs["cutoff"], color=look.color, linewidth=0.9, linestyle=":")


def _first(table: xr.Dataset) -> int:
    return int(np.flatnonzero(table["bin_relevance"].to_numpy() > 0)[0])


def _last(table: xr.Dataset) -> int:
    return int(np.flatnonzero(table["bin_relevance"].to_numpy() > 0)[-1])


@style.styled
def _bodies(tables: Mapping[str, xr.Dataset]) -> Picture:
    figure = Figure(figsize=(style.page_width(), 1.2 + 0.36 * len(tables)), layout="constrained")
    axis = figure.subplots()
    for k, table in enumerate(tables.values()):
        left = 0.0
        for order, share in zip(
            table["n_atoms"].to_numpy(), table["body_order_share"].to_numpy(), strict=True
        ):
            color = style.body_order_color(int(order))
            axis.barh(k, share, left=left, color=color, edgecolor="white")
            left += float(share)
    names = [textwrap.fill(label, NAME_WIDTH) for label in tables]
    axis.set_yticks(range(len(tables)), names)
    axis.set(xlim=(0, 1), ylim=(len(tables) - 0.4, -0.6), xlabel="share of the sum of |relevance|")
    orders = sorted({int(n) for table in tables.values() for n in table["n_atoms"].to_numpy()})
    entries = [
        Patch(color=style.body_order_color(n), label=f"{n} atom{'s' if n > 1 else ''}")
        for n in orders
    ]
    legend_below(figure, entries, columns=len(entries))
    told = [
        f"{label}: "
        + ", ".join(
            f"{float(share):.0%} on {int(order)}"
            for order, share in zip(table["n_atoms"], table["body_order_share"], strict=True)
        )
        for label, table in tables.items()
    ]
    return Picture(
        name="body_orders",
        figure=figure,
        caption="Share of the sum of |relevance| by the number of distinct atoms on a walk.",
        alt=f"Relevance by number of atoms on a walk. {'; '.join(told)}.",
    )


def _walks(label: str, table: xr.Dataset, place: int) -> Picture | None:
    """The picture of the strongest walks, where all walks were visited."""
    if table.attrs["walks"] != "complete":
        return None
    own = table[[ours for ours in RENAMED.values() if ours in table.variables]]
    own = own.rename({ours: theirs for theirs, ours in RENAMED.items()})
    orders = [n for n in DRAWN_ORDERS if n in own["n_atoms"].to_numpy()]
    if not orders:
        return None
    own = few(own.sel(n_atoms=orders)).assign_attrs({**table.attrs, "label": label})
    return Picture(
        name=f"strongest_walks_{place}",
        figure=draw_walks(own),
        caption=f"Strongest walks of {label} on the first structure: an arrow is a message from "
        "its sender to its receiver, red raises the prediction and blue lowers it.",
        alt=describe_walks(own),
    )


def few(walks: xr.Dataset) -> xr.Dataset:
    """A table of strongest walks with no more of them than a picture shows.

    Args:
        walks: of :func:`nearsight.explain.strongest_walks.strongest_walks`.
    """
    value = walks["relevance"].transpose("n_atoms", "rank").to_numpy()
    kept = np.zeros(value.shape, dtype=bool)
    for row, own in enumerate(value):
        for sign in (1, -1):
            kept[row, np.flatnonzero(sign * own > 0)[:DRAWN_WALKS]] = True
    atoms = walks["walk"].transpose("n_atoms", "rank", "step").to_numpy()
    n = 2 * DRAWN_WALKS
    shown = np.full((len(value), n), np.nan)
    steps = np.full((len(value), n, atoms.shape[-1]), -1, dtype=atoms.dtype)
    for row, rows in enumerate(kept):
        count = int(rows.sum())
        shown[row, :count], steps[row, :count] = value[row, rows], atoms[row, rows]
    dims = ("n_atoms", "rank")
    return walks.isel(rank=slice(0, n)).assign(
        relevance=(dims, shown, walks["relevance"].attrs),
        walk=((*dims, "step"), steps, walks["walk"].attrs),
    )
