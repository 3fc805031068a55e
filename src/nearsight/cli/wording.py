"""Words of messages: a verb speaks of options where the library speaks of arguments and keys."""

import re
from collections.abc import Iterable

_SECTIONS = (
    "sampling", "training", "explain", "respond", "faithfulness", "dynamics", "failures",
    "statistics",
)  # fmt: skip
# A path, a key of a study file or a word in quotes is left as it is.
_WORD = r"(?<![\w./'\"-]){}(?![\w/'\"]|\.\w)"


def as_options(message: str, parameters: Iterable[str]) -> str:
    """A message in which arguments of functions and keys of settings are options of a verb.

    >>> as_options("state energy_unit; lower split.block", ["energy_unit", "split"])
    'state --energy-unit; lower block of --split'

    Args:
        message: of an error.
        parameters: names of the verb's parameters, as in Python.
    """
    known = set(parameters)
    for name in sorted(known):
        if "_" in name.strip("_"):
            message = re.sub(_WORD.format(name), f"--{name.replace('_', '-')}", message)
    if "split" in known:
        message = re.sub(_WORD.format(r"split\.(\w+)"), r"\1 of --split", message)
    if "settings" in known:
        keys = rf"(?:{'|'.join(_SECTIONS)})\.(\w+)"
        message = re.sub(_WORD.format(keys), r"--set \1", message)
    return message
