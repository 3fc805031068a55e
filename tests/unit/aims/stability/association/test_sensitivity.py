"""Agreement of a descriptor under another rule of LRP: over which models, and when none."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from nearsight.aims.stability.association.jackknife import FEWEST
from nearsight.aims.stability.association.sensitivity import _spearman, sensitivity
from nearsight.config import Statistics

FEW = Statistics(n_bootstrap=100)
PLACE = {"dataset": "water", "family": "schnet", "choice": "zero", "descriptor": "tail"}


def curves(own: np.ndarray, other: np.ndarray, label: str = "gamma") -> xr.Dataset:
    """One family on one data set with a descriptor under two rules."""
    n = len(own)
    return xr.Dataset(
        {"choice_descriptor": (("choice", "descriptor", "model"), np.stack([own, other])[:, None])},
        coords={
            "choice": ["gamma", "zero"],
            "descriptor": ["tail"],
            "dataset": ("model", ["water"] * n),
            "family": ("model", ["schnet"] * n),
            "own_choice": ("model", [label] * n),
        },
    )


def pair(n: int = 10) -> np.ndarray:
    own, noise = np.random.default_rng(0).normal(size=(2, n))
    return np.stack([own, own + noise])


def test_it_is_spearmans_correlation_with_what_the_study_chose() -> None:
    own, other = pair()
    found = sensitivity(curves(own, other), FEW).sel(PLACE)
    value = spearmanr(own, other).statistic
    assert found["agreement"] == pytest.approx(value)
    assert found["agreement_low"] < value < found["agreement_high"] <= 1
    assert found["n_models"] == 10
    # Under the other label the two change roles, and the other rule agrees with itself.
    turned = sensitivity(curves(own, other, "zero"), FEW)["agreement"].sel(family="schnet")
    assert turned.sel(choice="gamma").item() == pytest.approx(value)
    assert turned.sel(choice="zero").item() == pytest.approx(1.0)


def test_only_order_counts_and_models_that_have_both() -> None:
    own, other = pair()
    value = sensitivity(curves(own, other), FEW).sel(PLACE)["agreement"]
    bent = sensitivity(curves(np.exp(own), other**3), FEW).sel(PLACE)
    assert bent["agreement"] == pytest.approx(float(value))
    own[0], other[1] = np.nan, np.inf
    less = sensitivity(curves(own, other), FEW).sel(PLACE)
    assert less["agreement"] == pytest.approx(spearmanr(own[2:], other[2:]).statistic)
    assert less["n_models"] == 8


def test_families_are_kept_apart() -> None:
    one = curves(*pair())
    turned = curves(*(pair() * [[1.0], [-1.0]])).assign_coords(family=("model", ["painn"] * 10))
    found = sensitivity(xr.concat([one, turned], "model"), FEW).sel(dataset="water", choice="zero")
    agree = found["agreement"].sel(descriptor="tail")
    assert agree.sel(family="schnet") == pytest.approx(-float(agree.sel(family="painn")))
    assert agree.sel(family="schnet") > 0.3


@pytest.mark.parametrize(("n", "there"), [(FEWEST - 1, False), (FEWEST, True)])
def test_too_few_models_say_nothing(n: int, there: bool) -> None:
    found = sensitivity(curves(*pair(n)), FEW).sel(PLACE)
    assert found["n_models"] == n
    assert bool(np.isfinite(found["agreement"])) == there


def test_what_does_not_vary_and_what_is_not_labelled_say_nothing() -> None:
    own, other = pair()
    for few in (curves(own, np.ones(10)), curves(own, other, "elsewhere")):
        found = sensitivity(few, FEW).sel(PLACE)
        assert np.isnan(found["agreement"])
        assert np.isnan(found["agreement_low"])


def test_bounds_follow_confidence_and_seed() -> None:
    data = curves(*pair())

    def band(**changes: float) -> tuple[float, float]:
        found = sensitivity(data, FEW.model_copy(update=changes)).sel(PLACE)
        return float(found["agreement_low"]), float(found["agreement_high"])

    wide, narrow = band(), band(confidence=0.6)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert band() == wide != band(seed=1)


def test_correlations_of_many_samples_are_those_of_each() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 6, (40, 11)).astype(float), rng.normal(size=(40, 11))
    found = [spearmanr(one, other).statistic for one, other in zip(x, y, strict=True)]
    np.testing.assert_allclose(_spearman(x, y), found, rtol=0, atol=1e-14)
    np.testing.assert_allclose(_spearman(y, y), 1.0)
