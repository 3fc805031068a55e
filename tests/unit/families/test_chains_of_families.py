"""A chain with its constants is the network: state by state, for every family that has walks."""

import copy

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation

from nearsight.config import Variant, make_variant
from nearsight.explain import Gamma, Zero, balance, linearize, walks
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network, every_family
from nearsight.families.schnetpack.inputs import assemble, both_ways
from nearsight.lrp.chain import Chain

CUTOFF, FEATURES = 2.6, 6
WITH_WALKS = [family.name for family in every_family() if family.walks is not None]


@pytest.fixture(params=WITH_WALKS, scope="module")
def variant(request: pytest.FixtureRequest) -> Variant:
    return make_variant(family=request.param, cutoff=CUTOFF, depth=3, features=FEATURES, seed=4)


@pytest.fixture(scope="module")
def network(variant: Variant) -> spk.model.NeuralNetworkPotential:
    made = build_network(variant).double().eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if name.endswith("bias"):
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return made


@pytest.fixture(scope="module")
def atoms() -> Atoms:
    made = molecule("CH3OH")
    made.positions += np.random.default_rng(3).normal(0, 0.06, made.positions.shape)
    return made


def last_states(network: torch.nn.Module, atoms: Atoms) -> dict[str, torch.Tensor]:
    """By SchNetPack's own forward pass."""
    position = torch.as_tensor(atoms.positions)
    inputs = assemble(
        torch.as_tensor(atoms.numbers),
        position,
        torch.tensor([len(atoms)]),
        *both_ways(*neighbor_pairs(position[None], CUTOFF)),
    )
    for module in (*network.input_modules, network.representation):
        inputs = module(inputs)
    return inputs


def with_constants(chain: Chain) -> torch.Tensor:
    state = chain.h
    for block in chain.blocks:
        state = block.step(state) + block.c
    return state


@pytest.mark.parametrize("rule", [Zero(), Gamma(0.3)], ids=lambda rule: rule.name)
def test_it_ends_in_the_networks_own_states(
    network: torch.nn.Module, variant: Variant, atoms: Atoms, rule: object
) -> None:
    own = last_states(network, atoms)
    for vector in variant.treatments or ("detach",):
        found = with_constants(linearize(network, atoms, rule=rule, vector=vector))
        scalars = own["scalar_representation"].squeeze(1)
        torch.testing.assert_close(found[:, :FEATURES], scalars, rtol=1e-10, atol=1e-12)
        if found.shape[1] > FEATURES:
            # States that carry vectors: their components one after another.
            vectors = own["vector_representation"].flatten(1)
            torch.testing.assert_close(found[:, FEATURES:], vectors, rtol=1e-10, atol=1e-12)


def test_filters_are_those_of_pairs_within_the_cutoff_alone(
    network: torch.nn.Module, atoms: Atoms
) -> None:
    chain = linearize(network, atoms)
    apart = torch.eye(len(atoms), dtype=torch.bool) | (chain.distance >= CUTOFF)
    assert apart.any()
    for block in chain.blocks:
        assert (block.f[apart] == 0).all()
        assert (block.f[~apart] != 0).any(-1).all()


def test_relevance_turns_and_moves_with_nothing(network: torch.nn.Module, atoms: Atoms) -> None:
    moved = atoms.copy()
    moved.positions = atoms.positions @ Rotation.random(rng=1).as_matrix().T + 3.0
    one, other = (walks(linearize(network, a))["relevance"].to_numpy() for a in (atoms, moved))
    # The coefficients of some families are rounded to single precision.
    np.testing.assert_allclose(one, other, atol=3e-6 * np.abs(one).max())


def test_relevance_follows_the_order_of_atoms(network: torch.nn.Module, atoms: Atoms) -> None:
    order = np.array([3, 0, 5, 1, 4, 2])

    def by_walk(table: object) -> dict[tuple[int, ...], float]:
        columns = zip(table["walk"].to_numpy().tolist(), table["relevance"].to_numpy(), strict=True)
        return {tuple(walk): value for walk, value in columns}

    before = by_walk(walks(linearize(network, atoms)))
    after = by_walk(walks(linearize(network, atoms[order])))
    assert len(before) == len(after) > 100
    for walk, value in after.items():
        assert before[tuple(int(order[k]) for k in walk)] == pytest.approx(
            value, rel=1e-8, abs=1e-11
        )


def test_an_atom_alone_has_one_walk_and_its_constants(
    network: torch.nn.Module, variant: Variant
) -> None:
    chain = linearize(network, Atoms("O"))
    shares = balance(chain)
    assert shares["conservation_error"].item() < 1e-12
    assert len(walks(chain)["relevance"]) == 1
    for block in chain.blocks:
        assert (block.f == 0).all()


def test_the_network_is_left_as_it_is(network: torch.nn.Module, atoms: Atoms) -> None:
    before = copy.deepcopy(network.state_dict())
    linearize(network, atoms, dtype="float32")
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.dtype == torch.float64 for p in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


def test_single_precision_is_the_same_to_rounding(network: torch.nn.Module, atoms: Atoms) -> None:
    double, single = (linearize(network, atoms, dtype=kind) for kind in ("float64", "float32"))
    assert single.h.dtype == torch.float32
    assert single.output == pytest.approx(double.output, rel=1e-4, abs=1e-5)
    for one, other in zip(double.blocks, single.blocks, strict=True):
        torch.testing.assert_close(one.f.float(), other.f, rtol=1e-3, atol=1e-5)
        torch.testing.assert_close(one.c.float(), other.c, rtol=1e-3, atol=1e-4)
