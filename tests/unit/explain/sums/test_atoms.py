from itertools import pairwise

import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain, atoms, balance, hops


def test_atoms_are_sums_of_walks_through_them(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((chain.depth + 1, chain.n_atoms))
    for walk, value in every_walk(chain).items():
        for block, atom in enumerate(walk):
            expected[block, atom] += value
    np.testing.assert_allclose(atoms(chain)["relevance"], expected, rtol=1e-9, atol=1e-9)


def test_hops_are_sums_of_walks_that_take_them(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((chain.depth, chain.n_atoms, chain.n_atoms))
    for walk, value in every_walk(chain).items():
        for block, (j, i) in enumerate(pairwise(walk)):
            expected[block, i, j] += value
    table = hops(chain)["relevance"]
    np.testing.assert_allclose(table, expected, rtol=1e-9, atol=1e-9)
    at = atoms(chain)["relevance"].to_numpy()
    np.testing.assert_allclose(table.sum("atom_from"), at[1:], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table.sum("atom_to"), at[:-1], rtol=1e-9, atol=1e-9)


def test_constants_are_those_of_the_blocks_so_far(make_chain: MakeChain):
    chain = make_chain(depth=4)
    shares, constants = balance(chain), atoms(chain)["constants"].sum("atom").to_numpy()
    own = (shares["bias"] + shares["vector"]).to_numpy()
    assert constants[0] == 0
    entered = np.diff(constants)
    leak = shares["leak"].item() - chain.readout_leak
    assert entered.sum() == pytest.approx(own.sum() + leak, rel=1e-9)
    last = chain.blocks[-1]
    assert entered[-1] == pytest.approx((chain.o * last.c).sum().item(), rel=1e-9)
