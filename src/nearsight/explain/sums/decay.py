"""How far relevance reaches: sums over walks by range, and by body order as well."""

from typing import Literal, get_args

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.sums.costs import BUDGET, N_SAMPLES, cost_of_enumeration
from nearsight.explain.sums.range_sums import (
    PROPAGATIONS,
    RangeSums,
    of_drawn_walks,
    of_every_walk,
    propagated,
)
from nearsight.explain.variables import body_order, chain_attributes, energy, variable
from nearsight.explain.walks.extent import MEANING, By
from nearsight.explain.walks.histogram import histograms
from nearsight.explain.walks.sampling import sample
from nearsight.lrp.chain import Chain

RangeMethod = Literal["auto", "enumeration", "propagation", "sampling"]


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
        MemoryLimitError: distances of all pairs of atoms, which only propagation by ``hop`` does
            not need, do not fit.
    """
    edges = _checked(edges, by, method)
    cost = cost_of_enumeration(chain)
    if method == "auto" and cost <= budget:
        method = "enumeration"
    elif method == "auto":
        method = "propagation" if by in PROPAGATIONS else "sampling"
    if method == "enumeration":
        sums = of_every_walk(histograms(chain, edges, [by]).ranges[0])
    elif method == "propagation":
        sums = propagated(chain, edges, by)
    else:
        sums = of_drawn_walks(chain, sample(chain, n_samples, seed), edges, by)
    return _dataset(chain, edges, sums).assign_attrs(
        by=by,
        by_meaning=MEANING[by],
        method=method,
        budget=float(budget),
        operations_enumeration=cost,
    )


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


def _dataset(chain: Chain, edges: np.ndarray, sums: RangeSums) -> xr.Dataset:
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
