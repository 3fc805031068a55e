"""Runs of many atoms: the same physics as by all pairs, and the same run after an interruption."""

from pathlib import Path

import numpy as np
import pytest
import torch
from dimers import frames_of, settings_of
from drops import NUMBERS, water

from nearsight.config import Dynamics, make_variant
from nearsight.families import tree
from nearsight.families.registry import build_network
from nearsight.md.record.segments import Disk
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts, draw_starts
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.run.nve import run
from nearsight.models import potential as small
from nearsight.models.force_field import Potential
from nearsight.models.potential import build_potential

WIDE = {
    "bond_deviation": 5.0, "bond_limits": [5.0], "bond_breaks": 9.0, "bond_forms": 0.1,
    "close_contact": 0.1, "isolation": 50.0, "energy_deviation": 1e5, "replicas": 2,
    "temperature": 300.0,
}  # fmt: skip
"""Molecules that a network of random weights does not hold together run on."""
STEPS, EVERY = 40, 4


def settings(n_steps: int = STEPS, **changes: object) -> Dynamics:
    return settings_of(n_steps, write_interval=EVERY).model_copy(update={**WIDE, **changes})


def potential_of(kind: str, precision: torch.dtype = torch.float64) -> Potential:
    variant = make_variant(family=kind, cutoff=4.0, depth=2, features=6, seed=4)
    numbers = torch.tensor(NUMBERS)
    network = build_network(variant)
    # Of what is not trained forces are wild.
    network.output_modules[0].outnet[-1].weight.data *= 0.1
    return build_potential(network, numbers, variant, dtype=precision, device="cpu")


@pytest.fixture(scope="module")
def starts() -> Starts:
    return draw_starts(frames_of(water(3), NUMBERS), settings())


@pytest.fixture(scope="module")
def guards() -> Guards:
    return reference_guards(frames_of(water(3), NUMBERS), settings())


@pytest.fixture(scope="module", params=["schnet", "painn"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def same(one: Trajectories, other: Trajectories) -> None:
    for name in ("potential_energy", "kinetic_energy", "position", "velocity"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.ends.position, other.ends.position)


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many replicas' pairs were looked for anew, one number for each time."""
    seen: list[int] = []
    find = tree._candidates

    def counted(position: torch.Tensor, reach: float) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(len(position))
        return find(position, reach)

    monkeypatch.setattr(tree, "_candidates", counted)
    return seen


def test_a_run_is_that_of_all_pairs(
    kind: str, starts: Starts, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = run(potential_of(kind), starts, guards, settings())
    assert record.ends.kind.tolist() == [EndKind.SURVIVED] * 2
    monkeypatch.setattr(small, "MANY_ATOMS", 10**6)
    expected = run(potential_of(kind), starts, guards, settings())
    moved = np.abs(expected.ends.position - starts.position.numpy()).max()
    assert moved > 0.1
    np.testing.assert_allclose(record.ends.position, expected.ends.position, atol=1e-9)
    np.testing.assert_allclose(record.total_energy, expected.total_energy, rtol=0, atol=1e-9)


def test_tables_in_single_precision_conserve_the_energy_as_well(
    kind: str, starts: Starts, guards: Guards
) -> None:
    """What the energy is off its start is the integrator's, not the tables'."""
    exact, single = (
        run(potential_of(kind, dtype), starts, guards, settings())
        for dtype in (torch.float64, torch.float32)
    )
    off = [r.total_energy - r.total_energy[:, :1] for r in (exact, single)]
    spread = np.ptp(exact.potential_energy)
    assert spread > 1e-2
    # eV per atom: a millionth, as single precision itself.
    assert np.abs(off[1] - off[0]).max() < 1e-6 * len(NUMBERS)


def test_pairs_are_looked_for_now_and_then(
    starts: Starts, guards: Guards, renewals: list[int]
) -> None:
    run(potential_of("schnet"), starts, guards, settings())
    # The list of the potential and that of the guards, both of both replicas.
    assert set(renewals) == {2}
    assert 2 <= len(renewals) < STEPS / 2


def test_an_interrupted_run_goes_on_bit_by_bit(
    kind: str, starts: Starts, guards: Guards, tmp_path: Path
) -> None:
    """A list of neighbours that was made elsewhere leaves no trace."""

    class CutError(Exception):
        pass

    calls = 0

    def cut(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        calls += 1
        if calls == 27:
            raise CutError
        return going(position)

    going = potential_of(kind, torch.float32)
    with pytest.raises(CutError):
        run(cut, starts, guards, settings(), store=Disk(tmp_path, "key", 0.0))
    again = reference_guards(frames_of(water(3), NUMBERS), settings())
    resumed = run(
        potential_of(kind, torch.float32),
        starts,
        again,
        settings(),
        store=Disk(tmp_path, "key", 0.0),
    )
    same(resumed, run(potential_of(kind, torch.float32), starts, guards, settings()))


def test_a_replica_that_ends_leaves_the_others_as_they_were(starts: Starts, guards: Guards) -> None:
    flung = starts.velocity.clone()
    flung[0, 7] = torch.tensor([3.0, 0.0, 0.0])
    pushed = Starts(
        starts.position, flung, starts.mass, starts.atomic_number, starts.frame, starts.seed
    )
    record = run(potential_of("schnet"), pushed, guards, settings())
    alone = run(potential_of("schnet"), starts, guards, settings())
    assert record.ends.kind.tolist() == [EndKind.BOND, EndKind.SURVIVED]
    assert record.ends.atom[0].tolist() == [6, 7]
    np.testing.assert_allclose(record.ends.position[1], alone.ends.position[1], atol=1e-10)
