"""What the numbers allow to be said, in words."""

import numpy as np

from nearsight.aims.stability.association.descriptors import OUTCOMES, SURVIVAL
from nearsight.aims.stability.association.finding import Finding
from nearsight.aims.stability.association.power import LEVEL

FEWEST_SETTINGS = 8
"""Settings below which there is no verdict."""
FEWEST_SEEDS = 2
"""Seeds below which there is none: nobody knows what another seed would show."""
NO_VERDICT = "no verdict"
EVIDENCE = "evidence"
NO_EVIDENCE = "no evidence"
UNASKED = f"exploratory: {NO_VERDICT}"
GATE_SHUT = f"{NO_VERDICT}: no other test counts unless the primary question finds evidence"


def missing(found: Finding) -> str:
    """Why there can be no verdict; empty text where there can be one."""
    if not found.n_models:
        return "no model has descriptor, outcome and force error"
    if found.n_settings < FEWEST_SETTINGS or found.n_seeds < FEWEST_SEEDS:
        return (
            f"{_count(found.n_settings, 'setting')} of {_count(found.n_seeds, 'seed')}, "
            f"{FEWEST_SETTINGS} settings of {FEWEST_SEEDS} seeds are needed"
        )
    if not np.isfinite(found.rho):
        return f"{_count(found.n_settings, 'setting')}, and descriptor or outcome is constant"
    if not found.least_p < LEVEL:
        return f"so many settings tie that no p below {found.least_p:.2g} is possible"
    return ""


def verdict(found: Finding, outcome: str, p_value: float, corrected: str = "") -> str:
    """A sentence on one test.

    Args:
        found: its numbers.
        outcome: what the descriptor was put against.
        p_value: that the verdict hangs on.
        corrected: what the p-value was corrected for, in words.
    """
    reason = missing(found)
    if reason:
        return f"{NO_VERDICT}: {reason}; {could_show(found, outcome)}"
    numbers = f"{_rho(found.rho, found.rho_low, found.rho_high)}, p = {p_value:.2g}{corrected}"
    if not p_value < LEVEL:
        return f"{NO_EVIDENCE}: {numbers}; {could_show(found, outcome)}"
    goes_with = OUTCOMES[outcome][int(found.rho > 0)]
    held = f"larger goes with {goes_with}; {numbers}"
    if not np.isfinite(found.partial_rho):
        return f"{EVIDENCE}: {held}; {could_show(found, outcome)}"
    also = found.partial_p_value < LEVEL and found.partial_rho * found.rho > 0
    given = _rho(found.partial_rho, found.partial_rho_low, found.partial_rho_high)
    return (
        f"{EVIDENCE}, {'also' if also else 'but not'} at equal force error: {held}; given the force"
        f" error {given}, p = {found.partial_p_value:.2g}; {could_show(found, outcome)}"
    )


def could_show(found: Finding, outcome: str) -> str:
    """What so many settings could have shown, and how much there is to explain."""
    if not found.n_models:
        return "nothing can be shown"
    settings = _count(found.n_settings, "setting")
    reach = (
        f"{settings} show |rho| of {found.detectable_rho:.2f} and more with 80 % power"
        if np.isfinite(found.detectable_rho)
        else f"{settings} show nothing reliably"
    )
    words = f"{reach}, and no p below {found.least_p:.2g}"
    name = "survival" if outcome == SURVIVAL else outcome
    if not np.isfinite(found.outcome_seed_rho):
        return f"{words}; how far {name} repeats between seeds is not known"
    return (
        f"{words}; {name} under one seed predicts that under another with rho = "
        f"{found.outcome_seed_rho:.2f}, so no |rho| above {found.ceiling:.2f} is to be expected"
    )


def _rho(value: float, low: float, high: float) -> str:
    bounds = f" [{low:.2f}, {high:.2f}]" if np.isfinite(low) else " (no interval)"
    return f"rho = {value:.2f}{bounds}"


def _count(number: float, name: str) -> str:
    return f"{number:g} {name}{'' if number == 1 else 's'}"
