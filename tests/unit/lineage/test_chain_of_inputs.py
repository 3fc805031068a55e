"""A file that was made from another file than lies there, or with other settings, is found."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from study_folder import PAINN, SCHNET, STUDY, study_of, write_file, write_study

from nearsight.config import Study
from nearsight.config.feeding import stages_of
from nearsight.lineage.origins import Origins, Stale
from nearsight.lineage.products import File, files_of
from nearsight.storage import write_dataset

ALL = [file for file in files_of(study_of()) if not file.product.is_folder]
MADE = {file.path: file for file in ALL}
LINKS = [(file.path, role) for file in ALL for role in file.inputs]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    write_study(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "mine"))


def stale(folder: Path, path: str, study: Study | None = None) -> Stale | None:
    study = study or study_of()
    return Origins(study, folder, files_of(study)).stale(path)


def test_what_fits_is_believed(original: Path) -> None:
    assert [file.path for file in ALL if stale(original, file.path)] == []


@pytest.mark.parametrize(
    "file", [f for f in ALL if f.product.stage == "train"], ids=lambda f: f.path
)
def test_what_was_trained_when_families_were_architectures_fits(folder: Path, file: File) -> None:
    """The name of an axis is no reason to train again; the architecture itself is."""
    chosen = study_of().variant_table()[file.variant].model_dump(mode="json")
    for name in ("schnet", "painn"):
        old = {**{k: v for k, v in chosen.items() if k != "family"}, "architecture": name}
        write_file(folder, study_of(), file, settings={"variant": old})
        found = stale(folder, file.path)
        assert (found is None) == (name == chosen["family"]), found


@pytest.mark.parametrize(("path", "role"), LINKS)
def test_another_input_is_found(folder: Path, tmp_path: Path, path: str, role: str) -> None:
    """Whatever the file and whichever of its inputs: both are named."""
    other = tmp_path / "other"
    other.write_text("of another study")
    write_file(folder, study_of(), MADE[path], inputs={role: other})
    found = stale(folder, path)
    assert found is not None
    assert found.root == path
    assert str(folder / path) in found.reason
    assert str(folder / MADE[path].inputs[role]) in found.reason


def fed_keys() -> list[tuple[str, str, str]]:
    """A file of every stage, with each key that feeds it."""
    study = study_of()
    first: dict[str, File] = {}
    for file in ALL:
        first.setdefault(file.product.stage, file)
    sections = {
        "explain": "explain", "respond": "respond", "respond_reference": "respond",
        "reference_curves": "respond", "dynamics": "dynamics", "reference_dynamics": "dynamics",
        "stability": "statistics", "reference_stability": "statistics",
        "faithfulness": "faithfulness", "failures": "failures", "train": "training",
    }  # fmt: skip
    return [
        (first[stage].path, name, key)
        for stage, name in sections.items()
        for key in type(getattr(study, name)).model_fields
        if stage in stages_of(type(getattr(study, name)), key)
    ]


@pytest.mark.parametrize(("path", "section", "key"), fed_keys())
def test_another_setting_is_found(folder: Path, path: str, section: str, key: str) -> None:
    changed = {key: "another"}
    settings: dict[str, Any] = changed
    if section == "training":
        whole = study_of().training.model_dump(mode="json")
        settings = {"training": {**whole, **changed}}
    write_file(folder, study_of(), MADE[path], settings=settings)
    found = stale(folder, path)
    assert found is not None
    assert key in found.reason
    assert str(folder / path) in found.reason
    assert str(folder / "study.json") in found.reason


def test_settings_that_do_not_feed_a_stage_are_not_compared(folder: Path) -> None:
    """A study's step of differences is the reference's: networks have exact derivatives."""
    study = study_of(respond={"step": 0.01}, training={"checkpoint_every": 7})
    assert stale(folder, f"{SCHNET}/response.nc", study) is None
    assert stale(folder, f"{SCHNET}/model.safetensors", study) is None
    found = stale(folder, "ethanol/reference_response.nc", study)
    assert found is not None
    assert "step is 0.005, not 0.01" in found.reason


def test_another_yardstick_is_found(folder: Path) -> None:
    for path in ("ethanol/reference_response.nc", "ethanol/reference_stability.nc"):
        found = stale(folder, path, study_of(yardstick="gfn2"))
        assert found is not None
        assert "yardstick is 'same', not 'gfn2'" in found.reason
    assert stale(folder, f"{SCHNET}/stability.nc", study_of(yardstick="gfn2")) is None


def test_what_follows_a_stale_file_is_not_believed_either(folder: Path) -> None:
    study = study_of(training={"max_epochs": 12})
    found = stale(folder, f"{SCHNET}/stability.nc", study)
    assert found is not None
    assert found.root == f"{SCHNET}/model.safetensors"
    assert "training.max_epochs is 300, not 12" in found.reason


def test_network_of_another_folder(folder: Path) -> None:
    """All files of a network moved together fit one another, but not the name of their folder."""
    shutil.rmtree(folder / SCHNET)
    shutil.copytree(folder / PAINN, folder / SCHNET)
    found = stale(folder, f"{SCHNET}/relevance.nc")
    assert found is not None
    assert "variant.family is 'painn', not 'schnet'" in found.reason


def test_data_of_another_set(folder: Path) -> None:
    spec = {**STUDY["datasets"]["ethanol"], "molecule": "aspirin"}
    found = stale(folder, "ethanol/data.nc", study_of(datasets={"ethanol": spec}))
    assert found is not None
    assert "molecule is 'ethanol', not 'aspirin'" in found.reason
    warmer = {**STUDY["datasets"]["ethanol"], "sampling": {"temperature": 700.0}}
    found = stale(folder, "ethanol/data.nc", study_of(datasets={"ethanol": warmer}))
    assert found is not None
    assert "sampling.temperature is 500.0, not 700.0" in found.reason


def test_imported_from_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine.xyz", "other.xyz"):
        (tmp_path / name).write_text(name)
    spec = {"source": "import", "file": "mine.xyz", "energy_unit": "eV"}
    study = study_of(datasets={"ethanol": spec})
    settings = {"energy_unit": "eV", "length_unit": None, "energy_key": None}
    for name, fits in (("mine.xyz", True), ("other.xyz", False)):
        write_dataset(
            xr.Dataset(), tmp_path / "ethanol" / "data.nc", title="x",
            inputs={"file": tmp_path / name}, settings=settings | {"length_unit": "angstrom"},
        )  # fmt: skip
        found = stale(tmp_path, "ethanol/data.nc", study)
        assert (found is None) == fits
    assert found is not None
    assert "mine.xyz" in found.reason


@pytest.mark.parametrize(
    "missing", ["ethanol/data.nc", f"{SCHNET}/model.safetensors", f"{SCHNET}/dynamics.nc"]
)
def test_missing_input_proves_nothing(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert [file.path for file in ALL if stale(folder, file.path)] == []


def test_inputs_that_are_missing_must_at_least_be_the_same(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("another network")
    (folder / SCHNET / "model.safetensors").unlink()
    path = f"{SCHNET}/response.nc"
    write_file(folder, study_of(), MADE[path], inputs={"model": other})
    study = study_of()
    chain = Origins(study, folder, files_of(study))
    found = [chain.stale(file.path) for file in ALL]
    reasons = [one.reason for one in found if one is not None and one.root == path]
    assert reasons
    assert "while" in reasons[0]
    assert str(folder / path) in reasons[0]


def test_files_of_earlier_versions_are_believed(folder: Path) -> None:
    """They lack what was not recorded then; a setting that is new counts as its default."""
    path = folder / SCHNET / "relevance.nc"
    with xr.open_dataset(path) as old:
        settings = json.loads(old.attrs["settings"])
    del settings["budget"]
    attributes = {"inputs": {"model": folder / SCHNET / "model.safetensors"}}
    write_dataset(
        xr.Dataset(), path, title="old", settings=settings,
        inputs={**attributes["inputs"], "data": folder / "ethanol" / "data.nc"},
    )  # fmt: skip
    assert stale(folder, f"{SCHNET}/relevance.nc") is None
    history = MADE[f"{SCHNET}/history.nc"]
    write_dataset(
        xr.Dataset(), folder / history.path, title="old",
        inputs={"data": folder / "ethanol" / "data.nc"},
        settings={
            "variant": study_of().variant_table()[history.variant].model_dump(),
            "training": study_of().training.model_dump(),
        },
    )  # fmt: skip
    assert stale(folder, history.path) is None


def test_what_evaluate_writes_goes_by_its_network(folder: Path, tmp_path: Path) -> None:
    path = folder / SCHNET / "evaluation.nc"
    inputs = {"model": folder / SCHNET / "model.safetensors", "data": folder / "ethanol/data.nc"}
    write_dataset(xr.Dataset(), path, title="errors", inputs=inputs)
    assert stale(folder, f"{SCHNET}/evaluation.nc") is None
    inputs["model"] = folder / PAINN / "model.safetensors"
    write_dataset(xr.Dataset(), path, title="errors", inputs=inputs)
    assert stale(folder, f"{SCHNET}/evaluation.nc") is not None


KINDS = [
    ("reference_curves.nc", "reference_response.nc", "dispersion_d3"),
    ("reference_response.nc", "reference_curves.nc", "norm"),
    (f"{SCHNET}/relevance.nc", f"{SCHNET}/response.nc", "site_relevance_start"),
    (f"{SCHNET}/response.nc", f"{SCHNET}/relevance.nc", "norm"),
]


@pytest.mark.parametrize(("path", "other", "variable"), KINDS)
def test_file_of_another_kind(folder: Path, path: str, other: str, variable: str) -> None:
    """Two stages of the same inputs and settings are told apart by what their files hold."""
    path, other = (name if "/" in name else f"ethanol/{name}" for name in (path, other))
    described = {"units": "1", "long_name": "x"}
    inputs = {role: folder / place for role, place in MADE[path].inputs.items()}
    for name, fits in ((variable, True), ("another", False)):
        content = xr.Dataset({name: ("pair", [1.0], described)})
        write_dataset(content, folder / path, title=f"that of {other}", inputs=inputs)
        found = stale(folder, path)
        assert (found is None) == fits
    assert found is not None
    assert other in found.reason


def test_run_of_a_network_is_none_of_the_yardstick(folder: Path) -> None:
    shutil.copy(folder / SCHNET / "dynamics.nc", folder / "ethanol" / "reference_dynamics.nc")
    found = stale(folder, "ethanol/reference_stability.nc")
    assert found is not None
    assert found.root == "ethanol/reference_dynamics.nc"
    assert "made from a network too" in found.reason
