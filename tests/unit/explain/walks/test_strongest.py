from dataclasses import replace

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import Chain, top, walks
from nearsight.explain.walks import strongest


@pytest.mark.parametrize("k", [1, 7, 40, 10**6])
@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_top_is_the_head_of_the_sorted_walks(
    chain: Chain, make_chain: MakeChain, every_walk: EveryWalk, k: int, spread: float
):
    chain = make_chain(depth=chain.depth, spread=spread, seed=3)
    expected = sorted(every_walk(chain).items(), key=lambda item: (-abs(item[1]), item[0]))[:k]
    table = top(chain, k)
    assert list(map(tuple, table["walk"].to_numpy().tolist())) == [walk for walk, _ in expected]
    np.testing.assert_allclose(table["relevance"], [value for _, value in expected], rtol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_most_walks_are_not_evaluated(make_chain: MakeChain, dtype: torch.dtype):
    chain = make_chain(depth=4, n_atoms=16, spread=0.8, n_state=2).to(dtype=dtype)
    table, every = top(chain, 20), walks(chain)
    sizes = np.sort(np.abs(every["relevance"].to_numpy()))[::-1]
    rtol = 1e-4 if dtype == torch.float32 else 1e-10
    np.testing.assert_allclose(np.abs(table["relevance"]), sizes[:20], rtol=rtol)
    assert table["n_walks"].item() == every.sizes["walk"]
    assert table["examined"].item() < 0.6


def test_ties_are_in_order_of_walks(make_chain: MakeChain):
    chain = make_chain(depth=2, spread=0.1, n_state=1, n_message=1, stays="nothing")
    for tensor in (chain.h, chain.o, *(x for b in chain.blocks for x in (b.M, b.K))):
        tensor.fill_(1.0)
    for block in chain.blocks:
        block.f.copy_((~torch.eye(5, dtype=torch.bool))[..., None])
    found = top(chain, 5)["walk"].to_numpy().tolist()
    assert found == [[0, 1, 0], [0, 1, 2], [0, 1, 3], [0, 1, 4], [0, 2, 0]]


def test_k_must_be_positive(make_chain: MakeChain):
    with pytest.raises(ConfigError, match="k = 0"):
        top(make_chain(), 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", range(10))
def test_rounding_loses_no_walk(make_chain: MakeChain, dtype: torch.dtype, seed: int):
    chain = make_chain(depth=3, spread=1.0, n_state=48, n_message=48, seed=seed).to(dtype=dtype)
    for k in (1, 3, 20):
        assert top(chain, k).sizes["rank"] == k


def test_fewer_are_the_first_of_more(make_chain: MakeChain):
    chain = make_chain(depth=3, n_atoms=8, spread=1.0)
    many = top(chain, 60)
    for k in (1, 2, 13, 59):
        few = top(chain, k)
        np.testing.assert_array_equal(few["walk"], many["walk"][:k])
        np.testing.assert_allclose(few["relevance"], many["relevance"][:k], rtol=1e-12)
        assert few["examined"].item() <= many["examined"].item()


@pytest.mark.parametrize("factor", [1e-100, -3.0, 1e100])
def test_scale_and_sign_of_the_output_do_not_matter(make_chain: MakeChain, factor: float):
    """Also where sizes leave the range of single precision."""
    chain = make_chain(depth=3, spread=1.0)
    one, other = top(chain, 25), top(replace(chain, o=factor * chain.o), 25)
    np.testing.assert_array_equal(other["walk"], one["walk"])
    np.testing.assert_allclose(other["relevance"], factor * one["relevance"], rtol=1e-12)


def test_walks_that_carry_nothing_are_walks(make_chain: MakeChain):
    """All walks tie at zero: the first in their order are taken."""
    chain = make_chain(depth=2, spread=1.0)
    found = top(replace(chain, o=torch.zeros_like(chain.o)), 4)
    assert (found["relevance"] == 0).all()
    assert found["walk"].to_numpy().tolist() == walks(chain)["walk"][:4].to_numpy().tolist()


def test_small_pieces_find_the_same(make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch):
    chain = make_chain(depth=4, n_atoms=7, spread=1.0)
    expected = top(chain, 30)
    monkeypatch.setattr(strongest, "CHUNK", 5)
    found = top(chain, 30)
    np.testing.assert_array_equal(found["walk"], expected["walk"])
    np.testing.assert_allclose(found["relevance"], expected["relevance"], rtol=1e-12)
    assert found["examined"].item() <= expected["examined"].item()
