"""Every aggregate of real chains against the walks it stands for, and its symmetries."""

import numpy as np
import pytest
import torch
from ase import Atoms
from test_relevance import KINDS, bent, build

from nearsight.explain import (
    Gamma,
    atoms,
    balance,
    bodies,
    decay,
    hops,
    linearize,
    pairs,
    subsets,
    top,
    triples,
    walks,
)

DEPTHS = [1, 2, 3, 4]


def chain_of(kind: str, vector: str, depth: int, structure: Atoms):
    network = build(kind, depth=depth, features=6, cutoff=2.6)
    return linearize(network, structure, rule=Gamma(0.1), vector=vector)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_every_aggregate_is_the_sum_of_its_walks(kind: str, vector: str, depth: int):
    chain = chain_of(kind, vector, depth, bent("CH3OH"))
    n_atoms, table = chain.n_atoms, walks(chain)
    walk, value = table["walk"].to_numpy(), table["relevance"].to_numpy()
    visits = (walk[:, :, None] == np.arange(n_atoms)).any(1)
    close = {"rtol": 0, "atol": 1e-10 * max(np.abs(value).max(), 1e-300)}
    order = visits.sum(1)
    inclusive = np.einsum("w,wi,wj->ij", value, visits * 1.0, visits * 1.0)
    np.testing.assert_allclose(pairs(chain, "contains")["relevance"], inclusive, **close)
    ends = np.zeros((n_atoms, n_atoms))
    np.add.at(ends, (walk[:, 0], walk[:, -1]), value)
    np.testing.assert_allclose(pairs(chain, "ends")["relevance"], ends, **close)
    expected = [value[order == n].sum() for n in range(1, depth + 2)]
    for method in ("enumeration", "patterns"):
        np.testing.assert_allclose(bodies(chain, method=method)["relevance"], expected, **close)
    three = triples(chain)
    for row in range(three.sizes["triple"]):
        members = np.isin(np.arange(n_atoms), [three[name][row].item() for name in "ijk"])
        exact = value[(visits == members).all(1)].sum()
        assert three["relevance"][row].item() == pytest.approx(exact, abs=close["atol"])
    for block in range(depth):
        taken = np.zeros((n_atoms, n_atoms))
        np.add.at(taken, (walk[:, block + 1], walk[:, block]), value)
        np.testing.assert_allclose(hops(chain)["relevance"][block], taken, **close)
    largest = np.sort(np.abs(value))[::-1][:20]
    np.testing.assert_allclose(np.abs(top(chain, 20)["relevance"]), largest, rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_quantities_do_not_depend_on_frame_or_order(kind: str, vector: str):
    structure, random = bent("CH3OH"), np.random.default_rng(4)
    order = random.permutation(len(structure))
    moved = structure[order]
    rotation = np.linalg.qr(random.normal(size=(3, 3)))[0]
    moved.positions = moved.positions @ rotation.T + random.normal(size=3)
    one, other = (chain_of(kind, vector, 3, s) for s in (structure, moved))
    close = {"rtol": 1e-8, "atol": 1e-11}
    for quantity in (bodies, lambda c: decay(c, np.arange(0.0, 6.0, 0.5) + 0.037)):
        np.testing.assert_allclose(
            quantity(other)["relevance"], quantity(one)["relevance"], **close
        )
    np.testing.assert_allclose(
        atoms(other)["relevance"], atoms(one)["relevance"].to_numpy()[:, order], **close
    )
    inclusive = pairs(one, "contains")["relevance"].to_numpy()[np.ix_(order, order)]
    np.testing.assert_allclose(pairs(other, "contains")["relevance"], inclusive, **close)


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_molecules_far_apart_share_nothing_and_add_up(kind: str, vector: str):
    one, other = bent("H2O"), bent("CH3OH", seed=2)
    apart = other.copy()
    apart.translate((100, 0, 0))
    both, first, second = (chain_of(kind, vector, 3, s) for s in (one + apart, one, other))
    shared = pairs(both, "contains")["relevance"].to_numpy()
    assert (shared[:3, 3:] == 0).all()
    close = {"rtol": 1e-8, "atol": 1e-11}
    for method in ("enumeration", "patterns"):
        parts = [bodies(c, method=method)["relevance"] for c in (both, first, second)]
        np.testing.assert_allclose(parts[0], parts[1] + parts[2], **close)
    masks = np.zeros((2, 9), bool)
    masks[0, :3] = masks[1, 3:] = True
    alone = [balance(c)["walks"].item() for c in (first, second)]
    np.testing.assert_allclose(subsets(both, masks)["relevance"], alone, **close)


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_reach_ends_at_depth_times_cutoff(kind: str, vector: str):
    line = Atoms("C8", positions=[[1.5 * i, 0, 0] for i in range(8)])
    chain = linearize(build(kind, depth=2, cutoff=2.0), line, vector=vector)
    ends = pairs(chain, "ends")
    assert (ends["relevance"].to_numpy()[ends["distance"] > 2 * 2.0] == 0).all()
    assert (ends["relevance"].to_numpy()[ends["distance"] < 3.1] != 0).any()
    table = decay(chain, np.array([0.0, 4.0, 20.0]))
    assert (table["absolute"][:, 1] == 0).all()


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_single_precision_error_is_far_below_the_relevance(kind: str, vector: str):
    chain = chain_of(kind, vector, 3, bent())
    single = chain.to(dtype=torch.float32)
    scale = np.abs(walks(chain)["relevance"]).sum().item()
    for quantity in (bodies, lambda c: pairs(c, "contains"), lambda c: decay(c, np.arange(9.0))):
        difference = quantity(single)["relevance"] - quantity(chain)["relevance"]
        assert np.abs(difference).max().item() < 1e-6 * scale
