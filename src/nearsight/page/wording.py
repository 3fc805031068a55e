"""How the page writes what files spell for machines."""

import re
from typing import Final

from nearsight import units

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
