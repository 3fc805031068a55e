"""What a model gives: derivatives, symmetries, additivity, smoothness, and two ways that agree."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation
from small_models import TARGETS, drawn, family_with, graph_of, mixed, rattled, small

from nearsight.families.centring import centred
from nearsight.families.family import Family
from nearsight.families.graph import copies
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import family, family_of
from nearsight.models.energies import build_energy
from nearsight.models.forward import Forward
from nearsight.models.model import Model
from nearsight.respond import autograd_blocks

STEP = 1e-4
"""Å, of central differences in double precision."""
OF_TABLES = 3e-6
"""Relative: what a table in single precision leaves of a symmetry."""


def evaluate(model: Model, atoms: Atoms) -> tuple[float, np.ndarray]:
    run = model.potential(atoms.numbers, dtype=torch.float64)
    energy, force = run(torch.as_tensor(atoms.positions)[None])
    return float(energy[0]), force[0].numpy()


def same(model: Model, one: tuple[float, np.ndarray], other: tuple[float, np.ndarray]) -> None:
    """Energies and forces equal to what the family promises."""
    exact = family_of(model.variant).exact
    least = 1e-9 if exact else OF_TABLES * np.abs(other[1]).max()
    assert one[0] == pytest.approx(other[0], abs=least)
    np.testing.assert_allclose(one[1], other[1], atol=least)


def test_forces_are_minus_the_gradient(model: Model, atoms: Atoms) -> None:
    n = len(atoms)
    moves = STEP * torch.eye(3 * n, dtype=torch.float64).reshape(3 * n, n, 3)
    position = torch.as_tensor(atoms.positions)
    run = model.potential(atoms.numbers, dtype=torch.float64)
    plus, minus = run(position + moves)[0], run(position - moves)[0]
    force = run(position[None])[1][0]
    assert float(force.abs().max()) > 1e-3
    torch.testing.assert_close(
        force, -(plus - minus).reshape(n, 3) / (2 * STEP), rtol=1e-5, atol=1e-7
    )


def test_moved_and_turned(model: Model, atoms: Atoms) -> None:
    energy, force = evaluate(model, atoms)
    for seed in range(2):
        turn = Rotation.random(rng=seed).as_matrix()
        moved = atoms.copy()
        moved.positions = atoms.positions @ turn.T + np.random.default_rng(seed).normal(0, 20, 3)
        same(model, evaluate(model, moved), (energy, force @ turn.T))


def test_the_order_of_atoms_does_not_matter(model: Model, atoms: Atoms) -> None:
    energy, force = evaluate(model, atoms)
    order = np.random.default_rng(0).permutation(len(atoms))
    same(model, evaluate(model, atoms[order]), (energy, force[order]))


def test_elements_matter(model: Model, atoms: Atoms) -> None:
    other = atoms.copy()
    other.numbers = np.where(atoms.numbers == 8, 7, atoms.numbers)
    assert np.abs(evaluate(model, other)[1] - evaluate(model, atoms)[1]).max() > 1e-5


def test_what_is_far_apart_adds_up(name: str, model: Model, atoms: Atoms) -> None:
    family_with(name, "additive")
    water = rattled("H2O", seed=5)
    away = water.copy()
    away.positions += [100.0, 0, 0]
    (first, force), (second, other) = evaluate(model, atoms), evaluate(model, water)
    same(model, evaluate(model, atoms + away), (first + second, np.concatenate([force, other])))


def test_smooth_where_a_pair_leaves_the_cutoff(model: Model) -> None:
    """k continuous derivatives: the value comes in as the gap to the power of k + 1, or faster."""
    cutoff, smooth = model.variant.pair_cutoff, family_of(model.variant).smooth
    if not np.isfinite(cutoff):
        pytest.skip("no cutoff")
    gaps = np.array([4e-2, 2e-2, 1e-2])
    position = torch.zeros(4, 2, 3, dtype=torch.float64)
    position[:, 1, 0] = torch.tensor([cutoff + 0.1, *(cutoff - gaps)])
    energy, force = model.potential(np.array([6, 8]), dtype=torch.float64)(position)
    assert (force[0] == 0).all()
    rise = (energy[1:] - energy[0]).abs().numpy()
    slope = force[1:].abs().amax((1, 2)).numpy()
    assert rise[0] > 1e-9
    # Half of the gap: the value falls by 2 ** (k + 1), its slope by 2 ** k.
    assert (rise[:-1] / rise[1:] > 0.9 * 2 ** (smooth + 1)).all()
    assert (slope[:-1] / slope[1:] > 0.9 * 2**smooth).all()


def test_second_derivatives_are_differences_of_forces(model: Model) -> None:
    atoms = rattled("CH3OH")
    energy = build_energy(model.network, torch.as_tensor(atoms.numbers), model.variant)
    blocks = autograd_blocks(energy, atoms.positions)
    n = len(atoms)
    moves = STEP * torch.eye(3 * n, dtype=torch.float64).reshape(3 * n, n, 3)
    run = model.potential(atoms.numbers, dtype=torch.float64)
    position = torch.as_tensor(atoms.positions)
    slopes = (run(position - moves)[1] - run(position + moves)[1]) / (2 * STEP)
    expected = slopes.reshape(n, 3, n, 3).permute(0, 2, 1, 3).numpy()
    assert np.abs(expected).max() > 1e-2
    # Also of the pair that is just within the cutoff.
    assert np.isclose(atoms.get_all_distances(), 2.78, atol=0.01).any()
    np.testing.assert_allclose(blocks, expected, atol=1e-6 * np.abs(expected).max())


def test_third_derivatives_are_numbers_and_not_zero(model: Model) -> None:
    atoms = rattled("H2O")
    energy = build_energy(model.network, torch.as_tensor(atoms.numbers), model.variant)
    r = torch.as_tensor(atoms.positions).requires_grad_()
    slope = torch.autograd.grad(energy(r), r, create_graph=True)[0]
    curvature = torch.autograd.grad(slope[0, 0], r, create_graph=True)[0]
    third = torch.autograd.grad(curvature[0, 0], r)[0]
    assert third.isfinite().all()
    assert float(third.abs().max()) > 1e-4


def test_loss_of_forces_has_the_gradient_by_the_weights(name: str) -> None:
    """In a random direction of all weights, against a central difference."""
    variant = small(name)
    network = drawn(variant)
    graph = graph_of(mixed()[:2], variant)

    def loss() -> torch.Tensor:
        value, force = Forward(network, variant)(graph, forces=True, trained=True)
        return value.square().mean() + force.square().sum()

    weights = [p for p in network.parameters() if p.requires_grad]
    generator = torch.Generator().manual_seed(0)
    ways = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in weights]
    slopes = torch.autograd.grad(loss(), weights, allow_unused=True, materialize_grads=True)
    expected = sum(float((s * w).sum()) for s, w in zip(slopes, ways, strict=True))
    ends = []
    for sign in (1, -1):
        with torch.no_grad():
            for p, way in zip(weights, ways, strict=True):
                p.add_(way, alpha=sign * 1e-5)
        ends.append(float(loss().detach()))
        with torch.no_grad():
            for p, way in zip(weights, ways, strict=True):
                p.sub_(way, alpha=sign * 1e-5)
    assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(expected, rel=1e-5)


def flown() -> tuple[Atoms, torch.Tensor]:
    """Near the minimum, with an atom flown off, and with all of them apart."""
    atoms = molecule("CH3CH2OH")
    noise = np.random.default_rng(2).normal(0, 0.1, (4, len(atoms), 3))
    position = torch.as_tensor(atoms.positions + noise)
    position[2, -1] += 40
    position[3] += torch.arange(9.0)[:, None] * 7
    return atoms, position


def by_both(found: Family, network: torch.nn.Module, cutoff: float) -> list[torch.Tensor]:
    """Values and slopes by ``fast`` and by ``values``."""
    atoms, position = flown()
    dtype = next(network.parameters()).dtype
    flat = centred(position).to(dtype).reshape(-1, 3)
    results = []
    for evaluation in (found.fast(network), found.evaluation(network)):
        here = flat.clone().requires_grad_()
        graph = copies(torch.as_tensor(atoms.numbers), here, *neighbor_pairs(position, cutoff))
        value = evaluation(graph)
        results += [value.detach(), torch.autograd.grad(value.sum(), here)[0]]
    return results


def test_the_fast_evaluation_equals_the_one(name: str) -> None:
    found = family_with(name, "fast")
    variant = small(name)
    network = drawn(variant).eval().requires_grad_(False)
    fast, slope, value, expected = by_both(found, network, variant.pair_cutoff)
    torch.testing.assert_close(fast, value, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(slope, expected, rtol=1e-11, atol=1e-12)
    fast, slope, value, expected = by_both(found, network.float(), variant.pair_cutoff)
    torch.testing.assert_close(fast, value, rtol=3e-6, atol=3e-6)
    torch.testing.assert_close(slope, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize(("target", "pooling"), TARGETS)
def test_molecules_of_a_batch_do_not_see_each_other(name: str, target: str, pooling: str) -> None:
    variant = small(name, target=target, pooling=pooling)
    forward, structures = Forward(drawn(variant), variant), mixed()
    together = forward(graph_of(structures, variant), forces=True)
    alone = [forward(graph_of([one], variant), forces=True) for one in structures]
    assert together[0].shape == (4,)
    torch.testing.assert_close(together[0], torch.cat([value for value, _ in alone]))
    torch.testing.assert_close(together[1], torch.cat([force for _, force in alone]))


@pytest.mark.parametrize("pooling", ["sum", "average"])
def test_a_copy_far_away_doubles_a_sum_and_leaves_an_average(name: str, pooling: str) -> None:
    family_with(name, "additive")
    variant = small(name, target="gap", pooling=pooling)
    forward = Forward(drawn(variant), variant)
    one = rattled("NH3")
    away = one.copy()
    away.positions += 60
    once, twice = (
        float(forward(graph_of([structure], variant), forces=False)[0])
        for structure in (one, one + away)
    )
    assert twice == pytest.approx(once * (2 if pooling == "sum" else 1), rel=1e-12)


def test_an_atom_alone_has_an_energy_and_feels_no_force(model: Model) -> None:
    energy, force = evaluate(model, Atoms("O"))
    assert np.isfinite(energy)
    assert energy != model.energy_offset(np.array([8]))
    assert (force == 0).all()


def test_what_is_added_up_is_trained_and_moved_as_a_whole(name: str) -> None:
    """A second term beside the first, as a composite of SchNetPack has it, is never left out."""
    import schnetpack as spk

    variant = small(name)
    network = drawn(variant)
    if not isinstance(network, spk.model.NeuralNetworkPotential):
        pytest.skip(f"{name} is not of SchNetPack")
    graph = graph_of(mixed(), variant)
    alone = family(name).values(network, graph).detach()
    head = network.output_modules[0]
    second = spk.atomistic.Atomwise(n_in=head.outnet[0].in_features, output_key="more").double()
    total = spk.atomistic.Aggregation(["energy", "more"], output_key="energy")
    network.output_modules = torch.nn.ModuleList([head, second, total, network.output_modules[1]])
    both = family(name).values(network, graph)
    torch.testing.assert_close(both, network(inputs_of(graph))["energy"])
    assert float((both.detach() - alone).abs().min()) > 1e-3
    assert family(name).fast is None or family(name).fast(network) is None
    slope = torch.autograd.grad(both.sum(), second.outnet[0].weight)[0]
    assert float(slope.abs().max()) > 0


def inputs_of(graph: object) -> dict[str, torch.Tensor]:
    from nearsight.families.schnetpack.inputs import inputs_of as made

    return made(replace(graph))
