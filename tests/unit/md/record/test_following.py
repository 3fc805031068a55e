"""A replica that a bond ended is followed, so that its end is known under every bond limit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dimers import BONDS, NEVER, free, moving, settings_of, springs, trimers

from nearsight.md.record.trajectories import Trajectories
from nearsight.md.rules.guards import EndKind
from nearsight.md.run.nve import run

SPEED, H = 0.0101, 0.5


def first_beyond(limit: float) -> int:
    return int(limit / (SPEED * H)) + 1


@pytest.fixture(scope="module")
def record() -> Trajectories:
    """Of three straight trimers the middle one loses an atom at constant speed."""
    starts = moving(trimers(3, bend=np.pi / 2), 1, 0, [SPEED, 0.0, 0.0])
    return run(free, starts, BONDS, settings_of(500, timestep=H, write_interval=10))


def test_first_step_beyond_every_limit_is_known(record: Trajectories):
    steps = [first_beyond(limit) for limit in (0.25, 0.5, 1.0)]
    assert record.bond_limits.tolist() == [0.25, 0.5, 1.0]
    assert record.ends.bond_step.tolist() == [[-1] * 3, steps, [-1] * 3]
    assert record.ends.step.tolist() == [500, steps[1], 500]
    assert record.ends.followed_step.tolist() == [500, steps[2], 500]


def test_frames_stop_at_the_end_and_not_where_following_stops(record: Trajectories):
    n_frames = (first_beyond(0.5) - 1) // 10 + 1
    assert record.n_frames.tolist() == [51, n_frames, 51]
    assert np.isfinite(record.position).all(axis=(2, 3)).sum(axis=1).tolist() == [51, n_frames, 51]


def test_bond_that_stays_below_the_largest_limit_is_followed_to_the_duration():
    starts = moving(trimers(1, bend=np.pi / 2), 0, 0, [SPEED, 0.0, 0.0])
    record = run(free, starts, BONDS, settings_of(150, timestep=H))
    assert record.ends.kind.tolist() == [EndKind.BOND]
    assert record.ends.bond_step.tolist() == [[first_beyond(0.25), first_beyond(0.5), -1]]
    assert record.ends.followed_step.tolist() == [150]
    assert record.ends.other_step.tolist() == [-1]
    assert np.isnan(record.ends.velocity).all()


def test_another_rule_ends_the_following():
    starts = moving(trimers(1, bend=np.pi / 2), 0, 0, [SPEED, 0.0, 0.0])
    guards = replace(BONDS, isolation=2.0)
    record = run(free, starts, guards, settings_of(500, timestep=H))
    left = int(0.8 / (SPEED * H)) + 1
    assert record.ends.kind.tolist() == [EndKind.BOND]
    assert record.ends.step.tolist() == [first_beyond(0.5)]
    assert record.ends.other_kind.tolist() == [EndKind.ISOLATED]
    assert record.ends.other_step.tolist() == record.ends.followed_step.tolist() == [left]
    assert record.ends.bond_step.tolist() == [[first_beyond(0.25), first_beyond(0.5), -1]]


def test_another_rule_alone_is_the_end_and_nothing_is_followed():
    starts = moving(trimers(1, bend=np.pi / 2), 0, 0, [SPEED, 0.0, 0.0])
    record = run(free, starts, replace(NEVER, isolation=2.0), settings_of(500, timestep=H))
    assert record.ends.kind.tolist() == record.ends.other_kind.tolist() == [EndKind.ISOLATED]
    assert record.ends.step.tolist() == record.ends.followed_step.tolist()
    assert (record.ends.bond_step == -1).all()


def test_limits_that_are_jumped_over_are_all_seen_at_once():
    starts = moving(trimers(1, bend=np.pi / 2), 0, 0, [1.5, 0.0, 0.0])
    record = run(free, starts, BONDS, settings_of(10, timestep=H))
    assert record.ends.bond_step.tolist() == [[1, 1, 2]]


def test_replica_that_is_followed_disturbs_no_other():
    starts = moving(trimers(3), 0, 0, [0.004, 0.001, 0.0])
    starts = moving(starts, 2, 2, [0.003, -0.002, 0.0])
    alone = run(springs, starts, BONDS, settings_of(200))
    record = run(springs, moving(starts, 1, 0, [0.1, 0.0, 0.0]), BONDS, settings_of(200))
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.BOND, EndKind.SURVIVED]
    assert record.ends.followed_step[1] > record.ends.step[1]
    for name in ("potential_energy", "position", "velocity"):
        ours, expected = getattr(record, name), getattr(alone, name)
        np.testing.assert_array_equal(ours[[0, 2]], expected[[0, 2]])


def test_compute_limit_censors_what_still_runs():
    """The replica that a bond ended stays so; the others are cut off at the step reached."""
    starts = moving(trimers(2, bend=np.pi / 2), 1, 0, [0.6, 0.0, 0.0])
    calls = 0

    def slow(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        calls += 1
        return free(position)

    record = run(slow, starts, BONDS, settings_of(10_000_000, write_interval=100_000), seconds=0.3)
    assert 2 < calls < 10_000_000
    assert record.ends.kind.tolist() == [EndKind.COMPUTE_LIMIT, EndKind.BOND]
    assert record.event.tolist() == [False, True]
    assert record.ends.step[0] == record.ends.followed_step[0] == calls - 1
    np.testing.assert_array_equal(record.ends.position[0], starts.position[0])
    assert np.isfinite(record.ends.velocity[0]).all()
