"""One structure, asked of calculators that behave and of calculators that do not."""

import logging

import numpy as np
import pytest
from ase import Atoms
from odd_calculators import (
    EDGE,
    Fails,
    KnowsOnly,
    NeedsCell,
    NoReset,
    Remembers,
    ResetFails,
    Springs,
)

from nearsight.data.calculators import InProcess, evaluate, try_out
from nearsight.data.calculators.refusal import NEEDS_CELL
from nearsight.errors import ReferenceEngineError

WATER = Atoms("OH2", positions=[[0, 0, 0], [0.96, 0, 0], [0, 0.96, 0]])
FAR = Atoms("OH2", positions=WATER.positions + 2 * EDGE)


def test_numbers_are_those_of_the_calculator_and_the_structure_stays() -> None:
    atoms = WATER.copy()
    energy, forces = evaluate(atoms, Springs(k=2.0))
    assert energy == pytest.approx(0.96**2 * (1 + 1 + 2))
    np.testing.assert_allclose(forces, -2 * (3 * WATER.positions - WATER.positions.sum(axis=0)))
    assert atoms.calc is None


def test_what_ase_keeps_does_not_serve_the_next_call() -> None:
    calculator = Remembers()
    first, second = (evaluate(WATER, calculator)[0] for _ in range(2))
    assert second - first == pytest.approx(1e-3)


def test_a_fresh_structure_is_enough_where_reset_fails_or_is_absent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    moved = Atoms("OH2", positions=WATER.positions * 1.1)
    calculator = ResetFails()
    assert evaluate(WATER, calculator)[0] != evaluate(moved, calculator)[0]
    assert "reset failed: RuntimeError: no reset here" in caplog.text
    np.testing.assert_array_equal(evaluate(WATER, NoReset())[1], -np.ones((3, 3)))


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("raise", "failed on H2O: RuntimeError: first line second line"),
        ("nan", "gave forces that are not finite for H2O"),
        ("shape", r"gave forces of shape \(1, 3\) for 3 atoms"),
        ("two energies", r"gave an energy of shape \(2,\)"),
        ("no forces", "failed on H2O: PropertyNotImplementedError"),
    ],
)
def test_whatever_goes_wrong_is_one_line(how: str, text: str) -> None:
    with pytest.raises(ReferenceEngineError, match=text) as caught:
        evaluate(FAR, Fails(how))
    assert "\n" not in str(caught.value)
    assert "odd_calculators:Fails" in str(caught.value)
    evaluate(WATER, Fails(how))


def test_a_failure_is_the_answer_of_its_copy_alone() -> None:
    geometry = np.stack([WATER.positions, FAR.positions, WATER.positions])
    geometry = np.concatenate([geometry, np.full((1, 3, 3), np.nan)])
    answers = InProcess(Fails("raise")).ask(WATER.numbers, geometry)
    assert np.isnan(answers.energy).tolist() == [False, True, False, True]
    assert np.isnan(answers.force).all(axis=(1, 2)).tolist() == [False, True, False, True]
    assert answers.reason[0] == answers.reason[2] == ""
    assert answers.reason[3] == "positions are not finite"
    with pytest.raises(ReferenceEngineError, match="first line second line"):
        InProcess(Fails("raise")).ask_all(WATER.numbers, geometry)
    assert InProcess(Springs()).ask_all(WATER.numbers, geometry[:3]).reason == ["", "", ""]
    assert InProcess(Springs()).ask(WATER.numbers, geometry[:0]).force.shape == (0, 3, 3)


def test_a_calculator_that_needs_a_cell_is_recognised() -> None:
    with pytest.raises(ReferenceEngineError) as caught:
        try_out(InProcess(NeedsCell()), [WATER])
    assert str(caught.value).endswith(f"LinAlgError: Singular matrix: {NEEDS_CELL}")


def test_an_element_that_is_not_known_is_named() -> None:
    with pytest.raises(ReferenceEngineError, match=r"KeyError: 'O': .*seems not to know O$"):
        try_out(InProcess(KnowsOnly(["H", "C"])), [WATER])
    with pytest.raises(ReferenceEngineError, match=r"KeyError: 'O'$"):
        try_out(InProcess(KnowsOnly(["C"])), [WATER])


def test_one_structure_that_works_is_enough() -> None:
    assert try_out(InProcess(Fails("raise")), [FAR, FAR, FAR, WATER]) == 0
    with pytest.raises(ReferenceEngineError, match="first line"):
        try_out(InProcess(Fails("raise")), [FAR, FAR, FAR, FAR, WATER])
    assert try_out(InProcess(Fails("raise")), []) == 0


def test_memory_is_measured_and_told(caplog: pytest.LogCaptureFixture) -> None:
    assert try_out(InProcess(Springs()), [WATER]) == 0
    assert not caplog.records
    # The third call is 2 meV above the first.
    assert try_out(InProcess(Remembers()), [WATER]) == pytest.approx(2e-3)
    assert "differs by 0.002 eV after another one" in caplog.text
