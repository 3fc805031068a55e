"""What sums over walks cost by each method, and which method that allows."""

from typing import Literal, get_args

from nearsight.errors import ConfigError
from nearsight.explain.sums.patterns import cost_of_patterns
from nearsight.explain.walks.enumeration import count_walks
from nearsight.lrp.chain import Chain

Method = Literal["auto", "enumeration", "patterns", "sampling"]

BUDGET = 2e10
"""Floating-point operations: 2 to 5 s on one core, at the 4e9 to 1e10 a second measured."""

N_SAMPLES = 100_000
# A walk costs its dot product and about this many operations more for counting it.
PER_WALK = 150


def costs(chain: Chain) -> dict[str, float]:
    """Estimated floating-point operations of the exact methods, the preferred one first."""
    return {"enumeration": cost_of_enumeration(chain), "patterns": cost_of_patterns(chain)}


def cost_of_enumeration(chain: Chain) -> float:
    """Estimated floating-point operations to visit every walk."""
    return float(count_walks(chain)) * (2 * max(chain.blocks[0].M.shape[1:]) + PER_WALK)


def choose(chain: Chain, budget: float, method: str = "auto") -> str:
    """Name of the method to use.

    Args:
        chain: what is summed up.
        budget: operations that an exact method may cost.
        method: a method, which is taken whatever it costs, or ``auto``: enumeration within the
            budget, as it alone knows absolute sums; else patterns within the budget; else
            sampling.

    Raises:
        ConfigError: no such method.
    """
    if method not in get_args(Method):
        raise ConfigError(f"method = {method!r}: must be one of {', '.join(get_args(Method))}")
    if method != "auto":
        return method
    affordable = [name for name, cost in costs(chain).items() if cost <= budget]
    return affordable[0] if affordable else "sampling"
