"""Finished checks beside an unfinished diagnosis, so that a killed one goes on where it was."""

import json
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import ase.io
import xarray as xr
from pydantic import TypeAdapter

from nearsight.diagnose.check import Result
from nearsight.diagnose.document import FindingPart, finding_of, finding_part
from nearsight.labels import variable
from nearsight.storage import FinishedParts

_FINDINGS = TypeAdapter(list[FindingPart])
_TEXTS = ("findings", "frames", "seconds")
_STEPS = 1000
"""Most checks of a model."""


class FinishedChecks:
    """Results of single checks beside the folder of the diagnosis.

    Args:
        out: folder of the diagnosis.
        made_from: what the results follow from, as JSON has it.
    """

    def __init__(self, out: Path, made_from: Mapping[str, Any]) -> None:
        self._parts = FinishedParts(out, made_from)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._parts.folder

    def read(self, model: int, check: int) -> tuple[Result, float] | None:
        """A result and the seconds it took, ``None`` where there is none that is whole."""
        found = self._parts.read(model * _STEPS + check)
        return None if found is None else (unpacked(found), float(found["seconds"]))

    def write(self, model: int, check: int, result: Result, seconds: float) -> None:
        """Keep a result.

        Args:
            model: its place.
            check: its place.
            result: what was found.
            seconds: that it took.
        """
        self._parts.write(model * _STEPS + check, packed(result, seconds), "a check")

    def scratch(self, model: int, check: int) -> Path:
        """A folder in which a check keeps what it needs to go on."""
        return self._parts.place(model * _STEPS + check)

    def remove(self) -> None:
        """Delete all of it; the diagnosis holds the results now."""
        self._parts.remove()


def packed(result: Result, seconds: float) -> xr.Dataset:
    """A result as one data set: its table, and findings and frames as text."""
    parts = [finding_part(finding) for finding in result.findings]
    findings = _FINDINGS.dump_json(parts).decode()
    frames = json.dumps({name: as_xyz(images) for name, images in result.frames.items()})
    return result.table.assign(
        findings=variable((), findings, "", "findings as JSON"),
        frames=variable((), frames, "", "structures by name, as extended xyz"),
        seconds=variable((), seconds, "s", "wall time of the check"),
    )


def unpacked(dataset: xr.Dataset) -> Result:
    """The result that :func:`packed` made a data set of."""
    parts = _FINDINGS.validate_json(str(dataset["findings"].item()))
    frames = json.loads(str(dataset["frames"].item()))
    return Result(
        findings=[finding_of(part) for part in parts],
        table=dataset.drop_vars(_TEXTS),
        frames={
            name: ase.io.read(StringIO(text), ":", format="extxyz") for name, text in frames.items()
        },
    )


def as_xyz(images: Sequence[ase.Atoms]) -> str:
    """Structures as extended xyz."""
    text = StringIO()
    ase.io.write(text, list(images), format="extxyz")
    return text.getvalue()
