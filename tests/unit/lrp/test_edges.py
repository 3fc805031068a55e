import torch

from nearsight.lrp.edges import find_edges

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
