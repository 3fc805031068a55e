"""How many-body relevance is: relevance by the number of distinct atoms on a walk.

Absolute sums stand beside signed ones because walks cancel severely.
"""

import xarray as xr

from nearsight.explain.sums.costs import BUDGET, N_SAMPLES, Method, costs
from nearsight.explain.sums.tally import tally
from nearsight.explain.variables import body_order, chain_attributes, energy
from nearsight.lrp.chain import Chain


def bodies(
    chain: Chain,
    budget: float = BUDGET,
    *,
    method: Method = "auto",
    n_samples: int = N_SAMPLES,
    seed: int = 0,
) -> xr.Dataset:
    """Relevance by body order, the number of distinct atoms on a walk.

    ``enumeration`` visits every walk and alone knows absolute sums exactly. ``patterns`` gives the
    signed sums exactly at any depth in polynomial time
    (see :mod:`nearsight.explain.sums.patterns`); absolute sums are then NaN. ``sampling`` estimates
    what needs walks, with a standard error.
    ``auto`` takes the first of the three whose estimated cost is within the budget. The method,
    the estimated costs (floating-point operations), the budget and, for absolute sums that are not
    known, the reason stand in the attributes.

    Args:
        chain: what to explain.
        budget: floating-point operations that an exact method may cost (2e10 are 2 to 5 s on one
            core).
        method: a method instead of the choice by cost; it is used whatever it costs.
        n_samples: draws, for sampling.
        seed: of the draws.

    Returns:
        ``relevance(n_atoms)``, ``absolute(n_atoms)`` (sum of |R|), their standard errors
        ``relevance_error(n_atoms)`` and ``absolute_error(n_atoms)`` (0 where exact up to rounding)
        and ``remainder`` (three or more atoms together), in eV.

    Raises:
        ConfigError: no such method.
        MemoryLimitError: patterns of so many atoms do not fit.
    """
    sums = tally(chain, budget, method=method, n_samples=n_samples, seed=seed)
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
            "method": sums.method,
            "n_walks": float(sums.n_walks),
            "budget": float(budget),
            **{f"operations_{name}": cost for name, cost in costs(chain).items()},
            "absolute_note": ""
            if sums.method != "patterns"
            else "absolute sums need every walk: raise the budget, or use method = sampling",
        },
    )
