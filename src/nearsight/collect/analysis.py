"""Everything that is computed of one case: curves, fits, shares, deviation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from nearsight.collect.bins import bin_edges, bootstrap_weights, percentile_interval
from nearsight.collect.cases import Case
from nearsight.collect.decay import (
    NOTHING,
    Curve,
    Interval,
    compare,
    curve,
    fit_curve,
    noise_floor,
    relevance_window,
    response_window,
)
from nearsight.collect.fits import DecayFit
from nearsight.config import Statistics

CONSTANTS = ("bias", "vector", "readout_bias", "leak")
NO_FIT = DecayFit(np.nan, np.nan, np.nan, 0, "not computed")


@dataclass(frozen=True)
class Decay:
    """One decay: its curve and the fits to it."""

    curve: Curve | None = None
    fit: DecayFit = NO_FIT
    exponent: Interval = NOTHING
    length: Interval = NOTHING


@dataclass(frozen=True)
class Analysis:
    """Decay of one case. Shares are (n_atoms, 3): value and bounds by body order.

    Attributes:
        relevance: decay of the exclusive two-body relevance (eV).
        response: decay of the Hessian blocks (eV/Å²).
        reference: decay of the reference engine's Hessian blocks (eV/Å²).
        reference_noise: (bin,) its numerical noise in eV/Å².
        deviation, signed_deviation: response against reference, in decades.
        body_order_share: share of |relevance| by number of distinct atoms.
        tail_share: share of two-body |relevance| beyond ``far_field``.
        constants_share: share of what no walk carries in the output, by absolute values.
        conservation_error: largest |walks + constants - output| over the structures in eV.
    """

    relevance: Decay = Decay()
    response: Decay = Decay()
    reference: Decay = Decay()
    reference_noise: np.ndarray | None = None
    deviation: Interval = NOTHING
    signed_deviation: Interval = NOTHING
    body_order_share: np.ndarray | None = None
    tail_share: Interval = NOTHING
    constants_share: Interval = NOTHING
    conservation_error: float = np.nan


def analyse_all(
    cases: Sequence[Case], settings: Statistics
) -> tuple[np.ndarray, dict[str, Analysis]]:
    """Common bin edges (Å) and the statistics of every case by its id."""
    tables = [t for c in cases for t in (c.relevance, c.response, c.reference) if "distance" in t]
    largest = max((float(t["distance"].max()) for t in tables), default=settings.first_shell)
    edges = bin_edges(settings.bin_width, largest)
    progress = tqdm(cases, desc="statistics", unit="variant", disable=None)
    return edges, {case.id: analyse(case, edges, settings) for case in progress}


def analyse(case: Case, edges: np.ndarray, settings: Statistics) -> Analysis:
    """All decay statistics of a case; stages that are missing stay NaN."""
    relevance, share, conservation = Decay(), None, np.nan
    tail = constants = NOTHING
    if "relevance" in case.relevance:
        shown = curve(case.relevance, "relevance", edges, settings)
        window = relevance_window(edges, case.variant.cutoff, settings)
        relevance = Decay(shown, *fit_curve(shown, window, settings))
        share = _body_order_share(case, settings)
        tail = _tail_share(shown, settings)
        constants = _constants_share(case, settings)
        conservation = float(np.abs(case.relevance["conservation_error"]).max())
    response, reference, noise = Decay(), Decay(), None
    deviation = signed = NOTHING
    if "norm" in case.reference:
        engine = curve(case.reference, "norm", edges, settings)
        noise = noise_floor(case.reference, edges)
        window = response_window(engine, noise, settings)
        reference = Decay(engine, *fit_curve(engine, window, settings))
    if "norm" in case.response:
        shown = curve(case.response, "norm", edges, settings)
        if reference.curve is not None and noise is not None:
            window = response_window(reference.curve, noise, settings)
            deviation, signed = compare(shown, reference.curve, noise, window, settings.confidence)
            visible = window & response_window(shown, noise, settings)
            response = Decay(shown, *fit_curve(shown, visible, settings))
        else:
            response = Decay(shown)
    return Analysis(
        relevance=relevance,
        response=response,
        reference=reference,
        reference_noise=noise,
        deviation=deviation,
        signed_deviation=signed,
        body_order_share=share,
        tail_share=tail,
        constants_share=constants,
        conservation_error=conservation,
    )


def _body_order_share(case: Case, settings: Statistics) -> np.ndarray:
    sums = case.relevance["absolute_bodies"].to_numpy()
    weights = bootstrap_weights(len(sums), settings.n_bootstrap, settings.seed)
    samples = weights @ sums
    low, high = percentile_interval(
        samples / samples.sum(axis=1, keepdims=True), settings.confidence
    )
    return np.stack([sums.sum(axis=0) / sums.sum(), low, high], axis=1)


def _tail_share(shown: Curve, settings: Statistics) -> Interval:
    far = shown.bins.edges[:-1] >= settings.far_field
    sums = shown.bins.sums
    return _share(sums[:, far].sum(axis=1), sums.sum(axis=1), settings)


def _constants_share(case: Case, settings: Statistics) -> Interval:
    """|constants| in |walks| + |constants|; the output itself would be a divisor near zero."""
    constants = sum(np.abs(case.relevance[name].to_numpy()) for name in CONSTANTS)
    walks = np.abs(case.relevance["walks"].to_numpy())
    return _share(np.asarray(constants), walks + constants, settings)


def _share(part: np.ndarray, whole: np.ndarray, settings: Statistics) -> Interval:
    """Share of a part (structure,) in the whole, with its interval over structures."""
    weights = bootstrap_weights(len(whole), settings.n_bootstrap, settings.seed)
    low, high = percentile_interval((weights @ part) / (weights @ whole), settings.confidence)
    return float(part.sum() / whole.sum()), float(low), float(high)
