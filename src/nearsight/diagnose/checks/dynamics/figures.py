"""Figures of dynamics: energy and temperature over time, survival and what ended replicas."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nearsight.diagnose.check import Picture
from nearsight.diagnose.looks import Look, looks_of
from nearsight.figures import style
from nearsight.figures.panels import finish
from nearsight.figures.wording import plural

MOST_COLUMNS = 3
ROW_HEIGHT = 1.55
CALM = 1.0
"""meV per atom up to which the axis of the energy is linear where it is not linear as a whole."""
FEWEST_IN_BAND = 3
"""Replicas that run: the interval of two is wider than any figure."""
DARK = 0.5
"""Brightness of a bar below which its number is white."""
DECADES = (-100, -10, -1, 0, 1, 10, 100)
TITLE_WIDTH = 32
BOUNDS = ("", "_low", "_high")


def draw(tables: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """Figures that compare models; of models without dynamics nothing is drawn.

    Args:
        tables: by label of the model.
    """
    there = {label: table for label, table in tables.items() if "survival" in table}
    if not there:
        return ()
    looks = {label: look for label, look in looks_of(tables).items() if label in there}
    return (_over_time(there, looks), _survival(there, looks))


@style.styled
def _over_time(tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> Picture:
    columns = min(len(tables), MOST_COLUMNS)
    rows = 2 * -(-len(tables) // columns)
    figure = Figure(
        figsize=(style.page_width(), style.HEAD_HEIGHT + rows * ROW_HEIGHT), layout="constrained"
    )
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes[:, :].flat:
        axis.set_visible(False)
    for k, (label, table) in enumerate(tables.items()):
        upper, lower = axes[2 * (k // columns) : 2 * (k // columns) + 2, k % columns]
        upper.set(visible=True, title=textwrap.fill(label, TITLE_WIDTH))
        lower.set(visible=True, xlabel="time (ps)")
        _energy(upper, table, looks[label])
        _temperature(lower, table, looks[label])
        if k % columns == 0:
            upper.set_ylabel("total energy\n(meV per atom)")
            lower.set_ylabel("temperature (K)")
    _same_scale(axes, rows, len(tables), columns)
    finish(
        figure,
        "Energy and temperature of replicas at constant energy",
        "Thin: each replica until its end (cross). Grey: at half the time step. Thick: mean of the "
        "replicas that still run, with Student's 95 % interval of three or more. An axis of "
        "energies beyond 1 meV per atom is linear up to there and logarithmic beyond.",
        [],
    )
    return Picture(
        name="energy_and_temperature",
        figure=figure,
        caption="Total energy per atom against the start, and kinetic temperature, of every "
        "replica. A sound force field keeps the first at 0 within the fluctuation of the "
        "integrator, which a quarter remains of at half the time step, and the second level after "
        "the first 100 fs.",
        alt=_told_over_time(tables),
    )


def _energy(axis: Axes, table: xr.Dataset, look: Look) -> None:
    time = table["frame_time"].to_numpy()
    for row in table["halved_energy_change"].to_numpy():
        axis.plot(time, row, color=style.NOISE, linewidth=0.6, zorder=3)
    _each(axis, time, table["energy_change"].to_numpy(), table, look)
    axis.axhline(0, color=style.REFERENCE, linewidth=0.5, zorder=0)


def _temperature(axis: Axes, table: xr.Dataset, look: Look) -> None:
    time = table["block_time"].to_numpy()
    own = table["replica_temperature"].transpose("replica", "block_time").to_numpy()
    _each(axis, time, own, table, look)
    value, low, high = (table[f"block_temperature{end}"].to_numpy() for end in BOUNDS)
    several = table["n_running"].to_numpy() >= FEWEST_IN_BAND
    # Not by its own "where", which leaves the limits of the axis as wide as what is left out.
    low, high = (np.where(several, bound, np.nan) for bound in (low, high))
    axis.fill_between(time, low, high, color=look.color, alpha=style.BAND_OPACITY, linewidth=0)
    axis.plot(time, value, color=look.color, linewidth=1.8)
    axis.axhline(
        float(table.attrs["start_temperature"]), color=style.REFERENCE, linewidth=0.5, zorder=0
    )


def _each(axis: Axes, time: np.ndarray, values: np.ndarray, table: xr.Dataset, look: Look) -> None:
    """A thin line a replica, with a cross where a rule ended it."""
    ended = table["replica_ended"].to_numpy().astype(bool)
    for row, over in zip(values, ended, strict=True):
        axis.plot(time, row, color=look.color, linewidth=0.5, alpha=0.6)
        known = np.flatnonzero(np.isfinite(row))
        if over and len(known):
            axis.plot(
                time[known[-1]], row[known[-1]], "x", color=style.REFERENCE, markersize=4, zorder=5
            )


def _same_scale(axes: np.ndarray, rows: int, n: int, columns: int) -> None:
    """One scale for all panels of a kind."""
    for kind in (0, 1):
        shown = [axes[2 * (k // columns) + kind, k % columns] for k in range(n)]
        limits = np.array([axis.get_ylim() for axis in shown])
        low, high = limits[:, 0].min(), limits[:, 1].max()
        wide = kind == 0 and max(-low, high) > CALM
        for k, axis in enumerate(shown):
            if wide:
                axis.set_yscale("symlog", linthresh=CALM)
                axis.set_yticks(DECADES, [f"{tick:g}" for tick in DECADES])
                axis.minorticks_off()
            axis.set_ylim(low, high)
            axis.tick_params(axis="y", labelleft=k % columns == 0)
            axis.tick_params(axis="x", labelbottom=kind == 1)


def _told_over_time(tables: Mapping[str, xr.Dataset]) -> str:
    told = []
    for label, table in tables.items():
        parts = [
            f"{words} {value:{form}} {unit}" if np.isfinite(value) else f"{words} unknown"
            for words, value, form, unit in (
                ("drift", float(table["drift"]), ".2g", "meV per atom and ps"),
                ("late heating", float(table["late_heating"]), "+.0f", "K"),
            )
        ]
        told.append(f"{label}: {', '.join(parts)}")
    return f"Energy and temperature over time of {plural(len(told), 'model')}. {'; '.join(told)}."


@style.styled
def _survival(tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> Picture:
    height = max(2.4, style.HEAD_HEIGHT + 0.8 + 0.36 * len(tables))
    figure = Figure(figsize=(style.page_width(), height), layout="constrained")
    left, right = figure.subplots(1, 2)
    for label, table in tables.items():
        _curve(left, table, looks[label], len(tables))
    left.set(xlabel="time (ps)", ylabel="share of replicas not ended", ylim=(0, 1.03))
    left.set_xlim(0, max(float(table["duration"]) for table in tables.values()))
    causes = _bars(right, tables, looks)
    finish(
        figure,
        "Survival of replicas, and what ended them",
        "Kaplan-Meier curves with 95 % intervals over replicas.",
        [
            ("End", [Patch(color=style.end_color(c), label=_words(c)) for c in causes]),
        ],
    )
    return Picture(
        name="survival",
        figure=figure,
        caption="Share of replicas that no rule has ended, over time, and how replicas ended. "
        "The reference engine loses none under these rules.",
        alt=_told_survival(tables),
    )


def _curve(axis: Axes, table: xr.Dataset, look: Look, n: int) -> None:
    time = table["time"].to_numpy()
    value, low, high = (table[f"survival{end}"].to_numpy() for end in BOUNDS)
    opacity = style.band_opacity(n)
    axis.fill_between(time, low, high, step="post", color=look.color, alpha=opacity, linewidth=0)
    axis.step(time, value, where="post", color=look.color, linestyle=look.line, clip_on=False)


def _bars(axis: Axes, tables: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> Sequence[str]:
    """Stacked bars of the kinds of end, a model each; the kinds that there are."""
    present: dict[str, None] = {}
    for k, table in enumerate(tables.values()):
        left = 0.0
        counts = table["end_count"].to_numpy()
        for cause, count in zip(table["end_kind"].to_numpy().astype(str), counts, strict=True):
            if count:
                present[cause] = None
                share = count / counts.sum()
                color = style.end_color(cause)
                axis.barh(k, share, left=left, color=color, edgecolor="white")
                dark = np.dot(to_rgb(color), (0.299, 0.587, 0.114)) < DARK
                axis.text(
                    left + share / 2, k, f"{count}", ha="center", va="center",
                    color="white" if dark else "black",
                )  # fmt: skip
                left += share
    for k, look in enumerate(looks.values()):
        axis.plot(
            [-0.13, -0.02], [k, k], color=look.color, linestyle=look.line, clip_on=False,
            transform=axis.get_yaxis_transform(),
        )  # fmt: skip
    names = [textwrap.fill(label, TITLE_WIDTH) for label in tables]
    axis.set_yticks(range(len(tables)), names)
    axis.tick_params(axis="y", length=0, pad=22)
    axis.set(xlim=(0, 1), xlabel="share of replicas", ylim=(len(tables) - 0.4, -0.6))
    return list(present)


def _words(cause: str) -> str:
    return cause.replace("_", " ")


def _told_survival(tables: Mapping[str, xr.Dataset]) -> str:
    told = [
        f"{label}: {float(table['survival'][-1]):.0%} of {int(table['n_replicas'])} replicas hold "
        f"for {float(table['duration']):.3g} ps"
        for label, table in tables.items()
    ]
    return f"Survival curves of {plural(len(told), 'model')}. {'; '.join(told)}."
