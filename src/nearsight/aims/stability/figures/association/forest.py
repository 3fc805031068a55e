"""Figure: every test of the association as a point with its interval, one below the other."""

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.aims.stability.association.descriptors import (
    DESCRIPTORS,
    EVERY,
    HEATING,
    SURVIVAL,
)
from nearsight.aims.stability.association.other_tests import ON_LIST
from nearsight.aims.stability.figures.association.descriptors_vs_survival import LABELS
from nearsight.figures import style, wording
from nearsight.figures.panels import empty_figure, finish, make_grid

TITLE = "Association with stability"
NOTHING = "No test has a correlation: too few settings, or no dynamics."
OUTCOMES = {SURVIVAL: "survival time", HEATING: "heating"}
NUMBERS = ("rho", "rho_low", "rho_high", "partial_rho")
TEXTS = ("dataset", "family", "outcome", "descriptor", "role")
MOST_LINES = 45
"""Lines that fit a page: of more, tests of single families are left out, then exploratory ones."""
LINE = 0.21
"""Inches from one test to the next."""
COLORS = {ON_LIST: "#0072B2"}
NAMES = {ON_LIST: "listed\nbeforehand", "exploratory": "exploratory"}
MEANS = (
    "Spearman's rank correlation over settings, seeds averaged, with its interval where it has"
    " one. Open diamond: at equal force error. Exploratory tests have no verdict; that on the"
    " primary question stands in tables/question.csv."
)


def select(table: xr.Dataset) -> xr.Dataset:
    """Tests that have a correlation, whole studies before families, in the order of the list.

    Args:
        table: ``association`` of a study, along ``test``.
    """
    order = {name: k for k, name in enumerate(DESCRIPTORS)}
    texts = {name: table[name].to_numpy().astype(str) for name in TEXTS}
    keys = [
        (
            texts["family"][k] != EVERY and bool((texts["family"] == EVERY).any()),
            texts["dataset"][k] != EVERY,
            texts["dataset"][k],
            texts["family"][k],
            order.get(texts["descriptor"][k], len(order)),
        )
        for k in range(table.sizes["test"])
    ]
    rows = sorted(range(len(keys)), key=keys.__getitem__)
    known = np.isfinite(table["rho"].to_numpy())
    chosen = table[[*NUMBERS, *TEXTS]].isel(test=[k for k in rows if known[k]])
    shown, fewer = _that_fit(chosen)
    return shown.assign_attrs(
        n_without=int((~known).sum()), yardstick=wording.yardstick(table), fewer=fewer
    )


