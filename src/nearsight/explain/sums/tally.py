"""Sums over all walks by body order: from one pass over the walks, or without."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight.explain.sums.contraction import bodies_by_patterns
from nearsight.explain.sums.costs import BUDGET, N_SAMPLES, choose
from nearsight.explain.sums.pairs import pairs
from nearsight.explain.sums.range_sums import RangeSums, of_drawn_walks, of_every_walk, propagated
from nearsight.explain.walks.enumeration import count_walks
from nearsight.explain.walks.extent import By, distinct_atoms
from nearsight.explain.walks.histogram import histograms
from nearsight.explain.walks.sampling import estimate, sample
from nearsight.lrp.chain import Chain

RANGES: tuple[By, ...] = ("diameter", "hop")


@dataclass(frozen=True)
class Tally:
    """Sums of the relevance of walks.

    Attributes:
        method: ``enumeration``; ``patterns``, which leaves absolute sums NaN; or ``sampling``,
            which estimates them and the sums from three atoms on.
        n_walks: number of walks there are.
        signed: (depth + 1,) by number of distinct atoms, 1 first.
        absolute: (depth + 1,) sum of |R|.
        pair_absolute: (N, N) sum of |R| of walks on exactly these two atoms, in ij and ji; the
            constant walks on the diagonal; NaN unless enumerated.
        remainder: relevance of walks on three or more atoms, exact by every method.
        signed_error, absolute_error: (depth + 1,) standard errors; 0 where exact, NaN where
            unknown.
        ranges: by range (``diameter``) and by reach (``hop``), where edges of bins are given; by
            ``patterns`` nothing is known but totals by reach.
    """

    method: str
    n_walks: int
    signed: np.ndarray
    absolute: np.ndarray
    pair_absolute: np.ndarray
    remainder: float
    signed_error: np.ndarray
    absolute_error: np.ndarray
    ranges: Mapping[By, RangeSums]


def tally(
    chain: Chain,
    budget: float = BUDGET,
    *,
    edges: np.ndarray | None = None,
    exact: np.ndarray | None = None,
    method: str = "auto",
    n_samples: int = N_SAMPLES,
    seed: int = 0,
) -> Tally:
    """Sum up walks, each of which is visited, or drawn, once.

    Args:
        chain: what to sum up.
        budget: floating-point operations that an exact method may cost.
        edges: (range + 1,) ascending, in Å; for sums by range and reach too.
        exact: (N, N) exclusive relevance of pairs, if it is known.
        method: see :func:`nearsight.explain.sums.costs.choose`.
        n_samples: draws, for sampling.
        seed: of the draws.

    Raises:
        ConfigError: no such method.
    """
    chosen = choose(chain, budget, method)
    if chosen == "enumeration":
        return _enumerate(chain, edges)
    if exact is None:
        exact = pairs(chain, "exact")["relevance"].to_numpy()
    if chosen == "patterns":
        return _by_patterns(chain, edges, exact)
    return _sampled(chain, sample(chain, n_samples, seed), edges, exact)


def _enumerate(chain: Chain, edges: np.ndarray | None) -> Tally:
    by = () if edges is None else RANGES
    found = histograms(chain, edges, by, pairs=True)
    signed, absolute = found.orders
    return Tally(
        method="enumeration",
        n_walks=count_walks(chain),
        signed=signed,
        absolute=absolute,
        pair_absolute=found.pair_absolute + np.triu(found.pair_absolute, 1).T,
        remainder=float(signed[2:].sum()),
        signed_error=np.zeros_like(signed),
        absolute_error=np.zeros_like(signed),
        ranges={one: of_every_walk(x) for one, x in zip(by, found.ranges, strict=True)},
    )


def _by_patterns(chain: Chain, edges: np.ndarray | None, exact: np.ndarray) -> Tally:
    signed = bodies_by_patterns(chain).cpu().numpy()
    # Found without subtractions, so with more digits than by patterns.
    signed[:2] = np.trace(exact), np.triu(exact, 1).sum()
    unknown = np.full_like(signed, np.nan)
    return Tally(
        method="patterns",
        n_walks=count_walks(chain),
        signed=signed,
        absolute=unknown,
        pair_absolute=np.full_like(exact, np.nan),
        remainder=float(signed[2:].sum()),
        signed_error=np.zeros_like(signed),
        absolute_error=unknown,
        ranges={} if edges is None else {by: propagated(chain, edges, by) for by in RANGES},
    )


def _sampled(chain: Chain, drawn: xr.Dataset, edges: np.ndarray | None, exact: np.ndarray) -> Tally:
    relevance, weight = drawn["relevance"].to_numpy(), drawn["weight"].to_numpy()
    orders = np.arange(1, chain.depth + 2)
    member = distinct_atoms(drawn["walk"].to_numpy())[:, None] == orders
    signed, signed_error = estimate(weight, relevance[:, None] * member)
    absolute, absolute_error = estimate(weight, np.abs(relevance)[:, None] * member)
    # No draw of an order that can occur says nothing of its sums, least of all that they are exact.
    unknown = ~member.any(axis=0) & (orders <= chain.n_atoms)
    signed_error[unknown] = absolute_error[unknown] = np.nan
    signed[:2], signed_error[:2] = (np.trace(exact), np.triu(exact, 1).sum()), 0.0
    return Tally(
        method="sampling",
        n_walks=count_walks(chain),
        signed=signed,
        absolute=absolute,
        pair_absolute=np.full((chain.n_atoms, chain.n_atoms), np.nan),
        remainder=float((chain.adjoints()[0] * chain.h).sum()) - float(signed[:2].sum()),
        signed_error=signed_error,
        absolute_error=absolute_error,
        ranges={}
        if edges is None
        else {by: of_drawn_walks(chain, drawn, edges, by) for by in RANGES},
    )
