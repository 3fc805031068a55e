"""One descriptor against one outcome: every number that is told of it."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from nearsight.aims.stability.association.descriptors import ERROR
from nearsight.aims.stability.association.design import Design
from nearsight.aims.stability.association.jackknife import rho_interval, tied_share
from nearsight.aims.stability.association.orders import TIMES_EXACT, orders
from nearsight.aims.stability.association.permutation import least_p, null_of_rho
from nearsight.aims.stability.association.power import detectable_rho
from nearsight.aims.stability.association.seeds import between_seeds, ceiling
from nearsight.aims.stability.association.spearman import rho
from nearsight.config import Statistics


@dataclass(frozen=True)
class Finding:
    """A correlation with what it rests on; what each field is says :data:`TEXT`."""

    rho: float = np.nan
    rho_low: float = np.nan
    rho_high: float = np.nan
    p_value: float = np.nan
    partial_rho: float = np.nan
    partial_rho_low: float = np.nan
    partial_rho_high: float = np.nan
    partial_p_value: float = np.nan
    least_p: float = np.nan
    n_models: int = 0
    n_settings: int = 0
    n_seeds: float = 0.0
    n_strata: int = 0
    tied_share: float = np.nan
    detectable_rho: float = np.nan
    outcome_seed_rho: float = np.nan
    descriptor_seed_rho: float = np.nan
    ceiling: float = np.nan

    def columns(self) -> dict[str, float]:
        """All fields by name."""
        return asdict(self)


TEXT = {
    "rho": "Spearman's correlation over settings within family and data set, mean over them",
    "partial_rho": "partial Spearman's correlation given the force error",
    "p_value": "share of orders of whole settings that are as extreme",
    "partial_p_value": "p-value of the partial correlation given the force error",
    "least_p": "smallest p-value that so many settings, with these ties, could give",
    "n_models": "trained models",
    "n_settings": "settings: everything but family and seeds; what is permuted",
    "n_seeds": "seeds of most settings",
    "n_strata": "families, times data sets, in which both vary",
    "tied_share": "share of settings that tie in the descriptor or in the outcome",
    "detectable_rho": "smallest |rho| that so many settings show with 80 % power",
    "outcome_seed_rho": "rank correlation over settings of the outcome under two seeds",
    "descriptor_seed_rho": "rank correlation over settings of the descriptor under two seeds",
    "ceiling": "largest |rho| that the outcome's agreement between seeds allows",
}
"""What each number is; those with bounds also have ``_low`` and ``_high``."""


def examine(
    design: Design,
    descriptor: str,
    direction: str,
    settings: Statistics,
    times_exact: int = TIMES_EXACT,
) -> Finding:
    """Correlate a descriptor with an outcome over settings.

    Args:
        design: the models.
        descriptor: its name; the force error is not held fixed against itself.
        direction: ``negative``, ``positive`` or ``either``.
        settings: level of intervals, permutations, seed.
        times_exact: how many times the permutations asked for all orders may be.
    """
    if not design.n_models:
        return Finding()
    means = design.means()
    order = orders(means[0].shape[1], settings.n_permutations, settings.seed, times_exact)
    null = null_of_rho(order, *means[:2])
    low, high = rho_interval(rho, *means[:2], confidence=settings.confidence)
    agreement = between_seeds(design.y)
    found = Finding(
        rho=null.observed,
        rho_low=low,
        rho_high=high,
        p_value=null.p_value(direction),
        least_p=least_p(order, *means[:2]),
        n_models=design.n_models,
        n_settings=design.n_settings,
        n_seeds=design.n_seeds,
        n_strata=design.n_strata,
        tied_share=tied_share(*means[:2]),
        detectable_rho=detectable_rho(design.n_settings, sides=2 if direction == "either" else 1),
        outcome_seed_rho=agreement,
        descriptor_seed_rho=between_seeds(design.x),
        ceiling=ceiling(agreement, design.n_seeds),
    )
    if descriptor == ERROR:
        return found
    held = null_of_rho(order, *means)
    low, high = rho_interval(rho, *means, confidence=settings.confidence)
    return replace(
        found,
        partial_rho=held.observed,
        partial_rho_low=low,
        partial_rho_high=high,
        partial_p_value=held.p_value(direction),
    )
