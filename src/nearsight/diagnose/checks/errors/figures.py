"""Figures: parity of forces and energies; errors by element, size of force and novelty."""

import textwrap
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
ACROSS = 4
"""Models in one picture of parity."""
TITLE_WIDTH = 18


@style.styled
def draw(tables: Tables) -> Sequence[Picture]:
    """Parity of every model, then where errors are large."""
    shown = {label: table for label, table in tables.items() if "energy_error" in table}
    if not shown:
        return ()
    looks = looks_of(tables)
    labels = list(shown)
    parts = [labels[k : k + ACROSS] for k in range(0, len(labels), ACROSS)]
    pictures = [
        _parity({label: shown[label] for label in part}, looks, number if len(parts) > 1 else 0)
        for number, part in enumerate(parts, start=1)
    ]
    return [*pictures, *_where(shown, looks)]


def _parity(tables: Tables, looks: Mapping[str, Look], number: int) -> Picture:
    """Forces above, energies below; a column for every model."""
    forces = any("label_force" in table for table in tables.values())
    grid = make_grid(2 if forces else 1, max(2, len(tables)), own_x=True, own_y=True)
    for axis in grid.axes.flat:
        axis.tick_params(labelleft=True, labelbottom=True)
    for column, (label, table) in enumerate(tables.items()):
        top, bottom = grid.axes[0, column], grid.axes[-1, column]
        if "label_force" in table:
            _dots(top, table["label_force"], table["model_force"], looks[label])
        middle = float(table["label_energy"].mean())
        _dots(bottom, table["label_energy"] - middle, table["model_energy"] - middle, looks[label])
        top.set_title(textwrap.fill(looks[label].label, TITLE_WIDTH))
        if forces:
            top.set_xlabel("label (eV/Å)")
        bottom.set_xlabel("label (eV)")
    for axis in grid.axes[:, len(tables) :].flat:
        axis.set_axis_off()
    if forces:
        grid.axes[0, 0].set_ylabel("model: force (eV/Å)")
    grid.axes[-1, 0].set_ylabel("model: energy (eV)")
    finish(grid.figure, "Model against labels", "", [])
    above = "Above: force components, at most 3,000. Below: energies" if forces else "Energies"
    caption = (
        f"{above}, up to constants, about the mean of the labels. On the line the model agrees."
    )
    return Picture("parity" + (f"_{number}" if number else ""), grid.figure, caption, _alt(tables))


def _dots(axis: Axes, label: xr.DataArray, model: xr.DataArray, look: Look) -> None:
    x, y = label.to_numpy(), model.to_numpy()
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        say_nothing_here(axis)
        return
    few = known.sum() < 300
    alpha, size = (0.7, 3.0) if few else (0.25, 2.0)
    dots = axis.plot(x[known], y[known], "o", color=look.color, alpha=alpha, markersize=size)
    dots[0].set(markeredgewidth=0, rasterized=True)
    ends = np.array([min(x[known].min(), y[known].min()), max(x[known].max(), y[known].max())])
    axis.plot(ends, ends, color=style.REFERENCE, linewidth=0.7)


def _where(tables: Tables, looks: Mapping[str, Look]) -> list[Picture]:
    """Errors of forces by element, size and distance from the training data."""
    shown = {label: table for label, table in tables.items() if "element_mae" in table}
    if not shown:
        return []
    grid = make_grid(1, 3, own_x=True)
    by_element, by_size, by_distance = grid.axes[0]
    for k, (label, table) in enumerate(shown.items()):
        shift = 0.12 * (k - (len(shown) - 1) / 2)
        _points(
            by_element, np.arange(table.sizes["element"]) + shift, table, "element", looks[label]
        )
        _curve(by_size, table["size_force"].to_numpy(), table, "size", looks[label])
        if "novelty_mae" in table:
            x = table["novelty_middle"].to_numpy()
            _curve(by_distance, x, table, "novelty", looks[label])
    symbols = next(iter(shown.values()))["element_symbol"].to_numpy().astype(str)
    by_element.set_xticks(range(len(symbols)), symbols)
    by_element.set_xlim(-0.6, len(symbols) - 0.4)
    by_element.set_xlabel("element")
    by_element.set_ylabel("force error (meV/Å)")
    by_element.set_ylim(bottom=0)
    by_size.set_xlabel("size of the force (eV/Å)")
    by_distance.set_xlabel("from training data (1/Å)")
    if not by_distance.lines:
        say_nothing_here(by_distance)
    models = [looks[label].entry for label in shown]
    finish(grid.figure, "Where forces are off", "", [("Model", models)])
    caption = (
        "Mean absolute error of force components with 95 % intervals over frames: by element; by "
        "quarter of atoms, from the smallest to the largest forces; by quarter of frames, from the "
        "nearest to the farthest from the training data, where those are known (distance: root "
        "mean square difference of sorted inverse interatomic distances from the nearest frame)."
    )
    values = np.concatenate([table["element_mae"].to_numpy() for table in shown.values()])
    alt = (
        f"Force error by element, size of force and distance from the training data for "
        f"{plural(len(shown), 'model')}; by element {span(values, 'meV/Å')}."
    )
    return [Picture("where", grid.figure, caption, alt)]


def _points(axis: Axes, x: np.ndarray, table: xr.Dataset, name: str, look: Look) -> None:
    value, low, high = (table[f"{name}_mae{end}"].to_numpy() for end in ("", "_low", "_high"))
    axis.vlines(x, low, high, color=style.ERROR_BAR, linewidth=0.8)
    axis.plot(x, value, color=look.color, marker=look.marker, linestyle="none")


def _curve(axis: Axes, x: np.ndarray, table: xr.Dataset, name: str, look: Look) -> None:
    value, low, high = (table[f"{name}_mae{end}"].to_numpy() for end in ("", "_low", "_high"))
    axis.fill_between(x, low, high, color=look.color, alpha=style.BAND_OPACITY, linewidth=0)
    axis.plot(x, value, color=look.color, marker=look.marker, linestyle=look.line)


def _alt(tables: Tables) -> str:
    forces = [float(table["force_mae"]) for table in tables.values() if "force_mae" in table]
    energies = [float(table["energy_mae_per_atom"]) for table in tables.values()]
    said = f"forces are off by {span(np.array(forces), 'meV/Å')}, " if forces else ""
    return (
        f"Parity of {plural(len(tables), 'model')} with labels: {said}energies by "
        f"{span(np.array(energies), 'meV/atom')} on average."
    )
