"""Figure: frequencies and bond lengths beside the reference's."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from nearsight.diagnose.check import Picture
from nearsight.diagnose.looks import Look, looks_of
from nearsight.figures import style
from nearsight.figures.panels import finish, make_grid, say_nothing_here
from nearsight.figures.wording import plural, span

Tables = Mapping[str, xr.Dataset]


@style.styled
def draw(tables: Tables) -> Sequence[Picture]:
    """Deviations from the reference; spectra where there is none."""
    shown = {label: table for label, table in tables.items() if "frequency" in table}
    if not shown:
        return ()
    looks = looks_of(tables)
    if not any("reference_bond_length" in table for table in shown.values()):
        return [_spectra(shown, looks)]
    grid = make_grid(1, 2, own_x=True, own_y=True)
    left, right = grid.axes[0]
    for label, table in shown.items():
        _modes(left, table, looks[label])
        _bonds(right, table, looks[label])
    _frame(left, "Vibrations", "frequency by the reference (cm⁻¹)", "model - reference (cm⁻¹)")
    _frame(right, "Bonds", "length by the reference (Å)", "model - reference (Å)")
    models = [looks[label].entry for label in shown]
    finish(grid.figure, "At the minimum", "", [("Model", models)])
    caption = (
        "What each model has at its own minimum minus what the reference has at its own. Left: "
        "harmonic frequencies, modes in order of frequency, translations and rotations projected "
        "out; an imaginary frequency counts as a negative one. Right: bond lengths. "
        f"Reference: {_reference(shown)}."
    )
    return [Picture("deviations", grid.figure, caption, _alt(shown))]


def _modes(axis: Axes, table: xr.Dataset, look: Look) -> None:
    if "reference_frequency" in table:
        x = table["reference_frequency"].to_numpy()
        _dots(axis, x, table["frequency"].to_numpy() - x, look)


def _bonds(axis: Axes, table: xr.Dataset, look: Look) -> None:
    if "reference_bond_length" in table:
        x = table["reference_bond_length"].to_numpy()
        _dots(axis, x, table["bond_length"].to_numpy() - x, look)


def _dots(axis: Axes, x: np.ndarray, y: np.ndarray, look: Look) -> None:
    axis.plot(x, y, color=look.color, marker=look.marker, linestyle="none", alpha=0.8)


def _frame(axis: Axes, title: str, x: str, y: str) -> None:
    axis.axhline(0, color=style.REFERENCE, linewidth=0.8, zorder=0)
    axis.set_title(title)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.tick_params(labelleft=True)
    if not axis.lines[1:]:
        say_nothing_here(axis)


def _spectra(tables: Tables, looks: Mapping[str, Look]) -> Picture:
    """Frequencies as strokes, a row for every model."""
    grid = make_grid(1, 1)
    axis = grid.axes[0, 0]
    for row, (label, table) in enumerate(tables.items()):
        modes = table["frequency"].to_numpy()
        options = {"color": looks[label].color, "linewidth": 1.2}
        axis.vlines(modes, row - 0.35, row + 0.35, **options)
    axis.set_yticks(range(len(tables)), [looks[label].label for label in tables])
    axis.set_xlabel("harmonic frequency (cm⁻¹), imaginary as negative")
    axis.invert_yaxis()
    finish(grid.figure, "Vibrations", "", [])
    caption = (
        "Harmonic frequencies at the minimum of each model, translations and rotations projected "
        "out. There is no reference with a minimum beside them."
    )
    return Picture("spectra", grid.figure, caption, _alt(tables))


def _reference(tables: Tables) -> str:
    return next(str(t.attrs["reference"]) for t in tables.values() if t.attrs["reference"])


def _alt(tables: Tables) -> str:
    modes = np.concatenate([table["frequency"].to_numpy() for table in tables.values()])
    beside = [t for t in tables.values() if "reference_frequency" in t]
    off = [np.abs((t["frequency"] - t["reference_frequency"]).to_numpy()) for t in beside]
    said = f", off from the reference's by {span(np.concatenate(off), 'cm⁻¹')}" if off else ""
    bonds = any("reference_bond_length" in t for t in tables.values())
    and_bonds = "; bond lengths beside them" if bonds else ""
    return (
        f"Harmonic frequencies of {plural(len(tables), 'model')}, "
        f"{span(modes, 'cm⁻¹')}{said}{and_bonds}."
    )
