"""The same start through ASE: units, calculators as users have them, and what may go wrong."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import Calculator
from water_springs import WATER, Springs, planned, subject_of

from nearsight.diagnose.checks.dynamics.cross_check import (
    STEPS,
    STRIDE,
    _steps,
    by_ase,
    calculator_of,
    cross_check,
    nothing,
)
from nearsight.diagnose.checks.dynamics.plan import Plan
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.subject import Subject
from nearsight.md.replicas.starts import Starts
from nearsight.models.opening import open_model

PAIR = Atoms("Ar2", positions=[[0, 0, 0], [0, 0, 2.245]])
LENNARD_JONES = {"sigma": 2.0, "epsilon": 2.0, "rc": 30.0}


@pytest.fixture(scope="module")
def runs() -> Runs:
    return make_runs(subject_of(Springs()), planned(120))


def first(starts: Starts) -> Starts:
    return replace(
        starts,
        position=starts.position[:1],
        velocity=starts.velocity[:1],
        frame=starts.frame[:1],
    )


class Still(Calculator):
    """No forces at all."""

    implemented_properties = ("energy", "forces")

    def calculate(
        self, atoms: Any = None, properties: Any = None, system_changes: Any = ()
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.zeros((len(self.atoms), 3))}


class Broken(Still):
    """Fails when it is asked, as code of a user may."""

    def calculate(
        self, atoms: Any = None, properties: Any = None, system_changes: Any = ()
    ) -> None:
        raise RuntimeError("no licence\nfor this molecule")


def test_velocities_are_handed_over_in_ases_units(runs: Runs) -> None:
    """Without forces atoms fly straight: 20 fs of Å/fs."""
    start = first(runs.starts)
    atoms, energy = by_ase(start, Still(), 4 * STRIDE)
    expected = start.position[0] + 20.0 * start.velocity[0]
    np.testing.assert_allclose(atoms.positions, expected, atol=1e-12)
    np.testing.assert_allclose(energy, runs.record.kinetic_energy[0, 0], rtol=1e-12)
    assert len(energy) == 5


def test_masses_are_those_of_the_run(runs: Runs) -> None:
    heavy = replace(first(runs.starts), mass=10 * runs.starts.mass)
    atoms, energy = by_ase(heavy, Still(), STRIDE)
    np.testing.assert_array_equal(atoms.get_masses(), 10 * runs.starts.mass)
    np.testing.assert_allclose(energy, 10 * runs.record.kinetic_energy[0, 0], rtol=1e-12)


def test_both_programs_see_the_same_energy_move(runs: Runs) -> None:
    found = cross_check(subject_of(Springs()), runs)
    assert found.reason == ""
    assert found.distance < 1e-10
    np.testing.assert_allclose(found.time, 0.5 * STRIDE * np.arange(STEPS // STRIDE + 1))
    np.testing.assert_allclose(found.ours, found.theirs, atol=1e-10)
    assert found.ours[0] == found.theirs[0] == 0
    assert np.ptp(found.ours) > 1e-5


def test_the_first_replica_that_holds_is_taken(runs: Runs) -> None:
    step = runs.record.ends.step.copy()
    step[0] = 5
    ended = replace(runs, record=replace(runs.record, ends=replace(runs.record.ends, step=step)))
    found = cross_check(subject_of(Springs()), ended)
    assert not np.array_equal(found.ours, cross_check(subject_of(Springs()), runs).ours)
    step[:] = 5
    found = cross_check(subject_of(Springs()), ended)
    assert found.reason == "no replica holds for 50 fs"


def test_a_calculator_is_made_anew_and_not_wrapped() -> None:
    """What it remembers of the run must not hide what its users would meet."""
    model = open_model("ase.calculators.lj:LennardJones", LENNARD_JONES)
    subject = Subject(model=model, structures=[PAIR], effort="quick")
    calculator = calculator_of(subject, PAIR.numbers)
    assert type(calculator).__name__ == "LennardJones"
    assert calculator is not calculator_of(subject, PAIR.numbers)
    assert calculator.parameters["sigma"] == 2.0


def test_a_calculator_of_ases_own_agrees() -> None:
    """Two atoms that Lennard-Jones binds."""
    model = open_model("ase.calculators.lj:LennardJones", LENNARD_JONES)
    subject = Subject(model=model, structures=[PAIR], effort="quick")
    runs = make_runs(subject, planned(120))
    found = cross_check(subject, runs)
    assert found.reason == ""
    assert found.distance < 1e-9


@pytest.mark.parametrize("model", [Springs(), open_model("ase.calculators.emt:EMT", {})])
def test_a_failure_is_a_reason_in_one_line(
    model: Any, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nearsight.diagnose.checks.dynamics import cross_check as room

    monkeypatch.setattr(room, "calculator_of", lambda *_: Broken())
    found = cross_check(subject_of(Springs()), runs)
    assert found.reason == "RuntimeError: no licence for this molecule"
    assert np.isnan(found.distance)
    assert not len(found.time)
    assert model.label


def test_a_model_that_knows_no_such_element_is_a_reason(runs: Runs) -> None:
    class Picky(Springs):
        def potential(self, atomic_number: np.ndarray, **_: Any) -> Any:
            from nearsight.errors import ModelError

            raise ModelError("knows no water")

    assert cross_check(subject_of(Picky()), runs).reason == "knows no water"


@pytest.mark.parametrize(
    ("plan", "steps"),
    [
        (Plan(8, 3, 4000, 4000, 1e-3, 60.0), STEPS),
        (Plan(8, 3, 4000, 4000, 0.05, 60.0), 60),
        (Plan(8, 3, 4000, 4000, 10.0, 60.0), STRIDE),
        (Plan(8, 3, 47, 4000, 1e-3, 60.0), 40),
        (Plan(2, 2, 20, 4000, 0.0, 60.0), 20),
    ],
)
def test_no_more_steps_than_there_is_time_for(plan: Plan, steps: int) -> None:
    assert _steps(plan) == steps


def test_nothing_is_empty_and_says_why() -> None:
    found = nothing("because")
    assert found.reason == "because"
    assert len(found.time) == len(found.ours) == len(found.theirs) == 0


def test_the_start_is_left_as_it_is(runs: Runs) -> None:
    position, velocity = runs.starts.position.clone(), runs.starts.velocity.clone()
    cross_check(subject_of(Springs()), runs)
    assert torch.equal(runs.starts.position, position)
    assert torch.equal(runs.starts.velocity, velocity)
    np.testing.assert_array_equal(WATER.positions, molecule("H2O").positions)
