"""What a killed diagnosis had finished is taken over, and nothing of another one is."""

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from lennard_jones import NET_FORCE, argon

from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.finding import Threshold, Verdict, measured, not_applicable, told
from nearsight.diagnose.finished import FinishedChecks, packed, unpacked
from nearsight.diagnose.running import diagnose
from nearsight.diagnose.subject import Subject
from nearsight.errors import ModelError, ReferenceEngineError
from nearsight.storage import partial_of


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    given = argon(tmp_path_factory.mktemp("argon"))
    return NET_FORCE.run(given.subjects[0][1])


def test_a_result_comes_back_as_it_was(result: Result) -> None:
    back = unpacked(packed(result, 1.5))

    assert list(back.findings) == list(result.findings)
    xr.testing.assert_identical(back.table, result.table)
    assert back.frames.keys() == result.frames.keys()
    (before,), (after,) = result.frames["start"], back.frames["start"]
    np.testing.assert_allclose(after.positions, before.positions, atol=1e-8)
    assert after.get_chemical_symbols() == before.get_chemical_symbols()


def test_findings_without_numbers_come_back_without_numbers() -> None:
    limit = Threshold(1.0, math.nan, "a choice, for this test")
    findings = [
        not_applicable("walks", "walks", "1", "there are none"),
        told("depth", "depth", 3.0, "1", reason="three"),
        measured("x", "x", math.inf, "eV", threshold=limit, reason="r", advice="a"),
    ]

    back = unpacked(packed(Result(findings), 0.0)).findings

    assert math.isnan(back[0].value)
    assert back[0].threshold is None
    assert back[1] == findings[1] or math.isnan(findings[1].low)
    assert back[1].value == 3.0
    assert back[2].threshold is not None
    assert back[2].threshold.warn == 1.0
    assert math.isnan(back[2].threshold.fail)
    assert (back[2].verdict, back[2].advice) == (Verdict.WARN, "a")


def test_a_second_run_makes_no_check_again(tmp_path: Path) -> None:
    given, made = argon(tmp_path, n_models=2), []

    def run(subject: Subject) -> Result:
        made.append(subject)
        return NET_FORCE.run(subject)

    counted = Check(name="symmetry", title="t", question="q", run=run, gist=NET_FORCE.gist)
    first = diagnose(given.subjects, [counted], FinishedChecks(tmp_path / "out", given.made_from))
    again = diagnose(given.subjects, [counted], FinishedChecks(tmp_path / "out", given.made_from))

    assert len(made) == 2
    assert [model.label for model in again] == [label for label, _ in given.subjects]
    for one, other in zip(first, again, strict=True):
        assert one.answers[0].result.findings == other.answers[0].result.findings
        assert one.answers[0].seconds == other.answers[0].seconds


def test_a_killed_run_goes_on_with_the_check_at_which_it_was(tmp_path: Path) -> None:
    given, made = argon(tmp_path), []

    def run(subject: Subject) -> Result:
        made.append("first")
        return NET_FORCE.run(subject)

    def killed(subject: Subject) -> Result:
        made.append("second")
        if made.count("second") == 1:
            raise KeyboardInterrupt
        return NET_FORCE.run(subject)

    checks = [
        Check(name=name, title=name, question="q", run=function, gist=NET_FORCE.gist)
        for name, function in (("first", run), ("second", killed))
    ]
    with pytest.raises(KeyboardInterrupt):
        diagnose(given.subjects, checks, FinishedChecks(tmp_path / "out", given.made_from))
    (model,) = diagnose(given.subjects, checks, FinishedChecks(tmp_path / "out", given.made_from))

    assert made == ["first", "second", "second"]
    assert [answer.check.name for answer in model.answers] == ["first", "second"]


def test_results_of_other_settings_are_no_use(tmp_path: Path) -> None:
    given = argon(tmp_path)
    diagnose(given.subjects, [NET_FORCE], FinishedChecks(tmp_path / "out", given.made_from))
    assert FinishedChecks(tmp_path / "out", given.made_from).read(0, 0) is not None

    other = FinishedChecks(tmp_path / "out", {**given.made_from, "seed": 1})

    assert other.read(0, 0) is None
    assert not partial_of(tmp_path / "out").exists()


def test_a_damaged_part_is_made_again(tmp_path: Path) -> None:
    given = argon(tmp_path)
    finished = FinishedChecks(tmp_path / "out", given.made_from)
    diagnose(given.subjects, [NET_FORCE], finished)
    (part,) = finished.folder.glob("*.nc")
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])

    assert finished.read(0, 0) is None
    (model,) = diagnose(given.subjects, [NET_FORCE], finished)
    assert model.verdict == Verdict.PASS


@pytest.mark.parametrize("error", [ModelError("no such element"), ReferenceEngineError("no SCF")])
def test_a_check_that_a_model_makes_impossible_is_a_finding(
    error: Exception, tmp_path: Path
) -> None:
    def run(subject: Subject) -> Result:
        raise error

    given = argon(tmp_path)
    fails = Check(name="symmetry", title="t", question="q", run=run, gist=NET_FORCE.gist)
    (model,) = diagnose(
        given.subjects, [fails, NET_FORCE], FinishedChecks(tmp_path / "out", given.made_from)
    )

    impossible, possible = model.answers
    assert impossible.gist == f"could not be made: {error}"
    assert [impossible.result.verdict, possible.result.verdict] == ["fail", "pass"]
    assert model.verdict == "fail"


def test_a_fault_of_ours_is_no_finding(tmp_path: Path) -> None:
    def run(subject: Subject) -> Result:
        raise ZeroDivisionError

    given = argon(tmp_path)
    faulty = Check(name="symmetry", title="t", question="q", run=run, gist=NET_FORCE.gist)
    with pytest.raises(ZeroDivisionError):
        diagnose(given.subjects, [faulty], FinishedChecks(tmp_path / "out", given.made_from))


def test_every_check_has_a_folder_of_its_own_to_go_on_from(tmp_path: Path) -> None:
    given, seen = argon(tmp_path, n_models=2), []

    def run(subject: Subject) -> Result:
        seen.append(subject.scratch)
        return NET_FORCE.run(subject)

    checks = [
        Check(name=name, title=name, question="q", run=run, gist=NET_FORCE.gist) for name in "ab"
    ]
    finished = FinishedChecks(tmp_path / "out", given.made_from)
    diagnose(given.subjects, checks, finished)

    assert len(set(seen)) == 4
    assert all(place is not None and place.parent == finished.folder for place in seen)
    finished.remove()
    assert not partial_of(tmp_path / "out").exists()
