"""A fault of validation in one line: key path, value and what is allowed."""

import reprlib
from collections.abc import Mapping
from typing import Any

from nearsight.aims.specs import MOVED
from nearsight.families.specs import FAMILIES

_SOURCES = ("generate", "import", "published")
_TAGS = {"source": _SOURCES, "family": tuple(FAMILIES)}
"""What tells the kinds of an entry apart, and its values."""
# Values are shown cut short: aliases can make a small file stand for gigabytes of text.
SHORT = reprlib.Repr()
SHORT.maxlevel, SHORT.maxstring, SHORT.maxother = 2, 80, 80


def describe(fault: Any) -> str:
    """One of the errors of a ValidationError of pydantic, as a user reads it."""
    path, value, kind = _key_path(fault["loc"]), fault["input"], fault["type"]
    message = fault["msg"][0].lower() + fault["msg"][1:]
    message = message.removeprefix("value error, ")
    if kind == "extra_forbidden" and path in MOVED:
        return f"{path}: is called {MOVED[path]} now: move it there"
    if kind == "extra_forbidden":
        return f"{path}: unknown key; see config/README.md for the keys there are"
    if kind == "missing":
        return f"{path}: required key is missing"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _wrong_tag(path, kind, fault["ctx"])
    if isinstance(value, str) and kind in ("float_type", "int_type"):
        message += " (YAML reads 1e-3 as text: write 1.0e-3)"
    shown = "" if isinstance(value, Mapping) else f" = {SHORT.repr(value)}"
    return f"{path}{shown}: {message}" if path else message


def _wrong_tag(path: str, kind: str, context: Mapping[str, str]) -> str:
    """What is wrong with the key that tells the kinds of an entry apart."""
    name = context["discriminator"].strip("'")
    known = [repr(tag) for tag in _TAGS.get(name, ())]
    known = known or [tag for tag in context.get("expected_tags", "").split(", ") if tag]
    expected = f"expected {' or '.join(filter(None, [', '.join(known[:-1]), *known[-1:]]))}"
    key = f"{path}.{name}".lstrip(".")
    if kind == "union_tag_not_found":
        return f"{key}: required key is missing" + (f"; {expected}" if known else "")
    return f"{key} = {SHORT.repr(context['tag'])}: {expected}"


def _key_path(location: tuple[str | int, ...]) -> str:
    """Dotted path of a key of the file; pydantic's marks of union and key are left out."""
    parts = [str(part) for part in location if part != "[key]"]
    if parts[:1] == ["datasets"] and parts[2:3] and parts[2] in _SOURCES:
        del parts[2]
    if parts[:1] == ["variants"] and parts[2:3] and parts[2] in FAMILIES:
        del parts[2]
    elif parts[:1] and parts[0] in FAMILIES:
        del parts[0]
    return ".".join(part if part.isprintable() else repr(part) for part in parts)
