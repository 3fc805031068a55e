"""Totals by range without walks: sums over the walks themselves, at every edge of every bin."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain, balance
from nearsight.explain.sums.by_distance import by_ends, by_hop, by_start
from nearsight.explain.sums.range_sums import PROPAGATIONS, propagated

FARTHEST = {
    "start": lambda walk, d: max(d[walk[0], j] for j in walk),
    "hop": lambda walk, d: max(d[i, j] for i, j in pairwise(walk)),
    "ends": lambda walk, d: d[walk[0], walk[-1]],
}


def edges_of(chain: Chain) -> np.ndarray:
    """An edge at every distance that there is: bins that cannot be finer."""
    return np.unique(chain.distance.numpy())[1:]


@pytest.mark.parametrize("by", PROPAGATIONS)
def test_every_distance_is_a_bin_of_its_own(chain: Chain, every_walk: EveryWalk, by: str) -> None:
    edges = edges_of(chain)
    expected = np.zeros(len(edges) + 1)
    for walk, value in every_walk(chain).items():
        far = FARTHEST[by](walk, chain.distance.numpy())
        expected[np.searchsorted(edges, far, side="right")] += value
    scale = np.abs(list(every_walk(chain).values())).sum()
    found = PROPAGATIONS[by](chain, edges)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("by", PROPAGATIONS)
@pytest.mark.parametrize("edges", [[1.0, 2.0], [0.0, 50.0], [60.0, 70.0], [-2.0, -1.0]])
def test_bins_add_up_to_all_walks(chain: Chain, by: str, edges: list[float]) -> None:
    found = PROPAGATIONS[by](chain, np.array(edges))
    assert len(found) == 3
    total = balance(chain)["walks"].item()
    assert found.sum() == pytest.approx(total, rel=1e-10, abs=1e-10)
    if edges[0] == 60.0:
        assert found[0] == pytest.approx(total, rel=1e-10)
    if edges[0] == -2.0:
        assert found[2] == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize("by", PROPAGATIONS)
def test_a_finer_bin_shares_what_a_coarse_one_holds(make_chain: MakeChain, by: str) -> None:
    chain = make_chain(depth=4, n_atoms=7, spread=1.0)
    fine = np.linspace(0.3, 5.1, 17)
    found, coarse = (PROPAGATIONS[by](chain, edges) for edges in (fine, fine[::4]))
    summed = [found[0], *found[1:-1].reshape(4, 4).sum(1), found[-1]]
    np.testing.assert_allclose(summed, coarse, rtol=1e-9, atol=1e-8)


def test_a_bin_inside_the_shortest_bond_has_the_walks_that_stay(make_chain: MakeChain) -> None:
    chain = make_chain(spread=1.0)
    bond = edges_of(chain)[0]
    alone = chain.h
    for block in chain.blocks:
        alone = torch.einsum("nab,nb->na", block.P, alone)
    constant = float((alone * chain.o).sum())
    for by in ("hop", "start"):
        found = PROPAGATIONS[by](chain, np.array([0.0, bond]))
        assert found[1] == pytest.approx(constant, rel=1e-10)
    # A walk may come back to where it began.
    assert by_ends(chain, np.array([0.0, bond]))[1] != pytest.approx(constant, rel=1e-3)


def test_no_step_is_longer_than_the_cutoff(make_chain: MakeChain) -> None:
    chain = make_chain(spread=1.5)
    found = by_hop(chain, np.array([0.0, chain.cutoff, 100.0]))
    assert found[2] == 0
    assert found[1] != 0
    beyond = chain.depth * chain.cutoff
    assert by_start(chain, np.array([beyond, 100.0]))[1] == 0


def test_small_batches_of_starts_change_nothing(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nearsight.explain.sums import by_distance as room

    chain, edges = make_chain(n_atoms=6, spread=1.0), np.array([0.5, 1.5, 2.5])
    expected = by_start(chain, edges)
    monkeypatch.setattr(room, "batch_size", lambda chain: 1)
    np.testing.assert_allclose(by_start(chain, edges), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("by", PROPAGATIONS)
def test_walks_outside_all_bins_stand_last(make_chain: MakeChain, by: str) -> None:
    chain, edges = make_chain(spread=1.0), np.array([0.9, 1.9, 2.9])
    bins, sums = PROPAGATIONS[by](chain, edges), propagated(chain, edges, by)
    np.testing.assert_array_equal(sums.total[:-1], bins[1:-1])
    assert sums.total[-1] == pytest.approx(bins[0] + bins[-1], rel=1e-12)
    assert (sums.total_error == 0).all()
    assert sums.signed.shape == (chain.depth + 1, len(edges))


def test_of_widths_nothing_is_known_without_walks(make_chain: MakeChain) -> None:
    sums = propagated(make_chain(), np.array([0.0, 1.0]), "diameter")
    for values in (sums.total, sums.total_error, sums.signed, sums.absolute):
        assert np.isnan(values).all()
