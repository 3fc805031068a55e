"""The tree and its skin against the distances of all pairs, at any geometry."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.families import neighbors
from nearsight.families.neighbors import MANY_ATOMS, neighbor_pairs, pairs_by_distances
from nearsight.families.tree import SkinPairs, nearer, pairs_by_tree

CUTOFF = 3.0


def gas(n_atoms: int, width: float, seed: int = 0, molecules: int = 1) -> torch.Tensor:
    drawn = np.random.default_rng(seed).uniform(0, width, (molecules, n_atoms, 3))
    return torch.from_numpy(drawn)


def line(n_atoms: int) -> torch.Tensor:
    along = torch.arange(n_atoms, dtype=torch.float64)
    return torch.stack([1.5 * along, torch.zeros_like(along), torch.zeros_like(along)], 1)[None]


def same(position: torch.Tensor, cutoff: float = CUTOFF) -> int:
    found, expected = pairs_by_tree(position, cutoff), pairs_by_distances(position, cutoff)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    return len(found[0])


@given(
    n_atoms=st.integers(1, 150), width=st.floats(0.1, 60), cutoff=st.floats(0.3, 9),
    seed=st.integers(0, 10**6), molecules=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_same_pairs_in_the_same_order_as_from_all_distances(
    n_atoms: int, width: float, cutoff: float, seed: int, molecules: int
) -> None:
    same(gas(n_atoms, width, seed, molecules), cutoff)


def test_any_geometry_will_do() -> None:
    one = gas(120, 12.0)
    away = one.clone()
    away[0, 7] = torch.tensor([1e6, -3e5, 0.0])
    assert same(away) <= same(one)
    plane = gas(300, 40.0)
    plane[..., 2] = 0.0
    assert same(plane) > 300
    assert same(line(200)) == 199 + 198 - CUTOFF.is_integer() * 198
    assert same(torch.zeros(2, 30, 3, dtype=torch.float64)) == 2 * 30 * 29 // 2
    assert same(gas(500, 1e5)) == 0
    assert same(torch.zeros(3, 1, 3, dtype=torch.float64)) == 0


def test_an_atom_at_the_cutoff_is_out() -> None:
    position = torch.tensor([[[0.0, 0, 0], [2.0, 0, 0]]], dtype=torch.float64)
    assert same(position, 2.0) == 0
    assert same(position, 2.0 + 1e-12) == 1


def test_what_is_not_a_number_makes_pairs_of_all_atoms_at_a_linear_cost() -> None:
    position = gas(200, 15.0, molecules=2)
    position[1, 5, 0] = torch.nan
    i, j = pairs_by_tree(position, CUTOFF)
    lost = i >= 200
    expected = {(min(5, k), max(5, k)) for k in range(200) if k != 5}
    assert set(zip((i[lost] - 200).tolist(), (j[lost] - 200).tolist(), strict=True)) == expected
    first = pairs_by_distances(position[:1], CUTOFF)
    assert torch.equal(i[~lost], first[0])
    assert torch.equal(j[~lost], first[1])
    position[1] = torch.nan
    assert len(pairs_by_tree(position, CUTOFF)[0]) == len(first[0]) + 199


@pytest.mark.parametrize(("n_atoms", "tree"), [(MANY_ATOMS, False), (MANY_ATOMS + 1, True)])
def test_the_number_of_atoms_chooses(
    n_atoms: int, tree: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(neighbors, "pairs_by_tree", lambda *a: asked.append(1) or pairs_by_tree(*a))
    position = gas(n_atoms, 14.0)
    assert torch.equal(neighbor_pairs(position, 4.0)[0], pairs_by_distances(position, 4.0)[0])
    assert len(asked) == tree
    assert len(neighbor_pairs(position, float("inf"))[0]) == n_atoms * (n_atoms - 1) // 2
    assert len(asked) == tree


def walk(n_steps: int, *, step: float, seed: int = 1) -> list[torch.Tensor]:
    """Two molecules whose atoms wander."""
    source = np.random.default_rng(seed)
    position = gas(110, 11.0, molecules=2)
    path = []
    for _ in range(n_steps):
        position = position + torch.from_numpy(source.normal(0, step, position.shape))
        path.append(position)
    return path


def equal(found: tuple[torch.Tensor, ...], expected: tuple[torch.Tensor, ...]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_pairs_are_kept_while_atoms_hardly_move_and_none_is_ever_missed() -> None:
    pairs = SkinPairs(CUTOFF, 1.0)
    path = walk(60, step=0.03)
    for position in path:
        assert equal(pairs(position), pairs_by_distances(position, CUTOFF))
    assert 2 <= pairs.renewals <= 20
    # Nothing but the positions decides, neither the past nor the skin.
    assert equal(SkinPairs(CUTOFF, 2.5)(path[-1]), pairs(path[-1]))
    # Nor are pairs kept beyond what the skin allows: two atoms that approach head on.
    assert pairs.renewals == renewals_of(path, 1.0)


def renewals_of(path: list[torch.Tensor], skin: float) -> int:
    origin, count = path[0], 1
    for position in path[1:]:
        if float((position - origin).norm(dim=-1).max()) > skin / 2:
            origin, count = position, count + 1
    return count


def test_two_atoms_that_approach_are_found_in_time() -> None:
    pairs = SkinPairs(CUTOFF, 1.0)
    seen = []
    for shift in np.linspace(0, 2, 41):
        position = torch.tensor([[[0.0, 0, 0], [6.0, 0, 0]]], dtype=torch.float64)
        position[0, 0, 0] += shift
        position[0, 1, 0] -= shift
        seen.append(len(pairs(position)[0]))
        assert seen[-1] == len(pairs_by_distances(position, CUTOFF)[0])
    assert seen[0] == 0
    assert seen[-1] == 1
    assert pairs.renewals < 6


def test_other_molecules_are_found_anew() -> None:
    pairs = SkinPairs(CUTOFF)
    position = walk(1, step=0.0)[0]
    pairs(position)
    assert equal(pairs(position[1:]), pairs_by_distances(position[1:], CUTOFF))
    assert pairs.renewals == 2
    broken = position[1:].clone()
    broken[0, 3, 1] = torch.nan
    assert len(pairs(broken)[0]) == position.shape[1] - 1
    assert equal(pairs(position[1:]), pairs_by_distances(position[1:], CUTOFF))


def test_the_positions_that_were_given_may_be_changed() -> None:
    pairs = SkinPairs(CUTOFF)
    position = gas(110, 11.0)
    pairs(position)
    position[:, 0] += 5.0
    assert equal(pairs(position), pairs_by_distances(position, CUTOFF))


def test_nearer_keeps_the_order_and_what_is_not_a_number() -> None:
    position = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [9, 0, 0], [torch.nan, 0, 0]]])
    first, second = torch.tensor([0, 0, 1, 2]), torch.tensor([1, 2, 3, 3])
    assert [x.tolist() for x in nearer(position, first, second, 2.0)] == [[0, 1, 2], [1, 3, 3]]
