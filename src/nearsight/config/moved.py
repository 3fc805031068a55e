"""Keys of study files of earlier versions, read under the names that they have now."""

from collections.abc import Mapping
from typing import Any


def with_moved_keys(values: Any, moved: Mapping[str, str]) -> Any:
    """A study file's values with keys where they stand now; one that is given twice is left.

    Args:
        values: as they were read; anything but keys and values is left as it is.
        moved: ``section.key`` of now by that of then.
    """
    result = values
    for then, now in moved.items():
        old, key = then.split(".")
        new, name = now.split(".")
        if not isinstance(result, Mapping) or key not in _section(result, old):
            continue
        if name in _section(result, new):
            continue
        kept = {k: v for k, v in _section(result, old).items() if k != key}
        there = {**_section(result, new), name: _section(result, old)[key]}
        result = {**result, old: kept, new: there}
    return result


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
