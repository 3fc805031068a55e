"""Numbers and levels of theory in words, for notes and alt texts."""

import numpy as np
import xarray as xr

from nearsight.collect.yardsticks import LABELS, REFERENCE
from nearsight.config import same_level
from nearsight.config.yardstick import in_words
from nearsight.figures.style import family_name

LONGEST_NAME = 24


def shorten(name: str) -> str:
    """A name that fits a panel's title or a legend."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def span(values: np.ndarray, unit: str = "") -> str:
    """Smallest to largest finite value, for example ``0.1 to 2.5 eV``; one number if equal.

    Args:
        values: (...) any numbers.
        unit: behind them.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "unknown"
    low, high = f"{finite.min():.3g}", f"{finite.max():.3g}"
    text = low if low == high else f"{low} to {high}"
    return f"{text} {unit}".strip()


def subjects(data: xr.Dataset) -> str:
    """What was studied: families, cutoffs, depths and data sets."""
    families = dict.fromkeys(str(a) for a in data["family"].to_numpy())
    datasets = dict.fromkeys(str(d) for d in data["dataset"].to_numpy())
    names = " and ".join(family_name(a) for a in families)
    cutoffs = data["cutoff"].to_numpy()
    told = [span(cutoffs, "Å")] if np.isfinite(cutoffs).any() else []
    told += ["none known"] if np.isnan(cutoffs).any() else []
    return (
        f"{names} (cutoff {' or '.join(told)}, "
        f"depth {span(data['depth'].to_numpy())}) on {', '.join(datasets)}"
    )


def cutoff_name(cutoff: float) -> str:
    """A cutoff (Å) in a legend or a title; NaN is of a model that has none, or does not say it."""
    return f"{cutoff:g} Å" if cutoff == cutoff else "no known cutoff"


def depth_name(depth: float) -> str:
    """A depth in a legend or a title; NaN is of a model of which none is known."""
    return f"T = {depth:g}" if depth == depth else "depth unknown"


def setting_name(group: xr.Dataset) -> str:
    """Cutoff and depth of one group, for a legend."""
    return f"{cutoff_name(float(group['cutoff']))}, {depth_name(float(group['depth']))}"


def plural(count: int, word: str) -> str:
    """``1 variant`` or ``12 variants``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def ends(
    data: xr.Dataset, name: str, x: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last positive point of each curve.

    Args:
        data: over ``group`` and ``x``.
        name: of the curve.
        x: name of its coordinate.

    Returns:
        (curve,) each: ``x`` and value at the first, then at the last point, of curves with points.
    """
    grid = data[x].to_numpy()
    rows = []
    for row in data[name].to_numpy():
        good = np.flatnonzero(np.isfinite(row) & (row > 0))
        if len(good):
            rows.append((grid[good[0]], row[good[0]], grid[good[-1]], row[good[-1]]))
    table = np.reshape(np.array(rows, dtype=float), (-1, 4))
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def reference_name(data: xr.Dataset) -> str:
    """What to call the reference in a legend: ``engine``, or by its level of theory if another."""
    pairs = [pair for pair in _levels(data) if pair[1]]
    others = {level for labels, level in pairs if not same_level(labels, level)}
    if not others:
        return "engine"
    if len(others) == 1 and not any(same_level(*pair) for pair in pairs):
        return f"{shorten(others.pop())},\nanother level\nof theory"
    return "engine or other\nlevel of theory"


def yardstick(data: xr.Dataset) -> str:
    """Sentences on references of another level of theory than the labels', and on missing ones.

    Args:
        data: behind a figure, with the two levels along its data sets, or the sentence as an
            attribute; empty text without either and where every reference is the engine that
            labelled the data.
    """
    if "yardstick" in data.attrs:
        return str(data.attrs["yardstick"])
    levels = _levels(data)
    sentences = []
    for (labels, level), names in levels.items():
        of = f" of {', '.join(names)}" if len(levels) > 1 else ""
        if level and not same_level(labels, level):
            sentences.append(f"Reference{of}: {in_words(level, labels)}.")
        elif labels and not level:
            sentences.append(f"No reference{of}: no engine here for the labels ({labels}).")
    return " ".join(sentences)


def no_reference(data: xr.Dataset) -> str:
    """That there is no reference, where :func:`yardstick` does not say so and why."""
    return "" if yardstick(data) else "There is no reference."


def _levels(data: xr.Dataset) -> dict[tuple[str, str], list[str]]:
    """Names of data sets by level of theory of their labels and of their reference."""
    found: dict[tuple[str, str], list[str]] = {}
    if LABELS not in data:
        return found
    along = data[LABELS].dims
    own = "dataset" in data and data["dataset"].dims == along
    names = data["dataset" if own else "reference"].to_numpy().astype(str)
    columns = (data[name].to_numpy().astype(str) for name in (LABELS, REFERENCE))
    for name, labels, level in zip(names, *columns, strict=True):
        known = found.setdefault((str(labels), str(level)), [])
        if str(name) not in known:
            known.append(str(name))
    return found
