"""The hazard model of 12 networks holds its level, and its concordance stands beside its null."""

import warnings

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from nearsight.aims.stability.association import cox
from nearsight.aims.stability.association.orders import orders

COVARIATES = ["force_mae", "deviation"]
TEXT = ["model", "dataset", "family", "setting"]


def null_replicas(random: np.random.Generator, n_replicas: int = 8) -> pd.DataFrame:
    """Two families by six settings, as the demo; both covariates mean nothing."""
    common = random.normal(size=(3, 6))
    rows = []
    for family in ("painn", "schnet"):
        frailty, error, deviation = common + 0.4 * random.normal(size=(3, 6))
        for k in range(6):
            life = random.exponential(1.5 * np.exp(-frailty[k]), n_replicas)
            place = (f"{family}{k}", "a", family, f"s{k}")
            rows += [(*place, min(t, 2.0), int(t < 2), error[k], deviation[k]) for t in life]
    return pd.DataFrame(rows, columns=[*TEXT, "time", "ended", *COVARIATES])


def sandwich_p(frame: pd.DataFrame) -> float:
    """As one would do it: errors clustered by network."""
    columns = frame[["model", "dataset", "time", "ended", *COVARIATES]]
    fitter = CoxPHFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit(columns, "time", "ended", cluster_col="model", strata=["dataset"], robust=True)
    return float(fitter.summary["p"]["deviation"])


@pytest.mark.slow
def test_p_value_holds_its_level_with_twelve_networks() -> None:
    """Within two binomial errors; the usual one rejects a true null far more often."""
    random = np.random.default_rng(0)
    n = 150
    frames = [null_replicas(random) for _ in range(n)]
    order = orders(6, 0, 0)
    ours = [cox.permutation_p(one, "deviation", "force_mae", order) < 0.05 for one in frames]
    assert np.mean(ours) < 0.05 + 2 * np.sqrt(0.0475 / n)
    usual = [sandwich_p(one) < 0.05 for one in frames[:50]]
    assert np.mean(usual) > 0.12


def test_intervals_are_wider_than_those_of_independent_replicas() -> None:
    """Settings are left out whole: their replicas, and their families, go together."""
    random = np.random.default_rng(1)
    wider = []
    for _ in range(5):
        frame = null_replicas(random)
        _, low, high = cox.ratio_intervals(frame, COVARIATES, 0.95)["deviation"]
        naive = cox.fit(frame, COVARIATES).confidence_intervals_.loc["deviation"].to_numpy()
        wider.append(np.log(high / low) / np.ptp(naive))
    assert np.median(wider) > 1.5


def test_covariates_that_mean_nothing_do_better_than_a_coin() -> None:
    random = np.random.default_rng(2)
    frame = null_replicas(random)
    drawn = cox.concordance_under_null(frame, COVARIATES, 10, 0)
    assert len(drawn) == 10
    assert 0.52 < drawn.mean() < 0.75


def test_a_fit_that_does_not_converge_says_so() -> None:
    frame = null_replicas(np.random.default_rng(3))
    frame["deviation"] = frame["ended"] * 1.0
    with pytest.raises(cox.NoFitError):
        cox.fit(frame, COVARIATES)
