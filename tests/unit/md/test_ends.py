"""One test per rule, each with an end that can be told beforehand."""

import gc
from dataclasses import replace

import numpy as np
import pytest
import torch
from dimers import GUARDS, LENGTH, free, moving, settings_of, springs, trimers

from nearsight import units
from nearsight.errors import ConfigError, ModelError
from nearsight.md import EndKind, Potential, check_geometry, check_motion, run
from nearsight.md.kinetics import degrees_of_freedom, kinetic_energy, temperature

CALM = replace(GUARDS, temperature_limit=np.inf)


def test_bond_ends_when_off_by_more_than_the_limit():
    speed, h = 0.007, 0.5
    # Along the bond from the middle atom 1 to atom 0.
    starts = moving(trimers(3, bend=np.pi / 2), 1, 0, [speed, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(400, timestep=h))
    first = int(0.5 / (speed * h)) + 1
    assert record.end_kind.tolist() == [EndKind.SURVIVED, EndKind.BOND, EndKind.SURVIVED]
    assert record.end_step.tolist() == [400, first, 400]
    assert record.end_time[1] == first * h
    assert record.end_atom.tolist() == [[-1, -1], [0, 1], [-1, -1]]
    np.testing.assert_allclose(record.end_position[1, 0, 0], LENGTH + speed * h * first)


def test_shrunken_bond_ends_too():
    starts = moving(trimers(1, bend=np.pi / 2), 0, 2, [0.0101, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(200))
    assert record.end_kind[0] == EndKind.BOND
    assert record.end_atom[0].tolist() == [1, 2]
    assert record.end_step[0] == 100


def test_close_contact_of_atoms_that_are_not_bonded():
    # Atoms 0 and 2 swing towards each other; bonds stretch by far less than their limit.
    starts = trimers(2, bend=0.4)
    gap = 2 * LENGTH * np.sin(0.4)
    starts = moving(starts, 1, 0, [-0.005, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(200))
    first = int((gap - CALM.contact_distance) / (0.005 * 0.5)) + 1
    assert record.end_kind.tolist() == [EndKind.SURVIVED, EndKind.CLOSE_CONTACT]
    assert record.end_step[1] == first
    assert record.end_atom[1].tolist() == [0, 2]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["energy", "force"])
def test_not_finite_energy_or_force(where: str, value: float):
    calls = 0

    def spoilt(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        energy, force = springs(position)
        if calls == 7:
            (energy if where == "energy" else force[:, 2, 1])[1] = value
        calls += 1
        return energy, force

    record = run(spoilt, trimers(3), GUARDS, settings_of(20))
    assert record.end_kind.tolist() == [EndKind.SURVIVED, EndKind.NOT_FINITE, EndKind.SURVIVED]
    assert record.end_step[1] == 7
    assert record.end_atom[1].tolist() == ([-1, -1] if where == "energy" else [2, -1])


def test_not_finite_position_goes_before_every_other_rule():
    position = trimers(2).position.clone()
    position[1, 0, 2] = np.nan
    position[1, 1] += 50
    ending = check_geometry(position, GUARDS)
    assert ending.kind.tolist() == [EndKind.SURVIVED, EndKind.NOT_FINITE]
    assert ending.atoms[1].tolist() == [0, -1]


def test_temperature_above_the_limit():
    # A uniform pull on all atoms keeps the shape: v = a t for every atom of mass m.
    pull, h = 0.03, 0.5

    def falling(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        far = (position[:, 0, 0] > 50).double()[:, None, None]
        force = far * pull * trimers(1).mass[:, None] * torch.tensor([0.0, 0.0, 1.0])
        return torch.zeros(len(position), dtype=torch.float64), force

    starts = trimers(2)
    starts.position[1, :, 0] += 100
    cold = replace(GUARDS, temperature_limit=2000.0)
    record = run(falling, starts, cold, settings_of(150, timestep=h))
    gain = 0.5 * starts.mass.sum() * (pull * units.ACCELERATION * h) ** 2 / units.ACCELERATION
    per_step_squared = float(temperature(gain, torch.tensor(3.0)))
    first = int(np.sqrt(cold.temperature_limit / per_step_squared)) + 1
    assert 50 < first < 150
    assert record.end_kind.tolist() == [EndKind.SURVIVED, EndKind.TEMPERATURE]
    assert record.end_step[1] == first
    assert record.end_atom[1].tolist() == [-1, -1]


def test_bond_goes_before_close_contact_and_not_finite_before_temperature():
    position = trimers(1).position.clone()
    position[0, 0] = position[0, 1] + 0.01
    assert check_geometry(position, GUARDS).kind.tolist() == [EndKind.BOND]
    lost = torch.full((1,), torch.nan)
    ending = check_motion(lost, torch.zeros(1, 3, 3), torch.tensor([1e9]), GUARDS)
    assert ending.kind.tolist() == [EndKind.NOT_FINITE]


def test_worst_bond_is_named():
    position = trimers(1, bend=np.pi / 2).position.clone()
    position[0, 0, 0] += 0.6
    position[0, 2, 0] -= 0.9
    assert check_geometry(position, GUARDS).atoms.tolist() == [[1, 2]]


def test_no_bonds_leave_the_other_rules():
    bare = replace(GUARDS, bond=GUARDS.bond[:0], bond_length=GUARDS.bond_length[:0])
    position = 100 * trimers(2).position
    position[1, 0] = position[1, 2]
    ending = check_geometry(position, bare)
    assert ending.kind.tolist() == [EndKind.SURVIVED, EndKind.CLOSE_CONTACT]


def test_start_that_breaks_a_rule_ends_at_step_0():
    starts = trimers(2)
    starts.position[0, 0] *= 3
    record = run(springs, starts, GUARDS, settings_of(20))
    assert record.end_step.tolist() == [0, 20]
    assert record.n_frames.tolist() == [1, 3]
    assert np.isnan(record.potential_energy[0]).all()
    np.testing.assert_allclose(record.position[0, 0], starts.position[0], rtol=1e-6)


def test_exploding_replica_changes_no_other():
    starts = trimers(5)
    for replica in range(5):
        starts = moving(starts, replica, 0, [0.002 * replica, 0.001, 0.0])
    alone = run(springs, starts, GUARDS, settings_of(300))
    record = run(springs, moving(starts, 2, 0, [9.0, 0.0, 0.0]), GUARDS, settings_of(300))
    others = [0, 1, 3, 4]
    assert record.event.tolist() == [False, False, True, False, False]
    for name in ("position", "potential_energy", "kinetic_energy", "end_position", "end_velocity"):
        np.testing.assert_array_equal(getattr(record, name)[others], getattr(alone, name)[others])


def test_ended_replicas_cost_nothing_and_the_potential_sees_no_broken_geometry():
    sizes = []

    def watched(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sizes.append(len(position))
        assert check_geometry(position, GUARDS).kind.sum() == 0
        return springs(position)

    starts = moving(trimers(3), 1, 0, [1e200, 0.0, 0.0])
    starts = moving(starts, 0, 0, [0.5, 0.0, 0.0])
    limit = replace(GUARDS, temperature_limit=np.inf)
    record = run(watched, starts, limit, settings_of(50))
    assert record.end_kind[:2].tolist() == [EndKind.BOND, EndKind.BOND]
    gone = sorted(record.end_step[:2])
    assert sizes == [3] * gone[0] + [2] * (gone[1] - gone[0]) + [1] * (51 - gone[1])


def test_run_stops_when_nobody_is_left():
    calls = 0

    def counted(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        calls += 1
        return free(position)

    starts = moving(trimers(1, bend=np.pi / 2), 0, 0, [0.11, 0.0, 0.0])
    record = run(counted, starts, CALM, settings_of(100_000, write_interval=1000))
    assert calls == record.end_step[0] == 10
    assert np.isnan(record.end_velocity).all()


def test_frames_end_before_the_end_step_and_survivors_have_all():
    starts = moving(trimers(2, bend=np.pi / 2), 0, 0, [0.0101, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(250, write_interval=20))
    assert record.end_step.tolist() == [100, 250]
    assert record.n_frames.tolist() == [5, 13]
    assert np.isfinite(record.total_energy).sum(axis=1).tolist() == [5, 13]
    assert np.isfinite(record.position).all(axis=(2, 3)).sum(axis=1).tolist() == [5, 13]
    np.testing.assert_array_equal(record.time, 10.0 * np.arange(13))


def test_recorded_temperature_is_that_of_the_velocities():
    starts = moving(trimers(1), 0, 0, [0.006, 0.0, 0.0])
    record = run(springs, starts, GUARDS, settings_of(40, write_interval=40))
    velocity = torch.from_numpy(record.end_velocity)
    kinetic = kinetic_energy(velocity, starts.mass)
    np.testing.assert_allclose(record.kinetic_energy[:, -1], kinetic, rtol=1e-14)
    freedom = degrees_of_freedom(starts.position, starts.mass)
    np.testing.assert_allclose(record.temperature[:, -1], temperature(kinetic, freedom), rtol=1e-14)


def _attached(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Springs whose results drag a graph behind them, as a careless potential's do."""
    scale = torch.ones((), dtype=torch.float64, requires_grad=True)
    energy, force = springs(position)
    return scale * energy, scale * force


def _alive() -> int:
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


@pytest.mark.parametrize("inner", [springs, _attached])
def test_memory_does_not_grow_with_steps_that_are_not_recorded(inner: Potential):
    counts = []

    def watched(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert not position.requires_grad
        if len(counts) % 100 == 20:
            gc.collect()
        counts.append(_alive() if len(counts) % 100 == 20 else 0)
        return inner(position)

    starts = moving(trimers(2), 0, 0, [0.004, 0.0, 0.0])
    run(watched, starts, GUARDS, settings_of(400, write_interval=1000))
    seen = [count for count in counts if count]
    assert len(seen) == 4
    assert max(seen) == min(seen)


def test_wrong_shapes_are_refused():
    def column(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = springs(position)
        return energy[:, None], force

    with pytest.raises(ModelError, match=r"\(2, 1\).*expected \(2,\)"):
        run(column, trimers(2), GUARDS, settings_of(5))


def test_run_shorter_than_a_step_is_refused():
    settings = settings_of(1).model_copy(update={"duration": 1e-5})
    with pytest.raises(ConfigError, match=r"dynamics\.duration"):
        run(springs, trimers(1), GUARDS, settings)
