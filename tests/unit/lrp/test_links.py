import numpy as np
import pytest
import torch

from nearsight.lrp.links import Links, both_ways, from_keys, near_pairs


def links_of(pairs: list[tuple[int, int]], n_atoms: int = 5) -> Links:
    return from_keys(torch.tensor(sorted(i * n_atoms + j for i, j in pairs)), n_atoms)


ONE_WAY = [(0, 1), (0, 3), (2, 1), (4, 0)]


def test_links_of_an_atom_lie_between_its_starts():
    links = links_of(ONE_WAY)
    assert links.counts.tolist() == [2, 0, 1, 0, 1]
    assert links.starts.tolist() == [0, 2, 2, 3, 3, 4]
    assert links.j[links.starts[0] : links.starts[1]].tolist() == [1, 3]


def test_turned_links_are_sorted_and_know_where_they_stood():
    links = links_of(ONE_WAY)
    turned, order = links.turned
    assert set(zip(turned.i.tolist(), turned.j.tolist(), strict=True)) == {
        (j, i) for i, j in ONE_WAY
    }
    assert (turned.key.diff() > 0).all()
    assert torch.equal(links.i[order], turned.j)
    assert torch.equal(links.j[order], turned.i)


def test_turned_twice_is_the_same():
    links = links_of(ONE_WAY)
    assert torch.equal(links.turned[0].turned[0].key, links.key)


def test_both_ways_holds_every_pair_once_in_each_direction():
    both = both_ways([links_of(ONE_WAY), links_of([(1, 0), (3, 4)])])
    expected = {*ONE_WAY, (3, 4), (1, 0)}
    expected |= {(j, i) for i, j in expected}
    found = list(zip(both.i.tolist(), both.j.tolist(), strict=True))
    assert found == sorted(expected)


@pytest.mark.parametrize("others", [[(0, 1), (1, 0), (4, 0), (4, 3)], [(0, 3)], []])
def test_find_says_which_links_are_listed_and_where(others: list[tuple[int, int]]):
    links, other = links_of(ONE_WAY), links_of(others)
    place, listed = links.find(other)
    assert listed.tolist() == [pair in ONE_WAY for pair in sorted(others)]
    assert torch.equal(links.key[place[listed]], other.key[listed])


def test_nothing_is_found_among_no_links():
    assert links_of([]).find(links_of(ONE_WAY))[1].tolist() == [False] * 4


def test_where_keeps_what_is_chosen():
    links = links_of(ONE_WAY)
    assert links.where(links.i == 0).j.tolist() == [1, 3]


def test_distances_are_those_of_the_positions():
    position = torch.arange(15.0, dtype=torch.float64).reshape(5, 3)
    assert links_of(ONE_WAY).distance(position).tolist() == pytest.approx(
        [3 * 3**0.5, 9 * 3**0.5, 3 * 3**0.5, 12 * 3**0.5]
    )


def test_links_that_are_where_they_shall_be_are_not_copied():
    links = links_of(ONE_WAY)
    assert links.to("cpu") is links
    assert links.to(None) is links
    assert len(links.to("meta")) == 4


def test_near_pairs_are_all_within_the_cutoff():
    position = np.random.default_rng(1).uniform(0, 6, (150, 3))
    i, j = near_pairs(position, 2.0)
    apart = np.linalg.norm(position[:, None] - position[None], axis=-1)
    assert (i < j).all()
    inside = {(int(a), int(b)) for a, b in zip(*np.nonzero(np.triu(apart < 2.0, 1)), strict=True)}
    assert inside <= set(zip(i.tolist(), j.tolist(), strict=True))
    assert (apart[i, j] < 2.0 + 1e-4).all()


def test_near_pairs_of_atoms_far_apart_are_none():
    i, j = near_pairs(np.eye(3) * 100, 2.0)
    assert len(i) == len(j) == 0
