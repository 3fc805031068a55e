"""Sums of relevance by body order and range: of every walk, of walks drawn, or propagated."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight.explain.sums.by_distance import by_ends, by_hop, by_start
from nearsight.explain.walks.extent import By, distinct_atoms, walk_range
from nearsight.explain.walks.sampling import estimate_by_cell
from nearsight.lrp.chain import Chain

PROPAGATIONS = {"start": by_start, "hop": by_hop, "ends": by_ends}


@dataclass(frozen=True)
class RangeSums:
    """Sums with their standard errors; the last column is of walks outside all bins.

    Attributes:
        signed, absolute: (depth + 1, range + 1) by number of distinct atoms and range.
        total: (range + 1,) signed, all body orders together.
        signed_error, absolute_error, total_error: 0 where exact, NaN where unknown.
    """

    signed: np.ndarray
    absolute: np.ndarray
    total: np.ndarray
    signed_error: np.ndarray
    absolute_error: np.ndarray
    total_error: np.ndarray


def of_every_walk(table: np.ndarray) -> RangeSums:
    """From a histogram (2, depth + 1, range + 1) of all walks, signed and absolute."""
    signed, absolute = table
    none, total = np.zeros_like(signed), signed.sum(axis=0)
    return RangeSums(signed, absolute, total, none, none, np.zeros_like(total))


def propagated(chain: Chain, edges: np.ndarray, by: By) -> RangeSums:
    """Exact totals without walks; all by body order, and of all by ``diameter``, is NaN.

    Args:
        chain: what to sum up.
        edges: (range + 1,) ascending, in Å.
        by: which distances count for a range.
    """
    unknown = np.full((chain.depth + 1, len(edges)), np.nan)
    if by not in PROPAGATIONS:
        return RangeSums(unknown, unknown, unknown[0], unknown, unknown, unknown[0])
    sums = PROPAGATIONS[by](chain, edges)
    total = np.append(sums[1:-1], sums[0] + sums[-1])
    return RangeSums(unknown, unknown, total, unknown, unknown, np.zeros_like(total))


def of_drawn_walks(chain: Chain, drawn: xr.Dataset, edges: np.ndarray, by: By) -> RangeSums:
    """Estimates from walks drawn.

    Args:
        chain: what to sum up.
        drawn: as :func:`nearsight.explain.walks.sampling.sample` gives them.
        edges: (range + 1,) ascending, in Å.
        by: which distances count for a range.
    """
    walk, weight, relevance = (drawn[x].to_numpy() for x in ("walk", "weight", "relevance"))
    distance = walk_range(walk, chain.distance.cpu().numpy(), by)
    inside = np.searchsorted(edges, distance, side="right") - 1
    bin_ = np.where((inside < 0) | (inside >= len(edges) - 1), len(edges) - 1, inside)
    shape = chain.depth + 1, len(edges)
    cell = (distinct_atoms(walk) - 1) * len(edges) + bin_
    signed, absolute = (
        [part.reshape(shape) for part in estimate_by_cell(weight, x, cell, shape[0] * shape[1])]
        for x in (relevance, np.abs(relevance))
    )
    total = estimate_by_cell(weight, relevance, bin_, len(edges))
    return RangeSums(signed[0], absolute[0], total[0], signed[1], absolute[1], total[1])
