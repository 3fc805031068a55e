"""What figures need to know of fits: where they were made, which law they support, slopes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.aims.stability.tables.case_statistics import CaseStatistics
from nearsight.collect.cases import Case
from nearsight.collect.decay.result import Decay
from nearsight.collect.decay.windows import near_cutoff
from nearsight.collect.models import MODEL
from nearsight.config import Statistics
from nearsight.labels import banded, variable


def decay_curves(
    cases: Sequence[Case],
    analyses: Mapping[str, CaseStatistics],
    edges: np.ndarray,
    settings: Statistics,
) -> dict[str, xr.Variable]:
    """Local slopes, bins of the fits and weights of the laws, of models and of references.

    Args:
        cases: the cases of a study.
        analyses: their statistics by case id.
        edges: (bin + 1,) Å.
        settings: how far from its cutoff the response of a network is pooled.

    Returns:
        Along ``model`` and ``distance`` ``response_slope`` with bounds, ``response_fitted``,
        ``relevance_fitted``, ``response_pooled``; along ``model`` ``response_power_law_weight``,
        ``relevance_power_law_weight`` and ``cutoff_jump`` with bounds; along ``reference`` (data
        sets in the order of the cases) the same of the reference.
    """
    n_bins = len(edges) - 1
    found = [analyses[case.id] for case in cases]
    pooled = [near_cutoff(edges, case.variant.pair_cutoff, settings) for case in cases]
    first = {case.dataset: analyses[case.id] for case in reversed(cases)}
    ordered = [first[name] for name in dict.fromkeys(case.dataset for case in cases)]
    jumps = [a.numbers.get("cutoff_jump", (np.nan,) * 3) for a in found]
    text = "what Hessian blocks lose at the cutoff over the reference's response there"
    return {
        **_of("relevance", MODEL, found, lambda a: a.relevance, n_bins),
        **_of("response", MODEL, found, lambda a: a.response, n_bins),
        **_slopes("response", MODEL, [a.response for a in found], n_bins),
        **_of("reference", "reference", ordered, lambda a: a.reference.decay, n_bins),
        **_slopes("reference", "reference", [a.reference.decay for a in ordered], n_bins),
        "response_pooled": variable(
            (MODEL, "distance"),
            np.array(pooled, dtype="int8"),
            units.ONE,
            "1 about the cutoff, where bins of the response are pooled",
        ),
        **banded("cutoff_jump", np.array(jumps).T, units.ONE, text, MODEL),
    }


def _of(
    name: str,
    dim: str,
    found: Sequence[CaseStatistics],
    decay_of: Callable[[CaseStatistics], Decay],
    n_bins: int,
) -> dict[str, xr.Variable]:
    decays = [decay_of(analysis) for analysis in found]
    nowhere = np.zeros(n_bins, dtype=bool)
    fitted = np.array([nowhere if d.fitted is None else d.fitted for d in decays], dtype="int8")
    weight = [decay.fit.power_law_weight for decay in decays]
    return {
        f"{name}_fitted": variable(
            (dim, "distance"), fitted, units.ONE, f"1 where the decay of {name} was fitted"
        ),
        f"{name}_power_law_weight": variable(
            dim, weight, units.ONE, f"Akaike weight of the power law for {name}"
        ),
    }


def _slopes(name: str, dim: str, decays: Sequence[Decay], n_bins: int) -> dict[str, xr.Variable]:
    nothing = np.full((3, n_bins), np.nan)
    slopes = np.stack([nothing if d.slope is None else d.slope for d in decays], axis=1)
    text = "local slope d log|H| / d log r of the mean norm of the Hessian block"
    return banded(f"{name}_slope", slopes, units.ONE, text, (dim, "distance"))
