"""Parts of walks: all of them, each with what it alone brings along."""

from itertools import pairwise, product

import pytest
import torch
from chains import MakeChain

from nearsight.explain import Chain
from nearsight.explain.walks import paths as room
from nearsight.explain.walks.paths import Paths, Step, grow


def by_walking(chain: Chain, depth: int) -> dict[tuple[int, ...], torch.Tensor]:
    """The state that each path of some steps brings to its last atom, one step at a time."""
    found = {}
    for path in product(range(chain.n_atoms), repeat=depth + 1):
        state, possible = chain.h[path[0]], True
        for block, j, i in zip(chain.blocks, path, path[1:], strict=False):
            possible &= bool(block.adjacency[i, j])
            kept = block.P[i] @ state
            moved = block.M[i] @ (block.f[i, j] * (block.K[j] @ state))
            state = kept if i == j else moved
        if possible:
            found[path] = state
    return found


@pytest.mark.parametrize("rows", [1, 2048])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_paths_are_all_that_can_be_walked(
    make_chain: MakeChain, depth: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ROWS", rows)
    chain = make_chain(depth=3, spread=1.0)
    grown = grow(chain.blocks[:depth], chain.h)
    expected = by_walking(chain, depth)
    found = [tuple(path) for path in grown.atoms.tolist()]
    assert sorted(found) == sorted(expected)
    for path, vector in zip(found, grown.vector, strict=True):
        torch.testing.assert_close(vector, expected[path])


def test_paths_stand_in_the_order_of_their_last_atoms(make_chain: MakeChain) -> None:
    chain = make_chain(spread=1.0)
    grown = grow(chain.blocks[:2], chain.h)
    assert len(grown) == sum(grown.counts) == grown.ends[-1]
    for place in range(chain.n_atoms):
        assert (grown.atoms[grown.at(place), -1] == place).all()
    summed = torch.stack([grown.vector[grown.at(k)].sum(0) for k in range(chain.n_atoms)])
    torch.testing.assert_close(summed, chain.states()[2])


def test_maps_of_the_atoms_are_applied_to_their_paths(make_chain: MakeChain) -> None:
    chain = make_chain(spread=1.0)
    grown = grow(chain.blocks[:1], chain.h)
    found = grown.apply(chain.blocks[1].K)
    for k, atom in enumerate(grown.atoms[:, -1].tolist()):
        torch.testing.assert_close(found[k], chain.blocks[1].K[atom] @ grown.vector[k])


def test_groups_are_consecutive_and_small(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = make_chain()
    step = Step(chain.blocks[1], grow(chain.blocks[:1], chain.h))
    numbers = set()
    for rows in range(1, sum(step.sizes) + 1):
        monkeypatch.setattr(room, "ROWS", rows)
        groups = list(step.groups())
        assert [atom for group in groups for atom in group] == list(range(chain.n_atoms))
        for group in groups:
            assert len(group) == 1 or sum(step.sizes[atom] for atom in group) <= rows
        for one, other in pairwise(groups):  # as few as can be: no group could take the next atom
            assert sum(step.sizes[atom] for atom in (*one, other[0])) > rows
        numbers.add(len(groups))
    assert {1, 3, chain.n_atoms} <= numbers


def test_sizes_are_of_those_that_come_from_elsewhere(make_chain: MakeChain) -> None:
    chain = make_chain(spread=0.9)
    grown = grow(chain.blocks[:1], chain.h)
    block = chain.blocks[1]
    step = Step(block, grown)
    for atom in range(chain.n_atoms):
        near = [k for k in range(chain.n_atoms) if k != atom and block.adjacency[atom, k]]
        assert step.sizes[atom] == sum(grown.counts[k] for k in near)
        sent = step.sent(range(atom, atom + 1))
        assert set(sent.atoms[:, -1].tolist()) <= set(near)
        assert len(sent) == step.sizes[atom]


def test_who_cannot_stay_is_not_kept(make_chain: MakeChain) -> None:
    chain = make_chain(spread=0.9, stays="nothing")
    step = Step(chain.blocks[0], grow((), chain.h))
    assert not any(step.stays)
    assert step.staying(2) == slice(0, 0)
    arrived = step.arrived(range(chain.n_atoms))
    assert (arrived.atoms[:, 0] != arrived.atoms[:, 1]).all()


def test_who_keeps_all_brings_the_same_vector(make_chain: MakeChain) -> None:
    chain = make_chain(spread=500.0, stays="identity")
    step = Step(chain.blocks[0], grow((), chain.h))
    assert step.kept is step.paths.vector
    arrived = step.arrived(range(chain.n_atoms))
    torch.testing.assert_close(arrived.vector, chain.h)
    assert arrived.counts == [1] * chain.n_atoms


def test_a_place_without_paths_is_an_empty_slice() -> None:
    held = Paths(torch.tensor([[0], [0], [2]]), torch.ones(3, 1), [2, 0, 1])
    assert [held.at(k) for k in range(3)] == [slice(0, 2), slice(2, 2), slice(2, 3)]
