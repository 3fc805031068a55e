"""The quick look: never calm where a rule holds, nearly always calm where none does."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from dimers import BONDS, GUARDS, LENGTH, NEVER, free, moving, settings_of, springs, trimers

from nearsight import units
from nearsight.md.record.ledger import Ledger
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.running import Running, all_running
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.lookout import MOST_ATOMS, Lookout
from nearsight.md.rules.motion import look_at_motion
from nearsight.md.rules.positions import look_at_geometry
from nearsight.md.run import verlet
from nearsight.md.run.nve import run
from nearsight.models.force_field import Potential

REACH = torch.tensor([[0.0, 1.0, 1.1], [1.0, 0.0, 0.9], [1.1, 0.9, 0.0]], dtype=torch.float64)
BONDED = torch.tensor([[False, True, False], [True, False, True], [False, True, False]])
ALL_RULES = replace(
    BONDS,
    contact=0.6 * REACH,
    forms=torch.where(BONDED, 0.0, 1.2 * REACH),
    breaks=torch.where(BONDED, 2.0 * REACH, torch.inf),
    isolation=2.0,
    energy_deviation=0.1,
    temperature_limit=300.0,
    temperature_time=1.0,
)
HALF = torch.tensor([False, True, False, True])


def begun(starts: Starts, guards: Guards = ALL_RULES, potential: Potential = springs) -> Running:
    batch = all_running(starts, len(guards.bond_limits)).evaluate(potential)
    return replace(batch, start_energy=batch.total_energy)


def shaken(batch: Running, amplitude: float, source: torch.Generator) -> Running:
    noise = torch.randn(batch.position.shape, generator=source, dtype=torch.float64)
    return replace(batch, position=batch.position + amplitude * noise)


@pytest.mark.parametrize("crossed", [0, 1, 2, 3])
@pytest.mark.parametrize("amplitude", [0.02, 0.1, 0.3])
def test_calm_positions_break_no_rule(amplitude: float, crossed: int) -> None:
    """Also of replicas whose bonds have exceeded some of their limits already."""
    source, found = torch.Generator().manual_seed(0), []
    batch = begun(trimers(4, bend=1.3))
    beyond = (torch.arange(3) < crossed) & HALF[:, None]
    batch, lookout = replace(batch, beyond=beyond), Lookout(ALL_RULES)
    for _ in range(100):
        there = shaken(batch, amplitude, source)
        seen = look_at_geometry(there.position, there.beyond, ALL_RULES)
        calm = lookout.is_calm(there)
        assert seen is None or not calm
        found.append((seen is None, calm))
    without, calm = np.array(found).sum(0)
    # Hardly ever is it unsure for nothing: only of an atom whose nearest has changed.
    assert calm >= 0.9 * without
    assert (without == 100, without < 10) == (amplitude == 0.02, amplitude == 0.3)


@pytest.mark.parametrize("limit", ["near", "far"])
@pytest.mark.parametrize("off", [-1e-12, 0.0, 1e-12])
def test_at_a_limit_the_rules_decide(limit: str, off: float) -> None:
    """A bond to within rounding of where it ends: the look is unsure on either side."""
    edge = LENGTH + (0.25 if limit == "far" else -0.25)
    batch = begun(trimers(1, bend=np.pi / 2), BONDS)
    position = batch.position.clone()
    position[0, 0, 0] = edge + off
    assert not Lookout(BONDS).is_calm(replace(batch, position=position))
    position[0, 0, 0] = LENGTH + 0.999 * (edge - LENGTH)
    assert Lookout(BONDS).is_calm(replace(batch, position=position))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("guards", [NEVER, ALL_RULES], ids=["never", "all"])
def test_positions_that_are_no_numbers_are_not_calm(guards: Guards, value: float) -> None:
    batch = begun(trimers(2), guards)
    position = batch.position.clone()
    position[1, 0, 2] = value
    lookout = Lookout(replace(guards, isolation=5.0))
    assert lookout.is_calm(batch)
    assert not lookout.is_calm(replace(batch, position=position))


def test_an_atom_that_has_left_its_nearest_for_another_is_calm_again() -> None:
    guards = replace(NEVER, isolation=2.0)
    batch, lookout = begun(trimers(1, bend=np.pi / 2), guards), Lookout(guards)
    assert lookout.is_calm(batch)
    # Atom 0 goes past the middle one to the far side of atom 2.
    position = batch.position.clone()
    position[0, 0, 0] = -2 * LENGTH - 0.3
    there = replace(batch, position=position)
    assert look_at_geometry(position, batch.beyond, guards) is None
    assert not lookout.is_calm(there)
    assert lookout.is_calm(there)
    position = position.clone()
    position[0, 0, 0] -= 2.0
    assert not lookout.is_calm(replace(batch, position=position))


def test_many_atoms_are_left_to_the_rules() -> None:
    n_atoms = MOST_ATOMS + 1
    position = torch.zeros((1, n_atoms, 3), dtype=torch.float64)
    position[0, :, 0] = torch.arange(n_atoms)
    starts = replace(
        trimers(1),
        position=position,
        velocity=torch.zeros_like(position),
        mass=torch.ones(n_atoms, dtype=torch.float64),
    )
    batch = all_running(starts, 3)
    assert not Lookout(NEVER).is_calm(batch)
    fewer = replace(batch, position=position[:, 1:], mass=batch.mass[1:])
    assert Lookout(NEVER).is_calm(fewer)


@pytest.mark.parametrize("scale", [1.4, 1.7, 2.0])
def test_a_steady_batch_breaks_no_rule_of_motion(scale: float) -> None:
    """Energies and kinetic temperatures on both sides of their limits, by draw."""
    source, lookout = torch.Generator().manual_seed(1), Lookout(ALL_RULES)
    batch, found = begun(trimers(3)), []
    speed = np.sqrt(units.BOLTZMANN * 300.0 * units.ACCELERATION / 16.0)
    for _ in range(60):
        drawn = torch.randn((2, *batch.position.shape), generator=source, dtype=torch.float64)
        there = replace(
            batch,
            velocity=0.35 * scale * speed * drawn[0],
            energy=batch.energy + 0.03 * scale * drawn[1, :, 0, 0],
        ).feel(ALL_RULES.temperature_limit)
        ending = look_at_motion(there, ALL_RULES, 0.5)
        steady = lookout.is_steady(replace(there, hot_steps=batch.hot_steps))
        assert not steady or (ending is None and not there.hot_steps.any())
        found.append((ending is None and not bool(there.hot_steps.any()), steady))
    without, steady = np.array(found).sum(0)
    assert steady == without
    assert 0 < steady < 60


@pytest.mark.parametrize("what", ["energy", "velocity"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_motion_that_is_no_number_is_not_steady(what: str, value: float) -> None:
    """Also where no limit is set on energies and temperatures."""
    batch, lookout = begun(trimers(2), NEVER), Lookout(NEVER)
    assert lookout.is_steady(batch)
    spoilt = getattr(batch, what).clone()
    spoilt.view(-1)[-1] = value
    assert not lookout.is_steady(replace(batch, **{what: spoilt}))


def test_who_was_too_hot_is_left_to_the_rules() -> None:
    """Only they count the steps for which it has lasted, and set the count back."""
    batch, lookout = begun(trimers(2)), Lookout(ALL_RULES)
    hot = replace(batch, hot_steps=torch.tensor([0, 3]))
    assert not lookout.is_steady(hot)
    assert lookout.is_steady(hot.feel(300.0))
    assert not lookout.is_steady(hot)


def test_limits_are_those_of_the_rows_that_run() -> None:
    """Rows that leave, bonds that are beyond and energies at the start make new ones."""
    batch, lookout = begun(moving(trimers(2), 0, 0, [0.0, 0.0, 0.004])), Lookout(ALL_RULES)
    assert lookout.is_calm(batch)
    assert lookout.is_steady(batch)
    there = replace(batch, position=1.25 * batch.position)
    assert not lookout.is_calm(there)
    assert lookout.is_calm(replace(there, beyond=torch.arange(3).expand(2, 3) < 1))
    for rows in (torch.tensor([False, True]), torch.tensor([True, False])):
        kept = batch.keep(rows)
        assert lookout.is_calm(kept)
        assert lookout.is_steady(kept)
    assert not lookout.is_steady(replace(batch, start_energy=batch.start_energy + 0.2))


def kicked(n_replicas: int) -> Starts:
    """Replicas that end in different ways, some of them after having been followed."""
    source, starts = torch.Generator().manual_seed(2), trimers(n_replicas)
    speed = 0.06 * torch.rand((n_replicas, 1, 1), generator=source, dtype=torch.float64)
    drawn = torch.randn(starts.position.shape, generator=source, dtype=torch.float64)
    return replace(starts, velocity=speed * drawn)


def unwatched(monkeypatch: pytest.MonkeyPatch, *args: object) -> Trajectories:
    """The same run with the rules asked at every step."""
    with monkeypatch.context() as patch:
        for name in ("is_calm", "is_steady"):
            patch.setattr(Lookout, name, lambda *_: False)
        return run(*args)  # type: ignore[arg-type]


@pytest.mark.parametrize("potential", [springs, free])
def test_a_run_is_bitwise_one_that_asks_the_rules_at_every_step(
    potential: Potential, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards = replace(ALL_RULES, energy_deviation=0.02, temperature_limit=1e5)
    task = (potential, kicked(24), guards, settings_of(120))
    record, expected = run(*task), unwatched(monkeypatch, *task)
    for name in ("position", "velocity", "potential_energy", "kinetic_energy", "temperature"):
        np.testing.assert_array_equal(getattr(record, name), getattr(expected, name))
    for one in fields(Ledger):
        ends, others = getattr(record.ends, one.name), getattr(expected.ends, one.name)
        np.testing.assert_array_equal(ends, others, err_msg=one.name)
    assert len({EndKind(kind) for kind in record.ends.kind.tolist()}) >= 3
    assert (record.ends.followed_step > record.ends.step).any()


def test_rules_are_asked_only_where_something_may_have_happened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    for name in ("look_at_geometry", "look_at_motion"):
        real = getattr(verlet, name)
        monkeypatch.setattr(
            verlet, name, lambda *a, real=real, name=name: asked.append(name) or real(*a)
        )
    calm = run(springs, moving(trimers(3), 0, 0, [0.002, 0, 0]), GUARDS, settings_of(50))
    assert calm.ends.kind.tolist() == [EndKind.SURVIVED] * 3
    assert asked == []
    ended = run(free, moving(trimers(3), 0, 0, [0.04, 0, 0]), GUARDS, settings_of(80))
    assert EndKind.BOND in ended.ends.kind
    assert asked.count("look_at_motion") == 0
    # Once for each limit that is crossed.
    assert asked.count("look_at_geometry") == 3
