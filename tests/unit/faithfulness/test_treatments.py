"""The choices behind an explanation: their names, where they come from, and what they give."""

import numpy as np
import pytest
from ase.build import molecule
from chains import random_chain
from probed_model import Probed

from nearsight.explain import Epsilon, Gamma, Zero, bodies, linearize, pairs
from nearsight.explain.sums.costs import costs
from nearsight.faithfulness.treatments import (
    Choice,
    choices,
    made_by,
    pair_relevance,
    pairs_and_orders,
)


@pytest.mark.parametrize(("choice", "label"), [
    (Choice(Zero(), "none"), "zero"),
    (Choice(Gamma(0.1), "none"), "gamma 0.1"),
    (Choice(Gamma(0.25), "flow"), "gamma 0.25, flow"),
    (Choice(Zero(), "detach"), "zero, detach"),
    (Choice(Epsilon(1e-3), "none"), "epsilon 0.001"),
])  # fmt: skip
def test_labels(choice: Choice, label: str) -> None:
    assert choice.label == label


@pytest.mark.parametrize("treatments", [(), ("detach",), ("detach", "flow")])
@pytest.mark.parametrize("gammas", [[], [0.1], [0.1, 0.5, 1.0]])
def test_every_rule_under_every_treatment_once(
    treatments: tuple[str, ...], gammas: list[float]
) -> None:
    found = choices(treatments, gammas)
    assert len(found) == (1 + len(gammas)) * max(1, len(treatments))
    assert len({choice.label for choice in found}) == len(found)
    assert {choice.vector for choice in found} == set(treatments or ("none",))
    assert sorted({c.rule.strength for c in found if c.rule.name == "gamma"}) == gammas


@pytest.mark.parametrize("rule", [Zero(), Gamma(0.3), Epsilon(0.02)], ids=lambda rule: rule.name)
def test_attributes_of_a_file_give_the_choice_back(rule: Zero | Gamma | Epsilon) -> None:
    for vector in ("none", "detach", "flow"):
        found = made_by(rule.name, rule.strength, vector)
        assert found == Choice(rule, vector)


def test_a_rule_of_no_known_name_is_no_choice() -> None:
    with pytest.raises(KeyError):
        made_by("alpha", 1.0, "none")


def test_chains_are_of_the_rule_and_treatment(probed: Probed) -> None:
    network, atoms = probed.model.network, molecule("H2O")
    treatments = probed.model.variant.treatments
    for choice in choices(treatments, [0.2]):
        chain = choice.chain(network, atoms)
        assert chain.rule == choice.rule
        assert chain.vector == (choice.vector if treatments else "none")
    plain = linearize(network, atoms, rule=Gamma(0.2))
    assert choices(treatments, [0.2])[1].chain(network, atoms).o.equal(plain.o)


def test_pairs_are_those_of_a_file_of_relevance() -> None:
    chain = random_chain(spread=0.9)
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    expected = [exact[i, j] for i in range(5) for j in range(i + 1, 5)]
    np.testing.assert_array_equal(pair_relevance(chain), expected)


def test_pairs_and_orders_together_are_each_alone() -> None:
    chain = random_chain(spread=0.9)
    pair, absolute = pairs_and_orders(chain, budget=1e12)
    np.testing.assert_array_equal(pair, pair_relevance(chain))
    np.testing.assert_array_equal(absolute, bodies(chain, method="enumeration")["absolute"])


def test_sums_beyond_the_budget_are_unknown_where_signed_ones_are_cheap() -> None:
    chain = random_chain(depth=6, n_atoms=8, spread=0.1)
    cost = costs(chain)
    assert cost["patterns"] < cost["enumeration"]
    pair, absolute = pairs_and_orders(chain, budget=cost["patterns"])
    assert np.isnan(absolute).all()
    assert absolute.shape == (7,)
    np.testing.assert_array_equal(pair, pair_relevance(chain))
