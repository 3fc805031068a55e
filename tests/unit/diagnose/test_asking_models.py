"""What the first checks share: asking for arrays, answers in words, marks in figures."""

import logging
import math

import numpy as np
import pytest
import torch
from ase import Atoms
from broken import Forced, dead, ethanol, sound, subject_of
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.config import make_variant
from nearsight.diagnose.answering import answer
from nearsight.diagnose.asking import (
    OWN,
    ask,
    ask_best,
    ask_in,
    ask_reference,
    best_precision,
    precisions_of,
    reason_of,
)
from nearsight.diagnose.finding import Finding, Threshold, Verdict, measured, not_applicable
from nearsight.diagnose.marks import (
    FAIL,
    WARN,
    legend_below,
    mark_threshold,
    threshold_entries,
)
from nearsight.models import engine_potential
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import open_model

HOUR = Threshold(1.0, 2.0, "a clock")


@pytest.fixture(scope="module")
def network() -> OpenModel:
    from small_diagnosed import drawn_model

    return drawn_model(make_variant(family="schnet", cutoff=3.0, depth=1, features=8, seed=3))


def three(atoms: Atoms) -> np.ndarray:
    return np.stack([atoms.positions + 0.01 * k for k in range(3)])


def test_answers_are_arrays_in_double_precision() -> None:
    atoms = ethanol()
    energy, force = ask(sound().potential(atoms.numbers), three(atoms))
    assert energy.shape == (3,)
    assert force.shape == (3, 9, 3)
    assert energy.dtype == force.dtype == np.float64
    np.testing.assert_allclose(energy, energy[0])


def test_arrays_in_any_order_of_memory_are_taken() -> None:
    atoms = ethanol()
    potential = sound().potential(atoms.numbers)
    strided = np.asfortranarray(three(atoms))[::-1]
    np.testing.assert_array_equal(ask(potential, strided)[0], ask(potential, three(atoms))[0][::-1])


def test_networks_have_two_precisions_and_calculators_their_own(network: OpenModel) -> None:
    assert precisions_of(network) == ("float32", "float64")
    assert best_precision(network) == "float64"
    assert precisions_of(sound()) == (OWN,)
    assert best_precision(sound()) == OWN


def test_a_precision_is_that_of_the_network(network: OpenModel) -> None:
    atoms = ethanol()
    subject = subject_of(network)
    single = ask_in(subject, atoms.numbers, three(atoms), "float32")[1]
    double = ask_in(subject, atoms.numbers, three(atoms), "float64")[1]
    best = ask_best(subject, atoms.numbers, three(atoms))[1]
    assert 0 < np.abs(single - double).max() < 1e-4
    np.testing.assert_array_equal(best, double)


def test_a_calculator_is_asked_in_its_own_precision() -> None:
    atoms = ethanol()
    subject = subject_of(sound())
    own = ask_in(subject, atoms.numbers, three(atoms), OWN)[0]
    np.testing.assert_array_equal(own, ask_best(subject, atoms.numbers, three(atoms))[0])


def test_no_reference_is_all_unknown() -> None:
    atoms = ethanol()
    energy, force = ask_reference(subject_of(sound()), atoms.numbers, three(atoms))
    assert np.isnan(energy).all()
    assert np.isnan(force).all()
    assert force.shape == (3, 9, 3)
    beside = subject_of(dead(), reference=sound())
    assert np.isfinite(ask_reference(beside, atoms.numbers, three(atoms))[0]).all()


def test_why_a_calculator_failed_is_known() -> None:
    model = open_model("ase.calculators.emt:EMT")
    atoms = Atoms("XeXe", [[0, 0, 0], [0, 0, 4.0]])
    subject = subject_of(model, atoms)
    energy, _ = ask_best(subject, atoms.numbers, atoms.positions[None])
    assert np.isnan(energy).all()
    said = reason_of(subject, atoms.numbers)
    assert said.startswith(": ")
    assert "EMT" in said


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert reason_of(subject_of(sound()), ethanol().numbers) == ""
    subject = subject_of(open_model("ase.calculators.emt:EMT"), Atoms("Cu2", np.eye(3)[:2] * 2.5))
    ask_best(subject, np.array([29, 29]), (np.eye(3)[:2] * 2.5)[None])
    assert reason_of(subject, np.array([29, 29])) == ""


