"""How far relevance reaches: sums over walks by range, and by body order as well."""

from typing import Literal

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.chain import Chain
from nearsight.explain.histogram import By, histogram
from nearsight.explain.labels import body_order, chain_attributes, energy, variable
from nearsight.explain.reach import by_ends, by_hop, by_start
from nearsight.explain.walks import WALK_LIMIT, check_limit, count_walks

Method = Literal["auto", "enumeration", "propagation"]
MEANING = {
    "diameter": "largest distance between two atoms of a walk",
    "start": "largest distance of an atom of a walk from its first atom",
    "hop": "longest step of a walk",
    "ends": "distance of the first and the last atom of a walk",
}
PROPAGATIONS = {"start": by_start, "hop": by_hop, "ends": by_ends}


def decay(
    chain: Chain,
    edges: np.ndarray,
    limit: int = WALK_LIMIT,
    *,
    by: By = "diameter",
    method: Method = "auto",
) -> xr.Dataset:
    """Relevance by range and body order.

    Up to ``limit`` walks, every walk is visited (``method`` = ``enumeration``). Beyond, ``start``,
    ``hop`` and ``ends`` are found by propagations (``propagation``), which know the totals over
    body orders alone: ``relevance`` and ``absolute`` are then NaN, and ``total`` is exact still.
    There is no such way for ``diameter``.

    Args:
        chain: what to explain.
        edges: (range + 1,) ascending edges of the bins in Å; a bin holds its lower edge. One-body
            walks have range 0.
        limit: most walks to enumerate.
        by: ``diameter`` (largest distance between two atoms of a walk), ``start`` (from the first
            atom), ``hop`` (longest step) or ``ends`` (from the first to the last atom).
        method: ``enumeration`` or ``propagation`` instead of the choice by ``limit``.

    Returns:
        ``relevance(n_atoms, range)``, ``absolute(n_atoms, range)``, ``total(range)`` in eV, and the
        same of walks outside all bins as ``outside(n_atoms)``, ``outside_absolute(n_atoms)``,
        ``outside_total``; ``range`` holds the middles, ``range_low``, ``range_high`` the edges.

    Raises:
        WalkLimitError: there are more walks than the limit, and no way without.
        ConfigError: edges do not ascend, or no such range or method.
    """
    edges = _checked(edges, by, method)
    many = count_walks(chain) > limit
    if method == "propagation" or (method == "auto" and many and by in PROPAGATIONS):
        method = "propagation"
        sums = PROPAGATIONS[by](chain, edges)
        total = np.append(sums[1:-1], sums[0] + sums[-1])
        signed = absolute = np.full((chain.depth + 1, len(edges)), np.nan)
    else:
        method = "enumeration"
        check_limit(chain, limit)
        signed, absolute = histogram(chain, edges, by)
        total = signed.sum(axis=0)
    table = _dataset(chain, edges, signed, absolute, total)
    return table.assign_attrs(by=by, by_meaning=MEANING[by], method=method)


def walk_range(walks: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """(n,) largest distance between two atoms of each walk, in the units of ``distance``."""
    found = np.zeros(len(walks), dtype=distance.dtype)
    for step in range(1, walks.shape[1]):
        for earlier in range(step):
            np.maximum(found, distance[walks[:, earlier], walks[:, step]], out=found)
    return found


def _checked(edges: np.ndarray, by: str, method: str) -> np.ndarray:
    edges = np.asarray(edges, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ConfigError(f"edges = {edges.tolist()}: at least two ascending distances are needed")
    if by not in MEANING:
        raise ConfigError(f"by = {by!r}: must be one of {', '.join(MEANING)}")
    if method not in ("auto", "enumeration", "propagation"):
        raise ConfigError(f"method = {method!r}: must be auto, enumeration or propagation")
    if method == "propagation" and by not in PROPAGATIONS:
        raise ConfigError(
            "by = 'diameter' is known by enumeration alone: use that, or by = 'start'"
        )
    return edges


def _dataset(
    chain: Chain, edges: np.ndarray, signed: np.ndarray, absolute: np.ndarray, total: np.ndarray
) -> xr.Dataset:
    inside, low, high = ("n_atoms", "range"), edges[:-1], edges[1:]
    return xr.Dataset(
        {
            "relevance": energy(inside, signed[:, :-1], "relevance by body order and range"),
            "absolute": energy(inside, absolute[:, :-1], "sum of |relevance|"),
            "total": energy(("range",), total[:-1], "relevance by range, all body orders"),
            "outside": energy(("n_atoms",), signed[:, -1], "relevance outside all bins"),
            "outside_absolute": energy(
                ("n_atoms",), absolute[:, -1], "sum of |relevance| outside all bins"
            ),
            "outside_total": energy((), total[-1], "relevance outside all bins, all body orders"),
        },
        coords={
            "n_atoms": body_order(chain.depth),
            "range": variable(("range",), (low + high) / 2, units.LENGTH, "middle of the bin"),
            "range_low": variable(("range",), low, units.LENGTH, "lower edge of the bin"),
            "range_high": variable(("range",), high, units.LENGTH, "upper edge of the bin"),
        },
        attrs=chain_attributes(chain),
    )
