"""Results of a study without its arrays: every file says what it was made from, and no more."""

import hashlib
import json
from pathlib import Path
from typing import Any

import xarray as xr

from nearsight.config import Study, validate
from nearsight.config.feeding import settings_of
from nearsight.lineage.products import File, files_of
from nearsight.models.tensors import write_tensors
from nearsight.storage import provenance, write_dataset, write_json
from nearsight.storage.names import FRAMES
from nearsight.train.card import Card

STUDY: dict[str, Any] = {
    "name": "mine",
    "datasets": {"ethanol": {"source": "generate", "molecule": "ethanol"}},
    "variants": {
        "family": ["schnet", "painn"],
        "cutoff": [4.0],
        "depth": [1],
        "features": [8],
        "n_train": [50],
    },
}
SCHNET = "ethanol/schnet~rc4.0~T1~F8~n50~s0"
PAINN = "ethanol/painn~rc4.0~T1~F8~n50~s0"
FRAMES_TEXT = b"2\nchecked\nH 0 0 0\nH 0 0 0.74\n"
SECTIONS = {
    "explain": "explain", "explain_alkanes": "explain", "respond": "respond",
    "respond_given": "respond",
    "respond_reference": "respond", "reference_curves": "respond", "dynamics": "dynamics",
    "reference_dynamics": "dynamics", "stability": "statistics",
    "reference_stability": "statistics", "faithfulness": "faithfulness",
    "failures": "failures",
}  # fmt: skip


def study_of(**changes: Any) -> Study:
    """The study, with sections replaced."""
    return validate(Study, {**STUDY, **changes}, "test")


def write_study(folder: Path, study: Study | None = None) -> Study:
    """Every file that a study of decay and stability collects, as its stages would leave it."""
    study = study or study_of()
    write_json(study.model_dump(mode="json"), folder / "study.json")
    for file in files_of(study):
        if not file.product.is_folder:
            write_file(folder, study, file)
    return study


def write_file(folder: Path, study: Study, file: File, **changed: Any) -> None:
    """One of them; ``inputs``, ``settings`` and ``attributes`` may be given."""
    path = folder / file.path
    inputs = {role: folder / place for role, place in file.inputs.items()}
    inputs |= changed.get("inputs", {})
    stage = file.product.stage
    if path.suffix in (".txt", ".xyz"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FRAMES_TEXT)
    elif path.suffix == ".json":
        write_json(_card(study, file, inputs, changed), path)
    elif path.suffix == ".safetensors":
        run = {**_run(study, file.variant), **changed.get("settings", {})}
        header = {"provenance": {**provenance(inputs), "run": run}}
        write_tensors({}, path, {"nearsight": json.dumps(header)})
    else:
        settings = _settings(study, file, stage) | changed.get("settings", {})
        # Without arrays a file has to be of a stage that had nothing to work on.
        status = "ok" if stage.endswith("dynamics") else "failed"
        attributes = {"status": status, "reason": "", "molecule": "ethanol", "file": file.path}
        if file.product.stage == "failures":
            attributes |= {FRAMES: hashlib.sha256(FRAMES_TEXT).hexdigest(), "yardstick": "same"}
        if file.model is not None and file.model.calculator:
            arguments = json.dumps(file.model.arguments, sort_keys=True)
            said = {"calculator": file.model.calculator, "calculator_arguments": arguments}
            attributes |= said
        attributes |= changed.get("attributes", {})
        write_dataset(
            xr.Dataset(attrs=attributes), path, title="test", inputs=inputs, settings=settings
        )


def _settings(study: Study, file: File, stage: str) -> dict[str, Any]:
    if stage == "data":
        spec = study.datasets[file.dataset].model_dump(mode="json")
        return {"sampling": spec["sampling"], "split": spec["split"]}
    if stage == "train":
        return _run(study, file.variant)
    if stage == "evaluate_given":
        return {}
    given = settings_of(getattr(study, SECTIONS[stage]), stage)
    # Keys that do not feed a stage have their defaults in its file.
    return type(getattr(study, SECTIONS[stage]))(**given).model_dump(mode="json")


def _run(study: Study, variant: str) -> dict[str, Any]:
    chosen = study.variant_table()[variant]
    return {
        "variant": chosen.model_dump(mode="json"),
        "training": study.training.model_dump(mode="json"),
    }


def _card(
    study: Study, file: File, inputs: dict[str, Path], changed: dict[str, Any]
) -> dict[str, Any]:
    run = {**_run(study, file.variant), **changed.get("settings", {})}
    return Card(
        id=file.variant, status="ok", reason="", **run, n_parameters=1, n_radial=1,
        receptive_field_angstrom=4.0, data_sha256="", level_of_theory="", n_train=50,
        n_validation=1, n_test=1, epochs=7, best_epoch=7, end="", training_seconds=1.0,
        device="cpu", errors={}, error_units={}, provenance=provenance(inputs),
    ).model_dump(mode="json")  # fmt: skip
