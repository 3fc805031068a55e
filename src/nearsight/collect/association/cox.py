"""Proportional hazards of replicas, clustered by the model that they share (lifelines).

Cox, J. R. Stat. Soc. B 34, 187 (1972); robust errors: Lin and Wei, J. Am. Stat. Assoc. 84, 1074
(1989).
"""

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning

COVARIATES = ("force_mae", "response_deviation")
FEWEST_EVENTS = 10
"""Ends below which no hazard is fitted: five per covariate at the least."""
FEWEST_MODELS = 5
"""Models below which two covariates cannot be told apart."""


@dataclass(frozen=True)
class Hazards:
    """A fit. Value, lower and upper bound; NaN with a reason where there is none.

    Attributes:
        ratio: hazard ratio per standard deviation of a covariate, by its name.
        p_value: Wald test with errors clustered by model, by its name.
        concordance: of replicas' order of ends with the fitted risk; interval over models.
        n_models, n_events: behind it.
        reason: why there is no fit; empty if there is one.
    """

    ratio: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    p_value: dict[str, float] = field(default_factory=dict)
    concordance: tuple[float, float, float] = (np.nan, np.nan, np.nan)
    n_models: int = 0
    n_events: int = 0
    reason: str = ""


def fit_hazards(
    replicas: pd.DataFrame, *, confidence: float, n_bootstrap: int, seed: int
) -> Hazards:
    """Fit ends of replicas to force error and response deviation, a baseline per data set.

    Args:
        replicas: a row per replica with ``time`` (ps), ``ended`` (0 or 1), ``model``, ``dataset``
            and the covariates, which are standardised within each data set.
        confidence: level of the intervals.
        n_bootstrap: resamples of models behind the interval of the concordance.
        seed: of the resampling.
    """
    known = replicas.dropna(subset=[*COVARIATES, "time"])
    counts = {"n_models": known["model"].nunique(), "n_events": int(known["ended"].sum())}
    if counts["n_events"] < FEWEST_EVENTS:
        reason = f"{counts['n_events']} replicas ended, {FEWEST_EVENTS} are needed"
        return Hazards(**counts, reason=reason)
    if counts["n_models"] < FEWEST_MODELS:
        reason = f"{counts['n_models']} models, {FEWEST_MODELS} are needed"
        return Hazards(**counts, reason=reason)
    frame = _standardised(known)
    fitter = CoxPHFitter(alpha=1 - confidence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            fitter.fit(frame, "time", "ended", cluster_col="model", strata=["dataset"], robust=True)
    except (ConvergenceError, ConvergenceWarning) as error:
        first = str(error).strip().splitlines()[0]
        return Hazards(**counts, reason=f"the fit does not converge: {first}")
    bounds = np.exp(fitter.confidence_intervals_.to_numpy())
    return Hazards(
        ratio={
            name: (
                float(np.exp(fitter.params_[name])),
                float(bounds[k, 0]),
                float(bounds[k, 1]),
            )
            for k, name in enumerate(fitter.params_.index)
        },
        p_value={name: float(p) for name, p in fitter.summary["p"].items()},
        concordance=_concordance(fitter, frame, confidence, n_bootstrap, seed),
        **counts,
    )


def _standardised(replicas: pd.DataFrame) -> pd.DataFrame:
    """Covariates of the models of each data set with mean 0 and deviation 1."""
    frame = replicas[["time", "ended", "model", "dataset", *COVARIATES]].copy()
    models = frame.drop_duplicates("model").groupby("dataset")[list(COVARIATES)]
    mean, deviation = models.mean(), models.std(ddof=0)
    for name in COVARIATES:
        spread = frame["dataset"].map(deviation[name]).replace(0.0, 1.0)
        frame[name] = (frame[name] - frame["dataset"].map(mean[name])) / spread
    return frame


def _concordance(
    fitter: CoxPHFitter, frame: pd.DataFrame, confidence: float, n_bootstrap: int, seed: int
) -> tuple[float, float, float]:
    random = np.random.default_rng(seed)
    by_model = [rows for _, rows in frame.groupby("model")]
    found = []
    for _ in range(min(n_bootstrap, 200)):
        drawn = random.integers(len(by_model), size=len(by_model))
        again = pd.concat([by_model[k] for k in drawn], ignore_index=True)
        # Without a pair of which one ended first there is nothing to put in order.
        if again["ended"].sum():
            with warnings.catch_warnings():
                # It sets strata as the index, and then wonders that rows share one.
                warnings.filterwarnings("ignore", message="DataFrame Index is not unique")
                found.append(fitter.score(again, scoring_method="concordance_index"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail]) if found else (np.nan, np.nan)
    return float(fitter.concordance_index_), float(low), float(high)
