"""The worst way through the cutoff of each model, and the noise of its forces."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.cutoff.edges import SIGMAS, continued
from nearsight.diagnose.checks.cutoff.thresholds import FORCE_NOISE
from nearsight.diagnose.looks import Look, looks_of
from nearsight.diagnose.marks import legend_below, mark_threshold, threshold_entries
from nearsight.figures.style import FAINT, page_width, styled

FLOOR = 1e-10
"""meV/Å: smaller noise is drawn here."""
_PANELS = (
    # Scale and degree of what the side beyond goes on to say: low, as it is drawn far across.
    ("crossing_energy", 1e3, 3),
    ("crossing_slope", 1e3, 2),
)


def draw(tables: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """Figures of all models; none where no model gave a table."""
    looks = looks_of(tables)
    known = {label: table for label, table in tables.items() if "force_noise" in table}
    crossed = {label: table for label, table in known.items() if "offset" in table}
    found = [_through(crossed, looks, sorted(set(known) - set(crossed)))] if crossed else []
    return [*found, _noise(known, looks)] if known else []


@styled
def _through(
    tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look], without: Sequence[str]
) -> Picture:
    """Energy, slope and curvature on both sides, less what the side beyond goes on to say."""
    figure = Figure(figsize=(page_width(), 2.9), layout="constrained")
    axes = figure.subplots(1, 3)
    told = []
    for label, table in tables.items():
        row = table.isel(crossing=worst_crossing(table))
        _draw_row(axes, row, looks[label])
        told.append(f"{label}: {row['moved'].item()} at {float(row['distance']):.2f} Å")
    for axis, name in zip(
        axes, ("energy (meV)", "slope (meV/Å)", "curvature (eV/Å²)"), strict=True
    ):
        axis.set_title(name)
        axis.axvline(0.0, color=FAINT, linewidth=0.8)
        axis.set_xlabel("distance from the cutoff (Å)")
    legend_below(figure, [looks[label].entry for label in tables])
    figure.suptitle(
        "Through the cutoff: what is seen inside beyond what the outside goes on to say"
    )
    caption = (
        "For each model the pair with the largest jump of the curvature is taken through the "
        "cutoff. Drawn is the energy, its slope and its curvature less the smooth curve that "
        "fits the side beyond the cutoff (right of the line): left of the line is what the model "
        "loses there. A step in the first panel is energy that NVE cannot conserve, one in the "
        "second a force that changes at once, one in the third a stiffness. "
        + "; ".join(told) + "."
    )  # fmt: skip
    if without:
        caption += f" No jump was found of {', '.join(without)}."
    return Picture("through_the_cutoff", figure, caption, _alt(tables))


def _draw_row(axes: Sequence[Axes], row: xr.Dataset, look: Look) -> None:
    offset = row["offset"].to_numpy()
    good = np.isfinite(offset)
    x = offset[good]
    curves = [
        scale * (y - continued(x, y, degree))
        for name, scale, degree in _PANELS
        for y in (row[name].to_numpy()[good],)
    ]
    for side in (x < 0, x > 0):
        # A curvature is taken within one side, never across.
        bend = np.gradient(curves[1][side], x[side]) / 1e3
        for axis, values in zip(axes, (curves[0][side], curves[1][side], bend), strict=True):
            axis.plot(
                x[side], values, color=look.color, marker=look.marker, linestyle=look.line,
                linewidth=0.8,
            )  # fmt: skip


def worst_crossing(table: xr.Dataset) -> int:
    """The crossing that is drawn: of the largest jump of the curvature beyond its errors."""
    size, error = (table[f"jump_curvature{end}"].to_numpy() for end in ("", "_error"))
    return int(np.nanargmax(np.abs(size) - SIGMAS * error))


@styled
def _noise(tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> Picture:
    figure = Figure(figsize=(page_width(), 1.7 + 0.22 * len(tables)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    for place, (label, table) in enumerate(tables.items()):
        look = looks[label]
        for k, precision in enumerate(table["precision"].to_numpy().astype(str)):
            face = "white" if precision == "float64" else look.color
            value = max(float(table["force_noise"][k]), FLOOR)
            left.plot(value, place, marker=look.marker, color=look.color, markerfacecolor=face,
                      markersize=5)  # fmt: skip
            if k == 0:
                right.plot(table["place"], 1e3 * table["rest"][k], color=look.color, linewidth=0.8,
                           marker=look.marker)  # fmt: skip
    left.set_xscale("log")
    left.set_yticks(range(len(tables)), [looks[label].label for label in tables])
    left.set_ylim(len(tables) - 0.5, -0.5)
    left.set_xlabel("noise of a force component (meV/Å)")
    mark_threshold(left, FORCE_NOISE)
    right.set_xlabel("way along a line (Å)")
    right.set_title("energy less a smooth curve (µeV)")
    hollow = Line2D([], [], linestyle="none", marker="o", markeredgecolor="0.4",
                    markerfacecolor="white", label="hollow: double precision")  # fmt: skip
    legend_below(figure, [hollow, *threshold_entries(FORCE_NOISE)])
    figure.suptitle("How rough energies and forces are")
    caption = (
        "Left: noise of force components along lines whose points lie 0.002 Å apart, from their "
        f"eighth differences; what is below {FLOOR:g} meV/Å stands there. Right: the energy along "
        "one such line, in the precision in which dynamics runs, less a polynomial of degree eight."
    )
    values = {label: float(table["force_noise"][0]) for label, table in tables.items()}
    noise = [
        f"{label} {f'{value:.2g} meV/Å' if np.isfinite(value) else 'unknown'}"
        for label, value in values.items()
    ]
    return Picture("noise", figure, caption, f"Noise of forces: {', '.join(noise)}.")


def _alt(tables: Mapping[str, xr.Dataset]) -> str:
    parts = []
    for label, table in tables.items():
        row = table.isel(crossing=worst_crossing(table))
        parts.append(
            f"{label} jumps by {1e3 * abs(float(row['jump_energy'])):.2g} meV, "
            f"{1e3 * abs(float(row['jump_slope'])):.2g} meV/Å and "
            f"{abs(float(row['jump_curvature'])):.2g} eV/Å²"
        )
    return f"Three panels of energy, slope and curvature at the cutoff: {'; '.join(parts)}."
