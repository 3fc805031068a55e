"""What the workflow plans, without running anything."""

from pathlib import Path

import pytest
from snakemake_runs import REPOSITORY, planned_jobs, snakemake

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nname: b\n", "'name' is given twice"),
        ("name: ../a\n", "name"),
        ("training: {learning_rate: 1e-3}\n", "write 1.0e-3"),
        ("training: {epochs: 3}\n", "training.epochs: unknown key"),
        ("variants: {cutoff: [-1.0]}\n", "variants.cutoff.0 = -1.0"),
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
