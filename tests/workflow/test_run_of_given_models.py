"""GFN1-xTB beside one trained network, through the whole workflow; and what runs it anew."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from key_changes import plan
from snakemake_runs import CONFIG, planned_jobs, snakemake

from nearsight.config import load_study
from nearsight.storage import read_dataset
from nearsight.verification import survey

pytestmark = pytest.mark.slow

XTB = {
    "calculator": "tblite.ase:TBLite",
    "arguments": {"method": "GFN1-xTB", "verbosity": 0},
    "level_of_theory": "GFN1-xTB",
}
OPENED = {"evaluate_given", "explain", "respond_given", "faithfulness", "dynamics", "failures"}
FOLLOWING = {"collect", "associate", "figures"}


@pytest.fixture(scope="module")
def beside(folder: Path) -> Path:
    """The smallest study without one of its networks and with a given model, run to its end."""
    document = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    document |= {"variants": document["variants"][:1], "models": {"gfn1": XTB}}
    (folder / "study.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    run = snakemake(folder, "--cores", "2", config=folder / "study.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    # What was trained before stays as it is.
    assert planned_jobs(run.stdout + run.stderr).keys() - {"all", "total"} == (
        of_gfn1(OPENED | {"stability"}) | FOLLOWING | {"study_file"}
    )
    return folder


@pytest.fixture
def document(beside: Path) -> dict[str, Any]:
    found: dict[str, Any] = load_study(beside / "study.yaml").model_dump(mode="json")
    return found


def of_gfn1(stages: set[str]) -> set[str]:
    return {f"{stage}_of_gfn1" for stage in stages}


def test_it_stands_in_the_table_beside_what_was_trained(beside: Path) -> None:
    table = read_dataset(beside / "results/smoke/tables/decay_vs_stability.nc")
    assert table["origin"].to_numpy().tolist() == ["trained", "calculator"]
    assert table["status"].to_numpy().tolist() == ["ok", "ok"]
    for name in ("force_mae", "response_deviation_signed", "survival"):
        assert np.isfinite(table[name].to_numpy()).all(), name
    # A tight-binding method decays as the labels' own does, a network of thirty epochs does not.
    assert np.diff(table["response_deviation"].to_numpy()) < 0


def test_every_file_is_there_and_believed(beside: Path) -> None:
    assert [str(fault) for fault in survey(beside / "results/smoke").faults] == []


def test_nothing_is_done_twice(beside: Path, document: dict[str, Any]) -> None:
    assert plan(beside, document) == set()


def test_other_arguments_run_its_jobs_anew_and_no_others(
    beside: Path, document: dict[str, Any]
) -> None:
    document["models"]["gfn1"]["arguments"]["max_iterations"] = 300
    assert plan(beside, document) == of_gfn1(OPENED | {"stability"}) | FOLLOWING | {"study_file"}


def test_keys_of_a_stage_run_that_stage_of_both(beside: Path, document: dict[str, Any]) -> None:
    document["failures"]["gamma"] = 0.3
    expected = {"failures", "failures_of_gfn1", "study_file"} | FOLLOWING
    assert plan(beside, document) == expected


def test_training_is_none_of_its_business(beside: Path, document: dict[str, Any]) -> None:
    document["training"]["max_epochs"] = 31
    assert not {rule for rule in plan(beside, document) if rule.endswith("_of_gfn1")}


def test_a_further_model_runs_its_own_jobs_alone(beside: Path, document: dict[str, Any]) -> None:
    document["models"]["metal"] = {"calculator": "ase.calculators.emt:EMT"}
    planned = plan(beside, document)
    assert planned - {"study_file"} - FOLLOWING == {
        f"{stage}_of_metal" for stage in OPENED | {"stability"}
    }


def test_without_it_the_study_is_that_of_the_network_alone(
    beside: Path, document: dict[str, Any]
) -> None:
    """Only what joins results is done anew; the results of the model are left where they are."""
    del document["models"]
    assert plan(beside, document) == FOLLOWING | {"study_file"}


def test_the_plan_of_one_of_its_files_is_that_of_its_stage(beside: Path) -> None:
    run = snakemake(
        beside, "results/smoke/ethanol/gfn1/response.nc", "--forcerun", "respond_given_of_gfn1",
        "--dry-run", "--quiet", "rules", config=beside / "study.yaml",
    )  # fmt: skip
    assert planned_jobs(run.stdout + run.stderr) == {"respond_given_of_gfn1": 1, "total": 1}


def test_what_was_said_of_the_models_stands_in_the_study(beside: Path) -> None:
    written = json.loads((beside / "results/smoke/study.json").read_text(encoding="utf-8"))
    assert written["models"]["gfn1"]["arguments"] == XTB["arguments"]