def test_absurd_geometries_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    model = open_model("ase.calculators.emt:EMT")
    atoms = Atoms("XeXe", [[0, 0, 0], [0, 0, 4.0]])
    logger = logging.getLogger(engine_potential.__name__)
    before = logger.level
    with caplog.at_level(logging.WARNING):
        ask_best(subject_of(model, atoms), atoms.numbers, atoms.positions[None])
    assert not caplog.records
    assert logger.level == before


def test_the_log_is_as_before_when_a_model_raises() -> None:
    def broken(_: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        raise RuntimeError("a fault of ours")

    logger = logging.getLogger(engine_potential.__name__)
    before = logger.level
    with pytest.raises(RuntimeError, match="a fault of ours"):
        ask_best(subject_of(Forced(broken)), ethanol().numbers, three(ethanol()))
    assert logger.level == before


def finding(name: str, value: float) -> Finding:
    return measured(
        name, name, value, "1", threshold=HOUR, reason=f"{name} is at {value:g}", advice="wait"
    )


def test_an_answer_that_all_is_well() -> None:
    findings = [finding("one", 0.5), finding("other", 0.2)]
    assert answer(findings, lambda f: f"{len(f)}: {f['one'].reason}.") == "2: one is at 0.5."


def test_an_answer_names_the_gravest_first() -> None:
    findings = [finding("low", 0.1), finding("middle", 1.5), finding("high", 3.0)]
    assert answer(findings, lambda _: "well") == "High is at 3."
    assert answer(findings[:2], lambda _: "well") == "Middle is at 1.5."


def test_an_answer_counts_what_it_leaves_out() -> None:
    many = [finding(f"number {k}", 3.0 + k) for k in range(5)]
    said = answer(many, lambda _: "well")
    assert said == "Number 0 is at 3. Number 1 is at 4. (3 more like this.)"
    assert "more" not in answer(many[:2], lambda _: "well")


def test_an_answer_of_what_could_not_be_measured() -> None:
    silent = [not_applicable("one", "one", "1", "the model said nothing")]
    assert answer(silent, lambda _: "well") == "The model said nothing."
    assert answer([*silent, finding("other", 0.1)], lambda _: "well") == "well"


def test_thresholds_are_drawn_where_they_are() -> None:
    figure = Figure()
    axis = figure.add_subplot()
    mark_threshold(axis, HOUR)
    mark_threshold(axis, HOUR, along="y")
    upright, level = axis.lines[:2], axis.lines[2:]
    assert [line.get_xdata()[0] for line in upright] == [1.0, 2.0]
    assert [line.get_ydata()[0] for line in level] == [1.0, 2.0]
    assert same_color(upright[0].get_color(), WARN)
    assert same_color(upright[1].get_color(), FAIL)


def test_a_threshold_that_is_not_there_is_not_drawn() -> None:
    axis = Figure().add_subplot()
    only = Threshold(1.0, math.nan, "a clock")
    mark_threshold(axis, only)
    assert len(axis.lines) == 1
    assert [entry.get_label() for entry in threshold_entries(only)] == ["warning beyond"]
    assert len(threshold_entries(HOUR)) == 2


def test_a_legend_stands_below() -> None:
    figure = Figure(layout="constrained")
    figure.add_subplot()
    legend_below(figure, [Line2D([], [], label="one"), *threshold_entries(HOUR)], columns=2)
    (legend,) = figure.legends
    assert next(text.get_text() for text in legend.get_texts()) == "one"


def test_verdicts_come_from_thresholds() -> None:
    assert [finding("x", v).verdict for v in (0.5, 1.5, 2.5, math.nan)] == [
        Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.FAIL,
    ]  # fmt: skip
