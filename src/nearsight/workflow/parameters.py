"""What rules tell commands: settings as text, and what is no reason to run anything again."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any


class Untracked:
    """Text of a command that Snakemake does not compare with that of the last run.

    Snakemake remembers parameters of the kinds that Python writes down (text, numbers, lists) and
    runs a job anew when one has changed; of any other object it takes the text alone.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def as_json(values: Mapping[str, Any]) -> str:
    """Settings as one word of a command line, in the order in which they are declared."""
    return json.dumps(values)


def as_options(values: Mapping[str, Any]) -> str:
    """Options of a command line, quoted; those without a value are left out.

    Args:
        values: by option; a list repeats the option.
    """
    pairs = [
        (name, value)
        for name, given in values.items()
        for value in (given if _is_list(given) else [given])
    ]
    return " ".join(f"{name} {shlex.quote(str(value))}" for name, value in pairs if str(value))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
