"""One test per rule, each with an end that can be told beforehand."""

import gc
from dataclasses import replace

import numpy as np
import pytest
import torch
from dimers import BONDS, GUARDS, LENGTH, NEVER, free, moving, settings_of, springs, trimers

from nearsight import units
from nearsight.errors import ConfigError, ModelError
from nearsight.md.replicas.kinetics import degrees_of_freedom, kinetic_energy, temperature
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.positions import Geometry, look_at_geometry
from nearsight.md.run.nve import run
from nearsight.models.force_field import Potential

CALM = replace(GUARDS, temperature_limit=np.inf)


def look(position: torch.Tensor, guards: Guards = GUARDS) -> Geometry:
    unseen = torch.zeros((len(position), 3), dtype=torch.bool)
    seen = look_at_geometry(position, unseen, guards)
    assert seen is not None
    return seen


def everywhere(value: float) -> torch.Tensor:
    return torch.full((1, 1), value, dtype=torch.float64)


def spoilt_at(
    call: int, replica: int, *, energy: float = 0.0, force: tuple[int, int, float] | None = None
) -> Potential:
    """Springs that explode on purpose, once, in one replica; every step is one call."""
    calls = 0

    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        energies, forces = springs(position)
        if calls == call:
            energies[replica] += energy
            if force is not None:
                forces[replica, force[0], force[1]] = force[2]
        calls += 1
        return energies, forces

    return evaluate


def test_bond_ends_when_off_by_more_than_the_limit():
    speed, h = 0.007, 0.5
    # Along the bond from the middle atom 1 to atom 0.
    starts = moving(trimers(3, bend=np.pi / 2), 1, 0, [speed, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(400, timestep=h))
    first = int(0.5 / (speed * h)) + 1
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.BOND, EndKind.SURVIVED]
    assert record.ends.step.tolist() == [400, first, 400]
    assert record.end_time[1] == first * h
    assert record.ends.atom.tolist() == [[-1, -1], [0, 1], [-1, -1]]
    np.testing.assert_allclose(record.ends.position[1, 0, 0], LENGTH + speed * h * first)


def test_shrunken_bond_ends_too():
    starts = moving(trimers(1, bend=np.pi / 2), 0, 2, [0.0101, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(200))
    assert record.ends.kind[0] == EndKind.BOND
    assert record.ends.atom[0].tolist() == [1, 2]
    assert record.ends.step[0] == 100


def test_close_contact_of_atoms_that_are_not_bonded():
    # Atoms 0 and 2 swing towards each other; bonds stretch by far less than their limit.
    starts = trimers(2, bend=0.4)
    gap = 2 * LENGTH * np.sin(0.4)
    starts = moving(starts, 1, 0, [-0.005, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(200))
    first = int((gap - 0.5 * LENGTH) / (0.005 * 0.5)) + 1
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.CLOSE_CONTACT]
    assert record.ends.step[1] == first
    assert record.ends.atom[1].tolist() == [0, 2]


@pytest.mark.parametrize("which", ["forms", "breaks"])
def test_topology_changes_when_a_bond_forms_or_breaks(which: str):
    """Hysteresis: between the two limits a pair stays what the reference says it is."""
    ends = torch.tensor([[False, False, True], [False, False, False], [True, False, False]])
    gap, speed = 2 * LENGTH, 0.01
    limit, toward = (gap - 0.3, -1) if which == "forms" else (gap + 0.3, 1)
    off = 0.0 if which == "forms" else torch.inf
    guards = replace(NEVER, **{which: torch.where(ends, limit, torch.tensor(off).double())})
    starts = moving(trimers(2, bend=np.pi / 2), 1, 0, [toward * speed, 0.0, 0.0])
    record = run(free, starts, guards, settings_of(200))
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.TOPOLOGY]
    assert record.ends.step[1] == int(0.3 / (speed * 0.5)) + 1
    assert record.ends.atom[1].tolist() == [0, 2]


def test_isolated_atom_that_is_far_from_all_others():
    starts = moving(trimers(2, bend=np.pi / 2), 1, 2, [-0.0101, 0.0, 0.0])
    record = run(free, starts, replace(NEVER, isolation=2.5), settings_of(400))
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.ISOLATED]
    # It has 1.3 Å to go: the other two still have each other.
    assert record.ends.step[1] == int((2.5 - LENGTH) / (0.0101 * 0.5)) + 1
    assert record.ends.atom[1].tolist() == [2, -1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["energy", "force"])
def test_not_finite_energy_or_force(where: str, value: float):
    fault = {"energy": value} if where == "energy" else {"force": (2, 1, value)}
    record = run(spoilt_at(7, 1, **fault), trimers(3), GUARDS, settings_of(20))
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.NOT_FINITE, EndKind.SURVIVED]
    assert record.ends.step[1] == 7
    assert record.ends.atom[1].tolist() == ([-1, -1] if where == "energy" else [2, -1])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_position_goes_before_every_other_rule(value: float):
    position = trimers(2).position.clone()
    position[1, 0, 2] = value
    position[1, 1] += 50
    seen = look(position)
    assert seen.ending.kind.tolist() == [EndKind.SURVIVED, EndKind.NOT_FINITE]
    assert seen.ending.atoms[1].tolist() == [0, -1]
    assert not seen.crossed.any()


