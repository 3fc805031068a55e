"""Units as files and users write them, brought to the names of :mod:`nearsight.units`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nearsight.data.formats.foreign_parsers import one_line
from nearsight.errors import DataError
from nearsight.units import TO_ANGSTROM, TO_EV

_ENERGIES = {
    **{name.lower(): name for name in TO_EV},
    **dict.fromkeys(("electronvolt", "electronvolts", "electron volt"), "eV"),
    **dict.fromkeys(("ha", "eh", "e_h", "hartrees", "au", "a.u."), "hartree"),
    **dict.fromkeys(("kcal/mole", "kcalmol"), "kcal/mol"),
    "kj/mole": "kJ/mol",
}
_LENGTHS = {
    **{name: name for name in TO_ANGSTROM},
    **dict.fromkeys(("ang", "a", "å", "a\u030a", "angs", "angstroms", "ångström"), "angstrom"),
    **dict.fromkeys(("a0", "a_0", "bohrs", "au", "a.u."), "bohr"),
    **dict.fromkeys(("nanometer", "nanometers", "nanometre"), "nm"),
}
_STYLES = {
    "metal": ("eV", "angstrom"),
    "real": ("kcal/mol", "angstrom"),
    "atomic": ("hartree", "bohr"),
    "atomic units": ("hartree", "bohr"),
    "au": ("hartree", "bohr"),
    "a.u.": ("hartree", "bohr"),
}
"""Systems of units, as LAMMPS and others name them."""

_LENGTH_WORDS = frozenset(
    (
        "length", "distance", "position", "positions", "pos", "coord", "coords", "coordinate",
        "coordinates", "r", "xyz", "geometry",
    )
)  # fmt: skip
_ENERGY_WORDS = frozenset(("e", "energy", "energies"))
_FORCE_WORDS = frozenset(("f", "force", "forces", "gradient", "gradients"))


def energy_unit(text: str) -> str | None:
    """Name in ``TO_EV``; ``None`` if it is none of them."""
    return _ENERGIES.get(_plain(text))


def length_unit(text: str) -> str | None:
    """Name in ``TO_ANGSTROM``; ``None`` if it is none of them."""
    return _LENGTHS.get(_plain(text))


def force_unit(text: str) -> tuple[str, str] | None:
    """Energy and length of "energy/length"; ``None`` if it is no force of known units.

    >>> force_unit("Hartree/Bohr"), force_unit("kcal mol-1 Ang-1"), force_unit("eV")
    (('hartree', 'bohr'), ('kcal/mol', 'angstrom'), None)
    """
    plain = _plain(text)
    if plain in ("au", "a.u."):
        return "hartree", "bohr"
    # The order of what is divided by does not matter: kcal/Å/mol is kcal/mol/Å.
    if re.fullmatch(r"k(cal|j)/[^/]+/mol", plain):
        energy, length, mole = plain.split("/")
        plain = f"{energy}/{mole}/{length}"
    energy, _, length = plain.rpartition("/")
    found = _ENERGIES.get(energy), _LENGTHS.get(length)
    return (found[0], found[1]) if found[0] and found[1] else None


def _plain(text: str) -> str:
    text = " ".join(str(text).lower().replace(" per ", "/").split())
    text = re.sub(r"\(([^()]*)\)", lambda found: re.sub(r"[\s*·]+", "/", found[1].strip()), text)
    text = re.sub(r"[\s*·]*([a-zåÅ]+_?0?)\s*(?:\^|\*\*)?\s*\(?[-⁻−][1¹]\)?", r"/\1", text)
    return re.sub(r"\s*/\s*", "/", text)


def declared_units(values: Mapping[str, Any], origin: str) -> dict[str, str]:
    """What a file's own keys say of its units.

    Keys such as ``energy_unit``, ``e_unit``, ``dft_forces_units``, ``distance_unit`` or ``units``.

    Args:
        values: what the file, or a frame, says of itself, by key.
        origin: for the message.

    Returns:
        Of ``energy_unit``, ``length_unit`` and ``force_unit`` those that are stated.

    Raises:
        DataError: a unit that is not known, or two that contradict.
    """
    found: dict[str, str] = {}
    for key, value in values.items():
        # A bare word in the comment of a plain xyz file stands as true.
        if not speaks_of_units(str(key)) or isinstance(value, bool):
            continue
        stem = str(_stem(str(key)))
        if not isinstance(value, str):
            raise DataError(f"{origin}: {one_line(key)} = {one_line(value)} names no unit")
        if stem == "":
            found |= _of_style(value, f"{origin}: {one_line(key)} = {one_line(value)!r}")
        elif kind := _kind(stem):
            if found.get(kind, value) != value:
                raise DataError(
                    f"{origin}: two units for {kind.removesuffix('_unit')}: "
                    f"{one_line(found[kind])!r} and {one_line(value)!r}"
                )
            found[kind] = value
    return found


def speaks_of_units(key: str) -> bool:
    """Whether :func:`declared_units` looks at a key."""
    stem = _stem(key)
    return stem is not None and (stem == "" or _kind(stem) is not None)


def _stem(key: str) -> str | None:
    """What a key about units speaks of; ``None`` for any other key."""
    plain = key.lower().replace("-", "_").strip("_ :")
    for pattern in (r"(.*?)_?units?", r"units?_(?:of_)?(.+)"):
        if match := re.fullmatch(pattern, plain):
            return match[1].strip("_")
    return None


def _kind(stem: str) -> str | None:
    words = set(stem.split("_"))
    if words & _FORCE_WORDS:
        return "force_unit"
    if words & _ENERGY_WORDS:
        return "energy_unit"
    return "length_unit" if words & _LENGTH_WORDS else None


def _of_style(value: str, origin: str) -> dict[str, str]:
    if pair := _STYLES.get(value.strip().lower()):
        return {"energy_unit": pair[0], "length_unit": pair[1]}
    found: dict[str, str] = {}
    for part in re.split(r"[,;]", value):
        if energy_unit(part):
            found["energy_unit"] = part.strip()
        elif length_unit(part):
            found["length_unit"] = part.strip()
        elif force_unit(part):
            found["force_unit"] = part.strip()
        else:
            raise DataError(f"{origin}: {part.strip()!r} is no unit that is known here")
    return found


def factors(
    origin: str,
    declared: Mapping[str, str | None],
    stated: Mapping[str, str | None],
) -> tuple[str, str, float]:
    """Names of the units of energy and length, and the factor of forces to eV/Å.

    Args:
        origin: the file, for messages.
        declared: ``energy_unit``, ``length_unit``, ``force_unit`` as the file says.
        stated: the same as the user says.

    Raises:
        DataError: unknown, missing, or declared and stated are not the same.
    """
    energy = _agreed(origin, "energy", declared, stated)
    length = _agreed(origin, "length", declared, stated) or "angstrom"
    if energy is None:
        raise DataError(
            f"{origin}: does not declare its energy unit: state it, e.g. energy_unit eV"
        )
    force = _agreed(origin, "force", declared, stated) or f"{energy}/{length}"
    over, _, under = force.rpartition("/")
    return energy, length, TO_EV[over] / TO_ANGSTROM[under]


def _agreed(
    origin: str, what: str, declared: Mapping[str, str | None], stated: Mapping[str, str | None]
) -> str | None:
    key = f"{what}_unit"
    names = [_named(origin, what, text) for text in (declared.get(key), stated.get(key)) if text]
    if len(set(names)) > 1:
        raise DataError(
            f"{origin}: the file declares its {what} unit as {one_line(declared[key])!r}, "
            f"but {one_line(stated[key])!r} was stated: drop the option"
        )
    return names[0] if names else None


def _named(origin: str, what: str, text: str) -> str:
    if what == "force":
        pair = force_unit(text)
        name, known = "/".join(pair) if pair else None, ["hartree/bohr", "eV/angstrom", "..."]
    elif what == "energy":
        name, known = energy_unit(text), list(TO_EV)
    else:
        name, known = length_unit(text), list(TO_ANGSTROM)
    if name is None:
        raise DataError(
            f"{origin}: unknown {what} unit {one_line(text, 40)!r}; known: {', '.join(known)}"
        )
    return name


def same_in_all(found: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """Units that every frame declares the same.

    Args:
        found: origin and declared units of each frame.

    Raises:
        DataError: two frames differ.
    """
    first: dict[str, str] | None = None
    for origin, units in found:
        if first is None:
            first, where = dict(units), origin
        elif dict(units) != first:
            raise DataError(
                f"{origin}: declares units {one_line(dict(units))}, but {one_line(first)} "
                f"at {where.rsplit(': ', 1)[-1]}: bring all frames to one unit"
            )
    return first or {}
