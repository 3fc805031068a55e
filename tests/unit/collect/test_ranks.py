"""Rank correlation with and without distance."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nearsight.collect.ranks import FEWEST, partial_spearman, spearman


def pairs(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two maps that share nothing but their decay with distance."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(1, 10, n)
    x, y = (distance**-4 * np.exp(rng.normal(0, 0.9, n)) for _ in range(2))
    return x, y, distance


def test_distance_alone_correlates_and_is_taken_out() -> None:
    """What an uncontrolled number is worth: 0.8 for two maps without anything in common."""
    found = [pairs(seed=seed) for seed in range(40)]
    raw = [spearman(x, y) for x, y, _ in found]
    controlled = [partial_spearman(x, y, d) for x, y, d in found]
    assert np.mean(raw) > 0.75
    # Ranks are not quite linear in the rank of distance: a little is left, see docs/decay.md.
    assert 0 < np.mean(controlled) < 0.1


def test_what_is_shared_beyond_distance_stays() -> None:
    x, _, distance = pairs()
    assert partial_spearman(x, x, distance) == pytest.approx(1.0)
    assert partial_spearman(x, -x, distance) == pytest.approx(-1.0)


def test_equals_the_formula_of_three_correlations() -> None:
    x, y, z = pairs(40)
    xy, xz, yz = (spearmanr(a, b).statistic for a, b in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert spearman(x, y) == pytest.approx(xy, abs=1e-12)
    assert partial_spearman(x, y, z) == pytest.approx(expected, abs=1e-12)


def test_nothing_is_left_where_distance_decides_all() -> None:
    _, y, distance = pairs()
    assert np.isnan(partial_spearman(distance**-4, y, distance))


def test_too_few_or_constant() -> None:
    x, y, z = pairs(FEWEST - 1)
    assert np.isnan(spearman(x, y))
    assert np.isnan(partial_spearman(x, y, z))
    assert np.isnan(spearman(np.ones(10), np.arange(10.0)))
