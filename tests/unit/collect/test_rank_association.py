"""Rank correlation over models: exact cases, strata, p-values that hold their level."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from nearsight.collect.association.correlation import (
    Sample,
    partial_rho,
    permutation_p,
    pigeonhole_interval,
    rho,
)

DRAWS = {"n_permutations": 2000, "seed": 0}
BOOTSTRAP = {"confidence": 0.95, "n_bootstrap": 400, "seed": 0}


def sample(x: np.ndarray, y: np.ndarray, **further: np.ndarray) -> Sample:
    n = len(x)
    columns = {
        "given": np.zeros(n), "stratum": np.zeros(n, int),
        "setting": np.arange(n), "seed": np.zeros(n, int),
    }  # fmt: skip
    return Sample(np.asarray(x, float), np.asarray(y, float), **(columns | further))


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_one_stratum_is_spearman() -> None:
    x, y = noise(2, 17)
    y[:4] = y[5]
    assert rho(sample(x, y)) == pytest.approx(spearmanr(x, y).statistic)


def test_strata_are_not_compared_with_each_other() -> None:
    """Within each data set nothing; between them everything: no correlation."""
    x, y = noise(2, 400)
    stratum = np.repeat([0, 1], 200)
    both = sample(x + 100 * stratum, y + 100 * stratum, stratum=stratum)
    assert spearmanr(both.x, both.y).statistic > 0.7
    assert abs(rho(both)) < 0.12
    opposite = np.where(stratum == 0, x, -x)
    assert abs(rho(sample(x, opposite, stratum=stratum))) < 0.01


def test_force_error_is_taken_out() -> None:
    error = noise(300)
    x, y = error + 0.1 * noise(300, seed=1), error + 0.1 * noise(300, seed=2)
    confounded = sample(x, y, given=error)
    assert rho(confounded) > 0.95
    assert abs(partial_rho(confounded)) < 0.15
    direct = sample(x, x, given=error)
    assert partial_rho(direct) == pytest.approx(1.0)


def test_constant_survival_has_no_correlation() -> None:
    assert np.isnan(rho(sample(noise(9), np.ones(9))))
    flat = sample(noise(9), np.ones(9))
    assert np.isnan(permutation_p(flat, partial=False, **DRAWS))
    assert np.isnan(pigeonhole_interval(flat, rho, **BOOTSTRAP)).all()


def test_p_value_is_that_of_all_permutations() -> None:
    x, y = noise(2, 6, seed=3)
    observed = abs(spearmanr(x, y).statistic)
    every = [abs(spearmanr(x, np.array(p)).statistic) for p in permutations(y)]
    exact = np.mean(np.array(every) >= observed - 1e-12)
    found = permutation_p(sample(x, y), partial=False, n_permutations=20_000, seed=0)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_p_value_is_never_zero() -> None:
    x = np.arange(30.0)
    assert permutation_p(sample(x, x), partial=False, **DRAWS) == pytest.approx(1 / 2001)


def null_study(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Six models whose descriptor has nothing to do with how long their eight replicas live."""
    rng = np.random.default_rng(seed)
    descriptor = rng.normal(size=6)
    own = rng.normal(size=6)
    return descriptor, own, own[:, None] + rng.normal(size=(6, 8))


def test_trajectories_as_units_give_false_positives_and_models_do_not() -> None:
    """48 trajectories of 6 models: a test at 5 % rejects a true null about one time in three."""
    naive, ours = [], []
    for seed in range(300):
        descriptor, _, times = null_study(seed)
        naive.append(spearmanr(np.repeat(descriptor, 8), times.ravel()).pvalue < 0.05)
        models = sample(descriptor, times.mean(axis=1))
        ours.append(permutation_p(models, partial=False, n_permutations=719, seed=seed) < 0.05)
    assert 0.25 < np.mean(naive) < 0.5
    assert np.mean(ours) < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def crossed(seed: int, n_settings: int = 8, n_seeds: int = 3) -> Sample:
    """A true correlation through the setting, and effects of setting and seed on survival."""
    rng = np.random.default_rng(seed)
    setting = np.repeat(np.arange(n_settings), n_seeds)
    number = np.tile(np.arange(n_seeds), n_settings)
    x = rng.normal(size=n_settings)[setting] + 0.1 * rng.normal(size=len(setting))
    y = x + rng.normal(size=n_settings)[setting] + 0.3 * rng.normal(size=n_seeds)[number]
    return sample(x, y, setting=setting, seed=number)


def test_pigeonhole_interval_is_wider_than_that_of_independent_models() -> None:
    wider = []
    for seed in range(20):
        models = crossed(seed)
        low, high = pigeonhole_interval(models, rho, **BOOTSTRAP)
        alone = sample(models.x, models.y)
        naive_low, naive_high = pigeonhole_interval(alone, rho, **BOOTSTRAP)
        wider.append((high - low) / (naive_high - naive_low))
        assert low <= rho(models) <= high
    assert np.mean(wider) > 1.2


def test_permutations_stay_within_a_data_set() -> None:
    """A second data set in which all survive adds no evidence: 2 of 5! orders are as extreme."""
    x = np.concatenate([np.arange(5.0), noise(20)])
    y = np.concatenate([np.arange(5.0), np.ones(20)])
    both = sample(x, y, stratum=np.repeat([0, 1], [5, 20]))
    found = permutation_p(both, partial=False, n_permutations=20_000, seed=0)
    assert found == pytest.approx(2 / 120, abs=0.004)
