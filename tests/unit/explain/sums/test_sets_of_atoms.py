"""Sums over sets of atoms agree with each other: one is the Moebius inversion of the next."""

from itertools import chain as joined
from itertools import combinations

import numpy as np
import pytest
from chains import MakeChain, random_chain

from nearsight.explain import Chain, balance, bodies, pairs, subsets, triples

N_ATOMS = 6
EVERY = list(joined.from_iterable(combinations(range(N_ATOMS), k) for k in range(N_ATOMS + 1)))


@pytest.fixture(scope="module", params=[1, 2, 3, 4], ids=lambda depth: f"T{depth}")
def some(request: pytest.FixtureRequest) -> Chain:
    return random_chain(depth=request.param, n_atoms=N_ATOMS, spread=1.1, seed=request.param)


@pytest.fixture(scope="module")
def inside(some: Chain) -> dict[tuple[int, ...], float]:
    """Relevance of the walks inside each of all sets of atoms."""
    masks = np.array([np.isin(np.arange(N_ATOMS), members) for members in EVERY])
    return dict(zip(EVERY, subsets(some, masks)["relevance"].to_numpy().tolist(), strict=True))


@pytest.fixture(scope="module")
def exactly(inside: dict[tuple[int, ...], float]) -> dict[tuple[int, ...], float]:
    """Of walks on exactly each set: what is inside it and inside no smaller one."""
    found: dict[tuple[int, ...], float] = {}
    for members in EVERY:
        smaller = (found[part] for k in range(len(members)) for part in combinations(members, k))
        found[members] = inside[members] - sum(smaller)
    return found


def scale(chain: Chain) -> float:
    return bodies(chain)["absolute"].sum().item()


def test_all_walks_are_on_some_set(some: Chain, exactly: dict[tuple[int, ...], float]) -> None:
    total = balance(some)["walks"].item()
    assert sum(exactly.values()) == pytest.approx(total, abs=1e-10 * scale(some))
    assert exactly[()] == 0


def test_one_and_two_atoms(some: Chain, exactly: dict[tuple[int, ...], float]) -> None:
    found = pairs(some, "exact")["relevance"].to_numpy()
    for i in range(N_ATOMS):
        for j in range(i, N_ATOMS):
            expected = exactly[(i,) if i == j else (i, j)]
            assert found[i, j] == pytest.approx(expected, abs=1e-10 * scale(some))


def test_three_atoms(some: Chain, exactly: dict[tuple[int, ...], float]) -> None:
    table = triples(some)
    found = dict(zip(zip(*(table[x].to_numpy().tolist() for x in "ijk"), strict=True),
                     table["relevance"].to_numpy().tolist(), strict=True))  # fmt: skip
    for members in combinations(range(N_ATOMS), 3):
        expected = exactly[members]
        assert found.get(members, 0.0) == pytest.approx(expected, abs=1e-10 * scale(some))


def test_body_orders(some: Chain, exactly: dict[tuple[int, ...], float]) -> None:
    expected = np.zeros(N_ATOMS + 1)
    for members, value in exactly.items():
        expected[len(members)] += value
    for method in ("enumeration", "patterns"):
        found = bodies(some, method=method)["relevance"].to_numpy()
        n = len(found)
        np.testing.assert_allclose(found, expected[1 : n + 1], atol=1e-10 * scale(some))
        np.testing.assert_allclose(expected[n + 1 :], 0, atol=1e-10 * scale(some))


def test_sets_that_contain_a_pair(some: Chain, exactly: dict[tuple[int, ...], float]) -> None:
    found = pairs(some, "contains")["relevance"].to_numpy()
    for i in range(N_ATOMS):
        for j in range(N_ATOMS):
            expected = sum(value for members, value in exactly.items() if {i, j} <= set(members))
            assert found[i, j] == pytest.approx(expected, abs=1e-10 * scale(some))


def test_absolute_sums_of_pairs_add_up_to_two_bodies(make_chain: MakeChain) -> None:
    from nearsight.explain.sums.tally import tally

    chain = make_chain(depth=3, n_atoms=N_ATOMS, spread=1.1)
    found = tally(chain, method="enumeration")
    assert np.trace(found.pair_absolute) == pytest.approx(found.absolute[0], rel=1e-12)
    assert np.triu(found.pair_absolute, 1).sum() == pytest.approx(found.absolute[1], rel=1e-12)