def _that_fit(tests: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Tests for one page, and what is said of those that are in the table alone."""
    fewer = ""
    for name, wanted, text in (
        ("family", EVERY, "those of all families together"),
        ("role", ON_LIST, "those listed beforehand"),
    ):
        chosen = np.flatnonzero(tests[name].to_numpy().astype(str) == wanted)
        if len(_rows(tests)) > MOST_LINES and len(chosen):
            tests = tests.isel(test=chosen)
            fewer = f"Of so many tests only {text} are drawn; all are in tables/association.csv."
    return tests, fewer


def _blocks(data: xr.Dataset) -> list[tuple[str, str]]:
    """Data set and family of each block of tests, in their order."""
    pairs = zip(data["dataset"].to_numpy().astype(str), data["family"].to_numpy().astype(str),
                strict=True)  # fmt: skip
    return list(dict.fromkeys(pairs))


def _rows(data: xr.Dataset) -> list[tuple[str, str, str]]:
    """(data set, family, descriptor) of each line, those of one block together."""
    triples = zip(
        *(data[name].to_numpy().astype(str) for name in ("dataset", "family", "descriptor")),
        strict=True,
    )
    unique = dict.fromkeys(triples)
    return sorted(unique, key=lambda row: _blocks(data).index(row[:2]))


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """A column for each outcome; lines are descriptors, by data set and family."""
    if not data.sizes["test"]:
        return empty_figure(TITLE, f"{NOTHING} {_without(data)}")
    outcomes = [name for name in OUTCOMES if (data["outcome"] == name).any()]
    rows = _rows(data)
    places = _places(rows)
    height = LINE * (max(places.values()) + 1.5)
    grid = make_grid(1, len(outcomes), height=height - style.SINGLE_ROW_EXTRA)
    for axis, outcome in zip(grid.axes[0], outcomes, strict=True):
        axis.set_title(f"with {OUTCOMES[outcome]}", weight="bold")
        axis.axvline(0, color=style.FAINT, linewidth=0.7, zorder=0)
        own = data.isel(test=np.flatnonzero(data["outcome"] == outcome))
        for k in range(own.sizes["test"]):
            _draw_test(axis, own.isel(test=k), places)
        axis.set_xlabel("rank correlation")
    first = grid.axes[0, 0]
    first.set_xlim(-1.05, 1.05)
    first.set_ylim(max(places.values()) + 0.7, -0.7)
    _name_lines(first, rows, places)
    finish(grid.figure, TITLE, _note(data), _legend(data))
    return grid.figure


def _places(rows: list[tuple[str, str, str]]) -> dict[tuple[str, str, str], float]:
    """Where each line stands, from above; a heading's room before each block."""
    found, place, block = {}, -1.0, None
    for row in rows:
        place += 1.0 if row[:2] == block else 2.0
        block = row[:2]
        found[row] = place
    return found


def _name_lines(
    axis: Axes, rows: list[tuple[str, str, str]], places: dict[tuple[str, str, str], float]
) -> None:
    ticks = [(places[row], LABELS.get(row[2], row[2]).replace("\n", " ")) for row in rows]
    axis.set_yticks([place for place, _ in ticks], [label for _, label in ticks])
    axis.tick_params(axis="y", length=0)
    for block in dict.fromkeys(row[:2] for row in rows):
        first = min(places[row] for row in rows if row[:2] == block)
        axis.text(
            0.0, first - 1.0, _block_name(*block), weight="bold", ha="left", va="center",
            transform=axis.get_yaxis_transform(),
        )  # fmt: skip


def _block_name(dataset: str, family: str) -> str:
    where = "all data sets" if dataset == EVERY else wording.shorten(dataset)
    who = "all families" if family == EVERY else style.family_name(family)
    return f"{where}, {who}"


def _draw_test(axis: Axes, test: xr.Dataset, places: dict[tuple[str, str, str], float]) -> None:
    key = tuple(str(test[name].item()) for name in ("dataset", "family", "descriptor"))
    y = places[key]  # type: ignore[index]
    role = str(test["role"].item())
    color = COLORS.get(role, style.NOISE)
    low, high = float(test["rho_low"]), float(test["rho_high"])
    if np.isfinite(low) and np.isfinite(high):
        axis.plot([low, high], [y, y], color=color, linewidth=1.1, label="_interval")
    axis.plot(
        [float(test["rho"])], [y], color=color, marker="o", markersize=4.5, linestyle="none",
        label=NAMES.get(role, role),
    )  # fmt: skip
    if np.isfinite(partial := float(test["partial_rho"])):
        axis.plot(
            [partial], [y], color=color, marker="D", markersize=3.5, markerfacecolor="none",
            linestyle="none", label="at equal force error",
        )  # fmt: skip


def _legend(data: xr.Dataset) -> list[tuple[str, list[Artist]]]:
    roles = data["role"].to_numpy().astype(str)
    tests: list[Artist] = [
        Line2D([], [], color=COLORS.get(role, style.NOISE), marker="o", markersize=4.5, label=name)
        for role, name in NAMES.items()
        if role in roles
    ]
    if np.isfinite(data["partial_rho"].to_numpy()).any():
        tests.append(
            Line2D([], [], color=style.NOISE, marker="D", markersize=3.5, linestyle="none",
                   markerfacecolor="none", label="at equal\nforce error")
        )  # fmt: skip
    return [("Test", tests)]


def _note(data: xr.Dataset) -> str:
    said = (str(data.attrs[name]) for name in ("fewer", "yardstick"))
    parts = (MEANS, _without(data), *said)
    return " ".join(part for part in parts if part)


def _without(data: xr.Dataset) -> str:
    count = int(data.attrs["n_without"])
    if not count:
        return ""
    return (
        f"Left out: {wording.plural(count, 'test')} without a correlation (descriptor or"
        " outcome is missing or constant, or the settings are too few)."
    )


def describe(data: xr.Dataset) -> str:
    """Alt text: how many tests, the strongest of those listed, and whose interval leaves out 0."""
    if not data.sizes["test"]:
        return f"{NOTHING} {_without(data)}".strip()
    parts = []
    for outcome, text in OUTCOMES.items():
        own = data.isel(test=np.flatnonzero(data["outcome"] == outcome))
        if not own.sizes["test"]:
            continue
        k = int(np.abs(own["rho"].to_numpy()).argmax())
        label = LABELS.get(str(own["descriptor"][k].item()), "").replace("\n", " ")
        low, high = own["rho_low"].to_numpy(), own["rho_high"].to_numpy()
        apart = int(((low > 0) | (high < 0)).sum())
        parts.append(
            f"with {text} {wording.plural(own.sizes['test'], 'test')}, the largest rho "
            f"{float(own['rho'][k]):.2f} of {label}; {apart} intervals leave out 0"
        )
    return f"Forest plot of rank correlations: {'. '.join(parts)}. {_without(data)}".strip()
