"""Molecules of more than a hundred atoms, against the way of small ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nearsight.config import make_variant
from nearsight.data.molecules import build_molecule
from nearsight.families.family import Evaluation
from nearsight.families.graph import Graph
from nearsight.families.neighbors import MANY_ATOMS
from nearsight.families.registry import build_network
from nearsight.models import many_atoms as module
from nearsight.models import potential as small
from nearsight.models.force_field import Potential
from nearsight.models.form import Form, form_of
from nearsight.models.many_atoms import many_atoms
from nearsight.models.potential import build_potential

N_ATOMS = 111
NUMBERS = torch.tensor([8, 1, 1] * (N_ATOMS // 3))
KINDS = ("schnet", "painn", "so3net")


def water(n_molecules: int = N_ATOMS // 3) -> torch.Tensor:
    """(atom, 3) Å of molecules on a grid at the density of water, each turned at random."""
    side = round(np.ceil(n_molecules ** (1 / 3)))
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), -1).reshape(-1, 3)[:n_molecules]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(n_molecules, 3, 3)))[0]
    rest = build_molecule("O", seed=0).positions
    return torch.from_numpy((3.1 * grid[:, None] + rest @ turn).reshape(-1, 3))


def pair(
    kind: str, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype = torch.float64
) -> tuple[Potential, Potential]:
    """The potential of many atoms, and that of few for as many."""
    sizes = {"features": 8} if kind != "so3net" else {"features": 8, "lmax": 1}
    variant = make_variant(family=kind, cutoff=4.0, depth=2, **sizes)
    network = build_network(variant)
    options = {"dtype": dtype, "device": "cpu", "offset": -7.0}
    large = build_potential(network, NUMBERS, variant, **options)
    with monkeypatch.context() as patched:
        patched.setattr(small, "MANY_ATOMS", 10**6)
        return large, build_potential(network, NUMBERS, variant, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_energies_and_forces_equal_those_of_all_pairs(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert N_ATOMS > MANY_ATOMS
    large, expected = pair(kind, monkeypatch)
    noise = np.random.default_rng(1).normal(0, 0.1, (3, N_ATOMS, 3))
    position = water() + torch.from_numpy(noise)
    position[2, -3:] += 300.0
    energy, force = large(position)
    other, slope = expected(position)
    assert energy.dtype == force.dtype == torch.float64
    torch.testing.assert_close(energy, other, rtol=1e-11, atol=0)
    torch.testing.assert_close(force, slope, rtol=0, atol=1e-11 * float(slope.abs().max()))
    assert not energy.requires_grad
    assert not force.requires_grad


@pytest.mark.parametrize("kind", KINDS[:2])
def test_single_precision(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    large, _ = pair(kind, monkeypatch, torch.float32)
    exact = pair(kind, monkeypatch)[1](water()[None])
    energy, force = large(water()[None])
    torch.testing.assert_close(energy, exact[0], rtol=3e-6, atol=3e-6)
    torch.testing.assert_close(force, exact[1], rtol=0, atol=1e-5 * float(exact[1].abs().max()))


def test_the_past_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resumed run begins with an empty list of neighbours and must go on bit by bit."""
    large, _ = pair("schnet", monkeypatch, torch.float32)
    fresh, _ = pair("schnet", monkeypatch, torch.float32)
    source = np.random.default_rng(2)
    position = water()[None].repeat(2, 1, 1)
    for _ in range(12):
        position = position + torch.from_numpy(source.normal(0, 0.04, position.shape))
        energy, force = large(position)
    for ours, other in zip(fresh(position), (energy, force), strict=True):
        assert torch.equal(ours, other)
    # Replicas do not see which others there are.
    torch.testing.assert_close(large(position[1:])[1], force[1:], rtol=0, atol=1e-6)


def test_replicas_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Counted(Form):
        def listed(self, network: torch.nn.Module) -> None:
            return None

        def fast(self, network: torch.nn.Module) -> Evaluation:
            def evaluate(graph: Graph) -> torch.Tensor:
                seen.append(len(graph))
                return graph.position.sum(1).view(len(graph), -1).sum(1)

            return evaluate

    form = form_of(make_variant(family="schnet", cutoff=4.0, depth=1, features=4))
    form = Counted(form.family, form.pair_cutoff, form.values_per_pair)
    monkeypatch.setattr(module, "ATOMS_AT_ONCE", 2 * N_ATOMS + 5)
    run = many_atoms(torch.nn.Identity(), NUMBERS, form, torch.float64, 1.0)
    energy, force = run(water().expand(5, -1, -1))
    assert seen == [2, 2, 1]
    assert (force == -1).all()
    torch.testing.assert_close(energy, torch.ones(5, dtype=torch.float64), rtol=0, atol=1e-9)
    infinite = replace(form, pair_cutoff=float("inf"))
    everyone = many_atoms(torch.nn.Identity(), NUMBERS, infinite, torch.float64, 1.0)
    assert torch.equal(everyone(water()[None])[0], energy[:1])


def test_forces_are_minus_the_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    large, _ = pair("painn", monkeypatch)
    position, step = water()[None], 1e-4
    force = large(position)[1][0]
    for atom, axis in ((0, 0), (55, 1), (110, 2)):
        move = torch.zeros_like(position)
        move[0, atom, axis] = step
        slope = (large(position + move)[0] - large(position - move)[0]) / (2 * step)
        assert float(-slope) == pytest.approx(float(force[atom, axis]), rel=1e-5, abs=1e-7)
