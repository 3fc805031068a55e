"""The parts of a step of velocity Verlet, and the bookkeeping of rows."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from dimers import moving, springs, trimers

from nearsight import units
from nearsight.errors import ModelError
from nearsight.md.replicas.running import PER_ROW, Running, all_running

STEP = 0.5


@pytest.fixture
def batch() -> Running:
    starts = moving(moving(trimers(3), 0, 1, [0.01, 0, 0]), 2, 0, [0, 0.02, -0.01])
    return all_running(starts, 3).evaluate(springs)


def step(batch: Running, time: float) -> Running:
    return batch.kick(time / 2).drift(time).evaluate(springs).kick(time / 2)


def test_nothing_is_known_before_the_first_evaluation() -> None:
    batch = all_running(trimers(3), 2)
    assert batch.replica.tolist() == [0, 1, 2]
    assert batch.force.isnan().all()
    assert batch.energy.isnan().all()
    assert batch.start_energy.isnan().all()
    assert batch.beyond.shape == (3, 2)
    assert not batch.beyond.any()
    assert batch.degrees_of_freedom.tolist() == [3, 3, 3]


def test_a_kick_is_newtons_second_law(batch: Running) -> None:
    kicked = batch.kick(STEP)
    gained = (kicked.velocity - batch.velocity) * batch.mass[:, None] / units.ACCELERATION
    torch.testing.assert_close(gained, STEP * batch.force)
    assert kicked.position is batch.position
    torch.testing.assert_close(batch.kick(0.3).kick(0.2).velocity, kicked.velocity)


def test_a_drift_is_free_flight(batch: Running) -> None:
    moved = batch.drift(STEP)
    torch.testing.assert_close(moved.position - batch.position, STEP * batch.velocity)
    assert moved.velocity is batch.velocity
    assert moved.force is batch.force


def test_every_bit_is_that_of_the_formula_in_double_precision(batch: Running) -> None:
    """A record must not change with how its arrays are moved about."""
    per_force = 0.3 * units.ACCELERATION / batch.mass[:, None]
    expected = batch.velocity + batch.force * per_force
    assert torch.equal(batch.kick(0.3).velocity, expected)
    assert torch.equal(batch.drift(0.3).position, batch.position + 0.3 * batch.velocity)


def test_nothing_is_changed_in_place(batch: Running) -> None:
    before = {name: getattr(batch, name).clone() for name in PER_ROW}
    step(step(batch, STEP), STEP).feel(1.0).keep(torch.tensor([True, False, False]))
    for name, values in before.items():
        torch.testing.assert_close(getattr(batch, name), values, rtol=0, atol=0, equal_nan=True)


def test_the_kinetic_energy_is_that_of_the_present_velocities(batch: Running) -> None:
    """It is kept once computed, and must not outlive a kick or a choice of rows."""
    resting = replace(batch, velocity=torch.zeros_like(batch.velocity))
    assert batch.kinetic_energy[:1].item() > 0
    assert resting.kinetic_energy.tolist() == [0.0] * 3
    kept = batch.keep(torch.tensor([False, False, True]))
    assert torch.equal(kept.kinetic_energy, batch.kinetic_energy[2:])
    kicked = resting.kick(STEP)
    assert torch.equal(kicked.kinetic_energy, replace(kicked).kinetic_energy)


def test_a_step_can_be_taken_back(batch: Running) -> None:
    there = step(batch, STEP)
    back = step(replace(there, velocity=-there.velocity), STEP)
    torch.testing.assert_close(back.position, batch.position, rtol=0, atol=1e-14)
    torch.testing.assert_close(back.velocity, -batch.velocity, rtol=0, atol=1e-15)


def test_the_error_of_a_step_is_of_third_order(batch: Running) -> None:
    """Two steps of half the length leave a quarter of the error, of one step an eighth."""

    def after(time: float, n_steps: int) -> torch.Tensor:
        found = batch
        for _ in range(n_steps):
            found = step(found, time / n_steps)
        return found.position

    exact = after(2.0, 512)
    errors = [(after(2.0, n) - exact).abs().max().item() for n in (4, 8, 16)]
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(4.0, rel=0.1)


def test_momentum_is_conserved_to_rounding(batch: Running) -> None:
    before = (batch.mass[:, None] * batch.velocity).sum(1)
    for _ in range(50):
        batch = step(batch, STEP)
    after = (batch.mass[:, None] * batch.velocity).sum(1)
    torch.testing.assert_close(after, before, rtol=0, atol=1e-14)


def test_energies_add_up(batch: Running) -> None:
    torch.testing.assert_close(batch.total_energy, batch.energy + batch.kinetic_energy)
    speed = batch.velocity.norm(dim=-1)
    by_hand = (batch.mass * speed**2).sum(1) / 2 / units.ACCELERATION
    torch.testing.assert_close(batch.kinetic_energy, by_hand)
    expected = 2 * by_hand / 3 / units.BOLTZMANN
    torch.testing.assert_close(batch.temperature, expected)


def test_hot_steps_count_only_without_a_break(batch: Running) -> None:
    limit = batch.temperature.max().item() / 2
    felt = batch.feel(limit).feel(limit)
    assert felt.hot_steps.tolist() == [2 * (t > limit) for t in batch.temperature.tolist()]
    assert felt.hot_steps.max() == 2
    assert felt.feel(1e9).hot_steps.tolist() == [0, 0, 0]
    # At the limit itself it is not yet too hot.
    assert batch.feel(batch.temperature.max().item()).hot_steps.tolist() == [0, 0, 0]


def test_rows_that_are_kept_keep_all_that_is_theirs(batch: Running) -> None:
    kept = batch.keep(torch.tensor([True, False, True]))
    assert len(kept) == 2
    for name in PER_ROW:
        expected = getattr(batch, name)[[0, 2]]
        torch.testing.assert_close(getattr(kept, name), expected, equal_nan=True)
    assert kept.mass is batch.mass
    assert set(PER_ROW) | {"mass"} == set(Running.__dataclass_fields__)


def test_nobody_left_asks_for_no_forces(batch: Running) -> None:
    def never(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        raise AssertionError

    nobody = batch.keep(torch.zeros(3, dtype=torch.bool))
    assert nobody.evaluate(never) is nobody


@pytest.mark.parametrize("wrong", ["energy", "force"])
def test_wrong_shapes_are_named(batch: Running, wrong: str) -> None:
    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = springs(position)
        return (energy[:, None], force) if wrong == "energy" else (energy, force[:, :2])

    with pytest.raises(ModelError, match=r"\(3,\) and \(3, 3, 3\)"):
        batch.evaluate(potential)


def test_no_graph_is_kept_and_all_is_double(batch: Running) -> None:
    def traced(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        position = position.float().requires_grad_()
        energy = position.square().sum((1, 2))
        return energy, -2 * position

    found = batch.evaluate(traced)
    for values in (found.energy, found.force):
        assert values.dtype == torch.float64
        assert not values.requires_grad
    np.testing.assert_allclose(found.energy, batch.position.square().sum((1, 2)), rtol=1e-6)
