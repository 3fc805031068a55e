"""From what stands in a file to a nuclear charge."""

from functools import lru_cache

from ase.data import atomic_numbers

from nearsight.data.formats.foreign_parsers import one_line
from nearsight.errors import DataError

LAST = 118
_ISOTOPES = {"d": "deuterium", "t": "tritium"}


@lru_cache(maxsize=1024)
def nuclear_charge(symbol: str) -> int:
    """Nuclear charge of a symbol in any case, or of a number written in its place.

    Raises:
        DataError: no element, or an isotope's own symbol; the caller names file and line.
    """
    if symbol.isdecimal() and len(symbol) <= 3 and 1 <= int(symbol) <= LAST:
        return int(symbol)
    if symbol.lower() in _ISOTOPES:
        raise DataError(
            f"{symbol!r} is {_ISOTOPES[symbol.lower()]}: write H; masses are those of the natural "
            "mixture of isotopes"
        )
    number = atomic_numbers.get(symbol.capitalize(), 0)
    if number < 1:
        raise DataError(f"{one_line(symbol, 40)!r} is no element; write a symbol such as C or Cl")
    return int(number)
