from itertools import pairwise

import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import Chain, decay, pairs
from nearsight.explain.walks import histogram

RANGES = {
    "diameter": lambda walk, d: max(d[i, j] for i in walk for j in walk),
    "start": lambda walk, d: max(d[walk[0], j] for j in walk),
    "hop": lambda walk, d: max(d[i, j] for i, j in pairwise(walk)),
    "ends": lambda walk, d: d[walk[0], walk[-1]],
}
EDGES = [[0.0, 1.0, 2.0, 3.0], [0.4, 1.2, 2.0]]


def by_hand(chain: Chain, every_walk: EveryWalk, edges: list[float], by: str):
    """Signed and absolute sums by order and bin, below first and above last."""
    found = np.zeros((2, chain.depth + 1, len(edges) + 1))
    for walk, value in every_walk(chain).items():
        cell = np.searchsorted(edges, RANGES[by](walk, chain.distance.numpy()), side="right")
        found[:, len(set(walk)) - 1, cell] += value, abs(value)
    return found


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("by", RANGES)
def test_enumeration(
    chain: Chain,
    every_walk: EveryWalk,
    edges: list[float],
    by: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(histogram, "CHUNK", 40)
    signed, absolute = by_hand(chain, every_walk, edges, by)
    table = decay(chain, np.array(edges), by=by)
    assert table.attrs["method"] == "enumeration"
    close = {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(table["relevance"], signed[:, 1:-1], **close)
    np.testing.assert_allclose(table["absolute"], absolute[:, 1:-1], **close)
    np.testing.assert_allclose(table["outside"], signed[:, 0] + signed[:, -1], **close)
    np.testing.assert_allclose(table["outside_absolute"], absolute[:, [0, -1]].sum(1), **close)
    np.testing.assert_allclose(table["total"], signed.sum(0)[1:-1], **close)


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("by", ["start", "hop", "ends"])
def test_propagation(chain: Chain, every_walk: EveryWalk, edges: list[float], by: str):
    total = by_hand(chain, every_walk, edges, by)[0].sum(0)
    table = decay(chain, np.array(edges), by=by, budget=0)
    assert table.attrs["method"] == "propagation"
    np.testing.assert_allclose(table["total"], total[1:-1], rtol=1e-9, atol=1e-9)
    assert table["outside_total"].item() == pytest.approx(total[0] + total[-1], abs=1e-9)
    assert np.isnan(table["relevance"]).all()
    assert np.isnan(table["absolute"]).all()


@pytest.mark.parametrize("by", RANGES)
def test_five_blocks_in_fine_bins(make_chain: MakeChain, every_walk: EveryWalk, by: str):
    chain, edges = make_chain(depth=5, spread=0.8, seed=2), np.linspace(0, 6, 40)
    signed, absolute = by_hand(chain, every_walk, edges, by)
    table = decay(chain, edges, by=by)
    scale = absolute.max()
    for name, expected in (("relevance", signed), ("absolute", absolute)):
        np.testing.assert_allclose(table[name], expected[:, 1:-1], rtol=0, atol=1e-12 * scale)


def test_diameter_cannot_be_propagated(make_chain: MakeChain):
    with pytest.raises(ConfigError, match="enumeration and sampling"):
        decay(make_chain(), np.array([0.0, 1.0]), method="propagation")


@pytest.mark.parametrize("by", RANGES)
def test_sampling_has_honest_errors(make_chain: MakeChain, by: str):
    """Over independent seeds the exact sums lie within two standard errors 95 times in 100."""
    chain, edges = make_chain(spread=0.8), np.array([0.0, 1.0, 2.0, 6.0])
    exact = decay(chain, edges, by=by, method="enumeration")
    hits = []
    for seed in range(60):
        drawn = decay(chain, edges, by=by, method="sampling", n_samples=400, seed=seed)
        for name in ("relevance", "absolute", "total"):
            off = np.abs(drawn[name] - exact[name]).to_numpy()
            error = drawn[f"{name}_error"].to_numpy()
            hits.append((off <= 1.96 * error)[error > 0])
    share = np.concatenate(hits).mean()
    assert 0.92 < share < 0.97


def test_the_method_follows_the_budget(make_chain: MakeChain):
    chain, edges = make_chain(spread=0.1), np.array([0.0, 1.0])
    cost = decay(chain, edges).attrs["operations_enumeration"]
    chosen = {
        (by, budget): decay(chain, edges, budget, by=by, n_samples=50).attrs["method"]
        for by in ("diameter", "hop")
        for budget in (cost, 0.99 * cost)
    }
    assert chosen == {
        ("diameter", cost): "enumeration",
        ("diameter", 0.99 * cost): "sampling",
        ("hop", cost): "enumeration",
        ("hop", 0.99 * cost): "propagation",
    }


def test_a_bin_without_draws_is_unknown(make_chain: MakeChain):
    chain = make_chain(spread=1.0)
    table = decay(chain, np.array([0.0, 30.0, 300.0]), method="sampling", n_samples=50)
    assert table["total"][1].item() == 0
    assert np.isnan(table["total_error"][1].item())


def test_ends_are_the_pairs_of_ends(make_chain: MakeChain):
    chain = make_chain(spread=1.0)
    table = pairs(chain, "ends")
    near = (table["distance"] < 1.5).to_numpy()
    total = decay(chain, np.array([0.0, 1.5]), by="ends", method="propagation")["total"].item()
    assert total == pytest.approx(table["relevance"].to_numpy()[near].sum(), rel=1e-10)


def test_unknown_range_is_refused(make_chain: MakeChain):
    with pytest.raises(ConfigError, match=r"'radius'.*diameter, start, hop, ends"):
        decay(make_chain(), np.array([0.0, 1.0]), by="radius")
