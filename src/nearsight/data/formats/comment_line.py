"""The comment line of extended xyz: keys and values, in the grammar that ASE writes and reads.

ASE's own parser gives up a whole frame for one value that nobody needs (ragged JSON, a stress of
six numbers). Here such a value stays text, and only who needs it looks at it.
"""

import re
from typing import Any

import numpy as np

from nearsight.data.formats.foreign_parsers import one_line
from nearsight.errors import CorruptFileError

_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_PAIR = re.compile(
    rf"(?P<key>{_QUOTED}|[^\s=]+)\s*(?:=\s*(?P<value>{_QUOTED}|\{{[^{{}}]*\}}|\[[^\[\]]*\]|\S*))?"
)
_TRUE = ("T", "true", "True", "TRUE")
_FALSE = ("F", "false", "False", "FALSE")
_WORDS = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
_PARTS = re.compile(r"[^\s,]+")


def keys_of(comment: str, origin: str) -> dict[str, Any]:
    """Values by key: a number, an array of numbers, a boolean, a list of them, or text.

    A bare word is true, as for ASE.

    Args:
        comment: the line.
        origin: for the message.

    Raises:
        CorruptFileError: a key stands twice with two values.
    """
    raw: dict[str, str | None] = {}
    for match in _PAIR.finditer(comment):
        key, value = _bare(match["key"]), match["value"]
        if value is not None and raw.get(key) not in (None, value):
            raise CorruptFileError(
                f"{origin}: {one_line(key, 40)!r} stands twice in the comment: as "
                f"{one_line(raw[key], 40)!r} and as {one_line(value, 40)!r}"
            )
        raw[key] = value
    return {key: True if value is None else value_of(_bare(value)) for key, value in raw.items()}


def value_of(text: str) -> Any:
    """What a text means: number, array, boolean, list of booleans, or the text itself."""
    parts = _PARTS.findall(text)
    if not parts:
        return text
    if all(part in _WORDS for part in parts):
        words = [_WORDS[part] for part in parts]
        return words[0] if len(words) == 1 else words
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return text
    return numbers[0] if len(numbers) == 1 else np.array(numbers, dtype=float)


def _number(text: str) -> int | float:
    try:
        return int(text) if len(text) < 18 else float(text)
    except ValueError:
        return float(text)


def _bare(text: str) -> str:
    """Without the marks around it and the backslashes in it."""
    if len(text) > 1 and text[0] + text[-1] in ('""', "''", "{}", "[]"):
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text
