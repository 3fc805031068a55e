"""What a file says beyond atoms and places: cells, charges and spins. Refused, never dropped.

nearsight treats isolated, neutral, closed-shell molecules: the reference engine computes nothing
else, and its networks know nothing of charge or spin.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nearsight.data.formats.foreign_parsers import one_line
from nearsight.errors import DataError

CELLS = frozenset(
    ("lattice", "cell", "unit_cell", "unitcell", "cell_vectors", "lattice_vectors", "box")
)
CHARGES = frozenset(
    (
        "charge", "total_charge", "totalcharge", "net_charge", "netcharge", "molecular_charge",
        "mol_charge", "molcharge", "system_charge", "formal_charge", "chrg", "q",
    )
)  # fmt: skip
MULTIPLICITIES = frozenset(
    ("multiplicity", "mult", "spin_multiplicity", "spinmultiplicity", "molecular_multiplicity")
)
UNPAIRED = frozenset(
    (
        "uhf", "unpaired", "unpaired_electrons", "n_unpaired", "nunpaired", "num_unpaired",
        "magmom",
    )
)  # fmt: skip
SPINS = frozenset(("spin", "total_spin"))
BEYOND_ATOMS = CELLS | CHARGES | MULTIPLICITIES | UNPAIRED | SPINS | {"pbc"}
"""Every key that the checks of this module look at, in small letters."""

# "charge: -2" or "multiplicity 3" in the free text of a plain xyz file.
_SPOKEN = re.compile(
    r"(?i)\b((?:total|net|molecular)?[ _-]?(?:charge|chrg|multiplicity))\b\s*[:=]?\s*"
    r"([-+]?\d+(?:\.\d+)?)(?![\w.])"
)
# The whole comment "-2 1" is charge and multiplicity for several programs.
_PAIR = re.compile(r"\s*([-+]?\d)\s+(\d)\s*")
_LIMIT = 0.01


def require_isolated(values: Mapping[str, Any], origin: str) -> None:
    """Refuse a cell, unless periodic boundaries are off (a molecule in a box).

    Args:
        values: what the frame or file says of itself, by key.
        origin: for the message.

    Raises:
        DataError: a cell or periodic boundaries.
    """
    lower = {str(key).lower(): value for key, value in values.items()}
    cells = {key: lower[key] for key in CELLS if key in lower and lower[key] is not True}
    stated = lower.get("pbc")
    if stated is None:
        periodic = any(value is not None for value in cells.values())
    else:
        periodic = _periodic(stated, origin)
    if not periodic:
        return
    if cells and all(_is_zero(value) for value in cells.values()):
        raise DataError(
            f'{origin}: {min(cells)} is zero, which is no cell: remove it, or write pbc="F F F"'
        )
    raise DataError(
        f"{origin}: is periodic; nearsight treats isolated molecules"
        + ("" if stated is not None else ': write pbc="F F F" where the cell is a mere box')
    )


def _periodic(stated: Any, origin: str) -> bool:
    values = np.ravel(np.asarray(stated, dtype=object)).tolist()
    if any(value not in (True, False) for value in values):
        raise DataError(f"{origin}: pbc = {one_line(stated)} is neither true nor false")
    return any(values)


def _is_zero(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind in "iuf" and not array.any()


def require_neutral(values: Mapping[str, Any], origin: str, comment: str = "") -> None:
    """Refuse a total charge or unpaired electrons.

    ``charge=0``, ``multiplicity=1``, ``spin=0`` and ``spin=1`` (some write 2S, some 2S + 1) are
    those of a neutral closed shell.

    Args:
        values: what the frame or file says of itself, by key; arrays hold a value a frame.
        origin: for the message.
        comment: the free text of a plain xyz file.

    Raises:
        DataError: a charge, unpaired electrons, or a value that is no number.
    """
    for key, value in values.items():
        allowed = _allowed(str(key).lower())
        # A bare word in the comment stands as true.
        if allowed and not isinstance(value, bool):
            _require(str(key), value, allowed, origin)
    for key, value in _SPOKEN.findall(comment):
        _require(key.strip(), float(value), _allowed(re.split(r"[ _-]", key.lower())[-1]), origin)
    if pair := _PAIR.fullmatch(comment):
        charge, multiplicity = int(pair[1]), int(pair[2])
        if charge and pair[1][0] in "+-":
            raise _refusal(f"{origin}: the comment {comment.strip()!r} states charge {charge:+d}"
                           f" and multiplicity {multiplicity}")  # fmt: skip


def _allowed(key: str) -> tuple[float, ...]:
    if key in CHARGES or key in UNPAIRED:
        return (0.0,)
    if key in MULTIPLICITIES:
        return (1.0,)
    # Some write 2S, others 2S + 1.
    return (0.0, 1.0) if key in SPINS else ()


def _require(key: str, value: Any, allowed: tuple[float, ...], origin: str) -> None:
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{origin}: {key} = {one_line(value, 40)!r} is no number") from None
    off = np.min([np.abs(numbers - number) for number in allowed], axis=0)
    # Written so that NaN is refused as well.
    bad = np.ravel(~(off < _LIMIT))
    if bad.any():
        raise _refusal(f"{origin}: {key} = {np.ravel(numbers)[bad.argmax()]:g}")


def _refusal(what: str) -> DataError:
    return DataError(
        f"{what}: only neutral closed-shell molecules are treated; leave such frames out"
    )


def require_no_charges(charges: Any, origin: str, word: str = "charges of its atoms") -> None:
    """Refuse charges (or magnetic moments) of atoms that add up to those of an ion or a radical.

    Args:
        charges: (atom,) in units of e; any values that add up.
        origin: file and frame, for the message.
        word: what they are, for the message.

    Raises:
        DataError: they do not add up to zero.
    """
    total = float(np.sum(np.asarray(charges, dtype=float)))
    if not abs(total) < 0.5:
        raise _refusal(f"{origin}: {word} add up to {total:+.3g}")
