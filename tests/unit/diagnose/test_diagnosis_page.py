"""The page of a diagnosis says what its document says, and is made anew of the numbers alone."""

import csv
import html
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from browser import (
    DRAWN_IN_SOFTWARE,
    chromium,
    expect_a_trajectory_plays,
    expect_sliders_change_what_is_shown,
    visit,
)
from lennard_jones import NET_FORCE, argon
from matplotlib import pyplot as plt

from nearsight.diagnose.check import Check, Picture, Result, View
from nearsight.diagnose.command import diagnosed_into, report_of
from nearsight.diagnose.finding import Finding, Threshold, measured
from nearsight.diagnose.page import page_of
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.writing import read_tables
from nearsight.page import Page, PairLayer, Replica, Walks

WICKED = "<script>alert(1)</script>"


def draw(tables: dict[str, xr.Dataset]) -> Sequence[Picture]:
    figure, axes = plt.subplots()
    for label, table in tables.items():
        axes.plot(table["energy"], "o", label=label)
    axes.legend()
    return [Picture("energy", figure, "Energies of the first structure.", "One dot a model.")]


def view(table: xr.Dataset) -> View:
    atoms = np.array([0]), np.array([1])
    apart = np.arange(6.0).reshape(3, 2, 1) * [1.0, 0, 0]
    layer = PairLayer("eV angstrom-1", *atoms, table["force"].to_numpy()[0, :1, 2], "force")
    return View(
        layers={"force": layer},
        walks=Walks("eV", np.array([[0, 1, 0]]), np.array([0.5])),
        replicas=[Replica("replica 0", np.arange(3.0), apart, "survived")],
        words="A word on it.",
    )


def fails(subject: Subject) -> Result:
    limit = Threshold(0.0, 1.0, "a choice, for this test")
    finding = measured(
        "x", "a bad number", 2.0, "eV angstrom-1", threshold=limit, reason=WICKED, advice="mend it"
    )
    return Result([finding])


def first(findings: Sequence[Finding]) -> str:
    return findings[0].reason


