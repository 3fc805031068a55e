"""What depends on the distance of two atoms alone, computed once for both directions."""

import torch

from nearsight.lrp.edges import Edges
from nearsight.lrp.layer import Layer


class PairsOnce(torch.nn.Module):
    """A layer on values of edges that are the same in both directions of a pair.

    Args:
        layer: from values of pairs (P, ...) to others (P, out).
        one: (P,) one edge of each pair.
        pair: (E,) the pair of each edge.
    """

    def __init__(self, layer: Layer, one: torch.Tensor, pair: torch.Tensor) -> None:
        super().__init__()
        self.layer, self.one, self.pair = layer, one, pair

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(E, ...) from (E, ...)."""
        found: torch.Tensor = self.layer(values.index_select(0, self.one))
        return found.index_select(0, self.pair)


def pairs_of(edges: Edges) -> tuple[torch.Tensor, torch.Tensor]:
    """One edge of each pair of atoms (P,), and the pair of each edge (E,).

    Args:
        edges: both directions of every pair, sorted by the first atom, then by the second.
    """
    first, second = torch.minimum(edges.i, edges.j), torch.maximum(edges.i, edges.j)
    key = first * edges.n_atoms + second
    one = (edges.i < edges.j).nonzero()[:, 0]
    return one, torch.searchsorted(key[one], key)
