"""The page of a small study: what stands on it, from which files, and what is missing."""

import json
import re
import shutil
from pathlib import Path

import pytest
from small_results import HOME

from nearsight.errors import ConfigError, CorruptFileError, MissingFileError
from nearsight.page import Page, render
from nearsight.report import page_of_study
from nearsight.report.facts import facts_of
from nearsight.report.models_table import models_table
from nearsight.report.pictures import LARGEST_SVG, pictures, plain
from nearsight.report.results import Results, read_results
from nearsight.storage.files import sha256

MODEL = f"{HOME.parent}/{HOME.name}"


@pytest.fixture(scope="module")
def page(finished: Path) -> Page:
    return page_of_study(read_results(finished))


def test_the_title_says_what_the_study_is_for(page: Page) -> None:
    assert page.title == "Study small: decay of interactions and stability of dynamics"
    assert page.lead.startswith("1 model on water.")


def test_every_question_of_the_aim_is_answered(page: Page) -> None:
    questions = [answer.question for answer in page.answers]
    assert len(questions) == 12
    assert "Will the dynamics hold?" in questions


def test_figures_that_are_drawn_stand_in_their_answer_with_caption_and_alt(
    page: Page, finished: Path
) -> None:
    (answer,) = [one for one in page.answers if one.question == "Will the dynamics hold?"]
    assert len(answer.figures) == 2
    for name, figure in zip(("survival", "survival_map"), answer.figures, strict=True):
        assert figure.alt == (finished / "figures" / f"{name}.txt").read_text().strip()
    assert "Kaplan-Meier estimate" in answer.figures[0].caption
    assert "*" not in answer.figures[0].caption
    assert sum(len(one.figures) for one in page.answers) == 2


def test_the_table_has_a_row_a_network_and_the_whole_csv(page: Page, finished: Path) -> None:
    assert page.table is not None
    assert len(page.table.rows) == 1
    titles = [column.title for column in page.table.columns]
    assert {"Data set", "Cutoff", "Force MAE", "Survival time"} <= set(titles)
    assert len(titles) <= 15
    assert page.table.csv == (finished / "tables" / "decay_vs_stability.csv").read_text()
    row = dict(zip(titles, page.table.rows[0], strict=True))
    assert (row["Family"], row["Cutoff"], row["Depth"]) == ("schnet", 3, 1)


def test_the_foot_has_settings_sums_versions_and_cost(page: Page, finished: Path) -> None:
    facts = {block.title: block.rows for block in page.facts}
    assert facts["Settings"]["training.batch_size"] == "4"
    assert facts["Settings"]["name"] == "small"
    sums = facts["Files and their SHA-256"]
    assert sums["study.json"] == sha256(finished / "study.json")
    assert sums[f"{MODEL}/model.safetensors"] == sha256(finished / MODEL / "model.safetensors")
    assert "torch" in facts["Versions"]
    assert facts["Provenance of the tables"]["nearsight version"]
    assert facts["Cost"] == {
        "all stages": "14 CPU s, 15 s of wall time over all jobs",
        "train": "12 CPU s", "collect": "2 CPU s",
    }  # fmt: skip


def test_it_becomes_one_file_below_six_megabytes(page: Page) -> None:
    text = render(page)
    assert len(text.encode()) < 6e6
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_the_report_of_the_workflow_is_linked_where_it_is(finished: Path, tmp_path: Path) -> None:
    assert not page_of_study(read_results(finished)).links
    copied = shutil.copytree(finished, tmp_path / "copied")
    (copied / "report.html").write_text("<html></html>")
    assert list(page_of_study(read_results(copied)).links.values()) == ["report.html"]


def test_it_is_made_by_its_folder_or_its_study_file(finished: Path) -> None:
    assert read_results(finished).study == read_results(finished / "study.json").study


def test_what_is_no_study_is_refused(tmp_path: Path, finished: Path) -> None:
    with pytest.raises(MissingFileError, match=r"study\.json: no such file"):
        read_results(tmp_path)
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ConfigError, match="expected the folder of a study's results"):
        read_results(tmp_path / "other.json")
    shutil.copy(finished / "study.json", tmp_path)
    with pytest.raises(MissingFileError, match=r"decay_vs_stability\.nc: no such file"):
        page_of_study(read_results(tmp_path))


def test_a_table_that_cannot_be_read_ends_in_one_line(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    (copied / "tables" / "decay_vs_stability.nc").write_text("no table")
    with pytest.raises(CorruptFileError, match=r"decay_vs_stability\.nc"):
        page_of_study(read_results(copied))


def test_names_of_users_never_become_markup(finished: Path, tmp_path: Path) -> None:
    """A data set cannot be called so; a note of a failure can say anything."""
    copied = shutil.copytree(finished, tmp_path / "copied")
    study = json.loads((copied / "study.json").read_text())
    assert study["name"] == "small"
    made = page_of_study(read_results(copied), captions=_captions(tmp_path))
    text = render(made)
    assert "<script>alert(1)</script>" not in text
    assert "&lt;script&gt;alert(1)" in text


def _captions(folder: Path) -> Path:
    (folder / "captions" / "stability").mkdir(parents=True)
    caption = folder / "captions" / "stability" / "survival.rst"
    caption.write_text("Share <script>alert(1)</script> of *replicas*")
    return folder / "captions"


def test_without_a_caption_a_figure_has_its_title(results: Results, tmp_path: Path) -> None:
    (figure,) = pictures(results, ["survival"], tmp_path)
    assert figure.caption == "Survival of NVE dynamics"
    assert pictures(results, ["drift", "no_such"], tmp_path) == []


def test_captions_lose_their_marks() -> None:
    assert plain("How *far*\nand ``name`` and 2 * 3 * 4.") == "How far and name and 2 * 3 * 4."


def test_a_large_drawing_gives_way_to_a_small_picture(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    svg = copied / "figures" / "survival.svg"
    small = pictures(read_results(copied), ["survival"])[0]
    assert small.media_type == "image/svg+xml"
    svg.write_bytes(svg.read_bytes() + b" " * LARGEST_SVG * 20)
    assert pictures(read_results(copied), ["survival"])[0].media_type == "image/png"


def test_a_large_csv_stays_beside_the_page(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    path = copied / "tables" / "decay_vs_stability.csv"
    path.write_text(path.read_text() + "x" * 400_000)
    table = models_table(read_results(copied), ())
    assert table.csv == ""
    assert "beside this page" in table.note
    assert 1 <= len(table.columns) <= 15


def test_facts_without_benchmarks_have_no_cost(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    shutil.rmtree(copied / "benchmarks")
    assert "Cost" not in [block.title for block in facts_of(read_results(copied))]
