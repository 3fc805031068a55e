"""Networks on listed pairs: their sums and the way back, what they keep, and what they refuse."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from nearsight.config import make_variant
from nearsight.families.listed import parts_of
from nearsight.families.neighbors import pairs_by_distances
from nearsight.families.painn import listed as painn
from nearsight.families.registry import build_network, family
from nearsight.families.schnet import listed as schnet
from nearsight.families.schnetpack import listed as module
from nearsight.families.schnetpack.listed import ListedNetwork, Pairs
from nearsight.families.schnetpack.reading import places_of, rows_of
from nearsight.families.schnetpack.tables import filter_table

CUTOFF, FEATURES, N_ATOMS = 4.0, 6, 30
KINDS = ("schnet", "painn")
NUMBERS = torch.tensor([6, 1, 8] * (N_ATOMS // 3))


def network_of(kind: str, **options: Any) -> torch.nn.Module:
    sizes = {"cutoff": CUTOFF, "depth": 2, "features": FEATURES, "seed": 1, **options}
    return build_network(make_variant(family=kind, **sizes)).double().eval().requires_grad_(False)


def evaluation(kind: str, network: torch.nn.Module | None = None) -> ListedNetwork:
    listed = family(kind).listed
    assert listed is not None
    found = listed(network_of(kind) if network is None else network)
    assert isinstance(found, ListedNetwork)
    return found


def cluster(seed: int = 0) -> torch.Tensor:
    """(1, atom, 3) Å on a grid, shaken."""
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3)[:N_ATOMS]
    noise = np.random.default_rng(seed).normal(0, 0.2, grid.shape)
    return torch.from_numpy(1.6 * grid + noise)[None]


def run(network: ListedNetwork, position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return network(NUMBERS, position, *pairs_by_distances(position, CUTOFF))


def bumps(distance: torch.Tensor) -> torch.Tensor:
    """Four blocks of filters."""
    damping = (1 - (distance / CUTOFF) ** 2) ** 3
    rates = torch.linspace(0.5, 2.0, 4 * FEATURES, dtype=torch.float64)
    return torch.sin(rates * distance[:, None]) * damping[:, None]


def few_pairs(size: int) -> tuple[Pairs, list[torch.Tensor]]:
    """Some pairs of seven atoms in parts of a size, and four tables."""
    first, second = torch.tensor([0, 0, 1, 2, 2, 4, 5]), torch.tensor([1, 3, 2, 3, 6, 5, 6])
    source = torch.Generator().manual_seed(2)
    distance = 1 + 2 * torch.rand(len(first), generator=source, dtype=torch.float64)
    direction = torch.randn(3, len(first), generator=source, dtype=torch.float64)
    table = filter_table(bumps, CUTOFF, torch.float64)
    assert table is not None
    parts = [
        (part, places_of(distance[part.span], CUTOFF, table.shape))
        for part in parts_of(first, second, size)
    ]
    pairs = Pairs(distance.requires_grad_(), direction.requires_grad_(), parts)
    return pairs, [rows_of(t) for t in table.split(FEATURES, -1)]


@pytest.mark.parametrize("size", [2, 100])
def test_sums_over_neighbours_by_hand(size: int) -> None:
    """Of SchNet, and of PaiNN with and without vectors that come from before."""
    pairs, tables = few_pairs(size)
    source = torch.Generator().manual_seed(3)
    x_q, x_mu, *u = torch.randn(5, 7, FEATURES, generator=source, dtype=torch.float64)
    filters = bumps(pairs.distance.detach()).split(FEATURES, -1)
    into_q, into_mu = torch.zeros_like(x_q), torch.zeros(3, *x_q.shape).double()
    carried = torch.zeros_like(into_mu)
    ends = [(part.first.tolist(), part.second.tolist()) for part, _ in pairs.parts]
    links = [(i, j) for first, second in ends for i, j in zip(first, second, strict=True)]
    assert len(links) == 7
    for k, (i, j) in enumerate(links):
        for to, come, sign in ((i, j, 1), (j, i, -1)):
            into_q[to] += filters[0][k] * x_q[come]
            for c in range(3):
                toward = sign * float(pairs.direction[c, k].detach())
                into_mu[c, to] += filters[1][k] * x_mu[come] * toward
                carried[c, to] += filters[2][k] * u[c][come]
    found = schnet._Sum.apply(x_q, pairs.distance, tables[0], pairs)
    torch.testing.assert_close(found.detach(), into_q, rtol=0, atol=1e-11)
    three = painn._Tables(*tables[:3])
    for vectors, expected in ((None, into_mu), (torch.stack(u), into_mu + carried)):
        q, mu = painn._Sums.apply(x_q, x_mu, vectors, pairs.distance, pairs.direction, three, pairs)
        torch.testing.assert_close(q.detach(), into_q, rtol=0, atol=1e-11)
        torch.testing.assert_close(mu.detach(), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_forces_are_minus_the_gradient(kind: str) -> None:
    network, position, step = evaluation(kind), cluster(), 1e-4
    force = run(network, position)[1][0]
    assert float(force.abs().max()) > 1e-3
    moves = step * torch.eye(3 * N_ATOMS, dtype=torch.float64).reshape(-1, N_ATOMS, 3)[::7]
    slope = (run(network, position + moves)[0] - run(network, position - moves)[0]) / (2 * step)
    torch.testing.assert_close(force.flatten()[::7], -slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_turned_moved_and_in_another_order(kind: str) -> None:
    network, position = evaluation(kind), cluster()
    energy, force = run(network, position)
    turn = torch.from_numpy(Rotation.random(rng=0).as_matrix())
    away = run(network, position @ turn.T + torch.tensor([1e4, -3e3, 7.0]))
    torch.testing.assert_close(away[0], energy, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(away[1], force @ turn.T, rtol=0, atol=1e-8)
    order = torch.from_numpy(np.random.default_rng(0).permutation(N_ATOMS))
    there = position[:, order]
    other = network(NUMBERS[order], there, *pairs_by_distances(there, CUTOFF))
    torch.testing.assert_close(other[0], energy, rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(other[1], force[:, order], rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_for_the_way_back_grows_with_atoms_not_with_pairs(kind: str) -> None:
    network, position = evaluation(kind), cluster()
    pairs = pairs_by_distances(position, CUTOFF)
    assert len(pairs[0]) > 5 * N_ATOMS
    kept: list[int] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(NUMBERS, position, *pairs)
    # Directions, 3 numbers a pair, are the most there is of each pair.
    most = max(6 * N_ATOMS * FEATURES, 3 * len(pairs[0]))
    assert 0 < max(kept) <= most < len(pairs[0]) * FEATURES


def test_filters_that_blocks_share() -> None:
    network = network_of("painn")
    net = network.representation
    width = 3 * FEATURES
    net.share_filters = True
    net.filter_net.weight = torch.nn.Parameter(net.filter_net.weight[:width], requires_grad=False)
    net.filter_net.bias = torch.nn.Parameter(net.filter_net.bias[:width], requires_grad=False)
    found, position = evaluation("painn", network), cluster()
    assert len(found.tables) == 3
    apart = network_of("painn")
    apart.representation.load_state_dict(
        {
            name: torch.cat([value] * 2) if name.startswith("filter_net") else value
            for name, value in net.state_dict().items()
        }
    )
    apart.output_modules.load_state_dict(network.output_modules.state_dict())
    for ours, other in zip(
        run(found, position), run(evaluation("painn", apart), position), strict=True
    ):
        torch.testing.assert_close(ours, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_known_is_left_to_others(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = family(kind).listed
    assert listed is not None
    strange = network_of(kind)
    block = type("Strange", (type(strange.representation.interactions[0]),), {})
    strange.representation.interactions[1].__class__ = block
    assert listed(strange) is None
    assert listed(network_of(kind, pooling="average", target="gap")) is None
    monkeypatch.setattr(module, "filter_table", lambda *_: None)
    assert listed(network_of(kind)) is None


def test_the_network_is_left_as_it_is() -> None:
    network = network_of("painn").float()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = evaluation("painn", network)
    assert all(table.dtype == torch.float32 for table in found.tables)
    run(found, cluster())
    after = network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(value.dtype == after[name].dtype for name, value in before.items())
