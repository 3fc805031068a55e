"""Figure: how replicas end, by cause, beside the reference engine's own."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nearsight.aims.stability.figures.bars import bar_panels, interval_at_top, label_bars, stack
from nearsight.aims.stability.figures.reference_lines import BOUNDS, reference_of
from nearsight.figures import style, wording
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import empty_figure, finish, full_title
from nearsight.figures.shown import drawn, left_out, mark_shown, note, remarks

TITLE = "Ends of NVE dynamics"
NOTHING = "No variant has dynamics."
NAME = "end_share"
DEPTHS = 6
SURVIVED = "survived"
INTERVAL = "interval of the survivors' share"


def select(curves: xr.Dataset) -> xr.Dataset:
    """Share of replicas by kind of end, averaged over seeds; the reference engine's."""
    data = mark_shown(group_seeds(curves, NAME), max_depths=DEPTHS)
    return data.sortby(["depth", "cutoff"]).merge(
        reference_of(curves, NAME), combine_attrs="override"
    )


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Stacked bars, a panel for each data set and family; the reference on the left."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return empty_figure(TITLE, f"{NOTHING} {left_out(data)}")
    grid, panels = bar_panels(kept)
    for cell in panels:
        reference = kept.sel(reference=cell.dataset)
        _draw_panel(
            grid.axes[cell.row, cell.column], kept.isel(group=list(cell.members)), reference
        )
    grid.figure.supylabel("share of replicas")
    finish(
        grid.figure,
        full_title(TITLE, kept),
        f"ref.: reference engine. {note(data, INTERVAL, mark='error bars')}",
        [("Ended by", _handles(kept))],
    )
    return grid.figure


def _draw_panel(axis: Axes, data: xr.Dataset, reference: xr.Dataset) -> None:
    """Bars of variants; that of the reference engine outlined in black, where there is one."""
    if not data.sizes["group"]:
        return
    _draw_bars(axis, np.arange(data.sizes["group"]), [data[f"{NAME}{end}"] for end in BOUNDS])
    known = bool(np.isfinite(reference[f"reference_{NAME}"]).any())
    if known:
        columns = [reference[f"reference_{NAME}{end}"].expand_dims("bar") for end in BOUNDS]
        _draw_bars(axis, np.array([-1.5]), columns, edge=style.REFERENCE)
    label_bars(axis, data, before=["ref."] if known else [])


def _draw_bars(
    axis: Axes, place: np.ndarray, columns: list[xr.DataArray], *, edge: str = "white"
) -> None:
    kinds = [str(kind) for kind in columns[0]["end_kind"].to_numpy()]
    share, low, high = (column.to_numpy() for column in columns)
    stack(axis, place, share, [style.end_color(kind) for kind in kinds], kinds, edge=edge)
    if SURVIVED in kinds:
        interval_at_top(axis, place, share, low, high, kinds.index(SURVIVED))


def _present(data: xr.Dataset) -> list[str]:
    """Kinds of end that any bar has."""
    shares = np.concatenate([data[NAME].to_numpy(), data[f"reference_{NAME}"].to_numpy()])
    seen = (shares > 0).any(axis=0)
    return [str(kind) for kind in data["end_kind"].to_numpy()[seen]]


def _handles(data: xr.Dataset) -> list[Artist]:
    # From top to bottom as in the bars.
    return [
        Patch(color=style.end_color(kind), label=kind.replace("_", " "))
        for kind in reversed(_present(data))
    ]


def describe(data: xr.Dataset) -> str:
    """Alt text: shares of each kind of end over the variants, and the reference's survivors."""
    kept = drawn(data)
    if not kept.sizes["group"]:
        return f"{NOTHING} {left_out(data)}".strip()
    shares = "; ".join(
        f"{kind.replace('_', ' ')} "
        f"{wording.span(100 * kept[NAME].sel(end_kind=kind).to_numpy(), '%')}"
        for kind in _present(kept)
    )
    survivors = 100 * kept[f"reference_{NAME}"].sel(end_kind=SURVIVED).to_numpy()
    engine = wording.span(survivors, "%") if np.isfinite(survivors).any() else "unknown"
    return (
        f"Stacked bars of how replicas end, {wording.plural(kept.sizes['group'], 'bar')}: "
        f"{wording.subjects(kept)}. Shares: {shares}. Of the reference engine's own replicas "
        f"survive: {engine}. {remarks(data)}"
    ).strip()
