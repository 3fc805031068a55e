"""A quote: which number of which table some text says, and whether it says it right.

It is a comment that no reader of the page sees, in the paragraph or item of the number:

    <!--n demo | schnet/5/3 force_mae=124 response_deviation=0.20 | painn force_mae.max=97 -->
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from quoting.store import MINUS, QuoteError, read

COMMENT = re.compile(r"<!--n\s+(?P<table>\w+)\s*\|(?P<entries>.*?)-->", re.DOTALL)
LITERAL = re.compile(r"[+-]?\d+(?:\.\d+)?%?")
HOWS = ("mean", "min", "max", "sum", "median", "count")


@dataclass(frozen=True)
class Quote:
    """A number as the text has it, and where it comes from."""

    table: str
    selector: str
    column: str
    how: str
    literal: str

    def fault(self, numbers: Path) -> str | None:
        """What the table says, where it is something else."""
        value = self._value(numbers)
        said = self.literal.rstrip("%")
        places = len(said.partition(".")[2])
        stands = f"{value * (100 if self.literal.endswith('%') else 1):.{places}f}"
        if Decimal(stands) == Decimal(said):
            return None
        where = f"{self.selector} {self.column}{self.how and '.' + self.how}"
        return f"quoted {self.literal}, docs/numbers/{self.table}.csv has {stands} at {where}"

    def _value(self, numbers: Path) -> float:
        rows = read(numbers / f"{self.table}.csv").rows(self.selector)
        if self.how == "count" and self.column == "rows":
            return len(rows)
        if self.column not in rows:
            raise QuoteError(f"{self.column}: no such column in {self.table}")
        values = pd.to_numeric(rows[self.column], errors="coerce").dropna()
        if values.empty:
            raise QuoteError(f"{self.selector} {self.column}: no number in {self.table}")
        if not self.how and values.nunique() > 1:
            raise QuoteError(
                f"{self.selector} {self.column}: {len(values)} numbers in {self.table}; "
                f"say which ({', '.join('.' + how for how in HOWS)})"
            )
        return float(getattr(values, self.how)() if self.how else values.iloc[0])


def quotes(text: str) -> Iterator[Quote]:
    """Quotes of the comments in a piece of text.

    Raises:
        QuoteError: a comment that is not written as one.
    """
    for comment in COMMENT.finditer(text):
        for entry in comment["entries"].split("|"):
            selector, *told = entry.split() or [""]
            if not told:
                raise QuoteError(f"'{entry.strip()}': a quote is ROW COLUMN=NUMBER ...")
            for item in told:
                yield _quote(comment["table"], selector, item)


def _quote(table: str, selector: str, item: str) -> Quote:
    name, _, literal = item.replace(MINUS, "-").partition("=")
    column, _, how = name.partition(".")
    if not LITERAL.fullmatch(literal) or how not in ("", *HOWS):
        raise QuoteError(f"'{item}': a quote is COLUMN=NUMBER or COLUMN.{'|'.join(HOWS)}=NUMBER")
    return Quote(table, selector, column, how, literal)
