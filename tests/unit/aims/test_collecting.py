"""Tables of any aim: written with what they are, what they were made from, and who is missing."""

import json
import shutil
from pathlib import Path

import pytest
import xarray as xr
from study_folder import PAINN, SCHNET, study_of, write_study
from typer.testing import CliRunner

from nearsight.aims.collecting import Collected, collect_study
from nearsight.aims.specs import AIMS
from nearsight.cli import app
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


def test_networks_are_counted_by_how_they_ended(
    study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Diverged trainings among those that failed; a reason of several networks is told once."""
    ended = ["ok", "diverged", "stale", "failed", "ok", "stale"]
    columns = {"status": ended, "reason": ["old" if one == "stale" else "" for one in ended]}
    described = {"units": "", "long_name": "x"}
    table = xr.Dataset({name: ("model", text, described) for name, text in columns.items()})
    aim = type("Aim", (), {"spec": AIMS[AIM], "collect": lambda *_: {"accuracy": table}})
    monkeypatch.setattr("nearsight.aims.collecting.AIMS", {AIM: aim})
    made = collect(study, folder)
    assert made.counts == {"ok": 2, "diverged": 1, "failed": 1, "stale": 2}
    assert str(made) == "6 networks, 2 of them failed, 2 stale"
    assert made.stale == ("old",)


@pytest.mark.parametrize(
    ("verb", "name"), [("collect", "curves"), ("collect", "failures"), ("associate", "question")]
)
def test_a_table_may_not_be_named_as_another_is(verb: str, name: str, tmp_path: Path) -> None:
    """One of the two would be lost."""
    (tmp_path / "mine").mkdir()
    write_study(tmp_path / "mine")
    study, out = tmp_path / "mine" / "study.json", tmp_path / "mine" / f"{name}.nc"
    tables = [out.with_name("a.nc"), out.with_name("b.nc")] if verb == "associate" else []
    for path in tables:
        path.touch()
    given = [study, *tables]
    refused = CliRunner().invoke(app, [verb, *map(str, given), "--out", str(out)])
    assert refused.exit_code != 0
    assert f"{name}.nc: is the same file as" in str(refused.exception)
    assert not out.exists()
