"""Whether a file can be read to its last byte, by its kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nearsight.errors import CorruptFileError, NearsightError

_SLICE_BYTES = 2**26
"""Most of a variable that is held at a time."""


def damage(path: Path) -> str:
    """What is wrong with a file's content; empty text where nothing is.

    NetCDF is read in full, so that checksums of its blocks are compared, JSON parsed, tensors
    compared with their checksum, pictures decoded, text decoded. Files of other kinds must not be
    empty.
    """
    try:
        if not path.stat().st_size:
            return f"{path}: is empty"
        _CHECKS.get(path.suffix, _text)(path)
    except NearsightError as error:
        return str(error)
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror or error})"
    return ""


def _netcdf(path: Path) -> None:
    import netCDF4

    try:
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            for name in file.ncattrs():
                file.getncattr(name)
            for variable in file.variables.values():
                _read(variable)
    except (OSError, RuntimeError, ValueError, UnicodeDecodeError, AttributeError) as error:
        raise CorruptFileError(f"{path}: cannot be read as NetCDF ({error})") from error


def _read(variable: Any) -> None:
    for name in variable.ncattrs():
        variable.getncattr(name)
    if not variable.ndim:
        variable[...]
        return
    rows = int(variable.shape[0])
    width = max(1, int(variable.size) // max(1, rows)) * 8
    step = max(1, _SLICE_BYTES // width)
    for first in range(0, rows, step):
        variable[first : first + step]


def _json(path: Path) -> None:
    from nearsight.config import load_study
    from nearsight.train.card import read_card

    (load_study if path.name == "study.json" else read_card)(path)


def _tensors(path: Path) -> None:
    from nearsight.models.tensors import read_tensors

    read_tensors(path)


def _drawing(path: Path) -> None:
    from xml.etree import ElementTree

    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - expat bounds what it expands
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise CorruptFileError(f"{path}: cannot be read as SVG ({error})") from error
    if not root.tag.endswith("svg") or not len(root):
        raise CorruptFileError(f"{path}: no drawing in it")


def _picture(path: Path) -> None:
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise CorruptFileError(f"{path}: cannot be read as PNG ({error})") from error


def _structures(path: Path) -> None:
    from nearsight.data.structures import read_structures

    read_structures(path)


def _text(path: Path) -> None:
    try:
        empty = not path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise CorruptFileError(f"{path}: not UTF-8 text ({error})") from error
    if empty:
        raise CorruptFileError(f"{path}: is empty")


_CHECKS: dict[str, Callable[[Path], None]] = {
    ".nc": _netcdf,
    ".json": _json,
    ".safetensors": _tensors,
    ".svg": _drawing,
    ".png": _picture,
    ".xyz": _structures,
}
