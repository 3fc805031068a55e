"""How far relevance reaches: sums over walks by range, and by body order as well."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.sums.by_distance import by_ends, by_hop, by_start
from nearsight.explain.sums.costs import BUDGET, N_SAMPLES, cost_of_enumeration
from nearsight.explain.sums.tally import distinct_atoms
from nearsight.explain.variables import body_order, chain_attributes, energy, variable
from nearsight.explain.walks.histogram import By, histogram
from nearsight.explain.walks.sampling import estimate_by_cell, sample
from nearsight.lrp.chain import Chain

RangeMethod = Literal["auto", "enumeration", "propagation", "sampling"]
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
    budget: float = BUDGET,
    *,
    by: By = "diameter",
    method: RangeMethod = "auto",
    n_samples: int = N_SAMPLES,
    seed: int = 0,
) -> xr.Dataset:
    """Relevance by range and body order.

    ``enumeration`` visits every walk. ``propagation`` knows ``start``, ``hop`` and ``ends`` exactly
    at any depth, but only totals over body orders: ``relevance`` and ``absolute`` are then NaN.
    ``sampling`` estimates everything, with standard errors. ``auto`` enumerates where the estimated
    cost is within the budget; else it propagates, or samples where there is no way to propagate
    (``diameter``). The method and the estimated cost stand in the attributes.

    Args:
        chain: what to explain.
        edges: (range + 1,) ascending edges of the bins in Å; a bin holds its lower edge. One-body
            walks have range 0.
        budget: floating-point operations that enumeration may cost (2e10 are 2 to 5 s on one core).
        by: ``diameter`` (largest distance between two atoms of a walk), ``start`` (from the first
            atom), ``hop`` (longest step) or ``ends`` (from the first to the last atom).
        method: a method instead of the choice by cost; it is used whatever it costs.
        n_samples: draws, for sampling.
        seed: of the draws.

    Returns:
        ``relevance(n_atoms, range)``, ``absolute(n_atoms, range)``, ``total(range)`` in eV, and the
        same of walks outside all bins as ``outside(n_atoms)``, ``outside_absolute(n_atoms)``,
        ``outside_total``. Each has its standard error as ``..._error``: 0 where exact, NaN in a
        bin that no draw hit. ``range`` holds the middles, ``range_low``, ``range_high`` the edges.

    Raises:
        ConfigError: edges do not ascend, or no such range or method.
    """
    edges = _checked(edges, by, method)
    cost = cost_of_enumeration(chain)
    if method == "auto" and cost <= budget:
        method = "enumeration"
    elif method == "auto":
        method = "propagation" if by in PROPAGATIONS else "sampling"
    if method == "enumeration":
        sums = _enumerated(chain, edges, by)
    elif method == "propagation":
        sums = _propagated(chain, edges, by)
    else:
        sums = _sampled(chain, edges, by, n_samples, seed)
    return _dataset(chain, edges, sums).assign_attrs(
        by=by,
        by_meaning=MEANING[by],
        method=method,
        budget=float(budget),
        operations_enumeration=cost,
    )


def walk_range(walks: np.ndarray, distance: np.ndarray, by: By = "diameter") -> np.ndarray:
    """(n,) range of each walk (n, step) as ``by`` counts it, in the units of ``distance``."""
    steps = range(walks.shape[1])
    counted = {
        "diameter": [(a, b) for b in steps for a in range(b)],
        "start": [(0, b) for b in steps],
        "hop": list(pairwise(steps)),
        "ends": [(0, steps[-1])],
    }[by]
    found = np.zeros(len(walks), dtype=distance.dtype)
    for a, b in counted:
        np.maximum(found, distance[walks[:, a], walks[:, b]], out=found)
    return found


@dataclass(frozen=True)
class _Sums:
    """Sums with their standard errors: (depth + 1, range + 1) and (range + 1,), outside last."""

    signed: np.ndarray
    absolute: np.ndarray
    total: np.ndarray
    signed_error: np.ndarray
    absolute_error: np.ndarray
    total_error: np.ndarray


def _enumerated(chain: Chain, edges: np.ndarray, by: By) -> _Sums:
    signed, absolute = histogram(chain, edges, by)
    none, total = np.zeros_like(signed), signed.sum(axis=0)
    return _Sums(signed, absolute, total, none, none, np.zeros_like(total))


def _propagated(chain: Chain, edges: np.ndarray, by: By) -> _Sums:
    sums = PROPAGATIONS[by](chain, edges)
    total = np.append(sums[1:-1], sums[0] + sums[-1])
    unknown = np.full((chain.depth + 1, len(edges)), np.nan)
    return _Sums(unknown, unknown, total, unknown, unknown, np.zeros_like(total))


def _sampled(chain: Chain, edges: np.ndarray, by: By, n_samples: int, seed: int) -> _Sums:
    drawn = sample(chain, n_samples, seed)
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
    return _Sums(signed[0], absolute[0], total[0], signed[1], absolute[1], total[1])


def _checked(edges: np.ndarray, by: str, method: str) -> np.ndarray:
    edges = np.asarray(edges, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ConfigError(f"edges = {edges.tolist()}: at least two ascending distances are needed")
    if by not in MEANING:
        raise ConfigError(f"by = {by!r}: must be one of {', '.join(MEANING)}")
    if method not in get_args(RangeMethod):
        raise ConfigError(f"method = {method!r}: must be one of {', '.join(get_args(RangeMethod))}")
    if method == "propagation" and by not in PROPAGATIONS:
        raise ConfigError(
            "by = 'diameter' is known by enumeration and sampling alone: use one of them, or "
            "by = 'start'"
        )
    return edges


def _dataset(chain: Chain, edges: np.ndarray, sums: _Sums) -> xr.Dataset:
    orders, bins, low, high = ("n_atoms",), ("range",), edges[:-1], edges[1:]
    tables = {
        "relevance": (sums.signed, sums.signed_error, "relevance by body order and range"),
        "absolute": (sums.absolute, sums.absolute_error, "sum of |relevance|"),
        "total": (sums.total, sums.total_error, "relevance by range, all body orders"),
    }
    names = {"relevance": "outside", "absolute": "outside_absolute", "total": "outside_total"}
    variables = {}
    for name, (values, errors, text) in tables.items():
        rows = orders if values.ndim == 2 else ()
        for suffix, x, label in (("", values, ""), ("_error", errors, "standard error of: ")):
            variables[name + suffix] = energy((*rows, *bins), x[..., :-1], label + text)
            variables[names[name] + suffix] = energy(
                rows, x[..., -1], f"{label}{text}, outside all bins"
            )
    return xr.Dataset(
        variables,
        coords={
            "n_atoms": body_order(chain.depth),
            "range": variable(("range",), (low + high) / 2, units.LENGTH, "middle of the bin"),
            "range_low": variable(("range",), low, units.LENGTH, "lower edge of the bin"),
            "range_high": variable(("range",), high, units.LENGTH, "upper edge of the bin"),
        },
        attrs=chain_attributes(chain),
    )
