"""How far settings repeat between seeds, and the ceiling that follows."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nearsight.aims.stability.association.seeds import FEWEST, between_seeds, ceiling

NAN = np.nan


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_seeds_that_agree_wholly_have_a_ceiling_of_one() -> None:
    y = np.repeat(noise(2, 7, 1), 3, axis=2)
    assert between_seeds(y) == pytest.approx(1.0)
    assert ceiling(between_seeds(y), 3) == pytest.approx(1.0)


def test_seeds_that_are_noise_have_none() -> None:
    """Over many settings within four standard errors of 0."""
    assert abs(between_seeds(noise(1, 4000, 2))) < 4 / np.sqrt(4000)
    assert ceiling(-0.01, 4) == 0.0 == ceiling(0.0, 1)


def test_mean_over_pairs_of_seeds_and_then_over_strata() -> None:
    """Three pairs in one stratum count together as much as the one pair of the other."""
    y = noise(2, 9, 3, seed=1)
    y[1, :, 2] = NAN
    pairs = [spearmanr(y[0, :, i], y[0, :, j]).statistic for i, j in ((0, 1), (0, 2), (1, 2))]
    second = spearmanr(y[1, :, 0], y[1, :, 1]).statistic
    assert between_seeds(y) == pytest.approx((np.mean(pairs) + second) / 2)


def test_names_of_seeds_and_scale_of_the_outcome_do_not_matter() -> None:
    y = noise(2, 8, 3, seed=2)
    found = between_seeds(y)
    assert between_seeds(y[:, :, [2, 0, 1]]) == pytest.approx(found)
    assert between_seeds(np.exp(3 * y)) == pytest.approx(found)
    # One seed may be better than another throughout: only order counts.
    assert between_seeds(y + np.array([0.0, 10.0, -10.0])) == pytest.approx(found)


def test_two_seeds_must_share_enough_settings() -> None:
    y = noise(1, 8, 2, seed=3)
    y[0, FEWEST:, 1] = NAN
    shared = y[0, :FEWEST]
    assert between_seeds(y) == pytest.approx(spearmanr(shared[:, 0], shared[:, 1]).statistic)
    y[0, FEWEST - 1, 0] = NAN
    assert np.isnan(between_seeds(y))


def test_a_constant_stratum_and_a_single_seed_say_nothing() -> None:
    y = noise(2, 8, 2, seed=4)
    alone = between_seeds(y[:1])
    y[1] = 1.0
    assert between_seeds(y) == pytest.approx(alone)
    assert np.isnan(between_seeds(y[1:]))
    assert np.isnan(between_seeds(y[:, :, :1]))
    assert np.isnan(between_seeds(np.full((1, 8, 2), NAN)))
    assert np.isnan(ceiling(NAN, 4))


def test_ceiling_is_what_a_perfect_descriptor_reaches() -> None:
    """A setting's own value against its mean over seeds, of Pearson's correlation."""
    random = np.random.default_rng(5)
    own = random.normal(size=(20_000, 1))
    for n_seeds in (1, 2, 5):
        y = own + random.normal(size=(20_000, n_seeds))
        reached = np.corrcoef(own[:, 0], y.mean(axis=1))[0, 1]
        assert ceiling(0.5, n_seeds) == pytest.approx(reached, abs=0.01)


def test_ceiling_rises_with_agreement_and_with_seeds_to_one_at_most() -> None:
    agreement = np.linspace(0, 1, 21)
    for n_seeds in (1, 2, 7):
        found = [ceiling(a, n_seeds) for a in agreement]
        assert (np.diff(found) > 0).all()
        assert (found[0], found[-1]) == (0.0, pytest.approx(1.0))
    assert (np.diff([ceiling(0.3, n) for n in range(1, 30)]) > 0).all()
    assert ceiling(0.3, 1) == pytest.approx(np.sqrt(0.3))
