"""Another aim is one folder and one line in two lists: then all verbs and the workflow know it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from new_aim import with_another_aim
from study_folder import study_of, write_study

from nearsight.storage import read_dataset

VERBS = """
import sys
from typer.testing import CliRunner
from nearsight.cli import app
for line in sys.stdin.read().splitlines():
    result = CliRunner().invoke(app, line.split())
    print(line.split()[0], result.exit_code, " ".join(result.output.split()), result.exception)
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    with_another_aim(folder)
    return folder


def run(checkout: Path, *command: str, given: str = "") -> str:
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    done = subprocess.run(
        [sys.executable, *command], input=given, env=environment, cwd=checkout,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def write_results(folder: Path) -> None:
    """Those of a study of accuracy, whose study file says another aim."""
    study = study_of(aim="accuracy")
    write_study(folder, study)
    document = study.model_dump(mode="json") | {"aim": "epochs", "epochs": {"most": 9}}
    (folder / "study.json").write_text(json.dumps(document))


def write_studies(folder: Path) -> list[Path]:
    """Study files: a good one, one with a key out of bounds, and one that cannot serve the aim."""
    study = study_of(aim="accuracy").model_dump(mode="json") | {"aim": "epochs"}
    two = {**study["datasets"], "other": study["datasets"]["ethanol"]}
    paths = []
    for name, document in (
        ("good", {**study, "epochs": {"most": 3}}),
        ("keys", {**study, "epochs": {"most": 300}}),
        ("sets", {**study, "datasets": two}),
    ):
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(document))
    return paths


def test_all_verbs_know_it(checkout: Path, tmp_path: Path) -> None:
    """It is checked, collected, drawn and verified; in one process, since imports take longer."""
    folder = tmp_path / "results" / "mine"
    write_results(folder)
    tables, figures = folder / "tables", folder / "figures"
    lines = [
        *(f"config check {path}" for path in write_studies(tmp_path)),
        f"collect {folder}/study.json --out {tables}/epochs.nc",
        f"figures {tables}/epochs.nc --out {figures}",
        f"figures {tables}/longest.nc --out {figures}",
        f"verify {folder}",
    ]
    said = run(checkout, "-c", VERBS, given="\n".join(lines)).splitlines()
    assert [line.split()[1] for line in said] == ["0", "1", "1", "0", "0", "1", "0"], said
    assert "epochs.most = 300" in said[1]
    assert "aim epochs counts on one data set alone" in said[2]
    assert "2 networks, 0 of them failed" in said[3]
    assert "longest.nc: no figure is drawn from it; give epochs of a study" in said[5]
    table = read_dataset(tables / "epochs.nc")
    np.testing.assert_array_equal(table["epochs"], [7, 7])
    assert table.attrs["table"] == "epochs"
    assert float(read_dataset(tables / "longest.nc")["longest"]) == 7
    assert "epochs" in (tables / "epochs.csv").read_text().splitlines()[0]
    assert not (tables / "longest.csv").exists()
    assert (figures / "bars.txt").read_text() == "Epochs up to 7 of 2.\n"


def test_the_workflow_plans_it(checkout: Path, tmp_path: Path) -> None:
    """Networks are trained, tables joined, the figure drawn, and nothing else."""
    write_results(tmp_path)
    said = run(
        checkout, "-m", "snakemake", "--snakefile", str(checkout / "Snakefile"),
        "--directory", str(tmp_path / "run"), "--dry-run", "--quiet", "rules",
        "--configfile", str(tmp_path / "study.json"),
    )  # fmt: skip
    jobs = dict(line.split() for line in said.splitlines() if len(line.split()) == 2)
    expected = {"make_data": "1", "check_data": "1", "train": "2", "study_file": "1",
                "collect": "1", "figures": "1", "all": "1", "total": "8"}  # fmt: skip
    assert {name: jobs.get(name) for name in expected} == expected, said
