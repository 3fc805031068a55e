import numpy as np
import pytest
import torch
from chains import MakeChain

from nearsight.explain import bodies
from nearsight.explain.sums import contraction
from nearsight.explain.sums.contraction import bodies_by_patterns
from nearsight.explain.sums.patterns import cost_of_patterns, weights


@pytest.mark.parametrize("memory", [None, 3000.0], ids=["whole", "slices"])
@pytest.mark.parametrize("stays", ["matrix", "identity", "nothing"])
@pytest.mark.parametrize(("depth", "n_atoms"), [(1, 6), (2, 6), (3, 6), (4, 6), (5, 5), (6, 4)])
def test_patterns_are_enumeration(
    make_chain: MakeChain,
    monkeypatch: pytest.MonkeyPatch,
    depth: int,
    n_atoms: int,
    stays: str,
    memory: float | None,
):
    if memory:
        monkeypatch.setattr(contraction, "MEMORY", memory)
    chain = make_chain(depth=depth, n_atoms=n_atoms, stays=stays, spread=1.0, seed=depth)
    expected = bodies(chain, method="enumeration")["relevance"].to_numpy()
    scale = np.abs(expected).max()
    np.testing.assert_allclose(bodies_by_patterns(chain), expected, rtol=0, atol=1e-12 * scale)


def test_single_precision_is_summed_in_double(make_chain: MakeChain):
    chain = make_chain(depth=4, spread=1.0).to(dtype=torch.float32)
    expected = bodies(chain.to(dtype=torch.float64))["relevance"]
    np.testing.assert_allclose(bodies_by_patterns(chain), expected, rtol=1e-9)


@pytest.mark.parametrize("size", range(1, 8))
def test_weights_at_one_count_nothing_but_single_positions(size: int):
    """At z = 1 every walk counts once, without any partition but the finest."""
    assert sum(coefficient for _, coefficient in weights(size)) == (size == 1)


def test_weights_of_small_groups():
    assert weights(2) == ((1, 1), (2, -1))
    assert weights(3) == ((1, 1), (2, -3), (3, 2))


def test_cost_grows_with_depth_and_atoms_as_a_power(make_chain: MakeChain):
    costs = [cost_of_patterns(make_chain(depth=d)) for d in range(1, 6)]
    assert costs == sorted(costs)
    small, large = (cost_of_patterns(make_chain(depth=3, n_atoms=n)) for n in (20, 40))
    assert 4 < large / small < 8.1
