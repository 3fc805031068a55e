"""Everything that is computed of one case: curves, fits, descriptors, tests of relevance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from nearsight.aims.stability.tables.ablation_areas import ablation
from nearsight.aims.stability.tables.choice_descriptors import (
    choice_descriptors,
    randomised_agreement,
)
from nearsight.aims.stability.tables.range_shares import range_holding, range_shares
from nearsight.aims.stability.tables.relevance_against_response import faithfulness
from nearsight.aims.stability.tables.response_fits import (
    Reference,
    analyse_reference,
    analyse_response,
)
from nearsight.collect.cases import Case
from nearsight.collect.decay.bins import bin_edges
from nearsight.collect.decay.curve import curve
from nearsight.collect.decay.deviation import compare_shapes
from nearsight.collect.decay.result import Decay, decay_of
from nearsight.collect.decay.windows import relevance_windows
from nearsight.collect.elements import element_strength, pair_strength
from nearsight.collect.intervals import NOTHING, Interval
from nearsight.collect.shares import (
    body_order_share,
    constants_shares,
    effective_body_order,
    tail_share,
)
from nearsight.config import Statistics
from nearsight.progress import progress_bar


@dataclass(frozen=True)
class CaseStatistics:
    """What is known of one case.

    Attributes:
        relevance: decay of the exclusive two-body relevance (eV).
        relevance_contains: decay of the relevance of walks that visit both atoms (eV).
        response: decay of the Hessian blocks (eV/Å²).
        reference: the reference engine's response.
        numbers: value and bounds of every other descriptor, by its name in the study table.
        reasons: why a number is not known, by its name.
        body_order_share: (n_atoms, 3) share of |relevance| by number of distinct atoms.
        curves: further curves with dimensions of their own.
        conservation_error: largest |walks + constants - output| over the structures in eV.
    """

    relevance: Decay = field(default_factory=Decay)
    relevance_contains: Decay = field(default_factory=Decay)
    response: Decay = field(default_factory=Decay)
    reference: Reference = field(default_factory=Reference)
    numbers: dict[str, Interval] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    body_order_share: np.ndarray | None = None
    curves: xr.Dataset = field(default_factory=xr.Dataset)
    conservation_error: float = np.nan


def analyse_all(
    cases: Sequence[Case], settings: Statistics
) -> tuple[np.ndarray, dict[str, CaseStatistics]]:
    """Common bin edges (bin + 1,) in Å, and the statistics of every case by its id."""
    tables = [t for c in cases for t in (c.relevance, c.response, c.reference) if "distance" in t]
    largest = max((float(t["distance"].max()) for t in tables), default=settings.first_shell)
    edges = bin_edges(settings.bin_width, largest)
    references: dict[str, Reference] = {}
    for case in cases:
        if case.dataset not in references:
            references[case.dataset] = analyse_reference(case.reference, edges, settings)
    progress = progress_bar(cases, desc="statistics", unit="variant")
    return edges, {
        case.id: analyse(case, edges, settings, references[case.dataset]) for case in progress
    }


def analyse(
    case: Case, edges: np.ndarray, settings: Statistics, reference: Reference | None = None
) -> CaseStatistics:
    """All statistics of a case; stages that are missing stay NaN.

    Args:
        case: a variant on a data set.
        edges: (bin + 1,) Å.
        settings: bins, windows, intervals.
        reference: of its data set; computed when not given.
    """
    reference = reference or analyse_reference(case.reference, edges, settings)
    relevance, inclusive, numbers, curves = _relevance(case, edges, settings, reference)
    response = analyse_response(case, edges, settings, reference)
    agreement, by_bin = faithfulness(case.relevance, case.response, edges, settings)
    areas, ablated = ablation(case.faithfulness, settings)
    cutoff = case.variant.pair_cutoff
    near = edges[1:] <= cutoff
    further = [
        *curves,
        by_bin,
        ablated,
        choice_descriptors(case.faithfulness, case.response, edges, cutoff, settings),
        pair_strength(case.relevance, "relevance", "element_pair_relevance", edges, near, settings),
        pair_strength(case.response, "norm", "element_pair_response", edges, near, settings),
    ]
    known = "relevance" in case.relevance
    return CaseStatistics(
        relevance=relevance,
        relevance_contains=inclusive,
        response=response.decay,
        reference=reference,
        numbers={
            **numbers,
            **response.numbers,
            **agreement,
            **areas,
            "randomised_agreement": randomised_agreement(case.faithfulness, settings),
        },
        reasons=response.reasons,
        body_order_share=body_order_share(case.relevance, settings) if known else None,
        curves=xr.merge(
            further, join="outer", combine_attrs="drop_conflicts", compat="no_conflicts"
        ),
        conservation_error=(
            float(np.abs(case.relevance["conservation_error"]).max()) if known else np.nan
        ),
    )


def _relevance(
    case: Case, edges: np.ndarray, settings: Statistics, reference: Reference
) -> tuple[Decay, Decay, dict[str, Interval], list[xr.Dataset]]:
    """Decays and descriptors of relevance, and further curves."""
    table = case.relevance
    if "relevance" not in table:
        return Decay(), Decay(), {}, []
    decays = {}
    for name in ("relevance", "relevance_contains"):
        shown = curve(table, name, edges, settings) if name in table else None
        decays[name] = (
            Decay()
            if shown is None
            else decay_of(
                shown, relevance_windows(shown, case.variant.pair_cutoff, settings), settings
            )
        )
    own = decays["relevance"]
    numbers = {
        "relevance_tail_share": tail_share(own.curve, settings) if own.curve else NOTHING,
        **constants_shares(table, settings),
        "effective_body_order": effective_body_order(table["absolute_bodies"].to_numpy(), settings),
        **range_holding(table, settings),
    }
    engine = reference.decay.curve
    if own.curve and engine and reference.windows is not None:
        windows = relevance_windows(own.curve, case.variant.pair_cutoff, settings)
        numbers["relevance_deviation"] = compare_shapes(
            own.curve, engine, windows & reference.windows, settings.confidence
        )
    further = [range_shares(table), element_strength(table, settings)]
    return own, decays["relevance_contains"], numbers, further
