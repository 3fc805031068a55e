"""One frame of an extended xyz file, from its lines to arrays; every fault names its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearsight.data.formats.comment_line import keys_of
from nearsight.data.formats.foreign_parsers import one_line
from nearsight.data.formats.isolated import require_isolated, require_neutral, require_no_charges
from nearsight.data.formats.nuclear_charges import nuclear_charge
from nearsight.data.formats.xyz_blocks import Lines
from nearsight.errors import CorruptFileError, DataError

PLAIN = "species:S:1:pos:R:3"
"""Columns of a file that does not say which it has."""

_SPECIES = ("species", "symbols", "element", "elements")
_POSITIONS = ("pos", "positions")
_NUMBERS = ("Z", "numbers", "atomic_numbers")
# ASE's calculators take the sums of these columns for the charge and spin of the molecule.
_SUMMED = {"initial_charges": "charges", "initial_magmoms": "magnetic moments"}
_MOST_COLUMNS = 10_000


@dataclass(frozen=True)
class XyzFrame:
    """A frame whose further columns are converted when asked for.

    Attributes:
        path: the file.
        origin: file, frame and line of the comment, for messages.
        atomic_number: (atom,).
        position: (atom, 3).
        info: keys of the comment line, without those of columns, cell and boundaries.
        block: its lines.
        columns: first and last column and type (R, I, S or L) of each further property.
    """

    path: str
    origin: str
    atomic_number: np.ndarray
    position: np.ndarray
    info: Mapping[str, Any]
    block: Lines
    columns: Mapping[str, tuple[int, int, str]]

    def column(self, name: str) -> np.ndarray:
        """(atom, columns) numbers of a property; raises DataError where one is no number."""
        start, stop, _ = self.columns[name]
        rows = [line.split() for line in self.block.atoms]
        return _numbers(rows, start, stop, self.block, self.path)


def parse_frame(block: Lines, path: str) -> XyzFrame:
    """Parse a frame.

    Raises:
        CorruptFileError: it is not laid out as its comment says.
        DataError: no element, periodic, charged, or with unpaired electrons.
    """
    origin = f"{path}: line {block.line}: frame {block.frame}"
    info = keys_of(block.comment, origin)
    stated = info.pop("Properties", None)
    columns = _columns(PLAIN if stated is None else stated, origin)
    rows = [line.split() for line in block.atoms]
    _require_width(rows, columns, block, origin, exact=stated is not None)
    require_isolated(info, origin)
    require_neutral(info, origin, block.comment)
    for name, word in _SUMMED.items():
        if name in columns:
            values = _numbers(rows, *columns[name][:2], block, path)
            require_no_charges(values, origin, f"{word} of its atoms")
    position, species = _first(columns, _POSITIONS), _first(columns, _SPECIES + _NUMBERS)
    if position is None or species is None or columns[position][1] - columns[position][0] != 3:
        raise CorruptFileError(f"{origin}: Properties lacks pos:R:3, or species:S:1 or Z:I:1")
    start, stop, _ = columns[position]
    return XyzFrame(
        path=path,
        origin=origin,
        atomic_number=_elements(rows, columns[species][0], block, path),
        position=_numbers(rows, start, stop, block, path),
        info={key: value for key, value in info.items() if key not in ("Lattice", "pbc")},
        block=block,
        columns={k: v for k, v in columns.items() if k not in (position, species)},
    )


def _first(columns: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in columns), None)


def _columns(text: Any, origin: str) -> dict[str, tuple[int, int, str]]:
    """First and last column and type of each property of ``name:type:columns:...``."""
    fields = text.split(":") if isinstance(text, str) else []
    found: dict[str, tuple[int, int, str]] = {}
    start = 0
    for name, kind, width in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        sound = width.isascii() and width.isdecimal() and len(width) < 5 and kind in "RISL" and kind
        if not sound or not 0 < int(width) < _MOST_COLUMNS or name in found:
            found = {}
            break
        found[name] = (start, start + int(width), kind)
        start += int(width)
    if not found or len(fields) % 3:
        raise CorruptFileError(
            f"{origin}: Properties={one_line(text, 80)!r} is not name:type:columns:..."
        )
    return found


def _require_width(
    rows: list[list[str]], columns: Mapping[str, Any], block: Lines, origin: str, *, exact: bool
) -> None:
    width = max(stop for _, stop, _ in columns.values())
    for number, row in enumerate(rows, start=block.line + 1):
        if len(row) < width or (exact and len(row) > width):
            raise CorruptFileError(
                f"{origin}: cannot be read as extended xyz: line {number} has {len(row)} columns, "
                f"expected {width}"
            )


def _elements(rows: list[list[str]], column: int, block: Lines, path: str) -> np.ndarray:
    found = []
    for number, row in enumerate(rows, start=block.line + 1):
        try:
            found.append(nuclear_charge(row[column]))
        except DataError as error:
            raise DataError(
                f"{path}: cannot be read: line {number}: frame {block.frame}: {error}"
            ) from None
    return np.array(found, dtype=int)


def _numbers(rows: list[list[str]], start: int, stop: int, block: Lines, path: str) -> np.ndarray:
    found = np.empty((len(rows), stop - start))
    for k, row in enumerate(rows):
        try:
            found[k] = [float(text) for text in row[start:stop]]
        except ValueError:
            raise CorruptFileError(
                f"{path}: line {block.line + 1 + k}: frame {block.frame}: "
                f"{one_line(' '.join(row[start:stop]), 60)!r} are not {stop - start} numbers"
            ) from None
    return found
