"""Every symmetry in a row, every model a mark."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.diagnose.asking import OWN
from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.symmetry.motions import KINDS, WORDS
from nearsight.diagnose.checks.symmetry.thresholds import FORCE
from nearsight.diagnose.looks import Look, looks_of
from nearsight.diagnose.marks import legend_below, mark_threshold, threshold_entries
from nearsight.figures.style import FAINT, page_width, styled

FLOOR = 1e-10
"""meV/Å: what is smaller, zero among it, is drawn here."""
ROWS = (
    ("gradient", "force against slope of the energy"),
    *((kind, WORDS[kind]) for kind in KINDS),
    ("net_force", "sum of forces"),
    ("net_torque", "net torque / radius of gyration"),
)
_HIGHEST = 0.33


@styled
def draw(tables: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """The figure of all models; none where no model gave a table."""
    known = {label: table for label, table in tables.items() if "force_change" in table}
    if not known:
        return ()
    figure = Figure(figsize=(page_width(), 3.9), layout="constrained")
    axis = figure.add_subplot()
    looks = looks_of(tables)
    for place, (label, table) in enumerate(known.items()):
        shift = _HIGHEST * (2 * (place + 0.5) / len(known) - 1) if len(known) > 1 else 0.0
        for precision in table["precision"].to_numpy().astype(str):
            values = np.maximum(values_of(table.sel(precision=precision)), FLOOR)
            look = looks[label]
            axis.plot(
                values, np.arange(len(ROWS)) + shift, linestyle="none", marker=look.marker,
                markersize=5, markeredgecolor=look.color,
                markerfacecolor="white" if precision == "float64" else look.color,
            )  # fmt: skip
    axis.set_xscale("log")
    axis.set_yticks(np.arange(len(ROWS)), [text for _, text in ROWS])
    axis.set_ylim(len(ROWS) - 0.5, -0.5)
    axis.set_xlabel("largest deviation of a force (meV/Å)")
    axis.grid(axis="y", color=FAINT, linewidth=0.3)
    mark_threshold(axis, FORCE)
    legend_below(figure, [*_entries(known, looks), *threshold_entries(FORCE)])
    figure.suptitle("Symmetries of energies and forces")
    return [Picture("symmetries", figure, _caption(), _alt(known))]


def values_of(table: xr.Dataset) -> np.ndarray:
    """(row,) meV/Å of :data:`ROWS`, in one precision."""
    motions = table["force_change"].max("structure").sel(motion=list(KINDS)).to_numpy()
    slope = float(np.max(np.abs(table["slope_error"].to_numpy())))
    nets = [float(table[name].max()) for name in ("net_force", "net_torque")]
    return np.array([slope, *motions, *nets])


def _entries(tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> list[Line2D]:
    entries = [
        Line2D([], [], linestyle="none", marker=look.marker, color=look.color, label=look.label)
        for look in (looks[label] for label in tables)
    ]
    precisions = {str(p) for table in tables.values() for p in table["precision"].to_numpy()}
    texts = {"float32": ("filled: single precision", "0.4"), "float64": ("hollow: double", "white")}
    entries += [
        Line2D([], [], linestyle="none", marker="o", markeredgecolor="0.4", markerfacecolor=face,
               label=text)
        for name, (text, face) in texts.items()
        if name in precisions - {OWN}
    ]  # fmt: skip
    return entries


def _caption() -> str:
    return (
        "Every row is a law that forces must obey; marks show by how much each model breaks it, at "
        "worst over all structures. The first row compares the force on each atom along a random "
        "direction with the slope of the energy (central differences of eighth order, step "
        "0.01 Å), noise included. Left of the dashed lines is well; what is below "
        f"{FLOOR:g} meV/Å stands at the left edge."
    )


def _alt(tables: Mapping[str, xr.Dataset]) -> str:
    parts = []
    for label, table in tables.items():
        first = values_of(table.isel(precision=0))
        if not np.isfinite(first).any():
            parts.append(f"{label} gave no number")
            continue
        worst = int(np.nanargmax(first))
        parts.append(f"{label} at most {first[worst]:.2g} meV/Å ({ROWS[worst][1]})")
    return f"Dots of {len(ROWS)} symmetries on a logarithmic axis: {'; '.join(parts)}."
