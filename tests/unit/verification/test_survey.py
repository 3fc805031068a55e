"""Every file of a study: damaged, missing, stale and unknown ones are told, with what to do."""

import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import Result
from study_folder import PAINN, SCHNET, study_of, write_file, write_study
from typer.testing import CliRunner
from whole_study import write_whole_study

from nearsight.cli import app
from nearsight.errors import CorruptFileError, MissingFileError
from nearsight.lineage.products import files_of
from nearsight.md.record.identity import ATTRIBUTE
from nearsight.storage import read_dataset, write_dataset
from nearsight.verification import Survey, remedy, survey
from nearsight.verification.content import damage


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "results" / "mine"
    write_whole_study(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "results" / "mine"))


def look(folder: Path) -> Survey:
    return survey(folder)


def states(folder: Path) -> dict[str, str]:
    return {finding.path: finding.state for finding in look(folder).findings}


def verify(folder: Path) -> Result:
    return CliRunner().invoke(app, ["verify", str(folder)])


def results(folder: Path) -> list[Path]:
    """Files that rules make, but for logs and trajectories."""
    kinds = {".nc", ".json", ".safetensors", ".csv", ".txt", ".svg", ".png"}
    return [
        path
        for path in folder.rglob("*")
        if path.suffix in kinds
        and "rajectories" not in path.parent.name
        and path.name != "study.json"
        and path.parent.name not in ("so_far", "benchmarks")
    ]


def test_a_sound_study(original: Path) -> None:
    result = verify(original)
    assert result.exit_code == 0, result.output
    frames = list(original.rglob("failures.xyz"))
    # study.json and three folders of trajectories
    n_files = len(results(original)) + len(frames) + 1 + 3
    assert f"{n_files} files, all whole and made from what lies there" in result.output


