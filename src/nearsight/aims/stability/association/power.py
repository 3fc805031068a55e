"""What a number of settings can show: power of a test of Spearman's correlation.

Fisher's z with the variance (1 + rho²/2) / (n - 3) of Bonett and Wright, Psychometrika 65, 23
(2000).
"""

import math

from scipy.optimize import brentq
from scipy.stats import norm

POWER = 0.8
LEVEL = 0.05


def settings_needed(rho: float, *, power: float = POWER, level: float = LEVEL) -> int:
    """Settings with which a true correlation ``rho`` is seen in a two-sided test.

    23 for 0.6 at 80 %.

    Args:
        rho: true correlation.
        power: probability of seeing it.
        level: of the test.
    """
    return math.ceil(
        3 + (1 + rho**2 / 2) * (_quantiles(power, level, 2) / math.atanh(abs(rho))) ** 2
    )


def detectable_rho(
    n_settings: int, *, sides: int = 2, power: float = POWER, level: float = LEVEL
) -> float:
    """Smallest |rho| that so many settings show with the stated power; NaN where none is.

    Args:
        n_settings: what is permuted.
        sides: 1 where the direction was stated beforehand.
        power: probability of seeing it.
        level: of the test.
    """

    def missing(rho: float) -> float:
        spread = math.sqrt((1 + rho**2 / 2) / (n_settings - 3))
        return math.atanh(rho) - _quantiles(power, level, sides) * spread

    most = 1 - 1e-9
    if n_settings <= 3 or missing(most) < 0:
        return math.nan
    return float(brentq(missing, 0.0, most))


def _quantiles(power: float, level: float, sides: int) -> float:
    return float(norm.ppf(1 - level / sides) + norm.ppf(power))
