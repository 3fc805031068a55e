import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import Chain, balance, bodies, decay
from nearsight.explain.sums.costs import choose, costs
from nearsight.explain.sums.tally import tally
from nearsight.explain.walks.extent import distinct_atoms, walk_range


def sums(chain: Chain, every_walk: EveryWalk):
    signed, absolute = np.zeros((2, chain.depth + 1))
    for walk, value in every_walk(chain).items():
        signed[len(set(walk)) - 1] += value
        absolute[len(set(walk)) - 1] += abs(value)
    return signed, absolute


def test_bodies_are_sums_of_walks(chain: Chain, every_walk: EveryWalk):
    table = bodies(chain)
    signed, absolute = sums(chain, every_walk)
    np.testing.assert_allclose(table["relevance"], signed, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["absolute"], absolute, rtol=1e-9, atol=1e-9)
    assert table["n_atoms"].to_numpy().tolist() == list(range(1, chain.depth + 2))
    assert table.attrs["method"] == "enumeration"


def test_beyond_the_cost_of_walks_signed_sums_stay_exact(chain: Chain, every_walk: EveryWalk):
    table = bodies(chain, method="patterns")
    signed, _ = sums(chain, every_walk)
    assert table.attrs["method"] == "patterns"
    assert "sampling" in table.attrs["absolute_note"]
    np.testing.assert_allclose(table["relevance"], signed, rtol=1e-9, atol=1e-9)
    assert table["remainder"].item() == pytest.approx(signed[2:].sum(), rel=1e-9, abs=1e-9)
    assert np.isnan(table["absolute"]).all()
    assert np.isnan(table["absolute_error"]).all()
    assert (table["relevance_error"] == 0).all()


@pytest.mark.parametrize(
    ("many_walks", "spread"), [(True, 0.1), (False, 50.0)], ids=["near", "far apart"]
)
def test_the_choice_is_the_first_method_within_the_budget(
    make_chain: MakeChain, spread: float, many_walks: bool
):
    chain = make_chain(depth=6, n_atoms=8, spread=spread)
    cost = costs(chain)
    assert (cost["enumeration"] > cost["patterns"]) == many_walks
    assert choose(chain, cost["enumeration"]) == "enumeration"
    below = cost["enumeration"] * 0.999
    assert choose(chain, below) == ("patterns" if many_walks else "sampling")
    assert choose(chain, 0.999 * min(cost.values())) == "sampling"


@pytest.mark.parametrize("method", ["enumeration", "patterns", "sampling"])
def test_the_user_overrides_the_choice(make_chain: MakeChain, method: str):
    table = bodies(make_chain(), budget=0.0, method=method, n_samples=100)
    assert table.attrs["method"] == method
    assert table.attrs["operations_enumeration"] == costs(make_chain())["enumeration"]
    assert table.attrs["budget"] == 0


def test_no_such_method(make_chain: MakeChain):
    with pytest.raises(ConfigError, match=r"guess.*auto, enumeration, patterns, sampling"):
        bodies(make_chain(), method="guess")


def test_absolute_sums_of_pairs(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((5, 5))
    for walk, value in every_walk(chain).items():
        if len(set(walk)) <= 2:
            i, j = min(walk), max(walk)
            expected[i, j] += abs(value)
            expected[j, i] += abs(value) * (i != j)
    found = tally(chain).pair_absolute
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("edges", [[0, 1, 2, 3, 4, 9], [0, 1.5, 2.2], [1.0, 1.8, 2.4]])
def test_decay_is_a_histogram_of_walks(chain: Chain, every_walk: EveryWalk, edges: list[float]):
    distance = chain.distance.numpy()
    shape = (chain.depth + 1, len(edges) - 1)
    signed, absolute = np.zeros((2, *shape))
    outside = np.zeros((2, shape[0]))
    for walk, value in every_walk(chain).items():
        reach = max(distance[i, j] for i in walk for j in walk)
        order = len(set(walk)) - 1
        if edges[0] <= reach < edges[-1]:
            cell = order, max(k for k, edge in enumerate(edges) if edge <= reach)
            signed[cell] += value
            absolute[cell] += abs(value)
        else:
            outside[:, order] += value, abs(value)
    table = decay(chain, np.array(edges))
    np.testing.assert_allclose(table["relevance"], signed, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["absolute"], absolute, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["outside"], outside[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["outside_absolute"], outside[1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("edges", [[0.0], [0.0, 2.0, 1.0], [1.0, 1.0]])
def test_edges_must_ascend(make_chain: MakeChain, edges: list[float]):
    with pytest.raises(ConfigError, match="ascending"):
        decay(make_chain(), np.array(edges))


def test_bodies_add_up_to_all_walks(make_chain: MakeChain):
    chain = make_chain(depth=4, n_atoms=6)
    total = balance(chain)["walks"].item()
    assert bodies(chain)["relevance"].sum().item() == pytest.approx(total, rel=1e-9)


def test_distinct_atoms_and_range_of_walks():
    walks = np.array([[2, 2, 2], [0, 1, 0], [0, 1, 2]])
    distance = np.array([[0, 1, 5], [1, 0, 2], [5, 2, 0]], dtype=float)
    assert distinct_atoms(walks).tolist() == [1, 2, 3]
    assert walk_range(walks, distance).tolist() == [0, 1, 5]