@pytest.mark.parametrize("cut", [0, 1])
def test_every_file_that_is_cut_is_damaged(folder: Path, cut: int) -> None:
    paths = results(folder)
    for path in paths:
        size = path.stat().st_size
        path.write_bytes(path.read_bytes()[: size // 2 * cut])
    found = states(folder)
    told = {path.relative_to(folder).as_posix() for path in paths}
    whole = {path for path in told if cut and path.endswith((".txt", ".csv"))}
    assert {path for path in told if found.get(path) == "damaged"} >= told - whole
    # Text that was cut still is text, but not what the file beside it says.
    assert len(paths) > 90


def test_every_file_that_is_gone_is_missing(folder: Path) -> None:
    paths = results(folder)
    for path in paths:
        path.unlink()
    found = states(folder)
    assert {found[path.relative_to(folder).as_posix()] for path in paths} == {"missing"}


def test_a_flipped_bit_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    values = np.random.default_rng(0).normal(size=20_000)
    attributes = {"units": "1", "long_name": "x"}
    write_dataset(xr.Dataset({"x": ("row", values, attributes)}), path, title="x")
    assert damage(path) == ""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert "data.nc: cannot be read as NetCDF" in damage(path)


def test_texts_that_say_something_else(folder: Path) -> None:
    table = folder / "tables" / "association.csv"
    table.write_text(table.read_text().replace("2", "3"))
    (folder / "figures" / "survival.txt").write_text("About something else.")
    assert states(folder) == {
        "tables/association.csv": "stale", "figures/survival.txt": "stale",
    }  # fmt: skip


def test_stale_files_and_what_follows_from_them(folder: Path) -> None:
    shutil.copy(folder / PAINN / "relevance.nc", folder / SCHNET / "relevance.nc")
    found = look(folder)
    by_path = {finding.path: finding for finding in found.findings}
    assert {finding.state for finding in found.findings} == {"stale"}
    for path in (f"{SCHNET}/faithfulness.nc", "tables/curves.nc", "figures/survival.nc"):
        assert by_path[path].root == f"{SCHNET}/relevance.nc"
    assert f"{PAINN}/relevance.nc" not in by_path
    assert f"{SCHNET}/stability.nc" not in by_path
    command = remedy(found, folder)
    assert shlex.split(command.partition(": ")[2]) == [
        "snakemake", "--cores", "1", "--directory", str(folder.parents[1]),
        "--configfile", str(folder / "study.json"),
        "--forcerun", f"results/mine/{SCHNET}/relevance.nc",
    ]  # fmt: skip


def test_remedy_where_the_workflow_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parents[1])
    for name in ("history.nc", "card.json"):
        (folder / SCHNET / name).unlink()
    found = look(Path("results/mine"))
    # One job makes both.
    assert remedy(found, Path("results/mine")) == (
        "make anew: snakemake --cores 1 --configfile results/mine/study.json"
        f" --forcerun {shlex.quote(f'results/mine/{SCHNET}/history.nc')}"
    )


def test_remedy_for_a_folder_of_another_name(folder: Path) -> None:
    moved = folder.rename(folder.parents[1] / "copied")
    (moved / PAINN / "card.json").unlink()
    command = remedy(look(moved), moved)
    assert command.startswith("make anew (once the folder is results/mine): snakemake --cores 1 -")
    assert "--directory" not in command


def test_faults_end_with_1_and_unknown_files_do_not(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / SCHNET / "trajectories" / "mine.nc").write_text("mine")
    (folder / SCHNET / ".dynamics.nc.partial").write_text("unfinished")
    (folder / SCHNET / "checkpoint.safetensors").write_text("unfinished")
    result = verify(folder)
    assert result.exit_code == 0, result.output
    unknown = [line for line in result.output.splitlines() if line.startswith("unknown: ")]
    assert len(unknown) == 2
    assert "notes.txt" in result.output
    (folder / "tables" / "curves.nc").unlink()
    result = verify(folder)
    assert isinstance(result.exception, CorruptFileError)
    assert "1 missing" in str(result.exception)
    assert "make anew: snakemake" in result.output


def test_trajectories(folder: Path) -> None:
    path = folder / SCHNET / "trajectories" / "replica_000.nc"
    path.write_text("of another run")
    assert states(folder) == {f"{SCHNET}/trajectories": "stale"}
    path.unlink()
    assert states(folder) == {f"{SCHNET}/trajectories": "missing"}
    shutil.rmtree(path.parent)
    assert states(folder) == {f"{SCHNET}/trajectories": "missing"}


def test_what_comes_out_of_a_bundle(folder: Path, tmp_path: Path) -> None:
    """Without trajectories, and with its list of checksums."""
    run = CliRunner().invoke(app, ["bundle", str(folder), "--out", str(tmp_path / "mine.tar")])
    assert run.exit_code == 0, run.output
    run = CliRunner().invoke(
        app, ["unbundle", str(tmp_path / "mine.tar"), "--into", str(tmp_path / "home")]
    )
    assert run.exit_code == 0, run.output
    home = tmp_path / "home" / "mine"
    assert not list(home.rglob("trajectories"))
    result = verify(home)
    assert result.exit_code == 0, result.output
    assert "all as packed" in result.output
    assert "all whole" in result.output
    (home / PAINN / "dynamics.nc").unlink()
    assert verify(home).exit_code == 1
    (home / "study.json").unlink()
    gone = verify(home)
    assert "study.json is missing" in gone.output
    assert "2 of" in str(gone.exception)
    assert "files are not as packed" in str(gone.exception)


def test_bundle_refuses_what_is_at_fault(folder: Path, tmp_path: Path) -> None:
    (folder / PAINN / "response.nc").unlink()
    out = tmp_path / "mine.tar"
    run = CliRunner().invoke(app, ["bundle", str(folder), "--out", str(out)])
    assert isinstance(run.exception, CorruptFileError)
    assert "1 missing" in str(run.exception)
    assert not out.exists()
    run = CliRunner().invoke(app, ["bundle", str(folder), "--out", str(out), "--as-is"])
    assert run.exit_code == 0, run.output
    run = CliRunner().invoke(app, ["verify", str(out)])
    assert run.exit_code == 0, run.output
    gone = folder / PAINN / "response.nc"
    assert f"when it was packed: missing: {gone}: is missing" in run.output


def test_folders_that_are_no_study(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"study\.json"):
        look(tmp_path)
    (tmp_path / "study.json").write_text("{")
    found = look(tmp_path)
    assert [finding.state for finding in found.findings] == ["damaged"]
    assert "<the study's own file>" in remedy(found, tmp_path)


@pytest.mark.parametrize("aim", ["properties", "accuracy"])
def test_studies_of_other_aims(tmp_path: Path, aim: str) -> None:
    study = study_of(aim=aim)
    write_study(tmp_path, study)
    (tmp_path / "alkanes.xyz").write_text("1\nProperties=species:S:1:pos:R:3\nH 0 0 0\n")
    for file in files_of(study):
        if file.product.stage == "explain_alkanes":
            write_file(tmp_path, study, file)
    out = tmp_path / "tables" / f"{aim}.nc"
    run = CliRunner().invoke(app, ["collect", str(tmp_path / "study.json"), "--out", str(out)])
    assert run.exit_code == 0, run.output
    missing = states(tmp_path)
    assert set(missing.values()) == {"missing"} | ({"unknown"} if aim == "accuracy" else set())
    assert {path.split("/")[0] for path in missing} <= {"figures", "alkanes.xyz"}


def test_trajectories_beside_what_is_no_record_of_them(folder: Path) -> None:
    """As one of a stranger's bundle: a finding, and no traceback."""
    content = read_dataset(folder / SCHNET / "dynamics.nc")
    del content.attrs[ATTRIBUTE]
    content.to_netcdf(folder / SCHNET / "dynamics.nc")
    finding = {f.path: f for f in look(folder).findings}[f"{SCHNET}/trajectories"]
    assert finding.state == "damaged"
    assert "no record of dynamics" in finding.reason
