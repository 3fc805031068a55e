"""The verbs that join files: a stale one is a row that says so, or an error; never a number."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import Result
from study_folder import PAINN, SCHNET, study_of, write_file, write_study
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.collect.cases import read_cases
from nearsight.config import Study
from nearsight.errors import CorruptFileError, StaleFileError
from nearsight.figures.groups import group_seeds
from nearsight.figures.shown import left_out, mark_shown
from nearsight.lineage.products import files_of
from nearsight.storage import read_dataset, write_dataset, write_json

MADE = {file.path: file for file in files_of(study_of())}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    write_study(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "mine"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def collect(folder: Path) -> xr.Dataset:
    out = folder / "tables" / "decay_vs_stability.nc"
    result = run("collect", folder / "study.json", "--out", out)
    assert result.exit_code == 0, result.output
    return read_dataset(out)


def swap(folder: Path, name: str) -> None:
    """The file of another network in the place of this one's."""
    shutil.copy(folder / PAINN / name, folder / SCHNET / name)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("relevance.nc", "relevance"),
        ("response.nc", "response"),
        ("faithfulness.nc", "faithfulness"),
        ("stability.nc", "stability"),
        ("evaluation.nc", "evaluation"),
        ("history.nc", "history"),
    ],
)
def test_file_of_another_network(folder: Path, name: str, attribute: str) -> None:
    swap(folder, name)
    own = read_cases(study_of(), folder)[0]
    assert own.status == "stale"
    assert str(folder / SCHNET / name) in own.reason
    assert "anew" in own.reason
    assert "file" not in getattr(own, attribute).attrs  # not that of the other
    assert read_cases(study_of(), folder)[1].status == "ok"


def test_tests_of_another_relevance_are_not_read(folder: Path) -> None:
    swap(folder, "relevance.nc")
    own = read_cases(study_of(), folder)[0]
    assert "is not to be believed" in own.faithfulness.attrs["reason"]
    assert "file" not in own.faithfulness.attrs
    assert own.response.attrs["reason"] == ""


def test_card_of_another_network(folder: Path) -> None:
    swap(folder, "card.json")
    own = read_cases(study_of(), folder)[0]
    assert (own.status, own.card) == ("stale", None)


def test_reference_of_other_data_makes_the_rows_of_its_set_stale(folder: Path) -> None:
    other = folder / "other"
    other.write_text("other data")
    path = "ethanol/reference_response.nc"
    write_file(folder, study_of(), MADE[path], inputs={"data": other})
    for case in read_cases(study_of(), folder):
        assert case.status == "stale"
        assert str(folder / path) in case.reason
        assert case.reference.attrs["reason"]


def test_table_has_the_rows_and_says_why(folder: Path) -> None:
    study = study_of(training={"max_epochs": 12})
    write_json(study.model_dump(mode="json"), folder / "study.json")
    result = run("collect", folder / "study.json", "--out", folder / "t.nc")
    assert result.exit_code == 0, result.output
    assert "2 networks, 0 of them failed, 2 stale" in result.output
    assert "training.max_epochs is 300, not 12" in result.output
    rows = pd.read_csv(folder / "t.csv")
    assert rows["status"].tolist() == ["stale", "stale"]
    assert rows["reason"].str.contains("max_epochs").all()
    assert "epochs" not in rows or rows["epochs"].isna().all()  # the card says 7
    curves = read_dataset(folder / "curves.nc")
    assert curves["status"].to_numpy().tolist() == ["stale", "stale"]
    shown = mark_shown(group_seeds(curves, "relevance"), max_depths=1)
    assert left_out(shown) == "Left out: 2 stale."


def test_bundled_results_are_joined_without_data_and_trajectories(folder: Path) -> None:
    for path in [*folder.rglob("data.nc"), *folder.rglob("*dynamics.nc")]:
        path.unlink()
    table = collect(folder)
    assert (table["status"] == "ok").all()


