"""Pieces of evaluations written for a compiler against autograd and against loops."""

from typing import get_args

import pytest
import torch

from nearsight.families.pairlist import PairList, all_pairs, near_pairs
from nearsight.families.schnetpack.makeup import ActivationName
from nearsight.families.schnetpack.network import ACTIVATIONS
from nearsight.families.schnetpack.pieces import (
    activated,
    apart,
    both_ways,
    dense,
    force,
    geometry,
    neighbor_sum,
    pair_slope,
    product,
)

F64 = torch.float64
COPIES, ATOMS, FEATURES = 3, 5, 4


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


@pytest.fixture
def pairs() -> PairList:
    """Not of all atoms alike, so that lists of neighbours are filled up."""
    return near_pairs(draw(1, ATOMS, 3), 2.0, dtype=F64)


def weights_of(pairs: PairList) -> torch.Tensor:
    weight = draw(COPIES, len(pairs.first), FEATURES, seed=1)
    weight[:, pairs.first == pairs.second] = 0
    return weight


@pytest.mark.parametrize("name", get_args(ActivationName))
def test_activations(name: str) -> None:
    x = torch.cat([draw(50) * 3, torch.tensor([-40.0, -1e-3, 1e-3, 19.9, 20.1, 40])])
    x = x.double().requires_grad_()
    expected = ACTIVATIONS[name](x)
    (slope,) = torch.autograd.grad(expected.sum(), x)
    found = activated(name, x.detach())
    torch.testing.assert_close(found[0], expected.detach(), rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(found[1], slope, rtol=1e-12, atol=1e-13)


def test_dense_layers() -> None:
    layer = torch.nn.Linear(FEATURES, 7).double()
    x = draw(COPIES, ATOMS, FEATURES)
    torch.testing.assert_close(dense(x, layer.weight, layer.bias), layer(x))
    torch.testing.assert_close(product(x, layer.weight) + layer.bias, layer(x))


def test_apart_changes_nothing() -> None:
    x = draw(3, 4, 5)
    for view in (x, x[:, 1:3], x.transpose(0, 2)):
        assert torch.equal(apart(view), view)


def test_sum_over_neighbours(pairs: PairList) -> None:
    weight, x = weights_of(pairs), draw(COPIES, ATOMS, FEATURES)
    expected = torch.zeros_like(x)
    for number, (i, j) in enumerate(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)):
        expected[:, i] += weight[:, number] * x[:, j]
        expected[:, j] += weight[:, number] * x[:, i]
    torch.testing.assert_close(neighbor_sum(weight, x, pairs), expected)


def test_sum_over_neighbours_is_its_own_transpose(pairs: PairList) -> None:
    weight = weights_of(pairs)
    x, y = draw(COPIES, ATOMS, FEATURES), draw(COPIES, ATOMS, FEATURES, seed=4)
    torch.testing.assert_close(
        (y * neighbor_sum(weight, x, pairs)).sum(), (x * neighbor_sum(weight, y, pairs)).sum()
    )


def test_slope_of_a_sum_by_distances(pairs: PairList) -> None:
    """As autograd has it, with a weight that is linear in the distance."""
    slope, x = weights_of(pairs), draw(COPIES, ATOMS, FEATURES)
    got = draw(COPIES, ATOMS, FEATURES, seed=5)
    distance = draw(COPIES, len(pairs.first), seed=6).requires_grad_()
    total = (got * neighbor_sum(slope * distance[..., None], x, pairs)).sum()
    (expected,) = torch.autograd.grad(total, distance)
    torch.testing.assert_close(pair_slope(slope, got, x, pairs), expected)


def test_one_molecule_for_all_copies(pairs: PairList) -> None:
    """States of the first block are the same in all copies and stand once."""
    weight, x = weights_of(pairs), draw(1, ATOMS, FEATURES)
    every = x.expand(COPIES, -1, -1)
    got = draw(COPIES, ATOMS, FEATURES, seed=5)
    for function, other in ((neighbor_sum, weight), (both_ways, got)):
        torch.testing.assert_close(function(other, x, pairs), function(other, every, pairs))


@pytest.mark.parametrize("vectors", [False, True], ids=["distances", "directions too"])
def test_forces(pairs: PairList, *, vectors: bool) -> None:
    position = draw(COPIES, ATOMS, 3).requires_grad_()
    real = (pairs.first != pairs.second).to(F64)
    radial = draw(COPIES, len(real), seed=7) * real
    across = draw(COPIES, len(real), 3, seed=8) * real[:, None] if vectors else None
    where = geometry(position.detach(), pairs)
    vector = position[:, pairs.second] - position[:, pairs.first]
    length = (vector.square().sum(-1) + (1 - real)).sqrt()
    energy = (radial * length).sum()
    if across is not None:
        energy = energy + (across * vector / length[..., None]).sum()
    (slope,) = torch.autograd.grad(energy, position)
    torch.testing.assert_close(force(where, radial, across, pairs), -slope)


def test_geometry_of_a_pair_that_fills_up() -> None:
    position = draw(COPIES, ATOMS, 3)
    found = geometry(position, near_pairs(position[:1], 1.0, dtype=F64))
    assert torch.equal(found.distance.isinf().any(1), torch.ones(COPIES, dtype=torch.bool))
    assert not found.direction[found.distance.isinf()].any()


def test_directions_have_unit_length() -> None:
    found = geometry(draw(COPIES, ATOMS, 3), all_pairs(ATOMS, dtype=F64, device="cpu"))
    torch.testing.assert_close(found.direction.norm(dim=-1), torch.ones_like(found.distance))
