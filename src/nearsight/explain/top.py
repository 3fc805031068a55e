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
HELD = 32e6
"""Bytes of halves that are kept from the first pass for the second."""

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
    held: list[Meeting] = []
    threshold, examined = _first_threshold(chain, k, held)
    best = _Best(k, threshold, chain.h.new_zeros(0), _no_walks(chain))
    for meeting in held or meetings(chain):
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


def _first_threshold(chain: Chain, k: int, held: list[Meeting]) -> tuple[float, int]:
    """What k walks are known to reach, and the dot products it took.

    ``held`` takes every meeting if all of them are small, and none otherwise.
    """
    values, longest, examined, size = chain.h.new_zeros(0), 0.0, 0, 0
    for meeting in meetings(chain):
        size += meeting.before.vector.nbytes + meeting.after.vector.nbytes
        if size <= HELD:
            held.append(meeting)
        else:
            held.clear()
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
    before, norms = _by_norm(meeting.before, _norms(meeting.after).max(), best.threshold)
    if len(before) == 0:
        return 0
    after, norms_after = _by_norm(meeting.after, norms[0], best.threshold)
    meeting, examined = Meeting(before, after), 0
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
    start = 0
    while start < len(norms):
        need = _least(norms[start], best.threshold)[None]
        n_after = len(ascending) - int(torch.searchsorted(ascending, need)[0])
        if n_after == 0:
            return
        rows = slice(start, start + max(1, CHUNK // n_after))
        yield rows, n_after
        start = rows.stop


def _by_norm(paths: Paths, partner: torch.Tensor, threshold: float) -> tuple[Paths, torch.Tensor]:
    """Halves that reach the threshold with a partner of this norm, longest first; their norms."""
    norms = _norms(paths)
    rows = (norms >= _least(partner, threshold)).nonzero()[:, 0]
    ordered, order = norms.index_select(0, rows).sort(descending=True)
    return paths.at(rows.index_select(0, order)), ordered


def _least(partner: torch.Tensor, threshold: float) -> torch.Tensor:
    """The norm that reaches the threshold with a partner of this norm."""
    # The bound must hold for rounded numbers too.
    slack = 1 + 1e3 * torch.finfo(partner.dtype).eps
    return (threshold / slack) / partner.clamp_min(torch.finfo(partner.dtype).tiny)


def _largest_norms(meeting: Meeting, n: int) -> Meeting:
    """Halves in descending order of norm, the first n."""
    before, after = (
        paths.at(_norms(paths).topk(min(n, len(paths))).indices)
        for paths in (meeting.before, meeting.after)
    )
    return Meeting(before, after)


def _norms(paths: Paths) -> torch.Tensor:
    return paths.vector.norm(dim=1)


def _largest(values: torch.Tensor, k: int) -> torch.Tensor:
    return values.topk(k).values if len(values) > k else values


def _no_walks(chain: Chain) -> torch.Tensor:
    return torch.zeros(0, chain.depth + 1, dtype=torch.long, device=chain.h.device)
