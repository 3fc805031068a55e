"""The strongest walks on each number of atoms, against the slow list of all."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError, WalkLimitError
from nearsight.explain import Chain
from nearsight.explain.walks import by_bodies, enumeration
from nearsight.explain.walks.by_bodies import strongest_by_bodies

Known = dict[tuple[int, ...], float]


def on(known: Known, n_atoms: int) -> Known:
    return {walk: value for walk, value in known.items() if len(set(walk)) == n_atoms}


def strongest(known: Known, count: int) -> list[tuple[tuple[int, ...], float]]:
    """Of either sign, by sorting all."""
    ordered = sorted(known.items(), key=lambda item: (-abs(item[1]), item[0]))
    raising = [item for item in ordered if item[1] > 0][:count]
    lowering = [item for item in ordered if item[1] < 0][:count]
    return sorted(raising + lowering, key=lambda item: (-abs(item[1]), item[0]))


@pytest.mark.parametrize("count", [1, 4, 1000])
def test_they_are_those_that_sorting_all_finds(chain: Chain, every_walk: EveryWalk, count: int):
    known = every_walk(chain)
    n_atoms = list(range(1, chain.depth + 2))
    table = strongest_by_bodies(chain, n_atoms, count)
    for n in n_atoms:
        own = table.sel(n_atoms=n)
        expected = strongest(on(known, n), count)
        there = np.isfinite(own["relevance"].to_numpy())
        walks = own["walk"].to_numpy()[there].tolist()
        assert list(map(tuple, walks)) == [walk for walk, _ in expected]
        np.testing.assert_allclose(
            own["relevance"].to_numpy()[there], [value for _, value in expected], rtol=1e-9
        )
        assert (own["walk"].to_numpy()[~there] == -1).all()


def test_sums_are_over_all_of_them(chain: Chain, every_walk: EveryWalk):
    known = every_walk(chain)
    n_atoms = list(range(1, chain.depth + 2))
    table = strongest_by_bodies(chain, n_atoms, 1)
    for n in n_atoms:
        values = np.array(list(on(known, n).values()))
        own = table.sel(n_atoms=n)
        assert own["n_walks"] == len(values)
        np.testing.assert_allclose(own["signed_sum"], values.sum(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(own["absolute_sum"], np.abs(values).sum(), rtol=1e-9)
    assert int(table["n_walks"].sum()) == enumeration.count_walks(chain)


def test_the_order_of_numbers_is_the_users(make_chain: MakeChain):
    table = strongest_by_bodies(make_chain(depth=3), [3, 1])
    assert table["n_atoms"].to_numpy().tolist() == [3, 1]
    alone = strongest_by_bodies(make_chain(depth=3), [1])
    np.testing.assert_array_equal(table["walk"][1], alone["walk"][0])


def test_pieces_find_what_the_whole_finds(make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch):
    chain = make_chain(depth=3, n_atoms=7, spread=1.0)
    expected = strongest_by_bodies(chain, [2, 3, 4], 5)
    small = enumeration.stream
    monkeypatch.setattr(by_bodies, "stream", lambda chain: small(chain, chunk=3))
    found = strongest_by_bodies(chain, [2, 3, 4], 5)
    np.testing.assert_array_equal(found["walk"], expected["walk"])
    np.testing.assert_allclose(found["relevance"], expected["relevance"], rtol=1e-12)
    np.testing.assert_allclose(found["signed_sum"], expected["signed_sum"], rtol=1e-9)


def test_equal_walks_are_in_their_own_order(make_chain: MakeChain):
    chain = make_chain(depth=2, spread=0.1, n_state=1, n_message=1, stays="nothing")
    for tensor in (chain.h, chain.o, *(x for b in chain.blocks for x in (b.M, b.K))):
        tensor.fill_(1.0)
    for block in chain.blocks:
        block.f.copy_((~torch.eye(5, dtype=torch.bool))[..., None])
    table = strongest_by_bodies(chain, [2, 3], 3)
    walks = table["walk"].to_numpy()[:, :3].tolist()
    assert walks == [[[0, 1, 0], [0, 2, 0], [0, 3, 0]], [[0, 1, 2], [0, 1, 3], [0, 1, 4]]]


def test_walks_that_carry_nothing_are_not_listed(make_chain: MakeChain):
    chain = make_chain(depth=2, spread=1.0)
    table = strongest_by_bodies(replace(chain, o=torch.zeros_like(chain.o)), [2])
    assert np.isnan(table["relevance"]).all()
    assert float(table["absolute_sum"][0]) == 0.0


def test_one_sign_alone_leaves_places_empty(make_chain: MakeChain):
    chain = make_chain(depth=1, spread=1.0, n_state=1, n_message=1)
    for tensor in (chain.h, chain.o, *(x for b in chain.blocks for x in (b.M, b.K, b.f))):
        tensor.copy_(tensor.abs())
    relevance = strongest_by_bodies(chain, [2], 2)["relevance"].to_numpy()[0]
    assert (relevance[:2] > 0).all()
    assert np.isnan(relevance[2:]).all()


@pytest.mark.parametrize(
    ("n_atoms", "count", "message"),
    [
        ([2], 0, "count = 0"),
        ([], 1, "once"),
        ([2, 2], 1, "once"),
        ([0], 1, "n_atoms = 0: walks of 2 steps are on 1 to 3 atoms"),
        ([2, 4], 1, "n_atoms = 4"),
    ],
)
def test_wrong_wishes_are_refused(
    make_chain: MakeChain, n_atoms: list[int], count: int, message: str
):
    with pytest.raises(ConfigError, match=message):
        strongest_by_bodies(make_chain(depth=2), n_atoms, count)


def test_too_many_walks_are_refused_before_any_is_visited(make_chain: MakeChain):
    with pytest.raises(WalkLimitError, match="the limit is 10"):
        strongest_by_bodies(make_chain(depth=2), [2], limit=10)
