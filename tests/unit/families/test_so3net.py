"""SO3net: its features turn as spherical harmonics do, and its blocks are those of its paper."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation

from nearsight.config import Variant, make_variant
from nearsight.explain import balance, linearize
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network, family
from nearsight.families.schnetpack.inputs import assemble, both_ways
from nearsight.families.schnetpack.network import Makeup, build_empty, makeup_of

CUTOFF, FEATURES = 3.0, 4


def variant(lmax: int, depth: int = 2) -> Variant:
    return make_variant(
        family="so3net", cutoff=CUTOFF, depth=depth, features=FEATURES, lmax=lmax, seed=1
    )


def states(network: torch.nn.Module, position: np.ndarray, numbers: np.ndarray) -> torch.Tensor:
    """(atom, (lmax + 1)², feature) in double precision."""
    place = torch.as_tensor(position)
    inputs = assemble(
        torch.as_tensor(numbers), place, torch.tensor([len(numbers)]),
        *both_ways(*neighbor_pairs(place[None], CUTOFF)),
    )  # fmt: skip
    for module in (*network.input_modules, network.representation):
        inputs = module(inputs)
    return inputs["multipole_representation"].detach()


@pytest.fixture
def atoms() -> Atoms:
    made = molecule("NH3")
    made.positions += np.random.default_rng(0).normal(0, 0.1, (4, 3))
    return made


@pytest.mark.parametrize("lmax", [1, 2, 3])
def test_scalars_stay_and_vectors_turn(lmax: int, atoms: Atoms) -> None:
    network = build_network(variant(lmax)).double()
    turn = Rotation.random(rng=0).as_matrix()
    before = states(network, atoms.positions, atoms.numbers)
    after = states(network, atoms.positions @ turn.T, atoms.numbers)
    assert before.shape == (4, (lmax + 1) ** 2, FEATURES)
    torch.testing.assert_close(after[:, 0], before[:, 0], rtol=1e-5, atol=1e-6)
    # Real harmonics of l = 1 stand as y, z, x.
    axes = [2, 0, 1]
    vectors = [np.moveaxis(s[:, 1:4].numpy()[:, axes], 1, -1) for s in (before, after)]
    np.testing.assert_allclose(vectors[1], vectors[0] @ turn.T, atol=1e-6)
    assert np.abs(vectors[0]).max() > 1e-3
    # Of each l the size stays.
    for momentum in range(lmax + 1):
        span = slice(momentum**2, (momentum + 1) ** 2)
        norms = [s[:, span].norm(dim=1) for s in (before, after)]
        torch.testing.assert_close(norms[1], norms[0], rtol=1e-4, atol=1e-6)


def test_a_larger_momentum_is_another_network_with_another_name() -> None:
    first, second = variant(1), variant(2)
    assert first.id == "so3net~rc3.0~T2~F4~l1~n1000~s1"
    assert second.id == "so3net~rc3.0~T2~F4~l2~n1000~s1"
    counts = [sum(p.numel() for p in build_network(v).parameters()) for v in (first, second)]
    assert counts[1] > counts[0]
    assert second.values_per_pair > first.values_per_pair
    assert second.work(9, 60.0) > first.work(9, 60.0)


@pytest.mark.parametrize("lmax", [0, 5])
def test_momenta_that_are_not_offered(lmax: int) -> None:
    with pytest.raises(ValueError, match="lmax"):
        variant(lmax)


def test_the_first_block_gathers_scalars_alone(atoms: Atoms) -> None:
    """Embeddings have no angular momentum: nothing but the product with itself is held constant."""
    network = build_network(variant(2, depth=1)).double()
    chain = linearize(network, atoms)
    block = chain.blocks[0]
    product = network.representation.so3product
    convolution = network.representation.so3convs[0]
    seen = {}
    convolution.register_forward_hook(lambda _m, _i, out: seen.update(y=out))
    states(network, atoms.positions, atoms.numbers)
    gathered = (block.f * chain.h).sum(1)
    torch.testing.assert_close(gathered, seen["y"][:, 0].detach(), rtol=1e-10, atol=1e-12)
    mixed = network.representation.mixings1[0](seen["y"])
    whole = product(seen["y"], mixed)[:, 0]
    coupling = product.clebsch_gordan[
        (product.idx_in_1 == 0) & (product.idx_in_2 == 0) & (product.idx_out == 0)
    ]
    assert coupling.numel() == 1
    held = (whole - coupling * seen["y"][:, 0] * mixed[:, 0]).detach()
    # Held is what vectors bring in pairs; without any of them there is no constant.
    assert float(held.abs().max()) > 1e-6
    assert (block.vector is block.c) or torch.equal(block.vector, block.c)


def test_one_block_for_all_is_told_apart_by_its_passes(atoms: Atoms) -> None:
    made = makeup_of(family("so3net").makeup, variant(1))
    values = {**made.representation.model_dump(), "shared_interactions": True}
    network = build_empty(Makeup(type(made.representation).model_validate(values), made.head))
    convolutions = network.representation.so3convs
    assert convolutions[0] is convolutions[1]
    chain = linearize(network, atoms)
    assert balance(chain)["conservation_error"].item() < 1e-12
    assert not torch.equal(chain.blocks[0].M, chain.blocks[1].M)


def test_energies_are_smooth_where_a_bond_lies_along_an_axis() -> None:
    """Powers of zero: neither forces nor curvatures may be lost at the poles of the harmonics."""
    from nearsight.models.energies import build_energy
    from nearsight.respond import autograd_blocks

    chosen = variant(3)
    energy = build_energy(build_network(chosen), torch.tensor([8, 1, 1]), chosen)
    for axis in range(3):
        position = np.zeros((3, 3))
        position[1, axis], position[2, axis - 1] = 1.0, -1.1
        blocks = autograd_blocks(energy, position)
        assert np.isfinite(blocks).all()
        moved = autograd_blocks(energy, position + 1e-6 * np.eye(3))
        np.testing.assert_allclose(moved, blocks, atol=1e-3 * np.abs(blocks).max())
