"""What the study would conclude had relevance been computed otherwise."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.aims.stability.tables.relevance_against_response import together
from nearsight.collect.decay.curve import curve
from nearsight.collect.decay.fitted import fit_curve
from nearsight.collect.decay.windows import relevance_windows
from nearsight.collect.intervals import NOTHING, Interval, mean_interval
from nearsight.collect.ranks import partial_spearman
from nearsight.collect.shares import effective_body_order, tail_share
from nearsight.config import Statistics
from nearsight.labels import variable

DESCRIPTORS = (
    "relevance_exponent",
    "relevance_tail_share",
    "effective_body_order",
    "faithfulness",
)


def randomised_agreement(tests: xr.Dataset, settings: Statistics) -> Interval:
    """Partial rank correlation, given distance, of relevance with that of random weights.

    Near 0, what the pattern shows is learned; near 1, the family alone draws it.
    """
    if "relevance_randomised" not in tests:
        return NOTHING
    own = tests["relevance"].sel(choice=tests.attrs["own_choice"]) if _has_own(tests) else None
    if own is None:
        return NOTHING
    size, distance = np.abs(own.to_numpy()), tests["distance"].to_numpy()
    structure = tests.variables["structure"].values
    values = []
    for k in np.unique(structure):
        rows = (structure == k) & (size > 0)
        random = np.abs(tests["relevance_randomised"].to_numpy()[:, rows])
        found = [partial_spearman(size[rows], other, distance[rows]) for other in random]
        values.append(np.nanmean(found) if np.isfinite(found).any() else np.nan)
    level = settings.confidence
    return mean_interval(np.array(values), confidence=level, least=-1.0, most=1.0)


def choice_descriptors(
    tests: xr.Dataset,
    response: xr.Dataset,
    edges: np.ndarray,
    cutoff: float,
    settings: Statistics,
) -> xr.Dataset:
    """``choice_descriptor(choice, descriptor)``: the descriptors of one model under each choice.

    Args:
        tests: of the variant's relevance.
        response: of the variant.
        edges: (bin + 1,) Å.
        cutoff: of the variant, Å.
        settings: windows of the fits.
    """
    if "relevance" not in tests:
        return xr.Dataset()
    rows = []
    for choice in tests["choice"].to_numpy():
        found = _describe(tests.sel(choice=choice), response, edges, cutoff, settings)
        rows.append([found[name] for name in DESCRIPTORS])
    return xr.Dataset(
        {
            "choice_descriptor": variable(
                ("choice", "descriptor"), rows, units.ONE, "descriptor under a choice of rule"
            )
        },
        coords={
            "choice": tests["choice"].variable,
            "descriptor": variable("descriptor", list(DESCRIPTORS), "", "descriptor"),
        },
    )


def _has_own(tests: xr.Dataset) -> bool:
    return tests.attrs.get("own_choice") in tests["choice"].to_numpy().tolist()


def _describe(
    chosen: xr.Dataset,
    response: xr.Dataset,
    edges: np.ndarray,
    cutoff: float,
    settings: Statistics,
) -> Mapping[str, float]:
    shown = curve(chosen, "relevance", edges, settings)
    fit, _, _ = fit_curve(shown, relevance_windows(shown, cutoff, settings), settings)
    bodies = chosen["absolute_bodies"].transpose("structure", "n_atoms").to_numpy()
    agreement = [
        partial_spearman(pairs.relevance, pairs.response, pairs.distance)
        for pairs in together(chosen, response, "relevance")
    ]
    return {
        "relevance_exponent": fit.exponent,
        "relevance_tail_share": tail_share(shown, settings)[0],
        "effective_body_order": effective_body_order(bodies, settings)[0],
        "faithfulness": float(np.nanmean(agreement)) if np.isfinite(agreement).any() else np.nan,
    }
