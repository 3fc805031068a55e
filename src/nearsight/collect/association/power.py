"""What a number of models can show: power of a test of Spearman's correlation.

Fisher's z with the variance (1 + rho²/2) / (n - 3) of Bonett and Wright, Psychometrika 65, 23
(2000); two-sided test.
"""

import math

from scipy.optimize import brentq
from scipy.stats import norm

POWER = 0.8
LEVEL = 0.05


def models_needed(rho: float, *, power: float = POWER, level: float = LEVEL) -> int:
    """Models with which a true correlation ``rho`` is seen with the stated power.

    23 for 0.6 at 80 %.
    """
    return math.ceil(3 + (1 + rho**2 / 2) * (_quantiles(power, level) / math.atanh(abs(rho))) ** 2)


def detectable_rho(n_models: int, *, power: float = POWER, level: float = LEVEL) -> float:
    """Smallest |rho| that so many models show with the stated power; NaN where none is."""

    def missing(rho: float) -> float:
        spread = math.sqrt((1 + rho**2 / 2) / (n_models - 3))
        return math.atanh(rho) - _quantiles(power, level) * spread

    most = 1 - 1e-9
    if n_models <= 3 or missing(most) < 0:
        return math.nan
    return float(brentq(missing, 0.0, most))


def _quantiles(power: float, level: float) -> float:
    return float(norm.ppf(1 - level / 2) + norm.ppf(power))
