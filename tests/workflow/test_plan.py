"""What the workflow plans, without running anything."""

import re
import shutil
from pathlib import Path

import pytest
from key_changes import changed, keys_of, plan
from snakemake_runs import REPOSITORY, planned_jobs, snakemake

from nearsight.aims.specs import AIMS
from nearsight.config import PublishedDataset, load_study

PAPER_JOBS = Path(__file__).with_name("paper_jobs.tsv")


def test_paper_study_plans_the_jobs_checked_in(tmp_path: Path) -> None:
    run = snakemake(
        tmp_path, "--dry-run", "--quiet", "rules", config=REPOSITORY / "config" / "paper.yaml"
    )
    assert run.returncode == 0, run.stderr
    expected = dict(line.split("\t") for line in PAPER_JOBS.read_text().splitlines()[1:])
    assert planned_jobs(run.stdout + run.stderr) == {k: int(v) for k, v in expected.items()}


def test_demo_is_the_study_when_none_is_named(tmp_path: Path) -> None:
    run = snakemake(tmp_path, "--dry-run", "--quiet", "rules", config=None)
    assert run.returncode == 0, run.stderr
    assert planned_jobs(run.stdout + run.stderr)["train"] >= 12


def test_batches_take_few_jobs_and_leave_no_variant_out(tmp_path: Path) -> None:
    facts = ["--config", "variants_per_job=5", "variants_per_training=4"]
    run = snakemake(tmp_path, "--dry-run", "--printshellcmds", *facts, config=None)
    assert run.returncode == 0, run.stderr
    said = run.stdout + run.stderr
    jobs = planned_jobs(said)
    counts = {stage: count_of(jobs, stage) for stage in ("train", "dynamics", "explain", "respond")}
    assert counts == {"train": 3, "dynamics": 3, "explain": 3, "respond": 3}
    for stage, file in (("train", "model.safetensors"), ("explain", "relevance.nc")):
        commands = [line for line in said.splitlines() if f" {stage} " in line and ":::" in line]
        items = [item for line in commands for item in line.partition(":::")[2].split()]
        files = [item for item in items if item.strip("'").endswith(file)]
        assert len(files) == len(set(files)) == 12


def count_of(jobs: dict[str, int], stage: str) -> int:
    return sum(count for rule, count in jobs.items() if re.match(f"{stage}_.*_batch_", rule))


def test_default_profile_is_picked_up(tmp_path: Path) -> None:
    run = snakemake(tmp_path, "--dry-run")
    assert "workflow specific profile" in run.stderr


