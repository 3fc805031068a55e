"""Runs at half the time step: which replicas, and what a failure that vanishes is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dimers import BONDS, GUARDS, settings_of, springs, trimers

from nearsight.md.record.halved import Halved
from nearsight.md.record.segments import Memory
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.run.nve import run
from nearsight.md.run.shorter_step import replicas_to_halve, run_halved
from nearsight.models.force_field import Potential
from nearsight.units import ACCELERATION


def again(
    main: Trajectories, starts: Starts, potential: Potential = springs, n_steps: int = 100
) -> Halved:
    replica = replicas_to_halve(main, 3)
    settings = settings_of(n_steps)
    return run_halved(
        replica, main, potential, starts, GUARDS, settings, store=Memory(), seconds=np.inf
    )


def test_failed_replicas_come_first_then_the_others_in_order(
    record: Trajectories,
):
    assert record.ends.kind.tolist() == [0, 0, EndKind.BOND, 0]
    assert replicas_to_halve(record, 9).tolist() == [2, 0, 1, 3]
    assert replicas_to_halve(record, 2).tolist() == [2, 0]
    assert replicas_to_halve(record, 0).tolist() == []
    assert replicas_to_halve(record, 9, failed_only=True).tolist() == [2]


def test_replica_that_ended_at_its_start_is_left_out():
    starts = trimers(3)
    starts.position[0, 0] *= 3
    record = run(springs, starts, GUARDS, settings_of(20))
    assert replicas_to_halve(record, 9).tolist() == [1, 2]


def test_same_starts_on_the_same_grid_at_half_the_step(record: Trajectories, starts: Starts):
    halved = again(record, starts)
    assert halved.replica.tolist() == [2, 0, 1]
    fine = settings_of(200, timestep=0.25, write_interval=20)
    expected = run(springs, starts, GUARDS, fine)
    np.testing.assert_array_equal(halved.record.time, record.time)
    np.testing.assert_array_equal(halved.record.time, expected.time)
    np.testing.assert_allclose(
        halved.record.total_energy, expected.total_energy[halved.replica], rtol=0, atol=1e-12
    )
    assert halved.record.timestep == 0.25


def test_failure_of_the_model_does_not_vanish(record: Trajectories, starts: Starts):
    halved = again(record, starts)
    assert halved.record.ends.kind.tolist() == [EndKind.BOND, 0, 0]
    assert halved.integrator_failure.tolist() == [False, False, False]
    # The atom that leaves does so at the same time, to within a frame.
    assert abs(halved.record.end_time[0] - record.end_time[2]) < 1.0


@pytest.fixture
def stiff() -> tuple[Potential, Starts]:
    """One stretch so stiff that velocity Verlet is unstable at 0.5 fs (omega h > 2), not at half.

    Its antisymmetric stretch has omega² = k (1/16 + 2/12) in units of acceleration.
    """
    inverse_mass = 1 / 16 + 2 / 12
    strength = (2.4 / 0.5) ** 2 / (inverse_mass * ACCELERATION) / 20

    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = springs(position)
        return strength * energy, strength * force

    starts = trimers(2, bend=np.pi / 2)
    shifted = starts.position.clone()
    shifted[1, 0, 0] += 1e-3
    shifted[1, 2, 0] += 1e-3
    return evaluate, replace(starts, position=shifted)


def test_failure_that_vanishes_is_the_integrators(stiff: tuple[Potential, Starts]):
    potential, starts = stiff
    main = run(potential, starts, BONDS, settings_of(100))
    assert main.ends.kind.tolist() == [0, EndKind.BOND]
    halved = again(main, starts, potential)
    assert halved.replica.tolist() == [1, 0]
    assert halved.record.ends.kind.tolist() == [0, 0]
    assert halved.integrator_failure.tolist() == [True, False]


def test_nobody_to_run_again(record: Trajectories, starts: Starts):
    nobody = np.array([], dtype=int)
    halved = run_halved(
        nobody,
        record,
        springs,
        starts,
        GUARDS,
        settings_of(100),
        store=Memory(),
        seconds=np.inf,
    )
    assert halved.record.total_energy.shape == (0, len(record.time))
    assert halved.integrator_failure.shape == (0,)


def test_run_again_that_is_cut_off_is_no_integrator_failure(record: Trajectories, starts: Starts):
    replica = replicas_to_halve(record, 3)
    halved = run_halved(
        replica,
        record,
        springs,
        starts,
        GUARDS,
        settings_of(100),
        store=Memory(),
        seconds=0.0,
    )
    assert halved.record.ends.kind.tolist() == [EndKind.COMPUTE_LIMIT] * 3
    assert not halved.integrator_failure.any()