def test_table_names_every_file_that_it_was_made_from(folder: Path) -> None:
    collect(folder)
    swap(folder, "history.nc")
    from nearsight.lineage.origins import Origins
    from nearsight.lineage.products import tables_of

    study = study_of()
    chain = Origins(study, folder, [*files_of(study), *tables_of(study)])
    found = chain.stale("tables/curves.nc")
    assert found is not None
    assert str(folder / SCHNET / "history.nc") in found.reason


def associate(folder: Path, curves: Path, table: Path) -> Result:
    return run(
        "associate", folder / "study.json", curves, table, "--out", folder / "association.nc"
    )


def test_association_of_two_runs_is_refused(folder: Path, tmp_path: Path) -> None:
    collect(folder)
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    write_file(other, study_of(), MADE[f"{SCHNET}/history.nc"])
    (other / SCHNET / "stability.nc").unlink()
    collect(other)
    table = other / "tables" / "decay_vs_stability.nc"
    error = associate(folder, folder / "tables" / "curves.nc", table).exception
    assert isinstance(error, StaleFileError)
    assert str(table) in str(error)
    assert str(folder / "tables" / "curves.nc") in str(error)
    assert not (folder / "association.nc").exists()


def test_association_of_a_study_of_other_settings_is_refused(folder: Path) -> None:
    collect(folder)
    tables = folder / "tables"
    changed: Study = study_of(statistics={"n_permutations": 200})
    write_json(changed.model_dump(mode="json"), folder / "study.json")
    error = associate(folder, tables / "curves.nc", tables / "decay_vs_stability.nc").exception
    assert isinstance(error, StaleFileError)
    assert "statistics.n_permutations is 10000, not 200" in str(error)
    assert str(folder / "study.json") in str(error)


def test_association_of_what_is_no_table_is_refused(folder: Path) -> None:
    collect(folder)
    tables = folder / "tables"
    error = associate(folder, folder / "ethanol/data.nc", tables / "decay_vs_stability.nc")
    assert isinstance(error.exception, CorruptFileError)
    assert "data.nc: not written by nearsight collect" in str(error.exception)
    swapped = associate(folder, tables / "decay_vs_stability.nc", tables / "curves.nc")
    assert "is table decay_vs_stability of a study of stability; expected curves" in str(
        swapped.exception
    )
    made_up = folder / "made_up.nc"
    values = xr.Dataset({"x": ("case", np.zeros(2), {"units": "1", "long_name": "x"})})
    write_dataset(values, made_up, title="curves of study mine")
    error = associate(folder, made_up, tables / "decay_vs_stability.nc")
    assert "made_up.nc: not written by nearsight collect" in str(error.exception)


@pytest.mark.parametrize("name", ["relevance.nc", "response.nc"])
def test_tests_of_relevance_refuse_files_of_another_network(folder: Path, name: str) -> None:
    swap(folder, name)
    home = folder / SCHNET
    error = run(
        "faithfulness", home / "model.safetensors", folder / "ethanol" / "data.nc",
        "--relevance", home / "relevance.nc", "--response", home / "response.nc",
        "--out", folder / "tests.nc",
    ).exception  # fmt: skip
    assert isinstance(error, StaleFileError)
    assert str(home / name) in str(error)
    assert str(home / "model.safetensors") in str(error)
    assert not (folder / "tests.nc").exists()


def test_tests_of_relevance_refuse_other_data(folder: Path) -> None:
    other = folder / "other.nc"
    write_dataset(xr.Dataset(), other, title="other data")
    home = folder / SCHNET
    error = run(
        "faithfulness", home / "model.safetensors", other,
        "--relevance", home / "relevance.nc", "--response", home / "response.nc",
        "--out", folder / "tests.nc",
    ).exception  # fmt: skip
    assert isinstance(error, StaleFileError)
    assert str(other) in str(error)
