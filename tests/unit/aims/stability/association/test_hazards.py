"""Hazards of replicas: one covariate as lifelines has it, units and reasons for none."""

import math

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from nearsight.aims.stability.association import cox
from nearsight.aims.stability.association.hazards import (
    FEWEST_EVENTS,
    FEWEST_SETTINGS,
    Hazards,
    covariates_of,
    fit_hazards,
)
from nearsight.aims.stability.association.orders import orders
from nearsight.config import Question, Statistics

COVARIATES = ["force_mae", "deviation"]
# Two fits for the null of the concordance, or none: a fit takes 50 ms.
FEW = Statistics().model_copy(update={"n_bootstrap": 20})
BARE = FEW.model_copy(update={"n_bootstrap": 0})


def replicas(effect: float = 0.8, n_settings: int = 5, seed: int = 0) -> pd.DataFrame:
    """Two families by some settings of four replicas, whose ends follow the deviation."""
    random = np.random.default_rng(seed)
    rows = []
    for family in ("painn", "schnet"):
        error, deviation = random.normal(size=(2, n_settings))
        for k in range(n_settings):
            life = random.exponential(np.exp(-effect * deviation[k]), 4)
            place = (f"{family}{k}", "a", family, f"s{k}")
            rows += [(*place, min(t, 1.5), int(t < 1.5), error[k], deviation[k]) for t in life]
    names = ["model", "dataset", "family", "setting", "time", "ended", *COVARIATES]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return replicas()


@pytest.fixture(scope="module")
def found(frame: pd.DataFrame) -> Hazards:
    return fit_hazards(frame, COVARIATES, FEW)


def test_one_covariate_is_that_of_lifelines(frame: pd.DataFrame) -> None:
    one = frame[frame["family"] == "painn"]
    plain = CoxPHFitter().fit(one[["time", "ended", "deviation"]], "time", "ended")
    ours = cox.fit(one, ["deviation"])
    assert float(ours.params_["deviation"]) == pytest.approx(float(plain.params_["deviation"]))


def test_the_fit_is_where_the_partial_likelihood_is_flat(frame: pd.DataFrame) -> None:
    """Cox's score, by hand: of each end, its covariate less the mean over those at risk."""
    slope = float(cox.fit(frame, ["deviation"]).params_["deviation"])
    score = 0.0
    for _, own in frame.groupby("family"):
        x, time = own["deviation"].to_numpy(), own["time"].to_numpy()
        for k in np.flatnonzero(own["ended"]):
            weight = np.exp(slope * x) * (time >= time[k])
            score += x[k] - (weight * x).sum() / weight.sum()
    assert score == pytest.approx(0.0, abs=1e-3)


def test_bounds_hold_the_ratio_and_widen_with_confidence(frame: pd.DataFrame) -> None:
    one = frame[frame["family"] == "painn"]
    wide, narrow = (cox.ratio_intervals(one, ["deviation"], c)["deviation"] for c in (0.95, 0.6))
    ratio, low, high = wide
    assert 0 < low < narrow[1] < ratio == narrow[0] < narrow[2] < high
    # Plus and minus on the scale of the logarithm.
    assert math.sqrt(low * high) == pytest.approx(ratio)


def test_units_do_not_matter_and_a_sign_inverts_its_ratio(
    frame: pd.DataFrame, found: Hazards
) -> None:
    """Nor do families of other units, nor replicas of networks whose deviation is not known."""
    other = frame.assign(
        force_mae=1e3 * frame["force_mae"] + 5.0,
        deviation=-frame["deviation"] * frame["family"].map({"painn": 0.01, "schnet": 40.0}),
        time=1e3 * frame["time"],
    )
    unknown = other.iloc[:8].assign(model="x", setting="other", deviation=np.nan)
    again = fit_hazards(pd.concat([other, unknown]), COVARIATES, BARE)
    ratio, low, high = found.ratio["deviation"]
    np.testing.assert_allclose(again.ratio["deviation"], (1 / ratio, 1 / high, 1 / low), rtol=1e-5)
    np.testing.assert_allclose(again.ratio["force_mae"], found.ratio["force_mae"], rtol=1e-5)
    for name in COVARIATES:
        assert again.p_value[name] == pytest.approx(found.p_value[name])
    assert again.concordance == pytest.approx(found.concordance)
    assert (again.n_models, again.n_settings) == (found.n_models, found.n_settings)
    assert np.isnan(again.concordance_null).all()


def test_what_drives_the_ends_is_found(found: Hazards) -> None:
    assert found.reason == ""
    assert (found.n_models, found.n_settings) == (10, FEWEST_SETTINGS)
    assert found.ratio["deviation"][0] > 1.3
    # Over all orders of five settings.
    assert found.p_value["deviation"] * 120 == pytest.approx(
        round(found.p_value["deviation"] * 120)
    )
    assert found.p_value["deviation"] < 0.05 < found.p_value["force_mae"]
    mean, low, high = found.concordance_null
    assert low <= mean <= high
    assert found.concordance > mean


def test_one_end_or_one_setting_too_few(frame: pd.DataFrame) -> None:
    ends = np.flatnonzero(frame["ended"])
    few = frame.copy()
    few.loc[ends[FEWEST_EVENTS - 1 :], "ended"] = 0
    found = fit_hazards(few, COVARIATES, FEW)
    assert found.reason == f"{FEWEST_EVENTS - 1} replicas ended, {FEWEST_EVENTS} are needed"
    assert found.n_events == FEWEST_EVENTS - 1
    assert math.isnan(found.concordance)
    less = fit_hazards(replicas(n_settings=FEWEST_SETTINGS - 1), COVARIATES, FEW)
    assert less.reason == "4 settings, 5 are needed"
    assert fit_hazards(frame.iloc[:0], COVARIATES, FEW).reason.startswith("0 replicas ended")


def test_a_covariate_that_tells_every_end_does_not_converge_and_says_so(
    frame: pd.DataFrame,
) -> None:
    found = fit_hazards(frame.assign(deviation=1.0 * frame["ended"]), COVARIATES, BARE)
    assert found.reason.startswith("the fit does not converge: ")
    assert found.ratio == found.p_value == {}
    assert found.n_models == 10


def test_p_value_does_not_hang_on_how_rows_are_listed(frame: pd.DataFrame) -> None:
    order = orders(5, 0, 0)
    whole = cox.permutation_p(frame, *COVARIATES, order)
    moved = frame.sample(frac=1.0, random_state=1)
    assert cox.permutation_p(moved, *COVARIATES, order) == pytest.approx(whole)
    assert cox.all_orders(frame, 100, 0).places.shape == (120, 5)


def test_settings_that_lend_their_covariates_follow_the_seed(frame: pd.DataFrame) -> None:
    one, same, other = (
        cox.concordance_under_null(frame, COVARIATES, 1, seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert len(cox.concordance_under_null(frame, COVARIATES, 0, 0)) == 0


@pytest.mark.parametrize(
    ("asked", "second"),
    [
        ("none", "response_deviation_signed"),
        ("force_mae", "response_deviation_signed"),
        ("heating", "response_deviation_signed"),
        ("response_ratio_7", "response_ratio_7"),
        ("faithfulness", "faithfulness"),
    ],
)
def test_the_covariate_beside_the_force_error_is_one_of_the_networks(
    asked: str, second: str
) -> None:
    """Heating is an outcome: it would explain an end by another."""
    assert covariates_of(Question(descriptor=asked)) == ["force_mae", second]
