"""The check of dynamics as a user meets it: a small trained network, and its figures."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
import xarray as xr
from small_network import methanol_frames, methanol_network, rattled_methanol

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dynamics import plan as room
from nearsight.diagnose.finding import Verdict
from nearsight.diagnose.reference import EmbeddedReference
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import Subject

CHECK = check("dynamics")


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        model=methanol_network(),
        structures=rattled_methanol(2, seed=5),
        reference=EmbeddedReference(),
        train=methanol_frames().of_subset("train"),
        effort="quick",
    )


@pytest.fixture(scope="module")
def result(subject: Subject) -> Result:
    """With a tenth of the time that quick allows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "OVERHEAD", 0.015)
        return CHECK.run(subject)


def test_every_question_has_an_answer_in_words(result: Result) -> None:
    names = [finding.quantity for finding in result.findings]
    assert names == [
        "survival",
        "half_step",
        "drift",
        "fluctuation",
        "fluctuation_exponent",
        "late_heating",
        "integrators_agree",
        "length",
    ]
    for finding in result.findings:
        assert finding.reason
        assert "nan" not in finding.reason
        known = finding.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE)
        assert bool(finding.advice) != known
        assert np.isnan(finding.value) == (finding.verdict == Verdict.NOT_APPLICABLE)
    assert "rules from 60 frames of the training data" in result.findings[-1].reason


def test_the_network_runs_the_same_in_ase(result: Result) -> None:
    (found,) = [f for f in result.findings if f.quantity == "integrators_agree"]
    assert found.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE)


def test_the_gist_has_numbers_and_no_more_than_three_sentences_worth(result: Result) -> None:
    text = CHECK.gist(result.findings)
    assert "replicas" in text
    assert text.endswith(".")
    assert len(text) < 700


def test_failures_bring_frames_and_nothing_else_does(result: Result) -> None:
    ended = int(result.table["replica_ended"].sum())
    assert len(result.frames.get("ends", [])) == 2 * ended
    for atoms in result.frames.get("ends", []):
        assert atoms.info["model"] == methanol_network().label


def test_figures_are_drawn_from_the_table_alone(result: Result, tmp_path: Path) -> None:
    """As the page does it, from a file."""
    matplotlib.use("Agg")
    result.table.to_netcdf(tmp_path / "table.nc")
    table = xr.open_dataset(tmp_path / "table.nc").load()
    pictures = CHECK.draw({"one": table, "the other": table, "none": xr.Dataset()})
    assert [picture.name for picture in pictures] == ["energy_and_temperature", "survival"]
    for picture in pictures:
        assert "one: " in picture.alt
        assert "none" not in picture.alt
        assert "nan" not in picture.alt
        assert picture.caption.endswith(".")
        picture.figure.savefig(tmp_path / f"{picture.name}.png", dpi=40)
        assert (tmp_path / f"{picture.name}.png").stat().st_size > 2000


def test_curves_stand_in_the_order_of_the_models(result: Result) -> None:
    over_time, survival = CHECK.draw({"a": result.table, "b": result.table})
    shown = [axis for axis in over_time.figure.axes if axis.get_visible()]
    assert [axis.get_title(loc="left") for axis in shown if axis.get_title(loc="left")] == [
        "a",
        "b",
    ]
    n = result.table.sizes["replica"] + result.table.sizes["halved"]
    ended = int(result.table["replica_ended"].sum())
    assert len(shown[0].lines) >= n + ended
    labels = [text.get_text() for text in survival.figure.axes[1].get_yticklabels()]
    assert labels == ["a", "b"]


def test_without_dynamics_nothing_is_drawn() -> None:
    assert CHECK.draw({"none": xr.Dataset()}) == ()
