"""Lists of neighbours say what tables of all pairs say, and nothing else is relevant."""

import numpy as np
import pytest
from chains import EveryWalk, MakeChain, listed

from nearsight.errors import MemoryLimitError
from nearsight.explain import Chain, hops, near_hops, near_pairs, pairs
from nearsight.explain.sums import near
from nearsight.explain.sums.by_distance import by_hop
from nearsight.lrp import memory


def as_table(found: np.ndarray, i: np.ndarray, j: np.ndarray, n_atoms: int) -> np.ndarray:
    table = np.zeros((*found.shape[:-1], n_atoms, n_atoms))
    table[..., i, j] = found
    return table


def test_near_pairs_are_sums_of_walks_on_exactly_two_atoms(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((chain.n_atoms, chain.n_atoms))
    for walk, value in every_walk(chain).items():
        atoms = sorted(set(walk))
        if len(atoms) <= 2:
            expected[atoms[0], atoms[-1]] += value
    found = near_pairs(chain)
    table = as_table(*(found[name].to_numpy() for name in ("relevance", "i", "j")), chain.n_atoms)
    np.testing.assert_allclose(
        table + np.diag(found["alone"].to_numpy()), expected, rtol=1e-10, atol=1e-10
    )


def test_near_hops_are_sums_of_walks_that_take_the_hop(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((chain.depth, chain.n_atoms, chain.n_atoms))
    for walk, value in every_walk(chain).items():
        for t in range(chain.depth):
            expected[t, walk[t + 1], walk[t]] += value
    found = near_hops(chain)
    table = as_table(
        *(found[name].to_numpy() for name in ("relevance", "atom_to", "atom_from")), chain.n_atoms
    )
    stays = np.einsum("tij,ij->tij", np.ones_like(table), np.eye(chain.n_atoms))
    table += stays * found["staying"].to_numpy()[:, None]
    np.testing.assert_allclose(table, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("stays", ["matrix", "identity"])
def test_listed_chains_have_the_tables_of_dense_ones(make_chain: MakeChain, stays: str):
    dense = make_chain(n_atoms=9, stays=stays, seed=6, spread=1.4)
    for function in (hops, pairs):
        expected, found = (function(one)["relevance"] for one in (dense, listed(dense)))
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert (pairs(dense)["relevance"].to_numpy() == 0).sum() > 10


def test_hops_and_pairs_are_in_order_and_within_the_cutoff(make_chain: MakeChain):
    chain = listed(make_chain(n_atoms=9, seed=6, spread=1.4))
    steps, both = near_hops(chain), near_pairs(chain)
    key = steps["atom_to"].to_numpy() * 9 + steps["atom_from"].to_numpy()
    assert (np.diff(key) > 0).all()
    assert (np.diff(both["i"].to_numpy() * 9 + both["j"].to_numpy()) > 0).all()
    assert (both["i"] < both["j"]).all()
    assert steps.sizes["hop"] == 2 * both.sizes["pair"]
    for table in (steps, both):
        assert (table["distance"] < chain.cutoff).all()
    apart = chain.distance.numpy()
    np.testing.assert_array_equal(both["distance"], apart[both["i"].values, both["j"].values])


def test_pairs_done_in_parts_are_the_same(make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch):
    chain = listed(make_chain(n_atoms=9, seed=6))
    whole = near_pairs(chain)["relevance"].to_numpy()
    monkeypatch.setattr(near, "MEMORY", 1000.0)
    links = near.common_links(chain)
    assert len(near._parts(chain, links)) > 3
    np.testing.assert_allclose(near_pairs(chain)["relevance"], whole, rtol=1e-13)


def test_a_hop_that_only_one_block_can_take_is_listed_for_all(make_chain: MakeChain):
    chain = make_chain(depth=2, n_atoms=4, seed=1, spread=0.5)
    chain.blocks[0].f[0, 1] = 0
    found = near_hops(chain)
    hop = (found["atom_to"] == 0) & (found["atom_from"] == 1)
    assert found["relevance"].to_numpy()[:, hop.to_numpy()][0] == 0
    np.testing.assert_allclose(
        near_pairs(chain)["relevance"].sum(), np.triu(pairs(chain)["relevance"], 1).sum()
    )


def test_atoms_without_neighbours_have_no_hops(make_chain: MakeChain):
    chain = make_chain(n_atoms=3, spread=1e3)
    for one in (chain, listed(chain)):
        assert near_hops(one).sizes["hop"] == near_pairs(one).sizes["pair"] == 0
        assert (near_pairs(one)["alone"] != 0).all()


def test_lists_are_made_where_tables_of_all_pairs_are_refused(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch
):
    chain = listed(make_chain(n_atoms=9, seed=6))
    expected = by_hop(chain, np.arange(4.0))
    monkeypatch.setattr(memory, "free_bytes", lambda device=None: 100.0)
    assert near_hops(chain).sizes["hop"] > 0
    assert near_pairs(chain).sizes["pair"] > 0
    np.testing.assert_array_equal(by_hop(chain, np.arange(4.0)), expected)
    for refused in (hops, pairs):
        with pytest.raises(MemoryLimitError, match=r"of 9 atoms would take .*: take near_"):
            refused(chain)
