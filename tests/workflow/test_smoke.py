"""The smallest real study from sampling to report, and what a second run does."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import MDAnalysis
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from browser import (
    DRAWN_IN_SOFTWARE,
    chromium,
    expect_a_trajectory_plays,
    expect_sliders_change_what_is_shown,
    expect_the_table_sorts,
    visit,
)
from key_changes import changed, dry_run, expected, keys_of, plan
from snakemake_runs import CONFIG, IN_BATCHES, planned_jobs, snakemake
from typer.testing import CliRunner

from nearsight.bundle import TRAJECTORIES, left_behind, pack, unpack
from nearsight.cli import app
from nearsight.config import Study, load_study
from nearsight.lineage.products import files_of
from nearsight.merging import merge
from nearsight.verification import survey

Command = Callable[..., subprocess.CompletedProcess[str]]

# The study is run once; its results are looked at by every test here.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(folder: Path) -> Path:
    return folder / "results" / "smoke"


def test_table_holds_every_variant_with_units_and_provenance(results: Path) -> None:
    with xr.open_dataset(results / "tables" / "decay_vs_stability.nc") as table:
        table.load()
    assert set(table["family"].to_numpy()) == {"schnet", "painn"}
    assert (table["status"] == "ok").all()
    for name in ("force_mae", "response_deviation", "survival", "conservation_error"):
        assert np.isfinite(table[name]).all(), name
    assert all("units" in variable.attrs for variable in table.variables.values())
    assert {"git_commit", "date", "packages", "config_hash"} <= table.attrs.keys()
    assert float(abs(table["conservation_error"]).max()) < 1e-8


def test_csv_has_one_row_per_variant(results: Path) -> None:
    rows = pd.read_csv(results / "tables" / "decay_vs_stability.csv")
    assert set(rows["family"]) == {"schnet", "painn"}
    assert "force_mae (meV angstrom-1)" in rows.columns


def test_learning_beats_the_mean_predictor(results: Path) -> None:
    for card in results.glob("ethanol/*/card.json"):
        errors = json.loads(card.read_text())["errors"]
        with xr.open_dataset(results / "ethanol" / "data.nc") as data:
            typical = 1000 * float(abs(data["force"]).mean())
        assert errors["force_mae"] < 0.75 * typical


def test_figures_and_report(folder: Path, results: Path) -> None:
    for figure in ("relevance_decay", "survival", "deviation_vs_survival"):
        for ending in ("svg", "png", "nc", "txt"):
            assert (results / "figures" / f"{figure}.{ending}").stat().st_size > 0
    report = results / "report.html"
    run = snakemake(folder, "--report", str(report))
    assert run.returncode == 0, run.stderr
    assert "relevance_decay" in report.read_text()


def test_the_page_of_the_study_in_a_browser(results: Path) -> None:
    """Made without a file of the study being touched; drawn, sorted, played, silent, alone."""
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
    made = CliRunner().invoke(app, ["report", str(results), "--out", str(results / "page.html")])
    assert made.exit_code == 0, made.output
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (results / "page.html").stat().st_size < 6e6
    with chromium() as launch, visit(launch(*DRAWN_IN_SOFTWARE), results / "page.html") as seen:
        assert seen.page.locator("h1").inner_text().startswith("Study smoke")
        assert "Will the dynamics hold?" in seen.page.content()
        assert seen.see_view() == "yes"
        assert len(np.unique(np.asarray(seen.pixels()).reshape(-1, 3), axis=0)) > 10
        rows = seen.page.locator("#table-models tbody tr")
        assert rows.count() == len(load_study(CONFIG).cases())
        assert seen.page.locator("figure img").count() > 10
        expect_the_table_sorts(seen)
        expect_sliders_change_what_is_shown(seen)
        expect_a_trajectory_plays(seen)
        assert seen.messages == []
        assert seen.outward == []


def test_trajectories_open_in_mdanalysis(results: Path) -> None:
    for home in results.glob("ethanol/*/trajectories"):
        universe = MDAnalysis.Universe(home / "topology.pdb", home / "replica_000.nc")
        assert len(universe.atoms) == 9
        assert np.isfinite(universe.trajectory[-1].positions).all()


def test_second_run_does_nothing(folder: Path, results: Path) -> None:
    assert plan(folder, DOCUMENT) == set()


STUDY = load_study(CONFIG)
DOCUMENT = STUDY.model_dump(mode="json")
TABLES = {"study_file", "collect", "associate", "figures"}
ELSEWHERE = {
    "name": "runs everything, in another folder",
    "aim": "has tables of its own",
    "datasets.ethanol.source": "is another kind of data set",
    "every_variant.target": "is for studies of properties, see test_other_aims.py",
    "variants.0.family": "is that of the other block, see below",
    "variants.1.family": "is that of the other block, see below",
    "every_variant.own_frames": "chooses the frames of seed 0 as they are chosen, see below",
    "yardstick.level_of_theory": "is that of a calculator by name, see below",
}


@pytest.mark.parametrize("key", sorted(set(keys_of(STUDY.model_dump())) - ELSEWHERE.keys()))
def test_a_changed_key_runs_anew_what_it_feeds_and_nothing_else(
    folder: Path, results: Path, key: str
) -> None:
    """In the run that follows the change. The stages are those of config/README.md."""
    stages = expected(STUDY, key) - {"alkanes", "explain_alkanes"}
    rules = TABLES | {"make_data" if stage == "data" else stage for stage in stages}
    assert plan(folder, changed(STUDY, key)) == rules


def test_a_calculator_by_name_runs_anew_what_a_yardstick_feeds(folder: Path, results: Path) -> None:
    """Planned without importing it: there is no such module."""
    stages = expected(STUDY, "yardstick.engine") | expected(STUDY, "yardstick.arguments")
    calculator = {"engine": "no_such.module:make", "arguments": {"basis": "def2-SVP"}}
    document = {**DOCUMENT, "yardstick": calculator}
    assert plan(folder, document) == TABLES | stages
    reference = {"respond_reference", "reference_dynamics", "reference_stability"}
    assert stages == reference | {"failures"}


def test_keys_that_change_what_there_is(folder: Path, results: Path) -> None:
    assert {"make_data", "train", "reference_dynamics", *TABLES} < plan(
        folder, changed(STUDY, "name")
    )
    assert plan(folder, {**DOCUMENT, "variants": DOCUMENT["variants"][:1]}) == TABLES
    others = {"study_file", "collect", "figures"}
    assert plan(folder, changed(STUDY, "aim", "accuracy")) == others
    assert plan(folder, changed(STUDY, "aim", "properties")) == {
        *others,
        "alkanes",
        "explain_alkanes",
    }


def test_another_source_of_data_is_read(folder: Path, results: Path) -> None:
    """Also a file that is older than the data set, which no time stamp tells."""
    old = folder / "old.xyz"
    old.write_text("1\nenergy=0.0\nHe 0 0 0\n")
    os.utime(old, (0, 0))
    spec = {"source": "import", "file": "old.xyz", "energy_unit": "eV"}
    document = {**DOCUMENT, "datasets": {"ethanol": spec}}
    rules = plan(folder, document)
    assert {"import_data", "train", "reference_dynamics"} < rules
    assert "make_data" not in rules


def test_a_rerun_that_fails_costs_nothing(folder: Path, results: Path) -> None:
    """Of an input that is corrupt, with its time stamp kept, so that nothing tells Snakemake."""
    data = results / "ethanol" / "data.nc"
    good, stamp = data.read_bytes(), data.stat()
    old = {path: path.read_bytes() for path in results.glob("ethanol/*/relevance.nc")}
    assert len(old) == 2
    data.write_bytes(good[: len(good) // 2])
    os.utime(data, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    try:
        run = snakemake(folder, "--cores", "1", "--keep-going", "--forcerun", "explain")
    finally:
        data.write_bytes(good)
        os.utime(data, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert run.returncode != 0
    assert "data.nc: cannot be read as NetCDF" in run.stdout + run.stderr
    assert {path: path.read_bytes() for path in old} == old
    # With what Snakemake knows of them: nothing is to be done, and a changed key is still seen.
    assert plan(folder, DOCUMENT) == set()
    assert "explain" in plan(folder, changed(STUDY, "explain.gamma"))


def test_redrawing_recomputes_nothing(folder: Path, results: Path) -> None:
    assert plan(folder, DOCUMENT, "--forcerun", "figures") == {"figures"}


def test_results_come_home_and_are_drawn_again(
    folder: Path, results: Path, tmp_path: Path, in_process: Command
) -> None:
    """Without trajectories and without the records of Snakemake: nothing else is computed."""
    assert in_process("bundle", results, "--out", "home.tar").returncode == 0
    assert in_process("unbundle", "home.tar").returncode == 0
    home = tmp_path / "results" / "smoke"
    assert not list(home.rglob("trajectories"))
    document = json.loads((home / "study.json").read_text())
    assert plan(tmp_path, document) == set()
    # A change that Snakemake cannot see, without its records, is told.
    other = changed(STUDY, "training.max_epochs")
    assert "other values of training.max_epochs" in dry_run(tmp_path, other)
    said = dry_run(folder, other)
    assert "other values" not in said
    assert planned_jobs(said)["train"] == 2
    for file in (home / "figures").iterdir():
        file.unlink()
    assert plan(tmp_path, document) == {"figures"}
    run = snakemake(tmp_path, "--cores", "1", config=home / "study.json")
    assert run.returncode == 0, run.stderr
    assert (home / "figures" / "survival.svg").stat().st_size > 0


def part_of(results: Path, folder: Path, family: str) -> Path:
    """The networks of one family, as if they alone had been made in a place."""
    for variant in results.glob("ethanol/*~*"):
        if variant.name.startswith(family):
            # Without the times that Snakemake notes in folders.
            hidden = shutil.ignore_patterns(".*")
            shutil.copytree(variant, folder / "ethanol" / variant.name, ignore=hidden)
    study = load_study(CONFIG).model_dump(mode="json")
    study["variants"] = [block for block in study["variants"] if block["family"] == family]
    (folder / "study.json").write_text(json.dumps(study))
    for path in filter(Path.is_file, (results / "ethanol").iterdir()):
        shutil.copy2(path, folder / "ethanol" / path.name)
    for k, file in enumerate(files_of(load_study(folder / "study.json"))):
        if (folder / file.path).exists():
            os.utime(folder / file.path, (10**9 + k, 10**9 + k))
    return folder


def test_parts_of_a_study_merged_are_the_study(results: Path, tmp_path: Path) -> None:
    """Made in two places and joined without training, explaining or moving anything again."""
    home = part_of(results, tmp_path / "results" / "smoke", "schnet")
    tables = Path(shutil.copytree(results / "tables", home / "tables"))
    there = part_of(results, tmp_path / "there" / "smoke", "painn")
    pack(there, tmp_path / "more.tar")
    merge(tmp_path / "more.tar", home)
    assert load_study(home / "study.json") == STUDY
    # Also where one job does several networks, of both parts.
    for sizes in ([], ["variants_per_job=2"], ["variants_per_job=2", "variants_per_training=2"]):
        facts = ["--config", *sizes] if sizes else []
        assert plan(tmp_path, DOCUMENT, *facts) == TABLES - {"study_file"}
    study, table = home / "study.json", tables / "decay_vs_stability.nc"
    verbs: list[list[object]] = [
        ["collect", study, "--out", table],
        ["associate", study, tables / "curves.nc", table, "--out", tables / "association.nc"],
    ]
    for verb in verbs:
        run = CliRunner().invoke(app, [str(word) for word in verb])
        assert run.exit_code == 0, run.output
    for csv in tables.glob("*.csv"):
        assert csv.read_bytes() == (results / "tables" / csv.name).read_bytes(), csv
    behind = left_behind(home, TRAJECTORIES)
    faults = {fault.path for fault in survey(home, left_out=behind).faults}
    assert {path for path in faults if not path.startswith("figures/")} == {
        "ethanol/reference_trajectories"
    }


def test_others_start_from_the_data_of_a_study(results: Path, tmp_path: Path) -> None:
    """With another seed: they train, and neither sample nor ask the reference anything."""
    bundle = tmp_path / "data.tar"
    run = CliRunner().invoke(app, ["bundle", str(results), "--shared", "--out", str(bundle)])
    assert run.exit_code == 0, run.output
    unpack(bundle, tmp_path / "results")
    document = changed(STUDY, "every_variant.seed", [1])
    reference = {stage for stage in expected(STUDY, "yardstick.engine") if "reference" in stage}
    assert reference
    stages = expected(STUDY, "every_variant.n_train") - {"alkanes", "explain_alkanes"}
    assert plan(tmp_path, document) == (TABLES | stages) - reference


def test_damage_is_found_and_the_command_that_is_told_mends_it(
    folder: Path, results: Path, in_process: Command
) -> None:
    """The jobs of the command are those of the damaged file and what follows from it."""
    assert in_process("verify", results).returncode == 0
    path = next(results.glob("ethanol/painn*/response.nc"))
    whole = path.read_bytes()
    times = (path.stat().st_atime, path.stat().st_mtime)
    path.write_bytes(whole[: len(whole) // 2])
    try:
        run = in_process("verify", results)
        told = next(line for line in run.stdout.splitlines() if line.startswith("make anew: "))
        words = shlex.split(told.removeprefix("make anew: snakemake "))
        assert words[words.index("--directory") + 1] == str(folder)
        said = dry_run(folder, DOCUMENT, *words[words.index("--forcerun") :])
    finally:
        path.write_bytes(whole)
        os.utime(path, times)
    assert run.returncode == 1
    assert f"damaged: {path}" in run.stdout
    jobs = planned_jobs(said)
    expected = {"respond", "faithfulness", "collect", "associate", "figures", "all", "total"}
    assert jobs.keys() == expected
    assert jobs["respond"] == jobs["faithfulness"] == 1


def test_batches_do_nothing_again(folder: Path) -> None:
    """The size of a batch says how the work is shared out, not what it is: no code, no parameter.

    Made by jobs of two networks, there is nothing to do for jobs of one, or of other numbers. Times
    alone can say otherwise: where one network was explained before the other was trained, a job of
    both takes the earlier explanation for out of date, until jobs of one size set them in order.
    """
    pairs = ["--config", "variants_per_job=2"]
    for facts in (IN_BATCHES, pairs, []):
        assert plan(folder, DOCUMENT, *facts) == set()
    run = snakemake(folder, "--touch", "--cores", "1", *pairs)
    assert run.returncode == 0, run.stderr
    for facts in (pairs, []):
        assert plan(folder, DOCUMENT, *facts) == set()


def test_data_that_are_checked_again_train_nothing_again(folder: Path) -> None:
    """Of a later version, whose check is another: the data are what they were."""
    run = snakemake(folder, "--dry-run", "--forcerun", "check_data")
    jobs = planned_jobs(run.stdout + run.stderr)
    assert set(jobs) - {"total", "all"} == {"check_data"}


def test_table_so_far(folder: Path, results: Path) -> None:
    """Also while networks are missing, as those of jobs that failed."""
    home = next(results.glob("ethanol/painn*"))
    moved = home.with_name(f"{home.name}.away")
    home.rename(moved)
    try:
        run = snakemake(folder, "so_far", "--cores", "1")
        assert run.returncode == 0, run.stderr
    finally:
        moved.rename(home)
    with xr.open_dataset(results / "so_far" / "tables" / "decay_vs_stability.nc") as table:
        status = dict(zip(table["family"].to_numpy(), table["status"].to_numpy(), strict=True))
        assert status == {"schnet": "ok", "painn": "failed"}
        assert "did not run or crashed" in str(table["reason"].to_numpy())
    assert (results / "so_far" / "figures" / "survival.svg").is_file()


def test_statistics_rerun_without_models_or_trajectories(folder: Path) -> None:
    planned = plan(folder, DOCUMENT, "--forcerun", "collect")
    assert planned == {"collect", "associate", "figures"}


def test_two_models_settle_nothing_and_say_so(results: Path) -> None:
    rows = pd.read_csv(results / "tables" / "association.csv")
    words = rows["verdict"].dropna()
    assert len(words) == len(rows) > 50
    assert words.str.contains("no verdict").all()
    question = pd.read_csv(results / "tables" / "question.csv")
    assert question["verdict"].str.startswith("no verdict: the study names no question").all()
    hazards = pd.read_csv(results / "tables" / "hazards.csv")
    assert hazards["reason"].str.endswith("are needed").all()
    sensitivity = pd.read_csv(results / "tables" / "sensitivity.csv")
    assert set(sensitivity["choice"]) >= {"zero", "gamma 0.1", "zero, flow"}


def test_relevance_is_put_to_the_test(results: Path) -> None:
    for home in results.glob("ethanol/*~*"):
        with xr.open_dataset(home / "faithfulness.nc") as tests:
            own = tests["relevance"].sel(choice=tests.attrs["own_choice"]).to_numpy()
            structure = tests["structure"].to_numpy()
        with xr.open_dataset(home / "relevance.nc") as relevance:
            expected = relevance["relevance"].to_numpy()[: len(own)]
        np.testing.assert_allclose(own, expected, rtol=1e-8, atol=1e-12)
        assert structure.max() == 1  # the response knows two structures


def test_reference_curves_are_there(results: Path) -> None:
    with xr.open_dataset(results / "tables" / "curves.nc") as curves:
        curves.load()
    assert curves["curve"].to_numpy().tolist()[0] == "D3 dispersion"
    assert np.isfinite(curves["reference_curve"].sel(curve="bond order")).any()


def test_one_more_seed_runs_that_seed_alone(folder: Path, results: Path) -> None:
    jobs = planned_jobs(dry_run(folder, changed(STUDY, "every_variant.seed", [0, 1])))
    assert jobs["train"] == jobs["explain"] == jobs["dynamics"] == 2
    assert "make_data" not in jobs
    assert "respond_reference" not in jobs


def test_own_frames_leave_the_first_seed_as_it_is(folder: Path, results: Path) -> None:
    """Seed 0 draws the same frames either way; of the other seed the networks are others."""
    document = changed(STUDY, "every_variant.seed", [0, 1])
    document["every_variant"]["own_frames"] = True
    frames = {v.seed: v.frames_seed for _, v in Study.model_validate(document).cases()}
    assert frames == {0: 0, 1: 1}
    assert planned_jobs(dry_run(folder, document))["train"] == 2
