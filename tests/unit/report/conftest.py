"""A finished study of the smallest size, with figures, trajectories, and a page's makings."""

import os
from pathlib import Path

import pytest
from small_results import HOME, make_results, run, settings_of

from nearsight.report.results import Results, read_results


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once by the verbs themselves; tests that change something copy it."""
    folder = tmp_path_factory.mktemp("finished")
    before = Path.cwd()
    os.chdir(folder)
    try:
        make_results(folder)
        run("collect", "study.json", "--out", "tables/decay_vs_stability.nc")
        tables = ("tables/curves.nc", "tables/decay_vs_stability.nc")
        names = ("survival", "survival_map")
        run("figures", *tables, "--out", "figures", *(w for n in names for w in ("--name", n)))
        run("md", "water/data.nc", "--model", HOME / "model.safetensors",
            "--out", HOME / "dynamics.nc", "--trajectories", HOME / "trajectories",
            *settings_of("dynamics"))  # fmt: skip
    finally:
        os.chdir(before)
    (folder / "benchmarks" / "train").mkdir(parents=True)
    (folder / "benchmarks" / "train" / "a.tsv").write_text("s\tcpu_time\n12.5\t12.0\n")
    (folder / "benchmarks" / "collect.tsv").write_text("s\tcpu_time\n2.5\t2.0\nNA\t-\n")
    return folder


@pytest.fixture
def results(finished: Path) -> Results:
    return read_results(finished)