def test_facts_of_a_machine_are_refused_in_a_study(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text((REPOSITORY / "config/demo.yaml").read_text() + "variants_per_job: 3\n")
    run = snakemake(tmp_path, "--dry-run", config=bad)
    assert run.returncode != 0
    assert "bad.yaml: variants_per_job is a fact of a machine" in run.stdout + run.stderr


def test_data_without_a_yardstick_are_named_once_when_planning(tmp_path: Path) -> None:
    """Labels of a density functional: the study would lose its headline without a word."""
    (tmp_path / "pbe.npz").touch()
    study = tmp_path / "pbe.yaml"
    text = """
      name: pbe
      datasets:
        ethanol: {source: import, file: pbe.npz, energy_unit: kcal/mol, level_of_theory: PBE}
        published: {source: published, name: rmd17_ethanol}
        sampled: {source: generate, molecule: ethanol}
      variants: [{family: painn, cutoff: [4.0], depth: [2], n_train: [50]}]
    """
    study.write_text(text)
    run = snakemake(tmp_path, "--dry-run", "--quiet", "rules", config=study)
    assert run.returncode == 0, run.stderr
    warnings = re.findall(
        r"warning: data set (\w+) has no yardstick: .*? theory, ([^;]*);", run.stderr
    )
    assert warnings == [("ethanol", "PBE"), ("published", "PBE/def2-SVP")]
    jobs = planned_jobs(run.stdout + run.stderr)
    assert (jobs["respond_reference"], jobs["reference_dynamics"]) == (3, 3)
    study.write_text(f"{text}\n      yardstick: gfn2\n")
    run = snakemake(tmp_path, "--dry-run", "--printshellcmds", config=study)
    assert "has no yardstick" not in run.stderr
    asked = [line for line in (run.stdout + run.stderr).splitlines() if "--yardstick" in line]
    # Response, dynamics and, for the one network of each data set, failures.
    assert len(asked) == 9
    assert all("gfn2" in line for line in asked)


@pytest.mark.parametrize(("aim", "asked"), [("stability", True), ("accuracy", False)])
def test_forces_are_asked_of_data_where_the_aim_needs_them(
    tmp_path: Path, aim: str, asked: bool
) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(PUBLISHED.replace("aim: accuracy", f"aim: {aim}"))
    run = snakemake(tmp_path, "--dry-run", "--printshellcmds", config=study)
    assert run.returncode == 0, run.stderr
    said = (run.stdout + run.stderr).splitlines()
    (check,) = {line.strip() for line in said if "nearsight data check" in line}
    assert ("--need-forces" in check) == asked


@pytest.mark.parametrize("aim", list(AIMS))
def test_what_there_is_so_far_is_asked_for_by_the_tables_of_the_aim(
    tmp_path: Path, aim: str
) -> None:
    """`so_far` named a file that studies of other aims never write."""
    study = tmp_path / "study.yaml"
    study.write_text(f"""
      name: mine
      aim: {aim}
      datasets: {{ethanol: {{source: generate, molecule: ethanol}}}}
      variants: {{family: [schnet], cutoff: [4.0], depth: [1], n_train: [50]}}
    """)
    run = snakemake(tmp_path, "so_far", "--dry-run", "--printshellcmds", config=study)
    assert run.returncode == 0, run.stderr
    said = (run.stdout + run.stderr).splitlines()
    command = next(line for line in said if "nearsight collect" in line and "so_far" in line)
    spec = AIMS[aim]
    named = re.findall(r"results/mine/so_far/tables/(\w+)\.nc", command)
    made = [table.name for table in spec.drawn_from if table.rule == "collect"]
    assert named == [spec.tables[0].name, *made]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nname: b\n", "'name' is given twice"),
        ("name: ../a\n", "name"),
        ("training: {learning_rate: 1e-3}\n", "write 1.0e-3"),
        ("training: {epochs: 3}\n", "training.epochs: unknown key"),
        ("variants: [{family: schnet, cutoff: [-1.0]}]\n", "variants.0.cutoff.0 = -1.0"),
    ],
)
def test_bad_configuration_stops_before_any_job(tmp_path: Path, text: str, expected: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(text)
    run = snakemake(tmp_path, "--cores", "1", config=bad)
    output = run.stdout + run.stderr
    assert run.returncode != 0
    assert "bad.yaml" in output
    assert expected in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


PUBLISHED = """
name: fetched
aim: accuracy
datasets: {ethanol: {source: published, name: rmd17_ethanol_train_01}}
variants: [{family: schnet, cutoff: [4.0], depth: [1], features: [8], n_train: [20]}]
"""


@pytest.mark.slow
def test_a_changed_key_of_a_published_set_fetches_it_anew(
    tmp_path: Path, shared_data: Path
) -> None:
    (tmp_path / "study.yaml").write_text(PUBLISHED)
    shutil.copytree(shared_data / "rmd17", tmp_path / "downloads")
    target = "results/fetched/ethanol/data.nc"
    run = snakemake(tmp_path, target, "--cores", "1", config=tmp_path / "study.yaml")
    assert run.returncode == 0, run.stderr
    study = load_study(tmp_path / "study.yaml")
    # Where downloads lie is a fact of the machine.
    elsewhere = ("--config", "downloads=elsewhere")
    assert plan(tmp_path, study.model_dump(mode="json"), target, *elsewhere) == set()
    keys = PublishedDataset(source="published", name="x").model_dump()
    others = {"name": "rmd17_aspirin", "test_name": "rmd17_ethanol_test_01", "n_frames": 100}
    for key in sorted(set(keys_of(keys)) - {"source", "dynamics_temperature"}):
        document = changed(study, f"datasets.ethanol.{key}", others.get(key))
        assert plan(tmp_path, document, target) == {"fetch_data"}, key
