"""Frames say nothing of themselves: the table of failures beside them names them."""

from pathlib import Path

import pytest
from study_folder import FRAMES_TEXT, SCHNET, study_of, write_study

from nearsight.lineage.origins import Origins, Stale
from nearsight.lineage.products import collected, files_of
from nearsight.verification.survey import survey

FRAMES, TABLE = f"{SCHNET}/failures.xyz", f"{SCHNET}/failures.nc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_study(tmp_path)
    return tmp_path


def stale(folder: Path) -> Stale | None:
    study = study_of()
    return Origins(study, folder, files_of(study)).stale(FRAMES)


def test_frames_that_the_table_names_are_believed(folder: Path) -> None:
    assert stale(folder) is None


def test_other_frames_are_found(folder: Path) -> None:
    (folder / FRAMES).write_bytes(FRAMES_TEXT + b"\n")
    found = stale(folder)
    assert found is not None
    assert found.root == FRAMES
    assert str(folder / TABLE) in found.reason


def test_what_makes_the_table_stale_makes_the_frames_so(folder: Path) -> None:
    (folder / SCHNET / "model.safetensors").write_bytes(b"another")
    study = study_of()
    chain = Origins(study, folder, files_of(study), absent={f"{SCHNET}/model.safetensors"})
    (folder / SCHNET / "dynamics.nc").write_bytes((folder / TABLE).read_bytes())
    found = chain.stale(FRAMES)
    assert found is not None
    assert found.root == f"{SCHNET}/dynamics.nc"


def test_empty_frames_are_no_damage_where_the_table_says_so(folder: Path) -> None:
    (folder / FRAMES).write_bytes(b"")
    found = {one.path: one.state for one in survey(folder).findings}
    # It is the table that tells empty frames from lost ones.
    assert found[FRAMES] == "stale"


def test_tables_are_not_made_from_frames() -> None:
    paths = [file.path for file in collected(study_of())]
    assert TABLE in paths
    assert FRAMES not in paths
