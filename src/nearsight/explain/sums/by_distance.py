"""Totals of all walks by range, without walks: propagations that know what they have reached.

Nothing is subtracted: a walk is carried by two states, one that has not yet reached a bin and one
that has.
"""

import numpy as np
import torch

from nearsight.explain.sums.masked import batch_size
from nearsight.explain.sums.pairs import pairs
from nearsight.explain.walks.histogram import bin_distances
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.maps import per_atom


def by_ends(chain: Chain, edges: np.ndarray) -> np.ndarray:
    """(range + 2,) relevance of walks by the distance of first and last atom; below first."""
    cell = bin_distances(chain, edges).long().flatten()
    relevance = torch.as_tensor(pairs(chain, "ends")["relevance"].to_numpy(), device=cell.device)
    found = torch.bincount(cell, relevance.flatten().double(), minlength=len(edges) + 1)
    return found.cpu().numpy()


def by_hop(chain: Chain, edges: np.ndarray) -> np.ndarray:
    """(range + 2,) relevance of walks by their longest step; below first.

    Two propagations along neighbours for each bin up to the longest step there is.
    """
    limits = torch.as_tensor(edges, dtype=torch.float64, device=chain.h.device)
    bins = [_bin_hops(block, chain.position, limits) for block in chain.blocks]
    inner_stay = int(np.searchsorted(edges, 0.0, side="right"))  # atoms are at 0 from themselves
    found = np.zeros(len(edges) + 1)
    for bin_ in torch.cat([*bins, bins[0].new_tensor([inner_stay])]).unique().tolist():
        reached = chain.h if bin_ == inner_stay else torch.zeros_like(chain.h)
        before = torch.zeros_like(chain.h) if bin_ == inner_stay else chain.h
        for block, own in zip(chain.blocks, bins, strict=True):
            inner, shell = block.hops.where(own < bin_), block.hops.where(own == bin_)
            sent, sent_before = per_atom(block.K, reached), per_atom(block.K, before)
            arrived = inner.gather(sent) + shell.gather(sent + sent_before)
            reached = block.keep(reached) + per_atom(block.M, arrived)
            before = block.keep(before) + per_atom(block.M, inner.gather(sent_before))
        found[bin_] = (reached * chain.o).sum().item()
    return found


def _bin_hops(block: Block, position: torch.Tensor, limits: torch.Tensor) -> torch.Tensor:
    """(E,) number of limits at or below the length of each hop."""
    length = block.hops.links.distance(position).double()
    return torch.searchsorted(limits.contiguous(), length, right=True)


def by_start(chain: Chain, edges: np.ndarray) -> np.ndarray:
    """(range + 2,) relevance of walks by the largest distance from their start; below first.

    For every start atom and bin a masked propagation inside the ball, with a flag for its shell.
    """
    bins, found = bin_distances(chain, edges), np.zeros(len(edges) + 1)
    for some in torch.arange(chain.n_atoms, device=bins.device).split(batch_size(chain)):
        start = chain.h.new_zeros(len(some), *chain.h.shape)
        start[torch.arange(len(some), device=some.device), some] = chain.h[some]
        for bin_ in bins[some].unique().tolist():
            inner = (bins[some] < bin_)[..., None]
            shell = (bins[some] == bin_)[..., None]
            reached, before = start * shell, start * inner
            for block in chain.blocks:
                arrived, fresh = block.step(reached), block.step(before)
                reached = arrived * (inner | shell) + fresh * shell
                before = fresh * inner
            found[bin_] += torch.einsum("ns,ans->", chain.o, reached).item()
    return found
