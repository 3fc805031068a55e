"""Figure: response (Hessian block norm) against distance, models beside the reference engine."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nearsight.aims.stability.figures.decay_panels import (
    DERIVATIVES,
    depths_per_dataset,
    draw_curves,
    draw_guides,
    guide_section,
    positive,
    set_axes,
    set_ticks,
    shown_members,
)
from nearsight.aims.stability.figures.fit_window import (
    POWER_LAW_WEIGHT,
    fitted,
    jumps,
    law_in_words,
    pooled,
    weights,
)
from nearsight.figures import style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import (
    Cell,
    cells,
    cutoff_section,
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)
from nearsight.figures.shown import drawn, left_out, mark_shown, note, remarks

TITLE = "Decay of response"
NOTHING = "No variant has a response."
BAND = ("reference_response_q10", "reference_response_q90")
NOISE = "reference_noise"
REFERENCE = ("reference_response", "reference_response_low", "reference_response_high")


def select(curves: xr.Dataset) -> xr.Dataset:
    """Response (eV/Å²) by distance, geometric means over seeds; the reference's."""
    data = group_seeds(curves, "response", geometric=True)
    data = data.assign(
        {
            "fitted": fitted(curves, data, "response"),
            "pooled": pooled(curves, data, "response"),
            POWER_LAW_WEIGHT: weights(curves, data, "response"),
            "jump": jumps(curves, data),
        }
    )
    data = mark_shown(data, max_depths=depths_per_dataset(data))
    known = curves
    for quantile, bound in zip(BAND, REFERENCE[1:], strict=True):
        # Of an earlier version, which had no quantiles.
        known = known.assign({quantile: known.get(quantile, known[bound])})
    further = [name for name in (f"reference_{POWER_LAW_WEIGHT}",) if name in curves]
    return data.merge(known[[*REFERENCE, *BAND, NOISE, *further]], combine_attrs="override")


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Panels by family and depth; black: reference engine, grey: its noise."""
    kept = drawn(data)
    if not (kept["response"] > 0).any():
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    panels = cells(kept, by_depth=True)
    grid = make_grid(panels[-1].row + 1, panels[-1].column + 1)
    everything = [kept["response"].to_numpy(), kept["reference_response"].to_numpy()]
    set_axes(grid.axes[0, 0], kept["distance"].to_numpy(), np.concatenate(everything))
    for cell in panels:
        _draw_panel(grid.axes[cell.row, cell.column], cell, kept)
    set_ticks(grid.axes)
    label_below(grid.axes, "distance (Å)")
    grid.figure.supylabel("mean norm of the Hessian block (eV/Å²)")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        f"{note(data, 'bootstrap interval over structures')}{_marks(kept)} {laws(kept)}".strip(),
        [
            ("Reference", _reference_handles(kept)),
            cutoff_section(kept),
            guide_section(faster=DERIVATIVES),
        ],
    )
    return grid.figure


def _marks(data: xr.Dataset) -> str:
    """What thick lines, hollow points and marks at the foot are."""
    thick = " Thick: the window of all fits." if data["fitted"].any() else ""
    if not data["pooled"].any():
        return f"{thick} Marks at the foot: cutoffs."
    known = np.isfinite(data["jump"].to_numpy()).any()
    size = f" by {wording.span(data['jump'].to_numpy())} times the reference" if known else ""
    return (
        f"{thick} Marks at the foot: cutoffs, where the network's blocks jump{size}; "
        "hollow: pooled there."
    )


def laws(data: xr.Dataset) -> str:
    """By which law models and reference fall, as far as the weights of the fits say."""
    models = law_in_words(data[POWER_LAW_WEIGHT].to_numpy())
    name = f"reference_{POWER_LAW_WEIGHT}"
    physics = law_in_words(data[name].to_numpy()) if name in data else ""
    said = [
        f"{subject} {words}"
        for subject, words in (("networks fall", models), ("the reference falls", physics))
        if words
    ]
    return f"In the window {', '.join(said)}." if said else ""


def _draw_panel(axis: Axes, cell: Cell, data: xr.Dataset) -> None:
    axis.set_title(cell.title)
    members = shown_members(cell, data, "response")
    if cell.dataset in data["reference"].to_numpy():
        _draw_reference(axis, data.sel(reference=cell.dataset))
    if not members:
        say_nothing_here(axis)
        return
    draw_guides(axis, data, "response", members, faster=DERIVATIVES)
    draw_curves(axis, data, "response", members)


def _draw_reference(axis: Axes, reference: xr.Dataset) -> None:
    x = reference["distance"].to_numpy()
    mean, low, high = (positive(reference[name].to_numpy()) for name in (REFERENCE[0], *BAND))
    axis.fill_between(x, low, high, color=style.REFERENCE_BAND, linewidth=0, zorder=0.5)
    axis.plot(x, mean, color=style.REFERENCE, label="reference")
    axis.plot(
        x,
        positive(reference[NOISE].to_numpy()),
        color=style.NOISE,
        linestyle=":",
        label="noise",
    )


def _reference_handles(data: xr.Dataset) -> list[Artist]:
    entries: dict[str, Artist] = {
        REFERENCE[0]: Line2D([], [], color=style.REFERENCE, label=wording.reference_name(data)),
        BAND[0]: Patch(color=style.REFERENCE_BAND, label="10 to 90 %\nof pairs"),
        NOISE: Line2D([], [], color=style.NOISE, linestyle=":", label="its noise"),
    }
    return [entry for name, entry in entries.items() if (data[name] > 0).any()]


def describe(data: xr.Dataset) -> str:
    """Alt text: what is drawn, from which to which value models and reference fall."""
    kept = drawn(data)
    near, first, far, last = wording.ends(kept, "response", "distance")
    if not len(near):
        return f"{NOTHING} {left_out(data)}".strip()
    reference = wording.ends(kept, "reference_response", "distance")
    compared = (
        f"The reference engine goes from {wording.span(reference[1], 'eV/Å²')} to "
        f"{wording.span(reference[3], 'eV/Å²')} at {wording.span(reference[2], 'Å')}."
        if len(reference[0])
        else wording.no_reference(kept)
    )
    said = " ".join(part for part in (compared, laws(kept), remarks(data)) if part)
    return (
        f"Logarithmic plot of the mean norm of the Hessian block against distance for "
        f"{wording.plural(len(near), 'curve')}: {wording.subjects(kept)}. It goes from "
        f"{wording.span(first, 'eV/Å²')} at {wording.span(near, 'Å')} to "
        f"{wording.span(last, 'eV/Å²')} at the end of the curves, {wording.span(far, 'Å')}."
        f" {said}"
    ).strip()
