"""A table that the reader sorts and filters, with the CSV behind it."""

import base64
import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nearsight.errors import DataError, one_line

Cell = str | int | float | bool | None
"""None and NaN are what is not there: shown as a dash, last however it is sorted."""

MISSING: Final = "–"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins with one of these would be run as a formula by a spreadsheet."""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        title: its head.
        unit: of its numbers; empty where they have none.
        words: what it is, shown on hover and read aloud.
        digits: significant digits shown; the CSV has all.
    """

    title: str
    unit: str = ""
    words: str = ""
    digits: int = 3


@dataclass(frozen=True)
class Table:
    """Rows of a dozen columns.

    Attributes:
        title: above the table.
        columns: of every row.
        rows: cells in the order of the columns. What has verdicts for words is coloured as such.
        csv: file to download; made of the rows where it is empty.
        file_name: of that file.
        note: under the table, such as what is not in it.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    csv: str = ""
    file_name: str = "table.csv"
    note: str = ""

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise DataError(
                    f"table {one_line(self.title)!r}: row {number} has {len(row)} cells "
                    f"for {len(self.columns)} columns"
                )
        if not re.fullmatch(r"[\w.-]+\.csv", self.file_name):
            raise DataError(f"{one_line(self.file_name)!r} is no name of a CSV file")

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds numbers, and perhaps gaps, alone."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and all(_is_number(cell) for cell in cells)

    def shown(self, cell: Cell, column: int) -> str:
        """A cell as it is printed."""
        return shown(cell, self.columns[column].digits)

    @staticmethod
    def sorted_by(cell: Cell) -> str:
        """What the browser sorts a cell by: empty where it is missing, which comes last."""
        return "" if _is_missing(cell) else str(cell)

    @property
    def address(self) -> str:
        """The CSV as a data: address."""
        content = (self.csv or self.to_csv()).encode()
        return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(content).decode()}"

    def to_csv(self) -> str:
        """All digits, units in the heads; nothing that a spreadsheet would take for a formula."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        heads = [f"{c.title} ({c.unit})" if c.unit else c.title for c in self.columns]
        writer.writerow([_harmless(head) for head in heads])
        writer.writerows([[_written(cell) for cell in row] for row in self.rows])
        return file.getvalue()


def shown(cell: Cell, digits: int = 3) -> str:
    """A cell as people read it: ``digits`` significant digits, a dash for what is missing."""
    if _is_missing(cell):
        return MISSING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | str):
        return str(cell)
    text = f"{cell:.{digits}g}"
    if "e" in text and 1e-4 <= abs(float(cell or 0)) < 1e6:
        text = f"{float(text):.0f}"
    return text.replace("-", "−") if "e" not in text else _power(text)


def _power(text: str) -> str:
    mantissa, exponent = text.split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.replace('-', '−')}×10{raised}"


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _is_missing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _written(cell: Cell) -> str:
    if _is_missing(cell):
        return ""
    return _harmless(cell) if isinstance(cell, str) else str(cell)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
