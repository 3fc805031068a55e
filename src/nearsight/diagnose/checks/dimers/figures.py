"""Figure: interaction energies near the well, and forces over all distances."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nearsight.diagnose.check import Picture
from nearsight.diagnose.looks import looks_of
from nearsight.figures import style
from nearsight.figures.panels import finish, make_grid
from nearsight.figures.wording import plural, span
from nearsight.units import MEV_PER_EV

Tables = Mapping[str, xr.Dataset]
DEEPEST = 4.0
"""Panels of energies go down to at most so many times the reference's depth."""
LOWEST_FORCE = 1e-3
"""meV/Å of the panels of forces."""
ENDS = (2.4, 16.0)
"""Å."""


@style.styled
def draw(tables: Tables) -> Sequence[Picture]:
    """A row of two panels for every dimer."""
    shown = {label: table for label, table in tables.items() if "interaction" in table}
    if not shown:
        return ()
    looks = looks_of(tables)
    names = list(dict.fromkeys(n for t in shown.values() for n in t["dimer"].to_numpy().tolist()))
    grid = make_grid(len(names), 2, own_x=True, own_y=True)
    for row, name in zip(grid.axes, names, strict=True):
        parts = {k: t.sel(dimer=name) for k, t in shown.items() if name in t["dimer"].to_numpy()}
        lines = {
            looks[k].label: (part, looks[k].color, looks[k].marker, looks[k].line)
            for k, part in parts.items()
        }
        with_reference = [part for part in parts.values() if "reference_force" in part]
        title = str(next(iter(parts.values()))["dimer_title"].item())
        _energies(row[0], title, lines, with_reference[:1])
        _forces(row[1], lines, with_reference[:1])
    for axis in grid.axes[-1]:
        axis.set_xlabel("separation (Å)")
    reference = next(
        (str(t.attrs["reference"]) for t in shown.values() if t.attrs["reference"]), ""
    )
    entries = [Line2D([], [], color=style.REFERENCE, label=reference)] if reference else []
    models = [looks[label].entry for label in shown]
    finish(grid.figure, "Two molecules", "", [("Reference", entries), ("Model", models)])
    return [Picture("interaction", grid.figure, _caption(reference), _alt(shown, names, reference))]


Lines = Mapping[str, tuple[xr.Dataset, str, str, object]]


def _energies(axis: Axes, title: str, lines: Lines, reference: Sequence[xr.Dataset]) -> None:
    everything = [
        _plot(axis, part, "reference_interaction", color=style.REFERENCE, zorder=3)
        for part in reference
    ]
    physics = min((np.nanmin(v) for v in everything if np.isfinite(v).any()), default=np.nan)
    for part, color, marker, line in lines.values():
        options = {"color": color, "marker": marker, "linestyle": line}
        everything.append(_plot(axis, part, "interaction", **options))
    lowest = min((np.nanmin(v) for v in everything if np.isfinite(v).any()), default=0.0)
    if np.isfinite(physics):
        # A hole of a model must not flatten what the reference has.
        lowest = max(lowest, min(DEEPEST * physics, -20.0))
    axis.set_ylim(1.15 * min(lowest, -5.0), max(20.0, -0.6 * lowest))
    axis.axhline(0, color=style.FAINT, linewidth=0.6)
    _set_x(axis)
    axis.set_title(title)
    axis.set_ylabel("interaction energy (meV)")


def _forces(axis: Axes, lines: Lines, reference: Sequence[xr.Dataset]) -> None:
    for part in reference:
        _plot(axis, _sizes(part), "reference_force", color=style.REFERENCE, zorder=3)
    for part, color, marker, line in lines.values():
        options = {"color": color, "marker": marker, "linestyle": line}
        _plot(axis, _sizes(part), "force", **options)
    axis.set_yscale("log")
    axis.set_ylim(bottom=LOWEST_FORCE)
    _set_x(axis)
    axis.tick_params(axis="y", which="both", labelleft=True)
    axis.set_ylabel("|force| along the axis (meV/Å)")


def _plot(axis: Axes, part: xr.Dataset, name: str, **options: object) -> np.ndarray:
    values = np.asarray(part[name].to_numpy() * MEV_PER_EV)
    axis.plot(part["separation"].to_numpy(), values, **options)  # type: ignore[arg-type]
    return values


def _set_x(axis: Axes) -> None:
    axis.set_xscale("log")
    axis.set_xlim(*ENDS)
    ticks = (3, 4, 6, 8, 10, 15)
    axis.set_xticks(ticks, [str(tick) for tick in ticks])
    axis.minorticks_off()
    axis.tick_params(labelbottom=True)


def _caption(reference: str) -> str:
    said = (
        "A rigid molecule and its parallel copy, moved away along a bond to a hydrogen; the "
        "separation is that of their nearest atoms that are no hydrogens. Left: energy, that at "
        "100 Å subtracted; walls and deep holes go on beyond the panel. Right: size of the force "
        "on the copy along the axis, both axes logarithmic; a curve that ends has no force beyond."
    )
    return f"{said} Black: {reference}." if reference else f"{said} There is no reference."


def _alt(tables: Tables, names: Sequence[str], reference: str) -> str:
    depths = [
        max(0.0, -MEV_PER_EV * np.nanmin(row))
        for table in tables.values()
        for row in table["interaction"].to_numpy()
        if np.isfinite(row).any()
    ]
    beside = f" beside {reference}" if reference else ""
    titles = {
        str(name): str(title)
        for table in tables.values()
        for name, title in zip(
            table["dimer"].to_numpy(), table["dimer_title"].to_numpy(), strict=True
        )
    }
    listed = ", ".join(titles[name] for name in names)
    return (
        f"Interaction energy and force against separation for {plural(len(tables), 'model')}"
        f"{beside}, dimers of {listed}. Models bind by {span(np.array(depths), 'meV')}."
    )


def _sizes(part: xr.Dataset) -> xr.Dataset:
    sizes = part.map(np.abs)
    # Zero has no place on a logarithmic axis, and one with nothing else warns.
    return sizes.where(sizes > 0)
