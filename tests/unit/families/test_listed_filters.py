"""A chain is the same whether its filters are listed or arrays, for every family that has walks."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms

from nearsight.config import make_variant
from nearsight.explain import Chain, atoms, balance, linearize, near_pairs, top
from nearsight.families.registry import build_network, every_family
from nearsight.lrp import edges, links
from nearsight.lrp.filters import as_array

CASES = [
    (family.name, vector)
    for family in every_family()
    if family.walks is not None
    for vector in (("detach", "flow") if family.name == "painn" else ("detach",))
]


@pytest.fixture(scope="module")
def lattice() -> Atoms:
    """Twelve atoms on a jittered lattice, each of which sees some of the others."""
    grid = np.stack(np.meshgrid(range(3), range(2), range(2)), -1).reshape(-1, 3)
    position = 1.6 * grid + np.random.default_rng(0).normal(0, 0.1, grid.shape)
    return Atoms("C3N3O3H3", position)


@pytest.fixture(params=CASES, ids=" ".join, scope="module")
def both(request: pytest.FixtureRequest, lattice: Atoms) -> tuple[Chain, Chain]:
    family, vector = request.param
    variant = make_variant(family=family, cutoff=2.4, depth=3, features=4, seed=1)
    network = build_network(variant).double().eval()
    generator = torch.Generator().manual_seed(2)
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3, generator=generator)
    dense = linearize(network, lattice, vector=vector)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edges, "DENSE", 0)
        patch.setattr(edges, "FILLED", 1.0)
        patch.setattr(links, "ALL_PAIRS", 0)
        patch.setattr(edges, "ALL_PAIRS", 0)
        return dense, linearize(network, lattice, vector=vector)


def test_filters_are_the_same(both: tuple[Chain, Chain]):
    dense, listed = both
    assert listed.listed
    assert not dense.listed
    for one, other in zip(dense.blocks, listed.blocks, strict=True):
        torch.testing.assert_close(as_array(other.f), one.f, rtol=1e-14, atol=1e-14)
        torch.testing.assert_close(other.c, one.c)


def test_all_blocks_share_their_links(both: tuple[Chain, Chain]):
    listed = both[1]
    assert len({id(block.hops.links) for block in listed.blocks}) == 1


@pytest.mark.parametrize("quantity", [balance, atoms, near_pairs, lambda chain: top(chain, 20)])
def test_sums_are_the_same(quantity: Callable[[Chain], xr.Dataset], both: tuple[Chain, Chain]):
    expected, found = (quantity(chain) for chain in both)
    scale = float(abs(balance(both[0])["walks"]))
    for name in expected.data_vars:
        np.testing.assert_allclose(
            found[name], expected[name], rtol=1e-10, atol=1e-12 * scale, err_msg=name
        )
    assert found.attrs == expected.attrs


def test_relevance_is_conserved(both: tuple[Chain, Chain]):
    for chain in both:
        shares = balance(chain)
        assert float(shares["conservation_error"]) < 1e-10 * abs(float(shares["output"]))
