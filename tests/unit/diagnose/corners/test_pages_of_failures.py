"""Documents, tables and pages of checks that could not be made, of one, two and many models."""

import csv
import io
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
import xarray as xr
from lennard_jones import NET_FORCE, argon
from matplotlib import pyplot as plt

from nearsight.diagnose.asking import told_by_findings
from nearsight.diagnose.check import Check, Picture, Result
from nearsight.diagnose.command import diagnosed_into, report_of
from nearsight.diagnose.document import Document, finding_of
from nearsight.diagnose.finding import Finding, Verdict, not_applicable, told
from nearsight.diagnose.finished import FinishedChecks
from nearsight.diagnose.page import page_of
from nearsight.diagnose.running import Answered, diagnose
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.writing import Stored, group_of, read_tables
from nearsight.errors import DataError, ModelError
from nearsight.labels import variable
from nearsight.models import engine_potential
from nearsight.page import Page


def impossible(_: Subject) -> Result:
    raise ModelError("no weights for element 18: train on argon")


def bare(_: Subject) -> Result:
    """A finding that says why there is none, and no table."""
    return Result([not_applicable("x", "a number", "eV", "there is nothing to measure")])


def half(subject: Subject) -> Result:
    """Made of the second model alone."""
    if subject.seed == 0 and subject.scratch is not None and subject.scratch.name < "001000":
        raise DataError("frames.nc: key energy: missing: write it")
    value = told("height", "a height", 1.5, "angstrom", reason="it is 1.5 Å high", low=1.0)
    return Result([value, value], xr.Dataset({"y": variable("x", [1.5], "angstrom", "height")}))


def draw(tables: dict[str, xr.Dataset]) -> Sequence[Picture]:
    figure, axis = plt.subplots()
    for label, table in tables.items():
        axis.plot(table["y"], "o", label=label)
    return [Picture("heights", figure, f"Heights of {', '.join(tables)}.", f"{len(tables)} dots.")]


def first(findings: Sequence[Finding]) -> str:
    return findings[0].reason


def made_up(name: str, run: object) -> Check:
    question = f"Is {name} well?"
    return Check(name=name, title=name.title(), question=question, run=run, gist=first)  # type: ignore[arg-type]


CHECKS = {
    "impossible": made_up("impossible", impossible),
    "bare": made_up("bare", bare),
    "half": replace(made_up("half", half), draw=draw),
    "symmetry": NET_FORCE,
}