@pytest.mark.parametrize("change", [0.031, -0.031])
def test_total_energy_off_its_start(change: float):
    """Off by less is no end, however often; the start itself is the replica's own."""
    limit = replace(GUARDS, energy_deviation=0.03)
    starts = moving(trimers(3), 0, 0, [0.004, 0.0, 0.0])
    calm = run(spoilt_at(5, 2, energy=0.9 * change), starts, limit, settings_of(20))
    assert not calm.event.any()
    record = run(spoilt_at(5, 2, energy=change), starts, limit, settings_of(20))
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.SURVIVED, EndKind.ENERGY]
    assert record.ends.step[2] == 5
    assert record.ends.atom[2].tolist() == [-1, -1]


def falling(pull: float) -> Potential:
    """A uniform pull on all atoms that keeps the shape, v = a t; for replicas beyond x = 50 Å."""

    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        far = (position[:, 0, 0] > 50).double()[:, None, None]
        force = far * pull * trimers(1).mass[:, None] * torch.tensor([0.0, 0.0, 1.0])
        return torch.zeros(len(position), dtype=torch.float64), force

    return evaluate


@pytest.mark.parametrize("lasting", [0.0, 25.0])
def test_temperature_that_stays_above_the_limit(lasting: float):
    pull, h, limit = 0.03, 0.5, 2000.0
    starts = trimers(2)
    starts.position[1, :, 0] += 100
    guards = replace(NEVER, temperature_limit=limit, temperature_time=lasting)
    record = run(falling(pull), starts, guards, settings_of(200, timestep=h))
    gain = 0.5 * starts.mass.sum() * (pull * units.ACCELERATION * h) ** 2 / units.ACCELERATION
    per_step_squared = float(temperature(gain, torch.tensor(3.0)))
    first = int(np.sqrt(limit / per_step_squared)) + 1
    assert 50 < first < 150
    assert record.ends.kind.tolist() == [EndKind.SURVIVED, EndKind.TEMPERATURE]
    assert record.ends.step[1] == first + round(lasting / h)
    assert record.ends.atom[1].tolist() == [-1, -1]


def test_heat_that_passes_is_no_end():
    """A vibration is hot and cold by turns: never above the limit for as long as it may be."""
    starts = moving(trimers(1), 0, 0, [0.008, 0.0, 0.0])
    settings = settings_of(300, write_interval=1)
    seen = run(springs, starts, NEVER, settings).temperature[0]
    limit = float(np.median(seen))
    hot = np.split(seen > limit, np.flatnonzero(np.diff(seen > limit)) + 1)
    longest = max(len(stretch) for stretch in hot if stretch[0])
    for lasting, event in ((longest - 1, True), (longest, False)):
        guards = replace(NEVER, temperature_limit=limit, temperature_time=0.5 * lasting)
        assert run(springs, starts, guards, settings).event[0] == event


def test_first_rule_of_the_order_is_the_end():
    position = trimers(1).position.clone()
    position[0, 0] = position[0, 1] + 0.01
    record = run(free, replace(trimers(1), position=position), GUARDS, settings_of(2))
    assert record.ends.kind.tolist() == [EndKind.BOND]
    assert record.ends.other_kind.tolist() == [EndKind.CLOSE_CONTACT]
    everything = replace(GUARDS, breaks=everywhere(0.1), isolation=0.1, energy_deviation=1e-9)
    assert look(position, everything).ending.kind.tolist() == [EndKind.CLOSE_CONTACT]
    apart = replace(everything, contact=everywhere(0.0))
    assert look(3 * position, apart).ending.kind.tolist() == [EndKind.TOPOLOGY]
    potential = spoilt_at(3, 0, energy=np.nan)
    hot = replace(NEVER, energy_deviation=1e-9, temperature_limit=0.0, temperature_time=1.5)
    starts = moving(trimers(1), 0, 0, [1e-8, 0.0, 0.0])
    assert run(potential, starts, hot, settings_of(5)).ends.kind.tolist() == [EndKind.NOT_FINITE]
    potential = spoilt_at(3, 0, energy=1.0)
    assert run(potential, starts, hot, settings_of(5)).ends.kind.tolist() == [EndKind.ENERGY]


def test_worst_bond_is_named():
    position = trimers(1, bend=np.pi / 2).position.clone()
    position[0, 0, 0] += 0.6
    position[0, 2, 0] -= 0.9
    assert look(position).bond.tolist() == [[1, 2]]


def test_no_bonds_leave_the_other_rules():
    bare = replace(GUARDS, bond=GUARDS.bond[:0], bond_length=GUARDS.bond_length[:0])
    position = 100 * trimers(2).position
    position[1, 0] = position[1, 2]
    seen = look(position, bare)
    assert seen.ending.kind.tolist() == [EndKind.SURVIVED, EndKind.CLOSE_CONTACT]
    assert not seen.crossed.any()


