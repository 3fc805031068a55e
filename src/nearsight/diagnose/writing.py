"""The files of a diagnosis: document, numbers in groups, frames, page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ase.io
import xarray as xr

from nearsight.diagnose.document import (
    CheckPart,
    Document,
    ModelPart,
    finding_part,
)
from nearsight.diagnose.finding import worst
from nearsight.diagnose.given import Given
from nearsight.diagnose.running import Diagnosed
from nearsight.diagnose.scenes import structure_of
from nearsight.errors import CorruptFileError
from nearsight.labels import variable
from nearsight.storage import provenance, read_groups, sha256, write_groups
from nearsight.storage.names import DIAGNOSIS_DOCUMENT, DIAGNOSIS_TABLES

ROOT = "/"


def document_of(diagnosed: Sequence[Diagnosed], given: Given) -> Document:
    """The document of a diagnosis.

    Args:
        diagnosed: every model with its checks.
        given: what was asked for.
    """
    made = provenance()
    models = [_model_part(model) for model in diagnosed]
    asked, reference = given.common, given.common.reference
    return Document(
        nearsight_version=made["nearsight_version"],
        git_commit=made["git_commit"],
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        hardware=made["hardware"],
        packages=json.loads(made["packages"]),
        effort=asked.effort,
        seed=asked.seed,
        structures=given.structures_file.name,
        structures_sha256=sha256(given.structures_file),
        n_structures=len(asked.structures),
        formulas=list(dict.fromkeys(a.get_chemical_formula() for a in asked.structures)),
        labels="" if given.labels_file is None else given.labels_file.name,
        labels_sha256="" if given.labels_file is None else sha256(given.labels_file),
        reference="none" if reference is None else reference.label,
        reference_attributes={} if reference is None else dict(reference.attributes),
        verdict=worst([model.verdict for model in models]),
        models=models,
    )


def _model_part(model: Diagnosed) -> ModelPart:
    opened = model.subject.model
    return ModelPart(
        label=model.label,
        kind=opened.kind,
        files={role: sha256(path) for role, path in opened.files.items()},
        attributes=dict(opened.attributes),
        cutoff_angstrom=opened.cutoff,
        depth=opened.depth,
        verdict=model.verdict,
        checks=[
            CheckPart(
                name=answer.check.name,
                title=answer.check.title,
                question=answer.check.question,
                verdict=answer.result.verdict,
                answer=answer.gist,
                seconds=answer.seconds,
                findings=[finding_part(finding) for finding in answer.result.findings],
            )
            for answer in model.answers
        ],
    )


def write_tables(
    document: Document, diagnosed: Sequence[Diagnosed], path: Path, given: Given
) -> None:
    """``diagnosis.nc``: findings and the document at its root, a group of each check of each model.

    Args:
        document: of the diagnosis.
        diagnosed: every model with its checks.
        path: of the file.
        given: what was asked for.
    """
    groups = {ROOT: _root(document).assign(structure_of(given.common.structures[0]))}
    for m, model in enumerate(diagnosed):
        for answer in model.answers:
            groups[group_of(m, answer.check.name)] = answer.result.table.assign_attrs(
                model=model.label, check=answer.check.name
            )
    settings = {"effort": document.effort, "seed": document.seed}
    write_groups(groups, path, title="diagnosis of models", inputs=given.inputs, settings=settings)


def group_of(model: int, check: str) -> str:
    """Path of a group in the file: names of models may hold what a path must not."""
    return f"/model_{model}/{check}"


@dataclass(frozen=True)
class Stored:
    """A diagnosis as its file holds it.

    Attributes:
        document: of the diagnosis.
        tables: of every model, by check.
        structure: the first structure (:func:`nearsight.diagnose.scenes.structure_of`).
    """

    document: Document
    tables: list[dict[str, xr.Dataset]]
    structure: xr.Dataset


def read_tables(path: Path) -> Stored:
    """A diagnosis from its file of numbers.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: damaged, or no diagnosis.
    """
    groups = read_groups(path)
    try:
        document = Document.model_validate_json(str(groups[ROOT]["document"].item()))
        tables = [
            {check.name: groups[group_of(m, check.name)] for check in model.checks}
            for m, model in enumerate(document.models)
        ]
    except (KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CorruptFileError(
            f"{path}: no diagnosis ({reason}); make one with nearsight diagnose"
        ) from None
    return Stored(document, tables, groups[ROOT][["first_atomic_number", "first_position"]])


def write_frames(diagnosed: Sequence[Diagnosed], folder: Path) -> list[Path]:
    """Structures worth a look, as extended xyz, a file of each name of each check.

    Args:
        diagnosed: every model with its checks.
        folder: that holds the diagnosis.
    """
    written = []
    for m, model in enumerate(diagnosed):
        for answer in model.answers:
            for name, images in answer.result.frames.items():
                path = folder / f"frames_model_{m}_{answer.check.name}_{name}.xyz"
                ase.io.write(path, list(images), format="extxyz")
                written.append(path)
    return written


def write_document(document: Document, folder: Path) -> None:
    """``diagnosis.json``."""
    text = json.dumps(document.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"
    (folder / DIAGNOSIS_DOCUMENT).write_text(text, encoding="utf-8")


def _root(document: Document) -> xr.Dataset:
    """All findings as a table, and the document as text."""
    rows = [
        {
            "model": model.label,
            "check": check.name,
            "quantity": finding.quantity,
            "value": _number(finding.value),
            "low": _number(finding.low),
            "high": _number(finding.high),
            "unit": finding.unit,
            "warn_beyond": _limit(finding.threshold, "warn"),
            "fail_beyond": _limit(finding.threshold, "fail"),
            "verdict": finding.verdict.value,
            "reason": finding.reason,
            "advice": finding.advice,
        }
        for model in document.models
        for check in model.checks
        for finding in check.findings
    ]
    columns = {
        name: variable("finding", [row[name] for row in rows], "as in unit" if number else "", text)
        for name, (number, text) in _COLUMNS.items()
    }
    text = json.dumps(document.model_dump(mode="json"), allow_nan=False)
    columns["document"] = variable((), text, "", "the diagnosis as JSON, see diagnosis.json")
    return xr.Dataset(columns, attrs={"status": "ok", "reason": ""})


_COLUMNS: dict[str, tuple[bool, str]] = {
    "model": (False, "label of the model"),
    "check": (False, "name of the check"),
    "quantity": (False, "what was measured"),
    "value": (True, "the number"),
    "low": (True, "lower bound of its interval"),
    "high": (True, "upper bound of its interval"),
    "unit": (False, "unit of value, bounds and thresholds"),
    "warn_beyond": (True, "threshold of a warning"),
    "fail_beyond": (True, "threshold of a failure"),
    "verdict": (False, "pass, warn, fail or not_applicable"),
    "reason": (False, "why"),
    "advice": (False, "what to do"),
}


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _limit(threshold: Any, name: str) -> float:
    return _number(None if threshold is None else getattr(threshold, name))


def tables_place(folder: Path) -> Path:
    """The file of numbers of a diagnosis that is named by its folder, or by the file itself."""
    return folder / DIAGNOSIS_TABLES if folder.is_dir() else folder
