"""Tables of the text: which numbers stand in which column, as ``layouts.yaml`` says."""

from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd
import yaml

from quoting.store import MINUS, Numbers, QuoteError, label, read

NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Layouts:
    """What is taken from results, and how tables look.

    Attributes:
        taken: per kind of table, the columns to take.
        titles: how names of rows are printed: ``schnet`` as SchNet.
        tables: per name, ``from``, and optionally ``rows`` (a condition), ``over`` (columns of
            which every row is the mean) and ``columns``: heading and template.
    """

    taken: dict[str, list[str]]
    titles: dict[str, str]
    tables: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Layouts":
        """Read ``layouts.yaml``."""
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(told["taken"], told["titles"], told["tables"])

    def table(self, name: str, numbers: Path) -> str:
        """A table in Markdown.

        Raises:
            QuoteError: no such layout, table or column.
        """
        if name not in self.tables:
            raise QuoteError(f"table {name}: not in docs/numbers/layouts.yaml")
        layout = self.tables[name]
        source = read(numbers / f"{layout['from']}.csv")
        columns = layout["columns"]
        lines = [columns, ["---"] * len(columns)]
        for row in _rows(source, layout):
            lines.append([self._cell(template, row, name) for template in columns.values()])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def _cell(self, template: str, row: dict[str, Any], name: str) -> str:
        try:
            cell = _Cells(self.titles).vformat(template, (), row)
        except KeyError as error:
            raise QuoteError(f"table {name}: no column {error.args[0]}") from error
        return NONE if NONE in cell and not any(c.isdigit() for c in cell) else cell


class _Cells(Formatter):
    """Templates with real minus signs, and a dash for what there is not."""

    def __init__(self, titles: dict[str, str]) -> None:
        self.titles = titles

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return self.titles.get(value, value)
        if pd.isna(value):
            return NONE
        text = format(value, format_spec)
        nothing = not text.strip("-+0.")
        return (text.lstrip("-") if nothing else text).replace("-", MINUS)


def _rows(source: Numbers, layout: dict[str, Any]) -> list[dict[str, Any]]:
    frame = source.rows(f"*[{layout['rows']}]") if "rows" in layout else source.frame
    if "over" not in layout:
        return frame.to_dict("records")
    return [_mean(rows, layout["over"]) for _, rows in frame.groupby(layout["over"], sort=False)]


def _mean(rows: pd.DataFrame, over: list[str]) -> dict[str, Any]:
    """The mean of rows, with ``_min``, ``_max`` beside it and their number as ``n_rows``."""
    row: dict[str, Any] = {column: label(rows[column].iloc[0]) for column in over}
    row["n_rows"] = len(rows)
    for column in rows.select_dtypes("number").columns:
        values = rows[column]
        row |= {column: values.mean(), f"{column}_min": values.min(), f"{column}_max": values.max()}
    return row
