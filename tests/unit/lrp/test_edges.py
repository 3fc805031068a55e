import numpy as np
import pytest
import torch

from nearsight.lrp import edges as module
from nearsight.lrp.edges import find_edges
from nearsight.lrp.filters import Listed, as_array

LINE = torch.tensor([[0.0, 0, 0], [1, 0, 0], [3, 0, 0]], dtype=torch.float64)


def test_edges_are_ordered_pairs_inside_the_cutoff_pointing_to_the_sender():
    edges = find_edges(LINE, 2.5)
    assert list(zip(edges.i.tolist(), edges.j.tolist(), strict=True)) == [
        (0, 1),
        (1, 0),
        (1, 2),
        (2, 1),
    ]
    assert edges.distance.tolist() == [1, 1, 2, 2]
    assert edges.direction[:, 0].tolist() == [1, -1, 1, -1]


def test_the_cutoff_itself_is_outside():
    assert len(find_edges(LINE, 1.0).i) == 0


def test_dense_values_stand_at_their_edges():
    edges = find_edges(LINE, 2.5)
    values = torch.arange(8, dtype=torch.float64).reshape(4, 2)
    dense = edges.dense(values)
    assert dense[1, 2].tolist() == [4, 5]
    assert (dense[0, 2] == 0).all()


def test_a_search_finds_the_edges_of_all_distances(monkeypatch: pytest.MonkeyPatch):
    position = torch.as_tensor(np.random.default_rng(0).uniform(0, 8, (200, 3)))
    searched = find_edges(position, 2.5)
    monkeypatch.setattr(module, "ALL_PAIRS", 1000)
    expected = find_edges(position, 2.5)
    assert len(expected.i) > 1000
    for name in ("i", "j", "vector", "distance"):
        assert torch.equal(getattr(searched, name), getattr(expected, name)), name


def test_a_search_in_single_precision_keeps_the_cutoff_of_single_precision(
    monkeypatch: pytest.MonkeyPatch,
):
    """A lattice, whose distances are the cutoff itself, rounded one way or the other."""
    grid = torch.arange(6, dtype=torch.float32) * 0.7
    position = torch.cartesian_prod(grid, grid, grid)
    searched = find_edges(position, 1.4)
    monkeypatch.setattr(module, "ALL_PAIRS", 1000)
    expected = find_edges(position, 1.4)
    assert torch.equal(searched.links.key, expected.links.key)
    assert (expected.distance > 1.3999).any()


def test_filters_are_listed_where_most_pairs_of_many_atoms_are_beyond_the_cutoff():
    line = torch.arange(3.0 * 80).reshape(80, 3)
    few, all_, small = find_edges(line, 8.0), find_edges(line, 1e3), find_edges(line[:9], 8.0)
    assert isinstance(few.filters(torch.ones(len(few.i), 2)), Listed)
    assert isinstance(all_.filters(torch.ones(len(all_.i), 2)), torch.Tensor)
    assert isinstance(small.filters(torch.ones(len(small.i), 2)), torch.Tensor)


def test_listed_filters_are_those_of_the_array():
    edges = find_edges(torch.arange(3.0 * 80).reshape(80, 3), 8.0)
    values = torch.randn(len(edges.i), 2)
    assert torch.equal(as_array(edges.filters(values)), edges.dense(values))
