"""How the page writes what files spell for machines."""

import re
from typing import Final

from nearsight import units

LONG: Final = 360
"""Characters of a caption that are read at a glance, about four lines: our choice."""

RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit_as_read(unit: str) -> str:
    """A unit as chemists write it, of UDUNITS or of any other spelling; empty for a pure number.

    >>> unit_as_read("eV angstrom-2")
    'eV Å⁻²'
    """
    if unit == units.ONE:
        return ""
    text = re.sub(r"\bangstrom", "Å", unit)
    return re.sub(r"(?<=[A-Za-zÅ])\^?(-?\d+)\b", lambda power: power[1].translate(RAISED), text)


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a text: empty lines part them."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def folded(text: str, most: int = LONG) -> tuple[str, str]:
    """Whole sentences of at most ``most`` characters, at least one, and the rest of the text."""
    if len(text) <= most:
        return text, ""
    ends = [match.end() for match in re.finditer(r"[.?!](?=\s+[A-Z])", text)]
    if not ends:
        return text, ""
    cut = max([end for end in ends if end <= most], default=ends[0])
    return text[:cut], text[cut:].strip()
