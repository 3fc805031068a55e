"""The tensor network of equality patterns: whole or in parts, it counts distinct atoms exactly."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Block, Chain
from nearsight.explain.sums import contraction as room
from nearsight.explain.sums.contraction import bodies_by_patterns


def counting(n_atoms: int, depth: int) -> Chain:
    """A chain in which every walk is possible and has the relevance 1."""
    one = torch.ones(n_atoms, 1, 1, dtype=torch.float64)
    filters = torch.ones(n_atoms, n_atoms, 1, dtype=torch.float64)
    filters[range(n_atoms), range(n_atoms)] = 0
    block = Block(P=one, M=one.clone(), K=one, f=filters, c=torch.zeros(n_atoms, 1).double())
    state = torch.ones(n_atoms, 1, dtype=torch.float64)
    line = torch.arange(n_atoms, dtype=torch.float64)[:, None] * torch.tensor([1.0, 0, 0])
    return Chain(
        h=state, o=state, blocks=(block,) * depth, readout_bias=0.0,
        atomic_number=torch.ones(n_atoms, dtype=torch.long), position=line.double(), rule=None,
        vector="none", cutoff=99.0, output=float(n_atoms ** (depth + 1)),
    )  # fmt: skip


def stirling(n: int, k: int) -> int:
    """Ways to deal n positions to k groups, none of them empty, by recursion."""
    if n == 0 or k == 0:
        return int(n == k)
    return k * stirling(n - 1, k) + stirling(n - 1, k - 1)


@pytest.mark.parametrize("n_atoms", [1, 2, 4, 7])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_numbers_of_walks_are_those_of_stirling(n_atoms: int, depth: int) -> None:
    """T + 1 positions on k of N atoms: S(T + 1, k) N! / (N - k)! walks."""
    expected = [
        stirling(depth + 1, k) * np.prod([float(n_atoms - m) for m in range(k)])
        for k in range(1, depth + 2)
    ]
    found = bodies_by_patterns(counting(n_atoms, depth))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-7)


@pytest.mark.parametrize("memory", [1.0, 400.0, 2000.0, 1e9])
@pytest.mark.parametrize("depth", [3, 4, 5])
def test_parts_are_the_whole(
    make_chain: MakeChain, depth: int, memory: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = make_chain(depth=depth, n_atoms=6, spread=0.9)
    expected = bodies_by_patterns(chain)
    monkeypatch.setattr(room, "MEMORY", memory)
    found = bodies_by_patterns(chain)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("stays", ["matrix", "identity", "nothing"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_sums_are_those_of_the_walks(
    make_chain: MakeChain, every_walk: EveryWalk, depth: int, stays: str
) -> None:
    chain = make_chain(depth=depth, n_atoms=4, stays=stays, spread=0.8)
    expected: dict[int, float] = defaultdict(float)
    for walk, value in every_walk(chain).items():
        expected[len(set(walk))] += value
    found = bodies_by_patterns(chain)
    assert len(found) == depth + 1
    for k, value in enumerate(found.tolist(), start=1):
        assert value == pytest.approx(expected[k], rel=1e-9, abs=1e-9)


def test_keeping_and_receiving_may_be_one_map(make_chain: MakeChain) -> None:
    """Where P is M, states and messages are of one width and move together."""
    chain = make_chain(n_state=3, n_message=3, depth=4, spread=0.9)
    same = replace(chain, blocks=tuple(replace(b, P=b.M) for b in chain.blocks))
    copied = replace(chain, blocks=tuple(replace(b, P=b.M.clone()) for b in chain.blocks))
    torch.testing.assert_close(bodies_by_patterns(same), bodies_by_patterns(copied))


def test_more_bodies_than_atoms_there_are_none(make_chain: MakeChain) -> None:
    chain = make_chain(n_atoms=3, depth=5, spread=0.5)
    found = bodies_by_patterns(chain)
    scale = found.abs().max()
    assert (found[3:].abs() < 1e-9 * scale).all()
    assert (found[:3].abs() > 1e-6 * scale).all()


def test_single_precision_is_made_double(make_chain: MakeChain) -> None:
    single = make_chain(depth=3, spread=0.8).to(dtype=torch.float32)
    found = bodies_by_patterns(single)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, bodies_by_patterns(single.to(dtype=torch.float64)))
