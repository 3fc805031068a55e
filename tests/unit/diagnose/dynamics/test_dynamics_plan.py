"""How long a run is: what was wished for where there is time, and never too short to tell."""

from time import sleep

import pytest
import torch
from water_springs import WATER, Springs, subject_of

from nearsight.diagnose.checks.dynamics.plan import LEAST_REPLICAS, SHORTEST, Plan, plan_of, timer
from nearsight.models.force_field import Potential

POSITION = torch.as_tensor(WATER.positions)


def slow(seconds: float) -> Potential:
    """Springs that take their time, as much for every replica."""
    quick = Springs().potential(WATER.numbers)

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sleep(seconds * len(position))
        return quick(position)

    return potential


def planned(seconds: float, effort: str = "quick") -> Plan:
    model = Springs()
    model.kind = "calculator"
    return plan_of(subject_of(model, effort=effort), slow(seconds), POSITION)


def test_where_there_is_time_all_that_was_wished_for_is_run() -> None:
    plan = planned(0.0)
    assert (plan.replicas, plan.halved, plan.steps) == (4, 2, 1000)
    assert not plan.shortened
    assert plan.duration == 0.5


@pytest.mark.parametrize(("effort", "replicas", "duration"), [("default", 8, 2), ("full", 16, 10)])
def test_more_effort_wishes_for_more(effort: str, replicas: int, duration: float) -> None:
    plan = planned(0.0, effort)
    assert plan.replicas == replicas
    assert plan.wished * 0.5 == 1000 * duration


def test_a_slow_calculator_is_run_for_a_shorter_time() -> None:
    plan = planned(2e-3)
    assert plan.shortened
    assert plan.replicas == 4
    assert 400 <= plan.steps < 1000
    cost = plan.steps * 2e-3 * (plan.replicas + 2 * plan.halved)
    assert cost <= plan.budget
    assert plan.evaluation == pytest.approx(2e-3, rel=1.0)


def test_a_slower_one_with_fewer_replicas() -> None:
    plan = planned(0.01)
    assert (plan.replicas, plan.halved) == (LEAST_REPLICAS, 2)
    assert plan.steps * 0.01 * 6 <= plan.budget


def test_half_of_the_replicas_are_tried_before_all_but_two_are_given_up() -> None:
    plan = planned(0.011, "default")
    assert (plan.replicas, plan.halved) == (4, 2)
    assert 400 <= plan.steps < 4000


def test_the_slowest_runs_a_few_steps_and_is_not_measured_for_long() -> None:
    calls = []

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        calls.append(len(position))
        return slow(0.3)(position)

    model = Springs()
    model.kind = "calculator"
    plan = plan_of(subject_of(model), potential, POSITION)
    assert calls == [1]
    assert plan.steps == SHORTEST
    assert plan.replicas == LEAST_REPLICAS


def test_the_first_call_does_not_count_where_there_is_time_for_another() -> None:
    """Compilers and caches make it slow."""
    first = [0.05]

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sleep(first.pop() if first else 1e-3)
        return Springs().potential(WATER.numbers)(position)

    assert timer(potential, POSITION, 12.0)(1) < 0.02


def test_settings_are_those_of_the_studies_with_a_few_frames_at_least() -> None:
    long, short = Plan(8, 3, 4000, 4000, 0.1, 60.0), Plan(2, 1, 20, 4000, 0.1, 60.0)
    assert long.settings(3).write_interval == 8
    assert short.settings(3).write_interval == 2
    assert long.settings(3).seed == 3
    assert long.settings(0).replicas == 8
    assert long.settings(0).duration == 2.0
    assert short.settings(0).halved_replicas == 1
