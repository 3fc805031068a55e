"""Lists of pairs from which sums over neighbours need no scatter."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.families import pairlist
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.pairlist import NearPairs, PairList, all_pairs, near_pairs

KIND = torch.float64


def listed(pairs: PairList) -> set[tuple[int, int]]:
    found = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    return {pair for pair in found if pair[0] != pair[1]}


def sums(pairs: PairList, weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """By the lists of neighbours, weight (pair,) and x (atom,)."""
    return (weight[pairs.link] * x[pairs.neighbor]).sum(0)


def scattered(pairs: PairList, weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The same by scattering each pair to both of its atoms."""
    total = torch.zeros_like(x)
    total.index_add_(0, pairs.first, weight * x[pairs.second])
    return total.index_add(0, pairs.second, weight * x[pairs.first])


def check(pairs: PairList, n_atoms: int) -> None:
    """Both ways of summing agree, and signs say which end an atom is."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(len(pairs.first), generator=generator, dtype=KIND)
    weight[pairs.first == pairs.second] = 0
    x = torch.randn(n_atoms, generator=generator, dtype=KIND)
    torch.testing.assert_close(sums(pairs, weight, x), scattered(pairs, weight, x))
    ends = torch.zeros_like(x).index_add(0, pairs.first, weight)
    ends = ends.index_add(0, pairs.second, -weight)
    torch.testing.assert_close((weight[pairs.link] * pairs.sign).sum(0), ends)


@pytest.mark.parametrize("n_atoms", [2, 3, 4, 9])
def test_all_pairs(n_atoms: int) -> None:
    pairs = all_pairs(n_atoms, dtype=KIND, device="cpu")
    assert listed(pairs) == {(i, j) for j in range(n_atoms) for i in range(j)}
    check(pairs, n_atoms)


def test_all_pairs_are_filled_up_only_where_they_must_be() -> None:
    pairs = all_pairs(5, dtype=KIND, device="cpu")
    assert pairs.first.shape == (10,)
    assert pairs.neighbor.shape == pairs.link.shape == pairs.sign.shape == (4, 5)
    assert bool((pairs.sign.abs() == 1).all())


def test_neighbours_of_an_atom_are_in_order() -> None:
    """So that a sum has the same terms in the same order, whatever lies beyond the cutoff."""
    pairs = all_pairs(6, dtype=KIND, device="cpu")
    assert bool((pairs.neighbor.diff(dim=0) > 0).all())


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(2, 8), st.integers(0, 1000), st.floats(0.5, 4.0))
def test_near_pairs_are_those_of_any_copy(
    copies: int, n_atoms: int, seed: int, reach: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    position = 2 * torch.randn(copies, n_atoms, 3, generator=generator, dtype=KIND)
    pairs = near_pairs(position, reach, dtype=KIND)
    i, j = (ends % n_atoms for ends in neighbor_pairs(position, reach))
    assert listed(pairs) == set(zip(i.tolist(), j.tolist(), strict=True))
    check(pairs, n_atoms)
    # Sizes of one would be special to a compiler.
    assert min(pairs.first.shape[0], pairs.link.shape[0]) >= 2


def test_no_pair_at_all() -> None:
    position = torch.tensor([[[0.0, 0, 0], [9, 0, 0], [0, 9, 0]]], dtype=KIND)
    pairs = near_pairs(position, 3.0, dtype=KIND)
    assert listed(pairs) == set()
    check(pairs, 3)


def test_what_is_not_a_number_is_near() -> None:
    position = torch.zeros(1, 3, 3, dtype=KIND)
    position[0, :, 0] = torch.tensor([0.0, 9.0, torch.nan])
    assert listed(near_pairs(position, 3.0, dtype=KIND)) == {(0, 2), (1, 2)}


def test_lists_do_not_depend_on_the_order_of_copies() -> None:
    position = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(1), dtype=KIND)
    one = near_pairs(position, 1.5, dtype=KIND)
    other = near_pairs(position.flip(0), 1.5, dtype=KIND)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How far each list reaches that is made."""
    reaches: list[float] = []

    def counting(position: torch.Tensor, reach: float, *, dtype: torch.dtype) -> PairList:
        reaches.append(reach)
        return near_pairs(position, reach, dtype=dtype)

    monkeypatch.setattr(pairlist, "near_pairs", counting)
    return reaches


def walk(steps: int, size: float, seed: int = 0) -> list[torch.Tensor]:
    """Positions (2, 7, 3) of a random walk."""
    generator = torch.Generator().manual_seed(seed)
    moves = size * torch.randn(steps, 2, 7, 3, generator=generator, dtype=KIND)
    start = 2 * torch.randn(2, 7, 3, generator=generator, dtype=KIND)
    return list(start + moves.cumsum(0))


def test_a_kept_list_has_every_pair_within_the_cutoff(made: list[float]) -> None:
    near = NearPairs(2.0, dtype=KIND, skin=0.4)
    steps = walk(200, 0.02)
    for position in steps:
        assert listed(near_pairs(position, 2.0, dtype=KIND)) <= listed(near(position))
    assert set(made) == {2.4}
    assert 1 < len(made) < len(steps) / 2


def test_a_list_is_kept_until_an_atom_has_moved_by_half_the_skin(made: list[float]) -> None:
    near, position = NearPairs(2.0, dtype=KIND, skin=0.4), walk(1, 0.0)[0]
    first = near(position)
    moved = position.clone()
    moved[1, 3, 0] += 0.19
    assert near(moved) is first
    moved[1, 3, 0] += 0.02
    assert near(moved) is not first
    assert len(made) == 2


def test_another_batch_or_what_is_no_number_makes_a_new_list(made: list[float]) -> None:
    near, position = NearPairs(2.0, dtype=KIND), walk(1, 0.0)[0]
    near(position)
    near(position[:1])
    broken = position[:1].clone()
    broken[0, 0, 0] = torch.nan
    assert {(0, k) for k in range(1, 7)} <= listed(near(broken))
    assert len(made) == 3


def test_a_list_does_not_follow_positions_that_are_changed_in_place(made: list[float]) -> None:
    near, position = NearPairs(2.0, dtype=KIND), walk(1, 0.0)[0]
    near(position)
    position += 5.0 * torch.eye(7, 3, dtype=KIND)
    assert listed(near_pairs(position, 2.0, dtype=KIND)) <= listed(near(position))
    assert len(made) == 2
