"""Models that a study is given: what is planned for them, and what runs their jobs anew."""

from pathlib import Path

import pytest
from snakemake_runs import CONFIG, REPOSITORY, planned_jobs, snakemake

MODELS = """
models:
  gfn1: {calculator: "tblite.ase:TBLite", arguments: {method: GFN1-xTB, verbosity: 0}}
  ours: {file: ours/model.safetensors}
"""
OF_GIVEN = (
    "evaluate_given", "explain", "respond_given", "faithfulness", "dynamics", "stability",
    "failures",
)  # fmt: skip


def study_in(folder: Path, models: str = MODELS) -> Path:
    """The smallest real study with models, and the file that one of them is."""
    (folder / "ours").mkdir(exist_ok=True)
    (folder / "ours" / "model.safetensors").touch()
    study = folder / "study.yaml"
    study.write_text(CONFIG.read_text(encoding="utf-8") + models, encoding="utf-8")
    return study


def test_each_stage_but_training_is_planned_for_each_beside_the_variants(tmp_path: Path) -> None:
    run = snakemake(tmp_path, "--dry-run", "--quiet", "rules", config=study_in(tmp_path))
    assert run.returncode == 0, run.stderr
    jobs = planned_jobs(run.stdout + run.stderr)
    bare = snakemake(tmp_path, "--dry-run", "--quiet", "rules")
    before = planned_jobs(bare.stdout + bare.stderr)
    own = {f"{stage}_of_{name}": 1 for stage in OF_GIVEN for name in ("gfn1", "ours")}
    assert jobs == {**before, **own, "total": before["total"] + len(own)}


def test_the_example_of_the_project_is_planned(tmp_path: Path) -> None:
    run = snakemake(
        tmp_path, "--dry-run", "--quiet", "rules", config=REPOSITORY / "config" / "models.yaml"
    )
    assert run.returncode == 0, run.stderr
    jobs = planned_jobs(run.stdout + run.stderr)
    assert jobs["train"] == 2
    assert jobs["dynamics_of_gfn1"] == jobs["dynamics_of_effective_medium"] == 1


def test_each_command_names_its_model_and_only_that(tmp_path: Path) -> None:
    run = snakemake(tmp_path, "--dry-run", "--printshellcmds", config=study_in(tmp_path))
    said = (run.stdout + run.stderr).splitlines()
    commands = [line for line in said if "exec nearsight" in line]
    own = {
        name.strip("/"): [command for command in commands if name in command]
        for name in ("/gfn1/", "/ours/", "~rc4.0")
    }
    named = [line for line in own["gfn1"] if "tblite.ase:TBLite" in line]
    assert len(named) == len(OF_GIVEN) - 1
    assert all("""--calculator-arguments '{"method": "GFN1-xTB", "verb""" in c for c in named)
    (follows,) = set(own["gfn1"]) - set(named)
    assert " stability " in follows
    assert sum(" ours/model.safetensors" in line for line in own["ours"]) == len(OF_GIVEN) - 1
    # Commands of trained networks are what they were, whatever stands beside them.
    bare = snakemake(tmp_path, "--dry-run", "--printshellcmds")
    before = [line for line in (bare.stdout + bare.stderr).splitlines() if "~rc4.0" in line]
    assert sorted(own["~rc4.0"]) == sorted(line for line in before if "exec nearsight" in line)
    assert len(own["~rc4.0"]) == 2 * len(OF_GIVEN)


def test_batches_of_variants_leave_given_models_alone(tmp_path: Path) -> None:
    facts = ["--config", "variants_per_job=2", "variants_per_training=2"]
    study = study_in(tmp_path)
    run = snakemake(tmp_path, "--dry-run", "--quiet", "rules", *facts, config=study)
    assert run.returncode == 0, run.stderr
    jobs = planned_jobs(run.stdout + run.stderr)
    assert jobs["respond_given_of_gfn1"] == jobs["respond_ethanol_batch_0000"] == 1


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ("{x: {file: gone.safetensors}}", "models.x.file = 'gone.safetensors': no such file"),
        ('{x: {calculator: "no_such_package:make"}}', "there is no module 'no_such_package'"),
        ("{x: {folder: ours}}", "does not hold weights.safetensors"),
        ("{x: {}}", "expected one of calculator, file and folder"),
        ("{schnet: {file: ours/model.safetensors}}", "name 'schnet' is a family of variants"),
    ],
)
def test_what_is_not_there_stops_before_any_job(tmp_path: Path, models: str, expected: str) -> None:
    study = study_in(tmp_path, f"\nmodels: {models}\n")
    run = snakemake(tmp_path, "--cores", "1", config=study)
    output = run.stdout + run.stderr
    assert run.returncode != 0
    assert expected in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()
