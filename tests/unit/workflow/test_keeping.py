"""Outputs of the last run outlive a rerun that fails."""

import os
from pathlib import Path

import pytest

from nearsight.workflow.keeping import FOLDER, Kept


@pytest.fixture
def results(tmp_path: Path) -> Path:
    home = tmp_path / "results" / "demo"
    (home / "ethanol" / "trajectories").mkdir(parents=True)
    (home / "ethanol" / "dynamics.nc").write_text("good")
    (home / "ethanol" / "trajectories" / "replica_000.nc").write_text("frames")
    os.utime(home / "ethanol" / "dynamics.nc", (1000, 1000))
    return home


def outputs(results: Path) -> list[Path]:
    home = results / "ethanol"
    return [home / "dynamics.nc", home / "trajectories", home / "never_made.nc"]


def remove(results: Path) -> None:
    """As Snakemake does before a job."""
    (results / "ethanol" / "dynamics.nc").unlink()
    (results / "ethanol" / "trajectories" / "replica_000.nc").unlink()
    (results / "ethanol" / "trajectories").rmdir()


def test_what_a_failed_job_removed_is_put_back_with_its_times(results: Path) -> None:
    kept = Kept(results)
    kept.keep(outputs(results))
    remove(results)
    assert sorted(path.name for path in kept.restore()) == ["dynamics.nc", "trajectories"]
    assert (results / "ethanol" / "dynamics.nc").read_text() == "good"
    assert (results / "ethanol" / "dynamics.nc").stat().st_mtime == 1000
    assert (results / "ethanol" / "trajectories" / "replica_000.nc").read_text() == "frames"
    assert not (results / FOLDER).exists()


def test_what_was_made_anew_stays(results: Path) -> None:
    kept = Kept(results)
    kept.keep(outputs(results))
    remove(results)
    new = results / "ethanol" / "dynamics.nc"
    # As every writer of nearsight: to a name of its own, then renamed.
    new.with_suffix(".new").write_text("better")
    new.with_suffix(".new").rename(new)
    assert [path.name for path in kept.restore()] == ["trajectories"]
    assert new.read_text() == "better"


def test_a_folder_that_was_made_anew_gets_nothing_of_the_old_one(results: Path) -> None:
    """As trajectories of fewer replicas: those of the last run belong to another one."""
    folder = results / "ethanol" / "trajectories"
    (folder / "replica_001.nc").write_text("frames")
    Kept(results).keep([folder])
    for file in folder.iterdir():
        file.unlink()
    (folder / "replica_000.nc").write_text("new")
    assert Kept(results).restore() == []
    assert [file.name for file in folder.iterdir()] == ["replica_000.nc"]
    assert not (results / FOLDER).exists()


def test_what_a_killed_run_left_is_put_back_by_the_next(results: Path) -> None:
    Kept(results).keep(outputs(results))
    remove(results)
    # Killed here; the next run keeps what it will make anew.
    Kept(results).keep([results / "ethanol" / "dynamics.nc"])
    remove(results)
    assert [path.name for path in Kept(results).restore()] == ["dynamics.nc"]
    assert (results / "ethanol" / "dynamics.nc").read_text() == "good"


def test_keeping_takes_no_room(results: Path) -> None:
    Kept(results).keep(outputs(results))
    second = results / FOLDER / "ethanol" / "trajectories" / "replica_000.nc"
    assert second.samefile(results / "ethanol" / "trajectories" / "replica_000.nc")


def test_nothing_kept_is_nothing_to_put_back(tmp_path: Path) -> None:
    assert Kept(tmp_path / "results").restore() == []
