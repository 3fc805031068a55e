"""The name of a program's file: a hash of everything that the program follows from."""

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

from nearsight.programs.machine import facts
from nearsight.programs.source import Source
from nearsight.storage import config_hash

SCHEMA = 1
"""To be raised with every change in how programs are made."""
_LETTERS = 32


def key_of(source: Source) -> str:
    """Hash of a source, the code behind it, and the machine."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "name": source.name,
        "function": f"{source.code.__module__}.{source.code.__qualname__}",
        "makeup": source.makeup,
        "code": code_of(source.code),
        "shapes": source.shapes(),
        "dtypes": [str(example.dtype) for example in source.examples],
        "options": sorted((key, repr(value)) for key, value in source.options.items()),
        **facts(source.device),
    }
    return config_hash(document)[:_LETTERS]


def code_of(function: Any) -> str:
    """Hash of the code of a function and of all that lies in the same room of nearsight."""
    module = sys.modules[function.__module__]
    top, *inner = function.__module__.split(".")
    if not inner:
        return _hash_of_files(Path(module.__file__ or ""))
    room = sys.modules[f"{top}.{inner[0]}"]
    return _hash_of_files(Path(room.__file__ or "").parent)


@cache
def _hash_of_files(place: Path) -> str:
    """Hash of a file, or of all source files below a folder, by their names and contents."""
    digest = hashlib.sha256()
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
