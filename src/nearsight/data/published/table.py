"""The table of published data sets, one row a file that can be fetched."""

import csv
from dataclasses import dataclass
from pathlib import Path

from nearsight.errors import ConfigError, DataError
from nearsight.storage import require_file

TABLE = Path(__file__).parents[4] / "config" / "datasets.tsv"
"""The table of a checkout; elsewhere it has to be named."""

_SHOWN = 8
_TEXT = (
    "name", "file", "version", "url", "checksum", "member", "energy_unit", "length_unit",
    "level_of_theory", "licence", "reference",
)  # fmt: skip
_NUMBERS = ("bytes", "temperature_K")
ALGORITHMS = ("sha256", "md5")


@dataclass(frozen=True)
class Published:
    """One published file.

    Attributes:
        name: what to call it.
        file: its name on disk.
        version: of the source.
        url: http, https, or ``pypi:PACKAGE==VERSION/FILE``.
        bytes: its size, ``None`` where it is not known.
        checksum: ``sha256:...`` or ``md5:...`` as its source publishes it; empty where unknown.
        member: file of the archive to read; empty where the file is read as it is, and ``*``
            where the reader takes the whole archive.
        energy_unit, length_unit: of its labels and positions.
        temperature: K of the sampling, ``None`` where there is none.
        level_of_theory: of its labels.
        licence: under which it is published.
        reference: doi of the paper.
    """

    name: str
    file: str
    version: str
    url: str
    bytes: int | None
    checksum: str
    member: str
    energy_unit: str
    length_unit: str
    temperature: float | None
    level_of_theory: str
    licence: str
    reference: str


def read_table(path: Path | None = None) -> dict[str, Published]:
    """Rows by name.

    Raises:
        MissingFileError: no such file.
        ConfigError: a column is missing, a name stands twice, or a value is not valid; names the
            row and the column.
    """
    path = path or TABLE
    found: dict[str, Published] = {}
    with require_file(path).open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle, delimiter="\t")
        missing = {*_TEXT, *_NUMBERS} - set(reader.fieldnames or ())
        if missing:
            raise ConfigError(f"{path}: lacks the columns {', '.join(sorted(missing))}")
        for row in reader:
            entry = _entry(row, f"{path}: {row['name']}")
            if entry.name in found:
                raise ConfigError(f"{path}: {entry.name} stands twice")
            found[entry.name] = entry
    return found


def find(name: str, table: dict[str, Published]) -> Published:
    """A row by its name.

    Raises:
        DataError: no such row; names those that begin alike.
    """
    if name in table:
        return table[name]
    alike = [known for known in table if known.split("_")[0] == name.split("_")[0]] or list(table)
    more = f" and {len(alike) - _SHOWN} more" if len(alike) > _SHOWN else ""
    raise DataError(
        f"no published data set {name!r}; there are {', '.join(alike[:_SHOWN])}{more} "
        "(nearsight data fetch --list)"
    )


def _entry(row: dict[str, str], origin: str) -> Published:
    algorithm, _, digest = row["checksum"].partition(":")
    if row["checksum"] and (algorithm not in ALGORITHMS or not digest):
        raise ConfigError(f"{origin}: checksum {row['checksum']!r}: expected sha256:... or md5:...")
    try:
        size = int(row["bytes"]) if row["bytes"] else None
        temperature = float(row["temperature_K"]) if row["temperature_K"] else None
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from None
    texts = {name: row[name] for name in _TEXT}
    return Published(bytes=size, temperature=temperature, **texts)
