"""The largest walks, exactly, most of them never evaluated.

A walk's relevance is the dot product of its halves, so |R| <= |p||s|: halves are sorted by norm at
each meeting, and products below the K-th largest |R| found so far are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.chain import Chain
from nearsight.explain.halves import Meeting, Paths, meetings
from nearsight.explain.labels import chain_attributes, energy, variable
from nearsight.explain.walks import count_walks

CHUNK = 1 << 16
SEED = 128
"""Halves with the largest norms at each meeting that give the first threshold."""


def top(chain: Chain, k: int = 100) -> xr.Dataset:
    """The k walks with the largest absolute relevance, in descending order.

    Equal absolute values are in lexicographic order of the walks. Fewer than k are returned if
    there are fewer walks.

    Returns:
        ``walk(rank, step)``, ``relevance(rank)`` in eV; ``examined``, evaluated dot products as a
        share of the number of walks (above 1 only where there are few walks), and ``n_walks``.

    Raises:
        ConfigError: k is below 1.
    """
    if k < 1:
        raise ConfigError(f"k = {k}: must be at least 1")
    n_walks = count_walks(chain)
    threshold, examined = _first_threshold(chain, k)
    best = _Best(k, threshold, chain.h.new_zeros(0), _no_walks(chain))
    for meeting in meetings(chain):
        examined += _search(meeting, best)
    dims = ("rank",)
    return xr.Dataset(
        {
            "walk": variable(
                (*dims, "step"), best.walk.int(), units.ONE, "atoms of a walk, embedding first"
            ),
            "relevance": energy(dims, best.relevance, "relevance of a walk"),
            "examined": variable(
                (), examined / max(n_walks, 1), units.ONE, "dot products per walk that exists"
            ),
            "n_walks": variable((), float(n_walks), units.ONE, "number of walks"),
        },
        coords={"rank": variable(dims, range(1, len(best.walk) + 1), units.ONE, "rank by size")},
        attrs={**chain_attributes(chain), "method": "Cauchy-Schwarz pruning"},
    )


def _first_threshold(chain: Chain, k: int) -> tuple[float, int]:
    """What k walks are known to reach, and the dot products it took."""
    values, longest, examined = chain.h.new_zeros(0), 0.0, 0
    for meeting in meetings(chain):
        found = _largest_norms(meeting, SEED)
        sizes = (found.before.vector @ found.after.vector.T).abs().flatten()
        examined += len(sizes)
        longest = max(longest, (_norms(found.before)[0] * _norms(found.after)[0]).item())
        values = _largest(torch.cat([values, sizes]), k)
    if len(values) < k:
        return 0.0, examined
    # The same walk, evaluated in another product, may come out lower by rounding.
    n_terms = max(chain.blocks[0].M.shape[1:])
    rounding = 2 * n_terms * torch.finfo(chain.h.dtype).eps * longest
    return max(0.0, values.min().item() - rounding), examined


@dataclass
class _Best:
    """The k largest so far, in order, and what a walk must reach to be among them."""

    k: int
    threshold: float
    relevance: torch.Tensor
    walk: torch.Tensor

    def add(self, relevance: torch.Tensor, walk: torch.Tensor) -> None:
        if len(relevance) > self.k:
            # What equals the k-th stays, so that ties are settled by the order of walks.
            limit = relevance.abs().topk(self.k).values[-1]
            rows = (relevance.abs() >= limit).nonzero()[:, 0]
            relevance, walk = relevance[rows], walk[rows]
        relevance, walk = torch.cat([self.relevance, relevance]), torch.cat([self.walk, walk])
        order = _in_order(relevance, walk)[: self.k]
        self.relevance, self.walk = relevance[order], walk[order]
        if len(order) == self.k:
            self.threshold = max(self.threshold, self.relevance[-1].abs().item())


def _in_order(relevance: torch.Tensor, walk: torch.Tensor) -> torch.Tensor:
    """Descending |R|, then lexicographic."""
    order = torch.arange(len(relevance), device=relevance.device)
    for column in walk.T.flip(0):
        order = order[column[order].argsort(stable=True)]
    return order[relevance.abs()[order].argsort(descending=True, stable=True)]


def _search(meeting: Meeting, best: _Best) -> int:
    """Put the walks of a meeting that are large enough among the best; dot products it took."""
    meeting = _largest_norms(meeting, None)
    norms, norms_after = (_norms(x) for x in (meeting.before, meeting.after))
    examined = 0
    for rows, n_after in _kept(norms, norms_after, best):
        relevance = meeting.before.vector[rows] @ meeting.after.vector[:n_after].T
        examined += relevance.numel()
        first, second = (relevance.abs() >= best.threshold).nonzero(as_tuple=True)
        if len(first):
            walk = meeting.walks(first + rows.start, second)
            best.add(relevance[first, second], walk)
    return examined


def _kept(
    norms: torch.Tensor, norms_after: torch.Tensor, best: _Best
) -> Iterator[tuple[slice, int]]:
    """Rows of first halves, and how many second halves the bound leaves them; both sorted."""
    ascending = norms_after.flip(0)
    # The bound must hold for rounded numbers too.
    slack = 1 + 1e3 * torch.finfo(norms.dtype).eps
    start = 0
    while start < len(norms):
        need = torch.full_like(ascending[:1], best.threshold / slack)
        need = need / norms[start].clamp_min(torch.finfo(norms.dtype).tiny)
        n_after = len(ascending) - int(torch.searchsorted(ascending, need)[0])
        if n_after == 0:
            return
        rows = slice(start, start + max(1, CHUNK // n_after))
        yield rows, n_after
        start = rows.stop


def _largest_norms(meeting: Meeting, n: int | None) -> Meeting:
    """Halves in descending order of norm, the first n."""
    before, after = (
        paths.at(_norms(paths).argsort(descending=True)[:n])
        for paths in (meeting.before, meeting.after)
    )
    return Meeting(before, after)


def _norms(paths: Paths) -> torch.Tensor:
    return paths.vector.norm(dim=1)


def _largest(values: torch.Tensor, k: int) -> torch.Tensor:
    return values.topk(k).values if len(values) > k else values


def _no_walks(chain: Chain) -> torch.Tensor:
    return torch.zeros(0, chain.depth + 1, dtype=torch.long, device=chain.h.device)
