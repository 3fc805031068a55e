"""`nearsight costs`: of results what they took, of a study file what it would take."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results" / "small"
    place = folder / "benchmarks" / "dynamics" / "water"
    place.mkdir(parents=True)
    (place / "painn~rc5.0~T3~F8~n10~s0.tsv").write_text("s\tmax_rss\tcpu_time\n10.0\t500\t9.5\n")
    (folder / "study.json").write_text(
        '{"name": "small", "datasets": {"water": {"source": "generate", "molecule": "water"}},'
        ' "variants": [{"family": "painn", "cutoff": [5.0], "depth": [3], "features": [8],'
        ' "n_train": [10]}]}'
    )
    return folder


def table(run: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    assert run.returncode == 0, run.stderr
    return {line.split()[0]: line.split() for line in run.stdout.splitlines() if line.strip()}


def test_of_results_it_says_where_time_went(in_process: Command, results: Path) -> None:
    rows = table(in_process("costs", str(results)))
    assert rows["dynamics"][:6] == ["dynamics", "1", "9.5", "100", "10", "500"]
    assert float(rows["dynamics"][-2]) > 0
    assert rows["water/painn~rc5.0~T3~F8~n10~s0"][1:] == ["9.5", "9.5"]


def test_of_a_study_file_it_says_how_long_it_would_take(in_process: Command) -> None:
    rows = table(in_process("costs", str(REPOSITORY / "config" / "demo.yaml")))
    assert (rows["train"][1], rows["explain"][1], rows["collect"][1]) == ("12", "12", "1")
    batched = table(
        in_process(
            "costs", str(REPOSITORY / "config" / "demo.yaml"), "--set", "variants_per_job=12"
        )
    )
    assert (batched["train"], batched["explain"][1]) == (
        rows["train"][:2] + batched["train"][2:],
        "1",
    )
    assert float(batched["all"][2]) < float(rows["all"][2])


def test_results_without_benchmarks_say_what_to_do(in_process: Command, results: Path) -> None:
    shutil.rmtree(results / "benchmarks")
    run = in_process("costs", str(results))
    assert run.returncode == 1
    assert "no benchmark files of Snakemake: run the study" in " ".join(run.stderr.split())


def test_a_folder_of_something_else_is_refused(in_process: Command, tmp_path: Path) -> None:
    run = in_process("costs", str(tmp_path))
    assert run.returncode == 1
    assert "study.json" in run.stderr
    assert "Traceback" not in run.stderr


def test_batches_say_what_their_networks_cost(in_process: Command, results: Path) -> None:
    place = results / "benchmarks" / "explain" / "water"
    place.mkdir(parents=True)
    (place / "batch_0000.tsv").write_text("s\tmax_rss\tcpu_time\n10.0\t500\t9.5\n")
    model = "painn~rc5.0~T3~F8~n10~s0"
    items = [["shared", "10", "3.0", "1"], [f"results/small/water/{model}/a.nc", "5", "4.0", "1"]]
    head = "item\ts\tcpu_time\tmax_rss\n"
    text = head + "\n".join(map("\t".join, items)) + "\n"
    (place / "batch_0000.items.tsv").write_text(text)
    rows = table(in_process("costs", str(results)))
    assert rows["explain"][2] == "7"
    assert rows[f"water/{model}"][1:] == ["16.5", "9.5", "7"]
