"""Tables of any aim: written with what they are, what they were made from, and who is missing."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from study_folder import PAINN, SCHNET, study_of, write_study

from nearsight.aims.collecting import Collected, collect_study
from nearsight.aims.specs import AIMS
from nearsight.collect.tables import read_any_table
from nearsight.config import Study
from nearsight.storage import sha256

AIM = "accuracy"


@pytest.fixture
def study() -> Study:
    return study_of(aim=AIM)


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    write_study(tmp_path / "mine", study)
    return tmp_path / "mine"


def collect(study: Study, folder: Path, name: str = "tables/accuracy.nc") -> Collected:
    return collect_study(study, folder / "study.json", folder / name)


def test_a_table_says_which_it_is_and_what_it_was_made_from(study: Study, folder: Path) -> None:
    made = collect(study, folder)
    (path,) = made.places
    assert str(made) == "2 networks, 0 of them failed"
    assert made.stale == ()
    name, aim, table = read_any_table(path)
    assert (name, aim) == ("accuracy", AIM)
    assert table.attrs["title"] == "accuracy of study mine"
    inputs = json.loads(table.attrs["inputs"])
    files = [f"{home}/{file}" for home in (SCHNET, PAINN) for file in AIMS[AIM].of_variants]
    assert set(inputs) == {"study", *files}
    assert all(inputs[file] == sha256(folder / file) for file in files)
    assert json.loads(table.attrs["settings"]) == study.model_dump(mode="json")


def test_its_text_stands_beside_it_under_the_same_name(study: Study, folder: Path) -> None:
    """Whatever the name that was asked for is."""
    collect(study, folder, "here/mine.nc")
    assert {path.name for path in (folder / "here").iterdir()} == {"mine.nc", "mine.csv"}
    head, *_ = (folder / "here" / "mine.csv").read_text().splitlines()
    assert "force_mae" in head


def test_networks_that_failed_or_are_stale_are_counted_and_told(study: Study, folder: Path) -> None:
    (folder / PAINN / "evaluation.nc").unlink()
    made = collect(study, folder)
    assert made.counts == {"ok": 1, "failed": 1}
    assert str(made) == "2 networks, 1 of them failed"
    shutil.copy(folder / SCHNET / "evaluation.nc", folder / PAINN / "evaluation.nc")
    made = collect(study, folder)
    assert made.counts == {"ok": 1, "stale": 1}
    assert str(made) == "2 networks, 0 of them failed, 1 stale"
    (reason,) = made.stale
    assert str(folder / PAINN / "evaluation.nc") in reason


def test_a_reason_of_many_networks_is_told_once(study: Study, folder: Path) -> None:
    (folder / "ethanol" / "data.nc").unlink()
    for home in (SCHNET, PAINN):
        (folder / home / "model.safetensors").unlink()
    other = study_of(aim=AIM, training={"max_epochs": 12})
    made = collect(other, folder)
    assert made.counts == {"stale": 2}
    assert len(made.stale) == len(set(made.stale)) == 2
    assert all("training.max_epochs is 300, not 12" in reason for reason in made.stale)


@pytest.mark.parametrize("as_flags", [True, False])
def test_how_networks_ended_is_read_from_flags_and_from_text(
    as_flags: bool, study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a table is a cube with places that no network has."""
    words = np.array([["ok", "diverged", "absent"], ["stale", "failed", "ok"]])
    status = xr.Variable(("a", "b"), words, {"units": "", "long_name": "how it ended"})
    if as_flags:
        names = ["absent", "ok", "diverged", "failed", "stale"]
        attrs = {"flag_values": np.arange(-1, 4, dtype="int8"), "flag_meanings": " ".join(names)}
        numbers = np.vectorize(names.index)(words).astype("int8") - np.int8(1)
        status = xr.Variable(("a", "b"), numbers, {**attrs, "units": "1", "long_name": "x"})
    reason = xr.Variable(("a", "b"), np.where(words == "stale", "old", "").astype(str),
                         {"units": "", "long_name": "why"})  # fmt: skip
    table = xr.Dataset({"status": status, "reason": reason})
    aim = type("Aim", (), {"spec": AIMS[AIM], "collect": lambda *_: {"accuracy": table}})
    monkeypatch.setattr("nearsight.aims.collecting.AIMS", {AIM: aim})
    made = collect(study, folder)
    assert made.counts == {"ok": 2, "diverged": 1, "failed": 1, "stale": 1}
    assert str(made) == "5 networks, 2 of them failed, 1 stale"
    assert made.stale == ("old",)
