"""What sums cost by each method, and which method a budget allows."""

import pytest
from chains import MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import count_walks
from nearsight.explain.sums.costs import PER_WALK, choose, cost_of_enumeration, costs
from nearsight.explain.sums.patterns import cost_of_patterns


def test_enumeration_costs_a_dot_product_and_a_count_per_walk(make_chain: MakeChain) -> None:
    for n_state, n_message in ((3, 4), (7, 2)):
        chain = make_chain(n_state=n_state, n_message=n_message, spread=1.0)
        expected = count_walks(chain) * (2 * max(n_state, n_message) + PER_WALK)
        assert cost_of_enumeration(chain) == expected
        assert list(costs(chain)) == ["enumeration", "patterns"]


def test_enumeration_grows_with_the_walks_and_patterns_do_not(make_chain: MakeChain) -> None:
    near, far = (make_chain(n_atoms=8, depth=4, spread=spread) for spread in (0.1, 50.0))
    assert count_walks(near) == 8**5
    assert count_walks(far) == 8
    assert cost_of_enumeration(near) == 8**4 * cost_of_enumeration(far)
    assert cost_of_patterns(near) == cost_of_patterns(far)


def test_patterns_are_polynomial_in_atoms(make_chain: MakeChain) -> None:
    """Twice the atoms cost at most 2^(T/2 + 2) times as much, not 2^(T + 1) times."""
    for depth in (2, 3, 4, 5):
        small, large = (
            cost_of_patterns(make_chain(depth=depth, n_atoms=n, spread=50.0)) for n in (40, 80)
        )
        assert 2 < large / small <= 2 ** (depth // 2 + 2) * 1.01


def test_wider_states_cost_more(make_chain: MakeChain) -> None:
    narrow, wide = (make_chain(n_state=n, n_message=n, spread=50.0) for n in (2, 32))
    assert cost_of_patterns(wide) > cost_of_patterns(narrow)
    assert cost_of_enumeration(wide) > cost_of_enumeration(narrow)


@pytest.mark.parametrize("method", ["enumeration", "patterns", "sampling"])
def test_a_method_that_is_named_is_taken_whatever_it_costs(
    make_chain: MakeChain, method: str
) -> None:
    assert choose(make_chain(), 0.0, method) == method


def test_the_exact_methods_come_first_and_sampling_is_what_is_left(make_chain: MakeChain) -> None:
    chain = make_chain(spread=0.1, depth=6, n_atoms=8)
    cost = costs(chain)
    assert cost["patterns"] < cost["enumeration"]
    assert choose(chain, 2 * cost["enumeration"]) == "enumeration"
    assert choose(chain, cost["patterns"]) == "patterns"
    assert choose(chain, 0.0) == "sampling"


def test_what_is_no_method_is_refused_with_those_that_are(make_chain: MakeChain) -> None:
    with pytest.raises(ConfigError, match="'fast': must be one of auto, enumeration"):
        choose(make_chain(), 1.0, "fast")
