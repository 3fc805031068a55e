"""What an aim says of itself, without any code of its tables and figures.

Read by the configuration, the workflow and those who look at a folder of results, none of which
needs a library of arrays, of networks or of drawing for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nearsight.product import Product
from nearsight.section import Section


class Planned(Protocol):
    """What the check of an aim sees of a study."""

    @property
    def datasets(self) -> Mapping[str, Any]:
        """Where data sets come from, by name."""

    def cases(self) -> Sequence[tuple[str, Any]]:
        """Every network: data set and variant."""


@dataclass(frozen=True)
class Table:
    """A table of a study: ``tables/<name>.nc``.

    Attributes:
        name: of its files, and what the attribute ``table`` of such a file says.
        text: what it is called in the report and in its title.
        csv: whether it stands as ``tables/<name>.csv`` too.
        rule: of the workflow that makes it.
        made_from: other tables, where it is not made from the files of variants and data sets.
        role: under which a file made from it records it.
    """

    name: str
    text: str
    csv: bool = True
    rule: str = "collect"
    made_from: tuple[str, ...] = ()
    role: str = "table"

    @property
    def place(self) -> str:
        """Path within the study's folder."""
        return f"tables/{self.name}.nc"

    @property
    def csv_place(self) -> str:
        """The same of its text."""
        return f"tables/{self.name}.csv"


def nothing_to_check(_: Planned) -> None:
    """Of an aim that takes every study."""


@dataclass(frozen=True)
class AimSpec:
    """An aim: what a study is for.

    Attributes:
        name: what a study file says, and the name of its folder.
        text: one line on what it is for.
        of_variants: files of every variant on every data set that its tables are made from.
        of_datasets: files of every data set that they are made from.
        tables: in the order of the report; the first is the one that ``collect --out`` names.
        figures: name of the table that each figure is drawn from, by the figure's name, in the
            order in which they are drawn and reported.
        needs_yardstick: whether its tables compare with the reference engine, or the yardstick in
            its place.
        needs_forces: whether data without forces are refused before anything is trained on them.
        products: files that rules of its own make; each after those it is made from.
        has_rules: whether it has such rules, in ``workflow/rules/aims/<name>.smk``.
        settings: keys of its own, the section ``<name>`` of a study file.
        moved: keys of study files of earlier versions, with what they are called now.
        check: raises ValueError, before any job starts, where a study cannot serve the aim.
    """

    name: str
    text: str
    of_variants: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: Mapping[str, str]
    of_datasets: tuple[str, ...] = ()
    needs_yardstick: bool = False
    needs_forces: bool = False
    products: tuple[Product, ...] = ()
    has_rules: bool = False
    settings: type[Section] | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Planned], None] = nothing_to_check

    def table(self, name: str) -> Table:
        """The table of a name.

        Raises:
            KeyError: it has none of that name.
        """
        return {table.name: table for table in self.tables}[name]

    def made_by(self, rule: str) -> tuple[Table, ...]:
        """The tables that a rule makes."""
        return tuple(table for table in self.tables if table.rule == rule)

    @property
    def table_places(self) -> list[str]:
        """Paths of all tables within the study's folder, as NetCDF and as text."""
        texts = [table.csv_place for table in self.tables if table.csv]
        return [table.place for table in self.tables] + texts

    def places(self, rule: str, out: Path, main: str = "") -> list[tuple[Path, Table]]:
        """Where a command puts the tables of a rule: first one as it was named, others beside it.

        Two may have one place, where a file is named as another table is: the command refuses that.

        Args:
            rule: that makes them.
            out: the file that was named.
            main: the table that it is; the first by default.
        """
        tables = self.made_by(rule)
        first = main or tables[0].name
        beside = [
            (out.with_name(f"{table.name}.nc"), table) for table in tables if table.name != first
        ]
        return [(out, self.table(first)), *beside]

    @property
    def drawn_from(self) -> tuple[Table, ...]:
        """The tables that figures are drawn from, in the order in which figures need them."""
        return tuple(self.table(name) for name in dict.fromkeys(self.figures.values()))


def targets_other_than(study: Planned, target: str) -> list[str]:
    """What networks of a study learn beside a target, each once."""
    return [name for name in dict.fromkeys(v.target for _, v in study.cases()) if name != target]
