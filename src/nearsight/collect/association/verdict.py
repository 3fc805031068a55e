"""What the numbers allow to be said, in words."""

import numpy as np

from nearsight.collect.association.correlation import FEWEST
from nearsight.collect.association.power import LEVEL


def verdict(
    rho: float,
    low: float,
    high: float,
    p_value: float,
    partial: float,
    partial_p: float,
    n_models: int,
    detectable: float,
) -> str:
    """A sentence on one descriptor.

    Args:
        rho: correlation with survival.
        low: its lower bound.
        high: its upper bound.
        p_value: corrected for the number of descriptors.
        partial: correlation given the force error.
        partial_p: its p-value.
        n_models: models behind it.
        detectable: |rho| that so many models show with 80 % power.
    """
    if n_models < FEWEST:
        return f"cannot be told: {n_models} models, {FEWEST} are needed"
    if not np.isfinite(rho):
        return f"cannot be told: {n_models} models, and the descriptor or the survival is constant"
    numbers = f"rho = {rho:.2f} [{low:.2f}, {high:.2f}], p = {p_value:.2g}"
    if not p_value < LEVEL:
        reach = (
            f"{n_models} models show |rho| of {detectable:.2f} and more with 80 % power"
            if np.isfinite(detectable)
            else f"{n_models} models show nothing reliably"
        )
        return f"no evidence: {numbers}; {reach}"
    direction = "longer" if rho > 0 else "shorter"
    if not np.isfinite(partial):
        return f"evidence: larger goes with {direction} survival; {numbers}"
    held = "also" if partial_p < LEVEL and partial * rho > 0 else "but not"
    return (
        f"evidence, {held} at equal accuracy: larger goes with {direction} survival; {numbers}; "
        f"given the force error rho = {partial:.2f}, p = {partial_p:.2g}"
    )
