"""Numbers of a study's tables in words: spans, the smallest and the largest with intervals."""

import numpy as np
import xarray as xr

from nearsight.aims.answering import Said, Verdict

NO_NUMBER = "(no model has one)"


def of_sound(table: xr.Dataset) -> xr.Dataset:
    """Rows of a table whose models came to an end."""
    return table.isel(model=np.flatnonzero(table["status"].to_numpy().astype(str) == "ok"))


def known(table: xr.Dataset, name: str) -> xr.Dataset:
    """Sound rows that have a number; none where there is no such column."""
    sound = of_sound(table)
    if name not in sound:
        return sound.isel(model=[])
    return sound.isel(model=np.flatnonzero(np.isfinite(sound[name].to_numpy())))


def number(value: float, unit: str = "") -> str:
    """Three digits, a minus that is one, the unit behind."""
    text = f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
    return f"{text} {unit}".strip()


def with_interval(row: xr.Dataset, name: str, unit: str = "") -> str:
    """A number of one model with its interval, where it has one.

    Args:
        row: of a table.
        name: of the column.
        unit: as people read it.
    """
    value = float(row[name])
    ends = [float(row[f"{name}{end}"]) if f"{name}{end}" in row else np.nan for end in
            ("_low", "_high")]  # fmt: skip
    if not np.isfinite(ends).all():
        return number(value, unit)
    low, high = (number(end) for end in ends)
    return f"{number(value, unit)} [{low}, {high}]"


def label(row: xr.Dataset, among: xr.Dataset | None = None) -> str:
    """Name of the model of one row; without its data set where there is only one.

    Args:
        row: of a table.
        among: the table; without it the name is whole.
    """
    name = str(row["model"].item())
    if among is not None and len(np.unique(among["dataset"].to_numpy().astype(str))) == 1:
        return name.partition("/")[2] or name
    return name


def extremes(table: xr.Dataset, name: str, unit: str = "", *, size: bool = False) -> str:
    """Smallest and largest value of a column, each with its interval and its model.

    Args:
        table: along ``model``.
        name: of the column.
        unit: as people read it.
        size: whether values are ordered by their size, whatever their sign.
    """
    rows = known(table, name)
    if not rows.sizes["model"]:
        return NO_NUMBER
    values = rows[name].to_numpy()
    order = np.argsort(np.abs(values) if size else values)
    first, last = (rows.isel(model=int(order[k])) for k in (0, -1))
    if rows.sizes["model"] == 1:
        return f"at {with_interval(first, name, unit)} ({label(first, table)})"
    if values.min() == values.max():
        return f"at {with_interval(first, name, unit)} in all"
    return (
        f"from {with_interval(first, name, unit)} ({label(first, table)}) to "
        f"{with_interval(last, name, unit)} ({label(last, table)})"
    )


def by_dataset(table: xr.Dataset, name: str, unit: str = "") -> str:
    """A number that all models of a data set share, as a reference's; empty text without any.

    Args:
        table: along ``model``.
        name: of the column.
        unit: as people read it.
    """
    rows = known(table, name)
    names = rows["dataset"].to_numpy().astype(str)
    first = [int(np.flatnonzero(names == one)[0]) for one in dict.fromkeys(names)]
    return ", ".join(
        f"{with_interval(rows.isel(model=k), name, unit)} on {names[k]}" for k in first
    )


def plural(count: int, word: str) -> str:
    """``1 model`` or ``12 models``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def how_it_ended(table: xr.Dataset) -> tuple[str, Verdict]:
    """What is to be said of models that came to no end, and whether there are any."""
    status = table["status"].to_numpy().astype(str)
    counts = {kind: int((status == kind).sum()) for kind in ("diverged", "failed", "stale")}
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    if not told:
        whole = "The one model" if len(status) == 1 else f"All {len(status)} models"
        return f"{whole} came to an end.", "pass"
    reasons = dict.fromkeys(reason for reason in table["reason"].to_numpy().astype(str) if reason)
    return f"Of {plural(len(status), 'model')} {told}: {'; '.join(reasons)}.", "warn"


def soundness(table: xr.Dataset, figures: tuple[str, ...] = ()) -> Said:
    """The question whether all models came to an end, as every aim asks it."""
    words, verdict = how_it_ended(table)
    left_out = "The reasons say what to do; these models are left out everywhere below."
    advice = "" if verdict == "pass" else left_out
    return Said("Did all models come to an end?", words, figures, verdict, advice)
