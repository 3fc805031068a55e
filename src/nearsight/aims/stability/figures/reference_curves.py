"""Figure: decays that physics prescribes, beside the response of the reference engine."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.aims.stability.figures.decay_panels import (
    draw_slopes,
    guide_section,
    positive,
    set_axes,
    set_ticks,
)
from nearsight.aims.stability.figures.fit_window import law_in_words
from nearsight.collect.yardsticks import LABELS, REFERENCE
from nearsight.figures import style, wording
from nearsight.figures.panels import (
    empty_figure,
    finish,
    full_title,
    label_below,
    make_grid,
    say_nothing_here,
)

TITLE = "Decays that physics prescribes"
NOTHING = "No data set has reference curves."
NAME, RESPONSE = "relative", "response of the engine"
ENDS = ("", "_low", "_high")
MEET = 5.0
"""Å where curves are set to 1: dispersion is no longer damped there."""
# Okabe and Ito's colours; the engine is black as everywhere.
COLORS = {
    "D3 dispersion": "#0072B2",
    "D4 dispersion": "#56B4E9",
    "point charges": "#D55E00",
    "bond order": "#009E73",
    RESPONSE: style.REFERENCE,
}


def select(curves: xr.Dataset) -> xr.Dataset:
    """Curves over their own value at a common distance, by data set; their fitted exponents.

    Args:
        curves: of the study.

    Returns:
        ``relative(reference, curve, distance)`` with bounds, ``meet(reference)`` (Å) where it is
        1, ``exponent(reference, curve)`` with bounds, NaN for the response.
    """
    values = [_with_response(curves, end) for end in ENDS]
    at = [_meeting_bin(row, curves["distance"].to_numpy()) for row in values[0]]
    scale = np.stack([row[:, k] for row, k in zip(values[0], at, strict=True)])[..., None]
    scale = np.where(scale > 0, scale, np.nan)
    known = "reference_curve" in curves
    labels = [*(curves["curve"].to_numpy().astype(str) if known else []), RESPONSE]
    dims = ("reference", "curve", "distance")
    text = "curve over its own value where curves meet"
    data = {
        f"{NAME}{e}": (dims, v / scale, _attrs(text)) for e, v in zip(ENDS, values, strict=True)
    }
    exponents = {
        f"exponent{end}": (
            dims[:2],
            _of_physics(curves, f"reference_curve_exponent{end}"),
            _attrs("fitted exponent"),
        )
        for end in ENDS
    }
    exponents["power_law_weight"] = (
        dims[:2], _of_physics(curves, "reference_curve_power_law_weight"),
        _attrs("Akaike weight of the power law"),
    )  # fmt: skip
    meet = ("reference", curves["distance"].to_numpy()[at], _attrs("where curves meet", "angstrom"))
    return xr.Dataset(
        {**data, **exponents, "meet": meet},
        {
            "dataset": ("reference", curves["reference"].to_numpy(), _attrs("data set", "")),
            "curve": ("curve", labels, _attrs("physics", "")),
            "distance": curves["distance"].variable,
            **{name: curves[name].variable for name in (LABELS, REFERENCE) if name in curves},
        },
    )


def _attrs(text: str, units: str = "1") -> dict[str, str]:
    return {"units": units, "long_name": text}


def _with_response(curves: xr.Dataset, end: str) -> np.ndarray:
    """(reference, curve, distance), the response last."""
    response = curves[f"reference_response{end}"].to_numpy()[:, None]
    if "reference_curve" not in curves:
        return response
    return np.concatenate([curves[f"reference_curve{end}"].to_numpy(), response], axis=1)


def _of_physics(curves: xr.Dataset, name: str) -> np.ndarray:
    """(reference, curve) a number of each curve, NaN for the response."""
    unknown = np.full((curves.sizes["reference"], 1), np.nan)
    if "reference_curve" not in curves:
        return unknown
    if name not in curves:
        return np.full((curves.sizes["reference"], curves.sizes["curve"] + 1), np.nan)
    return np.concatenate([curves[name].to_numpy(), unknown], axis=1)


def _meeting_bin(values: np.ndarray, distance: np.ndarray) -> int:
    """The bin nearest to where curves should meet that all curves with any value have."""
    good = values > 0
    shared = good[good.any(axis=1)].all(axis=0) if good.any() else np.ones(len(distance), bool)
    away = np.where(shared, np.abs(distance - MEET), np.inf)
    return int(np.argmin(away))


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A panel per data set, colour by physics, slopes through the point where curves meet."""
    if not _physics(data).any():
        return empty_figure(TITLE, NOTHING)
    n_columns = min(2, data.sizes["reference"])
    grid = make_grid(-(-data.sizes["reference"] // n_columns), n_columns)
    set_axes(
        grid.axes[0, 0],
        data["distance"].to_numpy(),
        data[NAME].to_numpy().reshape(-1, data.sizes["distance"]),
    )
    for k, axis in enumerate(grid.axes.flat):
        if k < data.sizes["reference"]:
            _draw_panel(axis, data.isel(reference=k), several=data.sizes["reference"] > 1)
        else:
            axis.set_axis_off()
    set_ticks(grid.axes)
    label_below(grid.axes, "distance (Å)")
    grid.figure.supylabel("mean over pairs, relative")
    finish(
        grid.figure,
        full_title(TITLE, data),
        f"Each curve is 1 at {wording.span(data['meet'].to_numpy(), 'Å')}. "
        f"Bands: bootstrap interval over structures. {wording.yardstick(data)}".strip(),
        [("Curve", _handles(data)), guide_section()],
    )
    return grid.figure


def _physics(data: xr.Dataset) -> np.ndarray:
    """(reference,) whether a data set has any curve beside the response."""
    values = data[NAME].isel(curve=slice(None, -1)).to_numpy()
    return np.isfinite(values).any(axis=(1, 2))


def _draw_panel(axis: Axes, data: xr.Dataset, *, several: bool) -> None:
    if several:
        axis.set_title(wording.shorten(str(data["dataset"].item())))
    if not np.isfinite(data[NAME].to_numpy()).any():
        say_nothing_here(axis)
        return
    x = data["distance"].to_numpy()
    draw_slopes(axis, float(data["meet"]), 1.0, 2 * x[-1])
    for name in data["curve"].to_numpy().astype(str):
        one = data.sel(curve=name)
        y, low, high = (positive(one[f"{NAME}{end}"].to_numpy()) for end in ENDS)
        color = COLORS.get(name, style.NOISE)
        axis.fill_between(x, low, high, color=color, alpha=style.BAND_OPACITY, linewidth=0)
        axis.plot(x, y, color=color, marker=".", label=name)


def _handles(data: xr.Dataset) -> list[Artist]:
    return [
        Line2D([], [], color=COLORS.get(n, style.NOISE), marker=".", label=_label(n, data))
        for n in data["curve"].to_numpy().astype(str)
    ]


def _label(name: str, data: xr.Dataset) -> str:
    known = name.replace(" of", "\nof")
    return known.replace("the engine", wording.reference_name(data)) if name == RESPONSE else known


def _law(data: xr.Dataset, name: str) -> str:
    words = law_in_words(data["power_law_weight"].sel(curve=name).to_numpy())
    return f", falls {words}" if words else ""


def describe(data: xr.Dataset) -> str:
    """Alt text: the fitted exponents."""
    if not _physics(data).any():
        return NOTHING
    names = data["curve"].to_numpy().astype(str)[:-1]
    datasets = ", ".join(data["dataset"].to_numpy())
    fits = "; ".join(
        f"{name} {wording.span(data['exponent'].sel(curve=name).to_numpy())}{_law(data, name)}"
        for name in names
    )
    return (
        f"Logarithmic plot of pair energies of dispersion and of point charges, of bond orders and "
        f"of the reference engine's response against distance, each over its own value at "
        f"{wording.span(data['meet'].to_numpy(), 'Å')}, on {datasets}. "
        f"Exponents of power laws fitted to the energies and bond orders: {fits}. "
        f"{wording.yardstick(data)}"
    ).strip()
