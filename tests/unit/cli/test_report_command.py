"""`nearsight report`: a study or a diagnosis by its folder, and what is neither."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(in_process: Command) -> Command:
    return partial(in_process, "report")


def test_a_folder_that_is_neither_ends_in_one_line(run: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = run("empty", "--out", "page.html")
    assert ended.returncode == 1
    assert "study.json: no such file" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "page.html").exists()


def test_a_page_is_not_put_over_the_study(run: Command, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{}")
    ended = run(".", "--out", "study.json")
    assert ended.returncode == 1
    assert "is an input of this command" in ended.stderr
    assert (tmp_path / "study.json").read_text() == "{}"


def test_numbers_that_are_no_diagnosis_are_refused(run: Command, tmp_path: Path) -> None:
    (tmp_path / "diagnosis.nc").write_text("no numbers")
    ended = run(".", "--out", "page.html")
    assert ended.returncode == 1
    assert "diagnosis.nc" in ended.stderr


def test_a_study_file_without_tables_says_what_to_do(run: Command, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(
        '{"name": "small", "datasets": {"w": {"source": "import", "file": "w.xyz", '
        '"energy_unit": "eV"}}, "variants": {"family": ["schnet"], "cutoff": [3.0]}}'
    )
    ended = run("study.json", "--out", "page.html")
    assert ended.returncode == 1
    assert "make it with nearsight collect" in ended.stderr