@pytest.mark.parametrize("amplitude", [0.0, 0.1, 0.3, 1.0])
def test_nothing_is_told_only_when_nothing_is_new(amplitude: float):
    """The quick look misses nothing that the rules, written out pair by pair, would find."""
    reach = torch.tensor([[0.0, 1.2, 1.9], [1.2, 0.0, 1.2], [1.9, 1.2, 0.0]], dtype=torch.float64)
    bonded = reach == 1.2
    guards = replace(
        BONDS,
        contact=0.6 * reach,
        forms=torch.where(bonded, 0.0, 1.2 * reach).fill_diagonal_(0),
        breaks=torch.where(bonded, 1.5 * reach, torch.inf),
        isolation=2.0,
    )
    source = torch.Generator().manual_seed(0)
    told = 0
    for _ in range(200):
        noise = amplitude * torch.randn(1, 3, 3, generator=source, dtype=torch.float64)
        position = trimers(1, bend=1.3).position + noise
        length = {(i, j): float((position[0, i] - position[0, j]).norm()) for i, j in PAIRS}
        off = max(abs(length[0, 1] - LENGTH), abs(length[1, 2] - LENGTH))
        other = (
            any(length[pair] < 0.6 * reach[pair] for pair in PAIRS)
            or any(length[pair] > 1.5 * reach[pair] for pair in PAIRS[:2])
            or length[0, 2] < 1.2 * reach[0, 2]
            or any(min(length[p] for p in PAIRS if atom in p) > 2.0 for atom in range(3))
        )
        seen = look_at_geometry(position, torch.zeros((1, 3), dtype=torch.bool), guards)
        assert (seen is not None) == (other or off > 0.25)
        if seen is not None:
            told += 1
            assert seen.crossed[0].tolist() == [off > limit for limit in (0.25, 0.5, 1.0)]
            assert bool(seen.ending.kind[0] != EndKind.SURVIVED) == other
    assert (told > 0) == (amplitude > 0)


PAIRS = [(0, 1), (1, 2), (0, 2)]


def test_start_that_breaks_a_rule_ends_at_step_0():
    starts = trimers(2)
    starts.position[0, 0] *= 3
    record = run(springs, starts, GUARDS, settings_of(20))
    assert record.ends.step.tolist() == [0, 20]
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
    for name in ("position", "velocity", "potential_energy", "kinetic_energy"):
        np.testing.assert_array_equal(getattr(record, name)[others], getattr(alone, name)[others])
    for name in ("position", "velocity", "bond_step", "followed_step"):
        ends, expected = getattr(record.ends, name), getattr(alone.ends, name)
        np.testing.assert_array_equal(ends[others], expected[others])


def test_ended_replicas_cost_nothing_and_the_potential_sees_no_broken_geometry():
    sizes = []

    def watched(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sizes.append(len(position))
        assert look_at_geometry(position, torch.zeros((1, 1), dtype=torch.bool), alone) is None
        return springs(position)

    starts = moving(trimers(3), 1, 0, [1e30, 0.0, 0.0])
    starts = moving(starts, 0, 0, [0.5, 0.0, 0.0])
    alone = replace(CALM, bond_limits=CALM.bond_limits[1:2], main=0)
    record = run(watched, starts, alone, settings_of(50))
    assert record.ends.kind[:2].tolist() == [EndKind.BOND, EndKind.BOND]
    gone = sorted(record.ends.step[:2])
    assert sizes == [3] * gone[0] + [2] * (gone[1] - gone[0]) + [1] * (51 - gone[1])


def test_run_stops_when_nobody_is_left():
    calls = 0

    def counted(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        calls += 1
        return free(position)

    starts = moving(trimers(1, bend=np.pi / 2), 0, 0, [0.11, 0.0, 0.0])
    record = run(counted, starts, CALM, settings_of(100_000, write_interval=1000))
    assert record.ends.step[0] == 10
    # Followed until the bond is off by 1 Å, no further.
    assert calls == record.ends.followed_step[0] == 19
    assert np.isnan(record.ends.velocity).all()


def test_frames_end_before_the_end_step_and_survivors_have_all():
    starts = moving(trimers(2, bend=np.pi / 2), 0, 0, [0.0101, 0.0, 0.0])
    record = run(free, starts, CALM, settings_of(250, write_interval=20))
    assert record.ends.step.tolist() == [100, 250]
    assert record.n_frames.tolist() == [5, 13]
    assert np.isfinite(record.total_energy).sum(axis=1).tolist() == [5, 13]
    assert np.isfinite(record.position).all(axis=(2, 3)).sum(axis=1).tolist() == [5, 13]
    np.testing.assert_array_equal(record.time, 10.0 * np.arange(13))


def test_recorded_temperature_is_that_of_the_velocities():
    starts = moving(trimers(1), 0, 0, [0.006, 0.0, 0.0])
    record = run(springs, starts, GUARDS, settings_of(40, write_interval=40))
    velocity = torch.from_numpy(record.ends.velocity)
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