CHECKS = {
    "symmetry": replace(NET_FORCE, draw=draw, view=view),
    "bad": Check(name="bad", title="Bad", question="Is it bad?", run=fails, gist=first),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    diagnosed_into(place / "out", argon(place, n_models=2), list(CHECKS.values()))
    return place / "out"


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    stored = read_tables(folder / "diagnosis.nc")
    return page_of(stored.document, stored.tables, stored.structure, CHECKS.__getitem__)


def test_questions_stand_in_the_order_of_the_checks(page: Page) -> None:
    assert [answer.question for answer in page.answers] == ["Do forces add up?", "Is it bad?"]
    assert [answer.verdict for answer in page.answers] == ["pass", "fail"]


def test_every_model_answers_for_itself(page: Page) -> None:
    words = page.answers[0].words.split("\n\n")

    assert len(words) == 2
    assert all(re.match(r"ase\.calculators\.lj:LennardJones \(\d\) \(pass\): ", t) for t in words)


def test_advice_is_given_once_and_only_where_something_is_wrong(page: Page) -> None:
    assert [answer.advice for answer in page.answers] == ["", "Mend it."]


def test_figures_compare_the_models(page: Page) -> None:
    (figure,) = page.answers[0].figures

    assert figure.media_type == "image/svg+xml"
    assert figure.image.count(b"LennardJones (") >= 2
    assert figure.alt == "One dot a model."
    assert page.answers[1].figures == []


def test_every_number_stands_with_its_threshold_and_source(page: Page) -> None:
    table = page.answers[1].table

    assert table is not None
    heads = [column.title for column in table.columns]
    row = dict(zip(heads, table.rows[0], strict=True))
    assert row["Value"] == 2.0
    assert row["Fail beyond"] == 1.0
    assert row["Unit"] == "eV Å⁻¹"
    assert row["Source"] == "[1]"
    assert table.note == "[1] a choice, for this test"


def test_the_csv_behind_it_has_all_of_every_finding(page: Page) -> None:
    table = page.answers[1].table

    assert table is not None
    rows = list(csv.DictReader(io.StringIO(table.csv)))
    assert {(float(r["warn_beyond"]), float(r["fail_beyond"])) for r in rows} == {(0.0, 1.0)}
    assert len(rows) == 2
    assert rows[0]["quantity"] == "x"
    assert float(rows[0]["value"]) == 2.0
    assert rows[0]["advice"] == "mend it"
    assert rows[0]["source"] == "a choice, for this test"


def test_the_table_has_a_row_a_model_and_a_column_a_check(page: Page) -> None:
    assert page.table is not None
    assert [column.title for column in page.table.columns][-2:] == ["Net force", "Bad"]
    assert [row[-2:] for row in page.table.rows] == [["pass", "fail"]] * 2


def test_each_model_has_a_view_of_the_first_structure(page: Page) -> None:
    assert len(page.scenes) == 2
    for scene in page.scenes:
        assert scene.atomic_number.tolist() == [18, 18]
        np.testing.assert_allclose(scene.position[1], [0, 0, 1.2])
        assert list(scene.layers) == ["force"]
        assert scene.walks is not None
        assert len(scene.replicas) == 1
        assert scene.words == "A word on it."


def test_replicas_of_another_molecule_are_not_shown_on_the_first(folder: Path) -> None:
    stored = read_tables(folder / "diagnosis.nc")
    other = Replica("replica of three", np.zeros(1), np.zeros((1, 3, 3)), "survived")
    strange = replace(NET_FORCE, view=lambda _: View(replicas=[other]))
    known = {**CHECKS, "symmetry": strange}.__getitem__
    made = page_of(stored.document, stored.tables, stored.structure, known)
    assert [list(scene.replicas) for scene in made.scenes] == [[], []]


def test_the_foot_says_what_it_was_made_from(page: Page) -> None:
    facts = {block.title: block.rows for block in page.facts}

    assert facts["Settings"]["effort"] == "default"
    assert len(facts["Files and their SHA-256"]["structures.xyz"]) == 64
    assert "torch" in facts["Versions"]
    assert facts["Cost"]["all"].endswith("Linux")


def test_the_page_is_made_anew_of_the_numbers_alone(folder: Path, tmp_path: Path) -> None:
    report_of(folder / "diagnosis.nc", tmp_path / "again.html", CHECKS.__getitem__)

    first_time = (folder / "diagnosis.html").read_text(encoding="utf-8")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == first_time


def test_what_users_and_models_say_never_becomes_markup(folder: Path) -> None:
    text = (folder / "diagnosis.html").read_text(encoding="utf-8")

    assert WICKED not in text
    assert html.escape(WICKED) in text


def test_nothing_is_loaded_from_elsewhere(folder: Path) -> None:
    text = (folder / "diagnosis.html").read_text(encoding="utf-8")

    sources = re.findall(r"""(?:src|href)=["']([^"']+)""", text)
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)


@pytest.mark.slow
def test_a_browser_shows_it_without_a_word_and_without_a_network(folder: Path) -> None:
    with chromium() as launch:
        running = launch(*DRAWN_IN_SOFTWARE)
        with visit(running, folder / "diagnosis.html") as seen:
            assert seen.page.locator("h1").text_content() == "Diagnosis of 2 models"
            assert seen.page.get_by_text(WICKED).count() > 0
            assert [seen.sort_by(0) for _ in range(2)] == ["ascending", "descending"]
            assert seen.column(0) == [f"ase.calculators.lj:LennardJones ({k})" for k in (2, 1)]
            assert seen.see_view() == "yes"
            assert len(np.unique(np.asarray(seen.pixels()).reshape(-1, 3), axis=0)) > 50
            seen.choose("#view-model", "1")
            assert seen.page.locator("#view-status").text_content().startswith("force: ")
            expect_sliders_change_what_is_shown(seen)
            expect_a_trajectory_plays(seen)
            assert seen.messages == []
            assert seen.outward == []