def diagnosis(folder: Path, n_models: int) -> tuple[Path, Document]:
    return folder / "out", diagnosed_into(
        folder / "out", argon(folder, n_models=n_models), list(CHECKS.values())
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    return diagnosis(tmp_path_factory.mktemp("two"), 2)


@pytest.fixture(scope="module")
def stored(made: tuple[Path, Document]) -> Stored:
    return read_tables(made[0] / "diagnosis.nc")


@pytest.fixture(scope="module")
def page(stored: Stored) -> Page:
    return page_of(stored.document, stored.tables, stored.structure, CHECKS.__getitem__)


# Running.


def test_what_could_not_be_made_is_a_failure_with_what_to_do(made: tuple[Path, Document]) -> None:
    part = made[1].models[0].checks[0]
    (finding,) = part.findings
    assert part.verdict == finding.verdict == Verdict.FAIL
    assert finding.reason == "could not be made: no weights for element 18: train on argon"
    assert part.answer == finding.reason
    assert finding.value is None
    assert "mend what the message names" in finding.advice


def test_checks_after_a_failure_are_made(made: tuple[Path, Document]) -> None:
    for model in made[1].models:
        assert [part.name for part in model.checks] == list(CHECKS)
        assert model.checks[-1].verdict == Verdict.PASS
        assert model.verdict == Verdict.FAIL
    assert made[1].verdict == Verdict.FAIL


def test_one_model_s_failure_is_none_of_the_other_s(made: tuple[Path, Document]) -> None:
    one, other = (model.checks[2] for model in made[1].models)
    assert (one.verdict, other.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert "frames.nc: key energy: missing" in one.answer
    assert other.answer == "it is 1.5 Å high"


def test_a_failure_is_logged_with_the_title_of_its_check(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    subjects = argon(tmp_path).subjects
    with caplog.at_level(logging.WARNING):
        diagnose(subjects, [CHECKS["impossible"]], FinishedChecks(tmp_path / "out", {}))
    assert "Impossible could not be made: no weights for element 18" in caplog.text


def test_a_single_finding_is_its_own_answer() -> None:
    loud = replace(CHECKS["bare"], gist=lambda _: "never asked")
    one = told("x", "a number", 1.0, "eV", reason="it is 1 eV")
    assert Answered(loud, Result([one]), 0.0).gist == "it is 1 eV"
    assert Answered(loud, Result([one, one]), 0.0).gist == "never asked"


def killed_within(engine: logging.Logger) -> int:
    """The level at which the engine was logged when the user had enough."""
    seen = []
    try:
        with told_by_findings():
            seen.append(engine.level)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        return seen[0]


@pytest.mark.parametrize("level", [logging.NOTSET, logging.INFO, logging.CRITICAL])
def test_the_engine_is_quiet_within_and_as_before_after(level: int) -> None:
    engine = logging.getLogger(engine_potential.__name__)
    before = engine.level
    try:
        engine.setLevel(level)
        within = killed_within(engine)
        assert within == logging.ERROR
        assert engine.level == level
    finally:
        engine.setLevel(before)


# Numbers.


def test_the_root_has_a_row_for_every_finding(made: tuple[Path, Document]) -> None:
    with xr.open_dataset(made[0] / "diagnosis.nc") as root:
        rows = list(zip(*(root[n].to_numpy().astype(str) for n in ("model", "check")), strict=True))
        found = [
            (model.label, part.name)
            for model in made[1].models
            for part in model.checks
            for _ in part.findings
        ]
        assert rows == found
        reasons = [f.reason for m in made[1].models for p in m.checks for f in p.findings]
        assert root["reason"].to_numpy().astype(str).tolist() == reasons


def test_what_has_no_number_is_nan_in_numbers_and_null_in_json(
    made: tuple[Path, Document],
) -> None:
    with xr.open_dataset(made[0] / "diagnosis.nc") as root:
        silent = root.sel(finding=root["check"] == "impossible")
        for name in ("value", "low", "high", "warn_beyond", "fail_beyond"):
            assert np.isnan(silent[name]).all()
        height = root.sel(finding=root["quantity"] == "height").isel(finding=0)
        assert (float(height["value"]), float(height["low"])) == (1.5, 1.0)
        assert np.isnan(height["high"])
    text = (made[0] / "diagnosis.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["models"][0]["checks"][0]["findings"][0]["value"] is None


def test_a_check_without_a_table_has_an_empty_group(stored: Stored) -> None:
    for tables in stored.tables:
        assert not tables["impossible"].variables
        assert not tables["bare"].variables
    assert not stored.tables[0]["half"].variables
    assert stored.tables[1]["half"]["y"].item() == 1.5
    assert stored.tables[1]["half"].attrs["model"] == stored.document.models[1].label


def test_groups_are_told_by_number_since_labels_hold_anything(stored: Stored) -> None:
    assert group_of(3, "cutoff") == "/model_3/cutoff"
    assert all("/" not in group_of(m, "x")[1:].split("/")[0] for m in range(20))
    assert stored.document.models[0].label.count(":") == 1


def test_findings_come_back_with_their_thresholds(stored: Stored) -> None:
    (finding, _) = stored.document.models[0].checks[-1].findings
    back = finding_of(finding)
    assert back.threshold is not None
    assert (back.threshold.warn, back.threshold.fail) == (1e-9, 1e-6)
    assert back.threshold.judge(back.value) == back.verdict == Verdict.PASS


def test_only_checks_with_frames_write_some(made: tuple[Path, Document]) -> None:
    names = sorted(path.name for path in made[0].glob("*.xyz"))
    assert names == [f"frames_model_{m}_symmetry_start.xyz" for m in (0, 1)]
    np.testing.assert_allclose(ase.io.read(made[0] / names[0]).get_distance(0, 1), 1.2)


# The page.


def test_every_check_has_its_question_whatever_became_of_it(page: Page) -> None:
    assert [answer.question for answer in page.answers] == [c.question for c in CHECKS.values()]
    verdicts = [answer.verdict for answer in page.answers]
    assert verdicts == ["fail", "not_applicable", "fail", "pass"]


def test_answers_of_two_models_are_told_by_label_and_verdict(page: Page, stored: Stored) -> None:
    one, other = (model.label for model in stored.document.models)
    paragraphs = page.answers[2].words.split("\n\n")
    assert paragraphs[0].startswith(f"{one} (fail): could not be made: frames.nc")
    assert paragraphs[1] == f"{other} (pass): it is 1.5 Å high"
    assert f"{one} (not applicable): " in page.answers[1].words


def test_only_what_has_a_table_is_drawn(page: Page, stored: Stored) -> None:
    none, bare_one, half_one, _ = page.answers
    assert not none.figures
    assert not bare_one.figures
    (figure,) = half_one.figures
    assert figure.caption == f"Heights of {stored.document.models[1].label}."
    assert figure.alt == "1 dots."
    assert not plt.get_fignums()


def test_advice_of_two_failures_alike_is_given_once(page: Page) -> None:
    assert page.answers[0].advice.count("Mend what the message names") == 1
    assert page.answers[0].advice.endswith("again.")
    assert page.answers[1].advice == page.answers[3].advice == ""


def test_cells_without_a_number_are_empty(page: Page, stored: Stored) -> None:
    table = page.answers[0].table
    assert table is not None
    columns = [column.title for column in table.columns]
    labels = [model.label for model in stored.document.models]
    assert [dict(zip(columns, row, strict=True))["Model"] for row in table.rows] == labels
    for row in table.rows:
        cells = dict(zip(columns, row, strict=True))
        assert cells["Verdict"] == "fail"
        assert [cells[n] for n in ("Value", "Low", "High", "Warn beyond", "Source")] == [None] * 5


def test_the_csv_of_a_failure_tells_its_reason(page: Page) -> None:
    table = page.answers[0].table
    assert table is not None
    rows = list(csv.DictReader(io.StringIO(table.csv)))
    assert len(rows) == 2
    assert {row["reason"] for row in rows} == {
        "could not be made: no weights for element 18: train on argon"
    }
    assert {row["value"] for row in rows} == {""}


def test_scenes_show_the_molecule_even_if_nothing_stands_on_it(page: Page) -> None:
    assert len(page.scenes) == 2
    for scene in page.scenes:
        assert scene.atomic_number.tolist() == [18, 18]
        assert not scene.layers
        assert not scene.replicas
        assert scene.walks is None


@pytest.mark.parametrize("count", [1, 4])
def test_pages_of_one_and_of_many_models(tmp_path: Path, count: int) -> None:
    out, document = diagnosis(tmp_path, count)
    again = read_tables(out / "diagnosis.nc")
    made_page = page_of(again.document, again.tables, again.structure, CHECKS.__getitem__)
    assert made_page.table is not None
    assert len(made_page.table.rows) == len(made_page.scenes) == count
    assert made_page.title.endswith(f"{count} models" if count > 1 else document.models[0].label)
    words = made_page.answers[0].words.split("\n\n")
    assert len(words) == count
    assert words[0].startswith("could not be made") == (count == 1)


def test_the_overview_leaves_out_what_a_model_was_not_asked(stored: Stored) -> None:
    one, other = stored.document.models
    shorter = one.model_copy(update={"checks": one.checks[1:]})
    document = stored.document.model_copy(update={"models": [shorter, other]})
    tables = [{k: v for k, v in stored.tables[0].items() if k != "impossible"}, stored.tables[1]]
    made_page = page_of(document, tables, stored.structure, CHECKS.__getitem__)
    assert made_page.table is not None
    titles = [column.title for column in made_page.table.columns]
    where = titles.index("Impossible")
    assert [row[where] for row in made_page.table.rows] == [None, "fail"]
    asked = next(a for a in made_page.answers if a.question == CHECKS["impossible"].question)
    assert asked.words.startswith("could not be made"), "one model alone needs no label"


def test_the_page_is_written_from_the_numbers_of_failures(
    made: tuple[Path, Document], tmp_path: Path
) -> None:
    report_of(made[0] / "diagnosis.nc", tmp_path / "again.html", CHECKS.__getitem__)
    text = (tmp_path / "again.html").read_text(encoding="utf-8")
    assert "no weights for element 18: train on argon" in text
    assert "frames.nc: key energy: missing: write it" in text
