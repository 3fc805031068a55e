"""How a family looks in every figure: its name as its authors write it, marker, line and colour."""

from dataclasses import dataclass
from typing import Literal

Line = Literal["-"] | tuple[float, tuple[float, ...]]
"""A line style of matplotlib: solid, or (offset, (on, off, ...)) in widths of the line."""


@dataclass(frozen=True)
class Look:
    """What tells a family from the others on a page.

    Attributes:
        title: the name as its authors write it.
        marker: of points, as matplotlib names it.
        line: style of lines where families share a panel.
        color: of lines where colour means the family; one of Okabe and Ito's.
    """

    title: str
    marker: str
    line: Line
    color: str
