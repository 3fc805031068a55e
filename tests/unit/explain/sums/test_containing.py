"""Walks that visit two atoms, against all walks one by one and against sets of atoms."""

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain, pairs, subsets
from nearsight.explain.sums import containing, masked


def relevance(chain: Chain) -> np.ndarray:
    return pairs(chain, "contains")["relevance"].to_numpy()


def visits_to_both(chain: Chain, every_walk: EveryWalk) -> np.ndarray:
    n_atoms = chain.n_atoms
    expected = np.zeros((n_atoms, n_atoms))
    for walk, value in every_walk(chain).items():
        visited = np.isin(np.arange(n_atoms), walk)
        expected[np.ix_(visited, visited)] += value
    return expected


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stays", ["matrix", "identity", "nothing"])
def test_every_depth_and_every_way_to_stay(
    make_chain: MakeChain, every_walk: EveryWalk, depth: int, stays: str
):
    chain = make_chain(depth=depth, n_atoms=4, stays=stays, seed=depth)
    expected = visits_to_both(chain, every_walk)
    np.testing.assert_allclose(relevance(chain), expected, rtol=1e-9, atol=1e-9)


def test_pairs_one_by_one_are_pairs_all_at_once(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch
):
    chain = make_chain(depth=5)
    together = relevance(chain)
    monkeypatch.setattr(masked, "MEMORY", 1.0)
    assert containing.batch_size(chain) == 1
    np.testing.assert_allclose(relevance(chain), together, rtol=1e-12)


def test_up_to_depth_three_nothing_is_carried_for_a_pair_and_a_third_atom(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch
):
    """No product of matrices is larger than one state for each pair of atoms."""
    sizes = []
    product = torch.Tensor.__matmul__

    def watched(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        found = product(x, y)
        sizes.append(found.numel())
        return found

    for depth, most in ((3, 20**2 * 4), (4, 20 * 20 * 19 // 2 * 4)):
        chain = make_chain(depth=depth, n_atoms=20)
        sizes.clear()
        with monkeypatch.context() as patched:
            patched.setattr(torch.Tensor, "__matmul__", watched)
            containing.contains(chain)
        assert max(sizes) == most


@pytest.mark.parametrize("depth", [3, 4])
def test_far_pairs_keep_their_digits_in_single_precision(make_chain: MakeChain, depth: int):
    """A row of atoms, every hop a thousand times weaker for each atom that it goes beyond."""
    chain = make_chain(depth=depth, n_atoms=6, spread=0.3, stays="identity")
    place = torch.arange(6)
    for block in chain.blocks:
        block.f.mul_(10.0 ** (-3.0 * (place[:, None] - place).abs()[..., None]))
    exact = relevance(chain)
    sizes = np.abs(exact)
    assert sizes.min() < 1e-12 * sizes.max()
    single = relevance(chain.to(dtype=torch.float32))
    np.testing.assert_allclose(single, exact, rtol=1e-3)


@pytest.mark.parametrize("spread", [0.8, 2.0])
def test_contains_are_sums_of_walks_that_visit_both(
    chain: Chain, make_chain: MakeChain, every_walk: EveryWalk, spread: float
):
    chain = make_chain(depth=chain.depth, spread=spread)
    expected = visits_to_both(chain, every_walk)
    np.testing.assert_allclose(relevance(chain), expected, rtol=1e-10, atol=1e-10)


def test_contains_is_inclusion_and_exclusion_of_subsets(make_chain: MakeChain):
    chain = make_chain(spread=1.0, depth=3)
    without = np.ones((4, 5), bool)
    without[1, 0] = without[2, 3] = without[3, 0] = without[3, 3] = False
    total, no_i, no_j, neither = subsets(chain, without)["relevance"].to_numpy()
    found = relevance(chain)[0, 3]
    assert found == pytest.approx(total - no_i - no_j + neither, rel=1e-8)


def test_contains_keeps_the_digits_of_weak_pairs_in_single_precision(make_chain: MakeChain):
    chain = make_chain(depth=3, n_atoms=4, spread=0.5)
    for block in chain.blocks:
        block.f[3, :] *= 1e-7
        block.f[:, 3] *= 1e-7
    exact = relevance(chain)
    single = relevance(chain.to(dtype=torch.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single[3, :3], exact[3, :3], rtol=1e-3)
