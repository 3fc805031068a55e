"""Finished structures beside an unfinished output, so that a killed run goes on where it was."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Self

import ase
import numpy as np
import xarray as xr

from nearsight.errors import CorruptFileError
from nearsight.storage import (
    LAYOUT,
    config_hash,
    partial_of,
    provenance,
    read_dataset,
    remove_kept,
    sha256,
    sweep_inside,
    write_dataset,
)


class FinishedStructures:
    """Results of single structures in ``.NAME.partial`` beside the output.

    They lie in a folder named by a hash of all that they follow from, so that nothing is taken
    over from another model, other structures, other settings or another version of nearsight.
    Used as a context: an error keeps what is finished.

    Writing one result takes about as long as explaining a small molecule, so results wait in
    memory for up to ``interval`` seconds: that much work is lost when the process is killed.

    Attributes:
        folder: where the results lie; removed by :meth:`remove`.
    """

    def __init__(
        self,
        out: Path,
        *,
        model: Mapping[str, Path],
        structures: Sequence[ase.Atoms],
        settings: Mapping[str, Any],
        interval: float = 1.0,
    ) -> None:
        made_with = provenance()
        self._records = {"title", "settings", "config_hash", LAYOUT, *made_with}
        key = {
            "model": {role: sha256(path) for role, path in model.items()},
            "structures": fingerprint(structures),
            "settings": dict(settings),
            **{name: made_with[name] for name in ("nearsight_version", "git_commit", "packages")},
        }
        self._home = partial_of(out)
        self.folder = self._home / config_hash(key)[:16]
        if self._home.is_dir() and not self.folder.is_dir():
            remove_kept(self._home)
        sweep_inside(self._home)
        self._interval, self._written = interval, monotonic()
        self._waiting: dict[int, xr.Dataset] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()

    def read(self, index: int) -> xr.Dataset | None:
        """The result of a structure, ``None`` where there is none that is whole."""
        path = self._path(index)
        if not path.is_file():
            return None
        try:
            found = read_dataset(path).drop_encoding()
        except CorruptFileError:
            return None
        # What was written along the way says how this file was made, not what is in it.
        found.attrs = {k: v for k, v in found.attrs.items() if k not in self._records}
        return found

    def write(self, index: int, result: xr.Dataset) -> None:
        """Keep the result of a structure, at the latest ``interval`` seconds from now."""
        self._waiting[index] = result
        if monotonic() - self._written >= self._interval:
            self._flush()

    def _flush(self) -> None:
        for index, result in self._waiting.items():
            write_dataset(result, self._path(index), title=f"relevance of structure {index}")
        self._waiting.clear()
        self._written = monotonic()

    def remove(self) -> None:
        """Delete all results; the output holds them now."""
        self._waiting.clear()
        remove_kept(self._home)

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:06d}.nc"


def fingerprint(structures: Sequence[ase.Atoms]) -> str:
    """SHA-256 over nuclear charges, positions and total charges."""
    digest = hashlib.sha256()
    for structure in structures:
        charge = float(structure.info.get("total_charge", 0.0))
        digest.update(f"{len(structure)},{charge!r};".encode())
        digest.update(np.ascontiguousarray(structure.numbers, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(structure.positions, dtype="<f8").tobytes())
    return digest.hexdigest()
