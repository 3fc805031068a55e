"""How far runs of one study are apart, column by column."""

from pathlib import Path

import numpy as np
import pandas as pd

from quoting.store import Numbers, QuoteError, read, write

OWN = ("least", "most")
"""What is told of the first run itself."""


def spread(names: list[str], out: str, wanted: list[str], numbers: Path) -> Path:
    """Write the table of largest differences of each run to the first, over rows they share.

    For each wanted column: ``least`` and ``most`` of the first run, and of every other run
    ``NAME_difference`` in its unit, ``NAME_share`` of the first run's value, ``NAME_signs``, the
    number of rows whose sign changed, and ``NAME_rows``, the number of rows both runs have.

    Raises:
        QuoteError: runs that name their rows otherwise.
    """
    first, *others = [read(numbers / f"{name}.csv") for name in names]
    columns = [column for column in wanted if column in first.frame]
    rows: dict[str, dict[str, float]] = {
        column: dict(zip(OWN, first.frame[column].agg(["min", "max"]), strict=True))
        for column in columns
    }
    for other in others:
        if other.key != first.key:
            raise QuoteError(f"{other.name}: its rows are not named as those of {first.name}")
        for column, told in _differences(first, other, columns).items():
            rows[column] |= {f"{other.name}_{what}": value for what, value in told.items()}
    frame = pd.DataFrame(
        [{"column": column, **told} for column, told in rows.items() if len(told) > len(OWN)]
    )
    path = numbers / f"{out}.csv"
    facts = {
        "table": f"largest differences to {first.name} over its rows",
        "command": f"python docs/quote.py spread {' '.join(names)} --as {out}",
    }
    write(path, frame, ["column"], facts)
    return path


def _differences(first: Numbers, other: Numbers, columns: list[str]) -> dict[str, dict[str, float]]:
    left, right = (table.frame.set_index(list(table.key)) for table in (first, other))
    shared = [column for column in columns if column in right]
    told = {}
    for column in shared:
        pair = pd.concat([left[column], right[column]], axis=1, keys=["a", "b"]).dropna()
        if not pair.empty:
            told[column] = _apart(pair["a"].to_numpy(float), pair["b"].to_numpy(float))
    return told


def _apart(first: np.ndarray, other: np.ndarray) -> dict[str, float]:
    difference = np.abs(first - other)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nanmax(np.where(first == 0, np.nan, difference / np.abs(first)), initial=0.0)
    return {
        "difference": float(difference.max()),
        "share": float(share),
        "signs": float((np.sign(first) != np.sign(other)).sum()),
        "rows": float(len(first)),
    }
