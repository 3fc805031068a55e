"""Numbers of studies that a text says without a quote beside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"(?<![\w.^/-])[+-]?\d+(?:\.\d+)?(?![\w]|\.\d)"
UNIT = r"(?:meV/Å|meV/atom|decades?\b|meV\b|eV\b|K\b|ps\b|of \d+)"
CHAIN = r"(?:\s*(?:to|and|or|,|;)\s*)"
RESULTS = (
    re.compile(rf"{NUMBER}(?={CHAIN}{NUMBER})(?=(?:{CHAIN}{NUMBER})+\s{UNIT})"),
    re.compile(rf"{NUMBER}(?=\s{UNIT})"),
    re.compile(r"(?<=r\^)-?\d+(?:\.\d+)?"),
    re.compile(r"(?<=survival )\d\.\d+|(?<=survival of )\d\.\d+"),
    re.compile(r"(?<=rho )-?\d\.\d+|(?<=rho = )-?\d\.\d+|(?<=p = )\d\.\d+"),
    re.compile(r"(?<=\[)-?\d+(?:\.\d+)?(?=, )|(?<=, )-?\d+(?:\.\d+)?(?=\])"),
)
"""Numbers with the units and words of studies."""

DECIMAL = re.compile(r"(?<![\w.^/-])-?\d+\.\d+(?![\w]|\.\d)|(?<=\^)-\d+\.\d+")
"""Pages of studies quote numbers without a unit too."""


@dataclass(frozen=True)
class Span:
    """Where a number stands in a piece of text."""

    start: int
    end: int


def candidates(text: str, *, study: bool) -> Iterator[Span]:
    """Where numbers of studies stand, in the order of the text."""
    found = {m.span() for pattern in (*RESULTS, *[DECIMAL] * study) for m in pattern.finditer(text)}
    yield from (Span(*span) for span in sorted(found))


def places(text: str, literal: str) -> list[Span]:
    """Where a number stands in a text, as a number of its own and with its own sign."""
    number = re.escape(literal.rstrip("%"))
    sign = "" if literal[0] in "+-" else r"(?<![\w.])(?<!\^-)(?<![\s\[(]-)(?<!^-)"
    return [Span(*match.span()) for match in re.finditer(rf"{sign}{number}(?!\d|\.\d)", text)]
