"""Everything that is computed of one case: curves, fits, descriptors, tests of relevance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from nearsight.collect.ablation import ablation
from nearsight.collect.bins import bin_edges
from nearsight.collect.cases import Case
from nearsight.collect.choices import choice_descriptors, randomised_agreement
from nearsight.collect.decay import (
    Curve,
    compare,
    compare_shapes,
    curve,
    fit_curve,
    noise_floor,
    relevance_window,
    response_window,
)
from nearsight.collect.elements import element_strength, pair_strength
from nearsight.collect.faithfulness import faithfulness
from nearsight.collect.fits import DecayFit
from nearsight.collect.intervals import NOTHING, Interval
from nearsight.collect.ranges import range_holding, range_shares
from nearsight.collect.shares import (
    body_order_share,
    constants_share,
    effective_body_order,
    tail_share,
)
from nearsight.config import Statistics
from nearsight.progress import progress_bar

NO_FIT = DecayFit(np.nan, np.nan, np.nan, 0, "not computed")


@dataclass(frozen=True)
class Decay:
    """One decay: its curve and the fits to it."""

    curve: Curve | None = None
    fit: DecayFit = NO_FIT
    exponent: Interval = NOTHING
    length: Interval = NOTHING


@dataclass(frozen=True)
class Reference:
    """The reference engine's response on a data set.

    Attributes:
        decay: of its Hessian blocks (eV/Å²).
        noise: (bin,) its numerical noise in eV/Å²; None without a reference.
        window: (bin,) where it stands out of the noise.
    """

    decay: Decay = Decay()
    noise: np.ndarray | None = None
    window: np.ndarray | None = None


@dataclass(frozen=True)
class Analysis:
    """What is known of one case.

    Attributes:
        relevance: decay of the exclusive two-body relevance (eV).
        relevance_contains: decay of the relevance of walks that visit both atoms (eV).
        response: decay of the Hessian blocks (eV/Å²).
        reference: the reference engine's response.
        numbers: value and bounds of every other descriptor, by its name in the study table.
        body_order_share: (n_atoms, 3) share of |relevance| by number of distinct atoms.
        curves: further curves with dimensions of their own.
        conservation_error: largest |walks + constants - output| over the structures in eV.
    """

    relevance: Decay = Decay()
    relevance_contains: Decay = Decay()
    response: Decay = Decay()
    reference: Reference = Reference()
    numbers: dict[str, Interval] = field(default_factory=dict)
    body_order_share: np.ndarray | None = None
    curves: xr.Dataset = field(default_factory=xr.Dataset)
    conservation_error: float = np.nan


def analyse_all(
    cases: Sequence[Case], settings: Statistics
) -> tuple[np.ndarray, dict[str, Analysis]]:
    """Common bin edges (Å) and the statistics of every case by its id."""
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


def analyse_reference(response: xr.Dataset, edges: np.ndarray, settings: Statistics) -> Reference:
    """Decay, noise and window of a reference engine's response."""
    if "norm" not in response:
        return Reference()
    shown = curve(response, "norm", edges, settings)
    noise = noise_floor(response, edges)
    window = response_window(shown, noise, settings)
    return Reference(Decay(shown, *fit_curve(shown, window, settings)), noise, window)


def analyse(
    case: Case, edges: np.ndarray, settings: Statistics, reference: Reference | None = None
) -> Analysis:
    """All statistics of a case; stages that are missing stay NaN.

    Args:
        case: a variant on a data set.
        edges: (bin + 1,) Å.
        settings: bins, windows, intervals.
        reference: of its data set; computed when not given.
    """
    reference = reference or analyse_reference(case.reference, edges, settings)
    relevance, inclusive, numbers, curves = _relevance(case, edges, settings, reference)
    response, deviations = _response(case, edges, settings, reference)
    agreement, by_bin = faithfulness(case.relevance, case.response, edges, settings)
    areas, ablated = ablation(case.faithfulness, settings)
    cutoff = case.variant.cutoff
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
    return Analysis(
        relevance=relevance,
        relevance_contains=inclusive,
        response=response,
        reference=reference,
        numbers={
            **numbers,
            **deviations,
            **agreement,
            **areas,
            "randomised_agreement": randomised_agreement(case.faithfulness, settings),
        },
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
    window = relevance_window(edges, case.variant.cutoff, settings)
    decays = {}
    for name in ("relevance", "relevance_contains"):
        shown = curve(table, name, edges, settings) if name in table else None
        decays[name] = (
            Decay() if shown is None else Decay(shown, *fit_curve(shown, window, settings))
        )
    own = decays["relevance"]
    numbers = {
        "relevance_tail_share": tail_share(own.curve, settings) if own.curve else NOTHING,
        "constants_share": constants_share(table, settings),
        "effective_body_order": effective_body_order(table["absolute_bodies"].to_numpy(), settings),
        **range_holding(table, settings),
    }
    engine = reference.decay.curve
    if own.curve and engine and reference.window is not None:
        numbers["relevance_deviation"] = compare_shapes(
            own.curve, engine, window & reference.window, settings.confidence
        )
    further = [range_shares(table), element_strength(table, settings)]
    return own, decays["relevance_contains"], numbers, further


def _response(
    case: Case, edges: np.ndarray, settings: Statistics, reference: Reference
) -> tuple[Decay, dict[str, Interval]]:
    """Decay of the response and its deviations from the reference's."""
    if "norm" not in case.response:
        return Decay(), {}
    shown = curve(case.response, "norm", edges, settings)
    engine, noise, window = reference.decay.curve, reference.noise, reference.window
    if engine is None or noise is None or window is None:
        return Decay(shown), {}
    total, signed = compare(shown, engine, noise, window, settings.confidence)
    visible = window & response_window(shown, noise, settings)
    return Decay(shown, *fit_curve(shown, visible, settings)), {
        "response_deviation": total,
        "response_deviation_signed": signed,
    }
