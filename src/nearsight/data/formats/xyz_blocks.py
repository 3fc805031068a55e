"""Where the frames of an xyz file begin and end, line by line: none is passed over.

ASE ends without a word at the first blank line, so files joined by `cat` lost most of their frames.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nearsight.data.formats.foreign_parsers import one_line
from nearsight.errors import CorruptFileError

LONGEST_LINE = 1 << 20
"""Bytes; a longer line is no line of an xyz file, and might fill the memory."""

MOST_ATOMS = 1_000_000


@dataclass(frozen=True)
class Lines:
    """The lines of one frame.

    Attributes:
        frame: its number from 0.
        line: number of its comment line in the file, from 1.
        comment: the comment line.
        atoms: lines of its atoms.
    """

    frame: int
    line: int
    comment: str
    atoms: list[str]


def atom_count(text: str) -> int | None:
    """The number of atoms that a line states; ``None`` where it states none."""
    text = text.strip()
    plain = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_ATOMS))
    return int(text) if plain and int(text) <= MOST_ATOMS else None


def xyz_blocks(handle: Any, origin: str) -> Iterator[Lines]:
    """The frames of an xyz file; blank lines between and behind them are passed over.

    Args:
        handle: the open file, read as bytes.
        origin: its name, for messages.

    Raises:
        CorruptFileError: a line that is not UTF-8 or much too long, a frame that does not begin
            with a number of atoms, or one that is cut off; the line is named.
    """
    lines = _Lines(handle, origin)
    frame = 0
    while (first := lines.next()) is not None:
        if not first.strip():
            continue
        count, start = atom_count(first), lines.number
        if count is None:
            raise lines.fault(f"frame {frame} begins with {one_line(first, 60)!r}, not with a "
                              f"number of atoms up to {MOST_ATOMS}")  # fmt: skip
        comment = lines.next()
        atoms: list[str] = []
        while comment is not None and len(atoms) < count and (line := lines.next()) is not None:
            atoms.append(line)
        if comment is None or len(atoms) < count:
            raise lines.fault(
                f"the file ends in frame {frame}, which begins at line {start} and has "
                f"{len(atoms)} of its {count} atoms: it is cut off"
            )
        yield Lines(frame, start + 1, comment, atoms)
        frame += 1


class _Lines:
    """Lines of a file as text, counted."""

    def __init__(self, handle: Any, origin: str) -> None:
        self.handle, self.origin, self.number = handle, origin, 0

    def next(self) -> str | None:
        raw = self.handle.readline(LONGEST_LINE)
        if not raw:
            return None
        self.number += 1
        if len(raw) >= LONGEST_LINE:
            raise self.fault(f"is longer than {LONGEST_LINE} bytes")
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise self.fault("is not UTF-8 text") from None

    def fault(self, text: str) -> CorruptFileError:
        return CorruptFileError(f"{self.origin}: cannot be read as xyz: line {self.number}: {text}")
