"""Figures: response over distance, what it is beside the reference's, its anisotropy."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nearsight.collect.decay import bin_edges
from nearsight.collect.decay.bins import bin_index
from nearsight.diagnose.check import Picture
from nearsight.diagnose.looks import Look, looks_of
from nearsight.figures import style
from nearsight.figures.panels import finish, make_grid
from nearsight.figures.wording import plural, span

Tables = Mapping[str, xr.Dataset]


@style.styled
def draw(tables: Tables) -> Sequence[Picture]:
    """Response of all models beside the reference's, and its anisotropy."""
    shown = {label: table for label, table in tables.items() if "response" in table}
    if not shown:
        return ()
    looks = looks_of(tables)
    return [_decay(shown, looks), _anisotropy(shown, looks)]


def _decay(tables: Tables, looks: Mapping[str, Look]) -> Picture:
    grid = make_grid(1, 2, own_y=True)
    left, right = grid.axes[0]
    reference = _draw_reference(left, tables)
    for label, table in tables.items():
        _draw_model(left, right, table, looks[label])
    for axis in (left, right):
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("distance (Å)")
        axis.tick_params(axis="y", which="both", labelleft=True)
        ticks = [tick for tick in (1, 2, 3, 5, 7, 10, 15, 20) if tick <= _furthest(tables)]
        axis.set_xticks(ticks, [str(tick) for tick in ticks])
        axis.minorticks_off()
    left.set_title("Response")
    left.set_ylabel("mean norm of Hessian blocks (eV/Å²)")
    right.set_title("Beside the reference's")
    right.axhspan(0.5, 2, color=style.REFERENCE_BAND, alpha=0.5, linewidth=0, zorder=0)
    right.axhline(1, color=style.REFERENCE, linewidth=0.8)
    right.set_ylabel("response over the reference's")
    entries = [Line2D([], [], color=style.REFERENCE, label=reference)] if reference else []
    if reference:
        entries.append(Line2D([], [], color=style.NOISE, linestyle=":", label="its noise"))
    models = [looks[label].entry for label in tables]
    finish(grid.figure, "Response over distance", "", [("Reference", entries), ("Model", models)])
    return Picture("decay", grid.figure, _caption(tables, reference), _alt(tables, reference))


def _draw_reference(axis: Axes, tables: Tables) -> str:
    """Draw the reference once; its name, empty where there is none."""
    for table in tables.values():
        if "reference_response" in table:
            x = table["bin_distance"].to_numpy()
            axis.plot(x, _positive(table["reference_response"]), color=style.REFERENCE, zorder=3)
            noise = _positive(table["reference_noise"])
            axis.plot(x, noise, color=style.NOISE, linestyle=":")
            return str(table.attrs["reference"])
    return ""


def _draw_model(left: Axes, right: Axes, table: xr.Dataset, look: Look) -> None:
    x = table["bin_distance"].to_numpy()
    own = _positive(table["response"])
    options = {"color": look.color, "marker": look.marker, "linestyle": look.line}
    left.plot(x, own, **options)
    bounds = _positive(table["response_low"]), _positive(table["response_high"])
    left.fill_between(x, *bounds, color=look.color, alpha=style.BAND_OPACITY, linewidth=0)
    if "reference_response" in table:
        counts = table["window"].to_numpy().astype(bool)
        ratio = own / _positive(table["reference_response"])
        right.plot(x[counts], ratio[counts], **options)


def _anisotropy(tables: Tables, looks: Mapping[str, Look]) -> Picture:
    grid = make_grid(1, 1)
    axis = grid.axes[0, 0]
    reference = ""
    for label, table in tables.items():
        x, own = _binned(table, "anisotropy")
        look = looks[label]
        axis.plot(x, own, color=look.color, marker=look.marker, linestyle=look.line)
        if "reference_anisotropy" in table and not reference:
            reference = str(table.attrs["reference"])
            axis.plot(*_binned(table, "reference_anisotropy"), color=style.REFERENCE, zorder=3)
    axis.set_xlabel("distance (Å)")
    axis.set_ylabel("mean anisotropy of Hessian blocks")
    axis.set_ylim(top=1.02)
    entries = [Line2D([], [], color=style.REFERENCE, label=reference)] if reference else []
    models = [looks[label].entry for label in tables]
    title = "Anisotropy of the response"
    finish(grid.figure, title, "", [("Reference", entries), ("Model", models)])
    caption = (
        "Mean over pairs of atoms of 1 - smallest over largest singular value of their Hessian "
        "block: 0 where a push in any direction is answered as strongly, 1 where there is a "
        "direction without an answer. Pairs in bins of 0.5 Å."
    )
    values = np.concatenate([_binned(table, "anisotropy")[1] for table in tables.values()])
    alt = (
        f"Anisotropy against distance for {plural(len(tables), 'model')}, {span(values)}"
        f"{', beside the reference' if reference else ''}."
    )
    return Picture("anisotropy", grid.figure, caption, alt)


def _binned(table: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Middle of bins (bin,) in Å and the mean of a pair variable (bin,) there."""
    distance = table["distance"].to_numpy()
    values = table[name].to_numpy()
    edges = bin_edges(0.5, float(distance.max()))
    index = bin_index(distance, edges)
    known = np.isfinite(values) & (index >= 0)
    count = np.bincount(index[known], minlength=len(edges) - 1)
    total = np.bincount(index[known], values[known], minlength=len(edges) - 1)
    filled = count > 0
    return ((edges[1:] + edges[:-1]) / 2)[filled], total[filled] / count[filled]


def _caption(tables: Tables, reference: str) -> str:
    n_structures = max(table.sizes["block_structure"] for table in tables.values())
    said = (
        f"Left: mean norm of the Hessian block of two atoms against their distance, over "
        f"{plural(n_structures, 'structure')}, with 95 % intervals over structures."
    )
    if not reference:
        return f"{said} There is no reference."
    return (
        f"{said} Black: {reference}; dotted: its numerical noise. Right: model over reference "
        "where the reference is above its noise; grey: within a factor of two. A point below the "
        "noise cannot be told from zero."
    )


def _alt(tables: Tables, reference: str) -> str:
    values = np.concatenate([_positive(table["response"]) for table in tables.values()])
    beside = f" beside {reference}" if reference else ""
    ratio = ", and its ratio to the reference's" if reference else "; the second is empty"
    return (
        f"Two logarithmic panels against distance for {plural(len(tables), 'model')}{beside}: "
        f"response {span(values, 'eV/Å²')} up to {_furthest(tables):.3g} Å{ratio}."
    )


def _furthest(tables: Tables) -> float:
    return max(float(table["distance"].max()) for table in tables.values())


def _positive(values: xr.DataArray) -> np.ndarray:
    """What a logarithmic axis can show."""
    found = values.to_numpy()
    return np.where(found > 0, found, np.nan)
