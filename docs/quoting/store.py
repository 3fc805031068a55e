"""Small tables of numbers: CSV below a few lines that say where they come from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

MINUS = "\N{MINUS SIGN}"


class QuoteError(Exception):
    """Something to mend in the text or in the tables, told in one line."""


@dataclass(frozen=True)
class Numbers:
    """One table.

    Attributes:
        name: of the file, without ending.
        facts: what its head says: study, commit, command, machine, date, key.
        key: columns that name a row, as in ``schnet/5/3``.
        frame: rows, every column under its name without unit; key columns are text.
    """

    name: str
    facts: dict[str, str]
    key: tuple[str, ...]
    frame: pd.DataFrame

    def rows(self, selector: str) -> pd.DataFrame:
        """Rows that ``schnet/*/3`` or ``painn[response_deviation>1]`` names; all for ``*``.

        Raises:
            QuoteError: no row, a name too many, or a condition that is none.
        """
        path, _, condition = selector.rstrip("]").partition("[")
        wanted = path.split("/")
        if len(wanted) > len(self.key) and path != "*":
            raise QuoteError(f"{selector}: rows of {self.name} are named by {'/'.join(self.key)}")
        rows = self.frame
        for column, value in zip(self.key, wanted, strict=False):
            rows = rows if value == "*" else rows[rows[column] == value]
        if rows.empty:
            raise QuoteError(f"{selector}: no such row in {self.name}")
        return _where(rows, condition, self.name) if condition else rows


def _where(rows: pd.DataFrame, condition: str, name: str) -> pd.DataFrame:
    try:
        return rows.query(condition, engine="python")
    except (ValueError, SyntaxError, KeyError, TypeError, pd.errors.UndefinedVariableError) as e:
        raise QuoteError(f"[{condition}]: no condition on {name}: {e}") from e


def read(path: Path) -> Numbers:
    """Read a table.

    Raises:
        QuoteError: there is none, or its head does not name its key.
    """
    if not path.is_file():
        raise QuoteError(f"docs/numbers/{path.name}: no such table")
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _: int) -> Numbers:
    """Once for every state of the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line[1:].partition(":") for line in lines if line.startswith("#")]
    facts = {name.strip(): value.strip() for name, _, value in head}
    if "key" not in facts:
        raise QuoteError(f"docs/numbers/{path.name}: its head names no key")
    frame = pd.read_csv(path, skiprows=len(head))
    frame.columns = [bare(column) for column in frame.columns]
    key = tuple(facts["key"].split("/"))
    for column in key:
        frame[column] = frame[column].map(label)
    return Numbers(path.stem, facts, key, frame)


def write(path: Path, frame: pd.DataFrame, key: Sequence[str], facts: dict[str, str]) -> None:
    """Write a table below its head."""
    head = "".join(
        f"# {name}: {value}\n" for name, value in {**facts, "key": "/".join(key)}.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        head + frame.to_csv(index=False, lineterminator="\n", float_format="%.6g"), encoding="utf-8"
    )


def bare(column: str) -> str:
    """The name of a column without its unit: ``force_mae (meV angstrom-1)`` is ``force_mae``."""
    return re.sub(r" \([^)]*\)$", "", column)


def label(value: object) -> str:
    """A key as text: 5.0 is ``5``."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}" if number else str(value)
