import sys

import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.explain import balance, bodies, pairs, triples


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize(
    ("depth", "stays"), [(1, "matrix"), (2, "nothing"), (3, "identity"), (4, "matrix")]
)
def test_triples_are_sums_of_walks_on_exactly_three_atoms(
    make_chain: MakeChain,
    every_walk: EveryWalk,
    depth: int,
    stays: str,
    tile: bool,
    monkeypatch: pytest.MonkeyPatch,
):
    if tile:
        monkeypatch.setattr(sys.modules["nearsight.explain.sums.triples"], "MEMORY", 1.0)
    chain = make_chain(depth=depth, stays=stays, spread=1.2, n_atoms=6)
    expected: dict[tuple[int, ...], float] = {}
    for walk, value in every_walk(chain).items():
        if len(set(walk)) == 3:
            key = tuple(sorted(set(walk)))
            expected[key] = expected.get(key, 0.0) + value
    table = triples(chain)
    keys = list(zip(*(table[name].to_numpy().tolist() for name in "ijk"), strict=True))
    assert keys == sorted(set(keys))
    assert set(expected) <= set(keys)
    assert bool(expected) == (depth > 1)
    np.testing.assert_allclose(
        table["relevance"], [expected.get(key, 0.0) for key in keys], rtol=1e-9, atol=1e-9
    )


def test_one_two_and_three_atoms_are_all_walks_of_two_blocks(make_chain: MakeChain):
    chain = make_chain(depth=2, n_atoms=8, spread=1.5)
    exact = pairs(chain)["relevance"].to_numpy()
    parts = np.trace(exact), np.triu(exact, 1).sum(), triples(chain)["relevance"].sum().item()
    assert sum(parts) == pytest.approx(balance(chain)["walks"].item(), rel=1e-9)
    np.testing.assert_allclose(bodies(chain)["relevance"], parts, rtol=1e-9)


def test_diameter_is_the_longest_side(make_chain: MakeChain):
    chain = make_chain(spread=1.0)
    table, d = triples(chain), chain.distance.numpy()
    i, j, k = (table[name].to_numpy() for name in "ijk")
    assert table.sizes["triple"] > 0
    np.testing.assert_array_equal(table["diameter"], np.max([d[i, j], d[i, k], d[j, k]], axis=0))
