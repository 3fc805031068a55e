"""An evaluation written for a compiler: the numbers of ``values``, whatever molecule and list.

It runs here as it stands, without a compiler, which changes roundings alone.
"""

import copy
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from small_models import drawn, family_with, rattled, small

from nearsight.families.family import Family
from nearsight.families.graph import copies
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.pairlist import PairList, all_pairs, near_pairs
from nearsight.families.written import Written

F64 = torch.float64
Result = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Case:
    """A network in both of its forms."""

    family: Family
    network: torch.nn.Module
    written: Written

    def reference(self, position: torch.Tensor, numbers: torch.Tensor) -> Result:
        """By ``values`` and autograd, on the pairs within the cutoff."""
        pairs = neighbor_pairs(position, self.written.cutoff)
        flat = position.reshape(-1, 3).requires_grad_()
        energy = self.family.values(self.network, copies(numbers, flat, *pairs))
        (slope,) = torch.autograd.grad(energy.sum(), flat)
        return energy.detach(), -slope.view(position.shape)

    def found(
        self, position: torch.Tensor, numbers: torch.Tensor, pairs: PairList | None = None
    ) -> Result:
        """By the written evaluation, on all pairs or those of a list."""
        kind = self.written.weights[0].dtype
        if pairs is None:
            pairs = all_pairs(len(numbers), dtype=kind, device="cpu")
        return self.written.function(position.to(kind), numbers, *pairs, *self.written.weights)


def case_of(name: str, dtype: torch.dtype = F64, **options: object) -> Case:
    found = family_with(name, "written")
    network = drawn(small(name, **options)).eval().requires_grad_(False)
    written = found.written(copy.deepcopy(network).to(dtype))  # type: ignore[misc]
    assert written is not None
    return Case(found, network, written)


@pytest.fixture(scope="module")
def case(name: str) -> Case:
    return case_of(name)


def batch(atoms: Atoms, n_copies: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions of rattled copies, and nuclear charges."""
    noise = np.random.default_rng(1).normal(0, 0.1, (n_copies, len(atoms), 3))
    return torch.as_tensor(atoms.positions + noise), torch.as_tensor(atoms.numbers)


def agree(found: Result, expected: Result, within: float) -> None:
    for one, other in zip(found, expected, strict=True):
        assert float((one.double() - other).abs().max() / other.abs().max()) < within


@pytest.mark.parametrize("formula", ["H2O", "CH3CH2OH", "C6H6"])
def test_it_equals_values_in_double_precision(case: Case, formula: str) -> None:
    """Benzene is wider than the cutoff."""
    position, numbers = batch(rattled(formula))
    agree(case.found(position, numbers), case.reference(position, numbers), 1e-12)


def test_it_equals_values_in_single_precision(name: str, atoms: Atoms) -> None:
    case = case_of(name, torch.float32)
    position, numbers = batch(atoms)
    agree(case.found(position, numbers), case.reference(position, numbers), 1e-5)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_depth(name: str, depth: int) -> None:
    """The first block has nothing to carry, the last nothing to hand on."""
    case = case_of(name, depth=depth)
    position, numbers = batch(molecule("CH3OH"))
    agree(case.found(position, numbers), case.reference(position, numbers), 1e-12)


@pytest.mark.parametrize("skin", [0.0, 0.3, 1.0])
def test_a_list_changes_nothing(case: Case, skin: float) -> None:
    """As long as it has all pairs within the cutoff."""
    position, numbers = batch(rattled("C6H6"))
    pairs = near_pairs(position, case.written.cutoff + skin, dtype=F64)
    assert len(pairs.first) < len(all_pairs(len(numbers), dtype=F64, device="cpu").first)
    agree(case.found(position, numbers, pairs), case.found(position, numbers), 1e-14)


def test_pairs_that_see_nobody(case: Case) -> None:
    """Two molecules far from each other, and an atom alone."""
    position, numbers = batch(molecule("H2O"))
    alone = torch.tensor([[[40.0, 0, 0]]], dtype=F64).expand(len(position), -1, -1)
    far = torch.cat([position, position + 20.0, alone], 1)
    every = torch.cat([numbers, numbers, torch.tensor([6])])
    energy, force = case.found(far, every)
    agree((energy, force), case.reference(far, every), 1e-12)
    assert not force[:, -1].any()
    torch.testing.assert_close(force[:, :3], force[:, 3:6], rtol=0, atol=1e-12)


def test_forces_add_up_to_nothing(case: Case, atoms: Atoms) -> None:
    position, numbers = batch(atoms)
    force = case.found(position, numbers)[1]
    assert float(force.sum(1).abs().max()) < 1e-12 * float(force.abs().max())
    torque = torch.linalg.cross(position, force).sum(1)
    assert float(torque.abs().max()) < 1e-11 * float(force.abs().max())


def test_copies_do_not_see_each_other(case: Case, atoms: Atoms) -> None:
    position, numbers = batch(atoms)
    broken = position.clone()
    broken[1] = torch.nan
    one, other = case.found(position, numbers), case.found(broken, numbers)
    for whole, part in zip(one, other, strict=True):
        torch.testing.assert_close(part[[0, 2]], whole[[0, 2]], rtol=1e-13, atol=1e-13)
        assert part[1].isnan().all()


def test_one_function_serves_all_networks_of_a_makeup(name: str) -> None:
    single = torch.float32
    one, other = case_of(name, single).written, case_of(name, single, seed=4).written
    assert one.function == other.function
    assert one.key == other.key
    assert [w.shape for w in one.weights] == [w.shape for w in other.weights]
    assert case_of(name, single, depth=1).written.key != one.key


def test_what_may_vary_is_named_for_every_argument(case: Case, atoms: Atoms) -> None:
    position, numbers = batch(atoms)
    pairs = all_pairs(len(numbers), dtype=F64, device="cpu")
    arguments = (position, numbers, *pairs, *case.written.weights)
    sizes: dict[str, set[int]] = {}
    for tensor, varying in zip(arguments, case.written.varying, strict=True):
        for dimension, what in varying.items():
            sizes.setdefault(what, set()).add(tensor.shape[dimension])
    assert {what: len(found) for what, found in sizes.items() if what != "cell"} == dict.fromkeys(
        ("replica", "atom", "pair", "neighbor"), 1
    )


def test_energy_is_conserved_as_well_as_without_a_table(case: Case) -> None:
    """Velocity Verlet: what the energy wanders is the time step's, and the same for both."""
    position, numbers = batch(molecule("H2O"), 2)
    mass = torch.where(numbers == 1, 1.0, 16.0).to(F64)[:, None]

    def wander(evaluate: object) -> torch.Tensor:
        place, velocity, energies = position.clone(), torch.zeros_like(position), []
        energy, force = evaluate(place, numbers)  # type: ignore[operator]
        for _ in range(150):
            velocity = velocity + 0.01 * force / mass
            place = place + 0.02 * velocity
            energy, force = evaluate(place, numbers)  # type: ignore[operator]
            velocity = velocity + 0.01 * force / mass
            energies.append(energy + (0.5 * mass * velocity**2).sum((1, 2)))
        total = torch.stack(energies)
        return total - total[0]

    exact = wander(case.reference)
    assert float(exact.abs().max()) > 0
    torch.testing.assert_close(wander(case.found), exact, rtol=1e-6, atol=1e-10)
