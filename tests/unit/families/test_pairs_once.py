"""Filters are computed once for both directions of a pair, and nothing else changes."""

import numpy as np
import pytest
import torch
from ase import Atoms
from chain_fixtures import ethanol, make_network
from chains import MakeNetwork

from nearsight.explain import linearize
from nearsight.families.schnetpack.pairs_once import PairsOnce, pairs_of
from nearsight.lrp.edges import find_edges

__all__ = ["ethanol", "make_network"]


def test_both_directions_are_one_pair() -> None:
    position = torch.randn(7, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    edges = find_edges(position, 1.7)
    one, pair = pairs_of(edges)
    assert len(one) * 2 == len(edges.i)
    assert 0 < len(one) < 7 * 6 / 2
    for end in (torch.minimum, torch.maximum):
        atom = end(edges.i, edges.j)
        torch.testing.assert_close(atom[one][pair], atom, rtol=0, atol=0)


def test_no_pairs_at_all() -> None:
    one, pair = pairs_of(find_edges(torch.tensor([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0]]), 5.0))
    assert len(one) == len(pair) == 0


def test_a_layer_sees_each_pair_once() -> None:
    seen = []
    edges = find_edges(torch.randn(5, 3, generator=torch.Generator().manual_seed(2)), 9.0)
    once = PairsOnce(lambda x: seen.append(x) or 2 * x, *pairs_of(edges))
    given = edges.distance[:, None]
    torch.testing.assert_close(once(given), 2 * given, rtol=0, atol=0)
    assert [len(x) for x in seen] == [10]


@pytest.mark.parametrize("kind", ["schnet", "painn"])
def test_filters_of_a_network_take_half_of_its_edges(
    make_network: MakeNetwork, ethanol: Atoms, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network(kind)
    rows = []
    forward = PairsOnce.forward

    def watched(self: PairsOnce, values: torch.Tensor) -> torch.Tensor:
        rows.append((len(values), len(self.one)))
        return forward(self, values)

    monkeypatch.setattr(PairsOnce, "forward", watched)
    chain = linearize(network, ethanol)
    near = (ethanol.get_all_distances() < 3.0).sum() - len(ethanol)
    assert set(rows) == {(near, near // 2)}
    assert len(rows) == {"schnet": 2, "painn": 1}[kind]
    # The network itself has kept its layers.
    assert not any(isinstance(module, PairsOnce) for module in network.modules())
    assert np.isfinite(chain.output)
