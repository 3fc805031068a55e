"""How many-body relevance is: relevance by the number of distinct atoms on a walk.

Absolute sums stand beside signed ones because walks cancel severely.
"""

from typing import Literal

import xarray as xr

from nearsight.errors import ConfigError
from nearsight.explain.chain import Chain
from nearsight.explain.labels import body_order, chain_attributes, energy
from nearsight.explain.patterns import cost_of_patterns
from nearsight.explain.tally import tally
from nearsight.explain.walks import WALK_LIMIT, count_walks

Method = Literal["auto", "enumeration", "patterns", "sampling"]
METHODS = ("auto", "enumeration", "patterns", "sampling")
# A walk costs its dot product and about this many operations more for counting it.
PER_WALK = 150


def bodies(
    chain: Chain,
    limit: int = WALK_LIMIT,
    *,
    method: Method = "auto",
    n_samples: int = 100_000,
    seed: int = 0,
) -> xr.Dataset:
    """Relevance by body order, the number of distinct atoms on a walk.

    ``enumeration`` visits every walk and alone knows absolute sums exactly. ``patterns`` gives the
    signed sums exactly at any depth in polynomial time (see :mod:`nearsight.explain.patterns`);
    absolute sums are then NaN. ``sampling`` estimates both with a standard error. ``auto``
    enumerates up to ``limit`` walks, for the absolute sums, and uses patterns beyond. The method,
    the estimated costs (floating-point operations) and, for absolute sums that are not known, the
    reason stand in the attributes.

    Returns:
        ``relevance(n_atoms)``, ``absolute(n_atoms)`` (sum of |R|), their standard errors
        ``relevance_error(n_atoms)`` and ``absolute_error(n_atoms)`` (0 where exact up to rounding)
        and ``remainder`` (three or more atoms together), in eV.

    Raises:
        ConfigError: no such method.
        WalkLimitError: enumeration was asked for and there are more walks than the limit.
    """
    if method not in METHODS:
        raise ConfigError(f"method = {method!r}: must be one of {', '.join(METHODS)}")
    costs = {
        "enumeration": enumeration_cost(chain),
        "patterns": cost_of_patterns(chain),
    }
    if method == "auto":
        # Enumeration within the limit, even where it costs more: absolute sums come with it.
        method = "enumeration" if count_walks(chain) <= limit else "patterns"
    sums = tally(chain, limit, method=method, n_samples=n_samples, seed=seed)
    return xr.Dataset(
        {
            "relevance": energy(("n_atoms",), sums.signed, "relevance of walks by body order"),
            "absolute": energy(
                ("n_atoms",), sums.absolute, "sum of |relevance| of walks by body order"
            ),
            "relevance_error": energy(
                ("n_atoms",), sums.signed_error, "standard error of relevance by body order"
            ),
            "absolute_error": energy(
                ("n_atoms",), sums.absolute_error, "standard error of the sum of |relevance|"
            ),
            "remainder": energy((), sums.remainder, "relevance of walks on three or more atoms"),
        },
        coords={"n_atoms": body_order(chain.depth)},
        attrs={
            **chain_attributes(chain),
            "method": method,
            "n_walks": float(sums.n_walks),
            **{f"operations_{name}": value for name, value in costs.items()},
            "absolute_note": ""
            if method != "patterns"
            else "absolute sums need every walk: raise the limit, or use method = sampling",
        },
    )


def enumeration_cost(chain: Chain) -> float:
    """Floating-point operations to visit every walk."""
    return float(count_walks(chain)) * (2 * max(chain.blocks[0].M.shape[1:]) + PER_WALK)
