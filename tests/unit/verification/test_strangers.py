"""Files that no rule makes: told, unless they belong to unfinished work or to the workflow."""

from pathlib import Path

import pytest

from nearsight.bundle import MANIFEST
from nearsight.storage.names import CHECKPOINTS
from nearsight.verification.strangers import strangers

HOME = "ethanol/v"
KNOWN = {f"{HOME}/relevance.nc", "tables/curves.nc", f"{HOME}/trajectories"}
RUNS = {f"{HOME}/trajectories"}


def put(folder: Path, *places: str) -> None:
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text("x")


def found(folder: Path) -> list[str]:
    return strangers(folder, KNOWN, RUNS)


def test_what_rules_make_and_what_belongs_to_them_is_known(tmp_path: Path) -> None:
    put(
        tmp_path, f"{HOME}/relevance.nc", "tables/curves.nc", MANIFEST, "report.html",
        "logs/train/x.log", "benchmarks/x.tsv", "so_far/tables/curves.nc",
        f"{HOME}/trajectories/replica_000.nc", f"{HOME}/trajectories/topology.pdb",
        f"{HOME}/.relevance.nc.partial", ".kept/relevance.nc",
        *(f"{HOME}/{name}" for name in CHECKPOINTS),
    )  # fmt: skip
    assert found(tmp_path) == []


def test_other_files_are_told_in_their_order(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", f"{HOME}/other.nc", f"{HOME}/trajectories/mine.nc", "a/b/c.txt")
    assert found(tmp_path) == ["a/b/c.txt", f"{HOME}/other.nc", f"{HOME}/trajectories/mine.nc",
                               "notes.txt"]  # fmt: skip


@pytest.mark.parametrize("place", ["replica_000.nc", "ethanol/topology.pdb", "trajectories/x.pdb"])
def test_a_replica_is_known_in_its_folder_alone(tmp_path: Path, place: str) -> None:
    put(tmp_path, place)
    assert found(tmp_path) == [place]


def test_a_link_to_a_folder_is_told_unless_rules_make_files_below_it(tmp_path: Path) -> None:
    """As where the results of a data set lie on another disk."""
    put(tmp_path / "disk", "v/relevance.nc")
    results = tmp_path / "results"
    results.mkdir()
    (results / "ethanol").symlink_to(tmp_path / "disk")
    (results / "elsewhere").symlink_to(tmp_path / "disk")
    assert found(results) == ["elsewhere"]
