"""Finished structures beside an unfinished output, so that a killed run goes on where it was."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Self

import ase
import numpy as np
import xarray as xr

from nearsight.storage import FinishedParts, sha256


class FinishedStructures:
    """Results of single structures beside the output, tied to model, structures and settings.

    Used as a context: an error keeps what is finished.

    Writing one result takes about as long as explaining a small molecule, so results wait in
    memory for up to ``interval`` seconds: that much work is lost when the process is killed.
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
        self._parts = FinishedParts(
            out,
            {
                "model": {role: sha256(path) for role, path in model.items()},
                "structures": fingerprint(structures),
                "settings": dict(settings),
            },
        )
        self._interval, self._written = interval, monotonic()
        self._waiting: dict[int, xr.Dataset] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()

    @property
    def folder(self) -> Path:
        """Where the results lie; removed by :meth:`remove`."""
        return self._parts.folder

    def read(self, index: int) -> xr.Dataset | None:
        """The result of a structure, ``None`` where there is none that is whole."""
        return self._parts.read(index)

    def write(self, index: int, result: xr.Dataset) -> None:
        """Keep the result of a structure, at the latest ``interval`` seconds from now."""
        self._waiting[index] = result
        if monotonic() - self._written >= self._interval:
            self._flush()

    def _flush(self) -> None:
        for index, result in self._waiting.items():
            self._parts.write(index, result, f"relevance of structure {index}")
        self._waiting.clear()
        self._written = monotonic()

    def remove(self) -> None:
        """Delete all results; the output holds them now."""
        self._waiting.clear()
        self._parts.remove()


def fingerprint(structures: Sequence[ase.Atoms]) -> str:
    """SHA-256 over nuclear charges, positions and total charges."""
    digest = hashlib.sha256()
    for structure in structures:
        charge = float(structure.info.get("total_charge", 0.0))
        digest.update(f"{len(structure)},{charge!r};".encode())
        digest.update(np.ascontiguousarray(structure.numbers, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(structure.positions, dtype="<f8").tobytes())
    return digest.hexdigest()
