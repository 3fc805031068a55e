"""The largest walks, exactly, most of them never evaluated.

A walk's relevance is the dot product of its halves, so |R| <= |p||s|: halves are sorted by norm at
each meeting, and products below the K-th largest |R| found so far are left out.
"""

from collections.abc import Iterator

import torch
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.explain.walks.enumeration import count_walks
from nearsight.explain.walks.meeting import Meeting, meetings
from nearsight.lrp.chain import Chain

CHUNK = 1 << 16


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
    n_walks, examined = count_walks(chain), 0
    best = _Best(k, chain)
    for meeting in meetings(chain):
        for start, first, second in meeting.products():
            examined += _search(meeting, start, first, second, best)
    relevance, walk = best.in_order()
    dims = ("rank",)
    return xr.Dataset(
        {
            "walk": variable(
                (*dims, "step"), walk.int(), units.ONE, "atoms of a walk, embedding first"
            ),
            "relevance": energy(dims, relevance, "relevance of a walk"),
            "examined": variable(
                (), examined / max(n_walks, 1), units.ONE, "dot products per walk that exists"
            ),
            "n_walks": variable((), float(n_walks), units.ONE, "number of walks"),
        },
        coords={"rank": variable(dims, range(1, len(walk) + 1), units.ONE, "rank by size")},
        attrs={**chain_attributes(chain), "method": "Cauchy-Schwarz pruning"},
    )


class _Best:
    """The k largest so far, with all that equal the k-th, and what a walk must reach to count."""

    def __init__(self, k: int, chain: Chain) -> None:
        self.k, self.threshold = k, 0.0
        self._relevance = chain.h.new_zeros(0)
        self._walk = torch.zeros(0, chain.depth + 1, dtype=torch.long, device=chain.h.device)

    def add(self, relevance: torch.Tensor, walk: torch.Tensor) -> None:
        self._relevance = torch.cat([self._relevance, relevance])
        self._walk = torch.cat([self._walk, walk])
        if len(self._relevance) > self.k:
            sizes = self._relevance.abs()
            limit = sizes.topk(self.k).values[-1]
            # What equals the k-th stays, so that ties are settled by the order of walks.
            rows = (sizes >= limit).nonzero()[:, 0]
            self._relevance, self._walk = self._relevance[rows], self._walk[rows]
            self.threshold = limit.item()

    def in_order(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The k largest and their walks, descending, then lexicographic."""
        order = torch.arange(len(self._relevance), device=self._relevance.device)
        for column in self._walk.T.flip(0):
            order = order[column[order].argsort(stable=True)]
        sizes = self._relevance.abs()[order]
        order = order[sizes.argsort(descending=True, stable=True)][: self.k]
        return self._relevance[order], self._walk[order]


def _search(
    meeting: Meeting, start: int, first: torch.Tensor, second: torch.Tensor, best: _Best
) -> int:
    """Put the walks of a part that are large enough among the best; dot products it took."""
    if len(first) == 0:
        return 0
    norms_after = second.norm(dim=1)
    rows, norms = _by_norm(first.norm(dim=1), norms_after.max(), best.threshold)
    if len(rows) == 0:
        return 0
    rows_after, norms_after = _by_norm(norms_after, norms[0], best.threshold)
    first, second, examined = first[rows], second[rows_after], 0
    for some, n_after in _kept(norms, norms_after, best):
        relevance = first[some] @ second[:n_after].T
        examined += relevance.numel()
        p, s = (relevance.abs() >= best.threshold).nonzero(as_tuple=True)
        if len(p):
            walk = meeting.walks(rows[p + some.start] + start, rows_after[s])
            best.add(relevance[p, s], walk)
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


def _by_norm(
    norms: torch.Tensor, partner: torch.Tensor, threshold: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Halves that reach the threshold with a partner of this norm, longest first; their norms."""
    rows = (norms >= _least(partner, threshold)).nonzero()[:, 0]
    ordered, order = norms[rows].sort(descending=True)
    return rows[order], ordered


def _least(partner: torch.Tensor, threshold: float) -> torch.Tensor:
    """The norm that reaches the threshold with a partner of this norm."""
    # The bound must hold for rounded numbers too.
    slack = 1 + 1e3 * torch.finfo(partner.dtype).eps
    return (threshold / slack) / partner.clamp_min(torch.finfo(partner.dtype).tiny)
