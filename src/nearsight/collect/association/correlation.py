"""Rank correlation over models of several data sets, with permutation p-value and interval.

Ranks are taken and centred within each data set: survival times of different molecules are not
compared with each other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

FEWEST = 4
"""Models below which nothing is computed."""


@dataclass(frozen=True)
class Sample:
    """Models to correlate.

    Attributes:
        x: (model,) descriptor.
        y: (model,) survival.
        given: (model,) what the partial correlation holds fixed.
        stratum: (model,) number of the data set.
        setting: (model,) number of the setting: everything but the seed.
        seed: (model,) number of the seed.
    """

    x: np.ndarray
    y: np.ndarray
    given: np.ndarray
    stratum: np.ndarray
    setting: np.ndarray
    seed: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: np.ndarray) -> "Sample":
        """Some models, or some of them more than once."""
        columns = (self.x, self.y, self.given, self.stratum, self.setting, self.seed)
        return Sample(*(column[rows] for column in columns))


Statistic = Callable[[Sample], float]


def rho(sample: Sample) -> float:
    """Spearman's rank correlation of x and y within strata; NaN where one does not vary."""
    return _pearson(_ranks(sample.x, sample.stratum), _ranks(sample.y, sample.stratum))


def partial_rho(sample: Sample) -> float:
    """The same once the ranks of ``given`` are taken out of both."""
    x, y = _residuals(sample)
    return _pearson(x, y)


def permutation_p(sample: Sample, *, partial: bool, n_permutations: int, seed: int) -> float:
    """Two-sided p-value: survival is permuted within each data set.

    Of a partial correlation the residuals are permuted (Freedman and Lane, J. Bus. Econ. Stat. 1,
    292 (1983)). The observed order counts as one of the permutations, so p is never 0.

    Args:
        sample: the models.
        partial: given the force error.
        n_permutations: drawn permutations.
        seed: of the draw.
    """
    if partial:
        x, y = _residuals(sample)
    else:
        x, y = (_ranks(values, sample.stratum) for values in (sample.x, sample.y))
    observed = _pearson(x, y)
    if not np.isfinite(observed):
        return np.nan
    random = np.random.default_rng(seed)
    shuffled = np.tile(y, (n_permutations, 1))
    for stratum in np.unique(sample.stratum):
        rows = np.flatnonzero(sample.stratum == stratum)
        shuffled[:, rows] = random.permuted(shuffled[:, rows], axis=1)
    found = shuffled @ x / np.sqrt((x @ x) * np.square(shuffled).sum(axis=1))
    # Equal ones count, and rounding must not part them.
    as_large = np.abs(found) >= abs(observed) - 1e-12
    return float((1 + as_large.sum()) / (1 + n_permutations))


def pigeonhole_interval(
    sample: Sample, statistic: Statistic, *, confidence: float, n_bootstrap: int, seed: int
) -> tuple[float, float]:
    """Percentile interval from resampling settings and seeds independently.

    Models share their seed (initial weights, batches) and their setting, so neither is a set of
    independent models; resampling both factors is the pigeonhole bootstrap (Owen, Ann. Appl. Stat.
    1, 386 (2007)), which errs on the wide side. With one seed only settings are resampled.

    Args:
        sample: the models.
        statistic: of them.
        confidence: level.
        n_bootstrap: resamples.
        seed: of the resampling.
    """
    random = np.random.default_rng(seed)
    found = [
        statistic(sample.take(rows))
        for rows in _resampled(sample, n_bootstrap, random)
        if len(rows) >= FEWEST
    ]
    known = np.array(found)[np.isfinite(found)] if found else np.array([])
    if len(known) < n_bootstrap / 2:
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def _resampled(sample: Sample, n_bootstrap: int, random: np.random.Generator) -> list[np.ndarray]:
    weights = np.ones((n_bootstrap, len(sample)), dtype=int)
    for factor in (sample.setting, sample.seed):
        labels, place = np.unique(factor, return_inverse=True)
        if len(labels) > 1:
            drawn = random.multinomial(len(labels), np.full(len(labels), 1 / len(labels)),
                                       n_bootstrap)  # fmt: skip
            weights *= drawn[:, place]
    return [np.repeat(np.arange(len(sample)), one) for one in weights]


def _ranks(values: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Ranks within each stratum, centred, over the number of models in it."""
    result = np.empty(len(values))
    for one in np.unique(stratum):
        rows = stratum == one
        ranks = rankdata(values[rows])
        result[rows] = (ranks - ranks.mean()) / len(ranks)
    return result


def _residuals(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    z = _ranks(sample.given, sample.stratum)
    square = z @ z

    def residual(values: np.ndarray) -> np.ndarray:
        ranks = _ranks(values, sample.stratum)
        return ranks - (ranks @ z / square) * z if square > 0 else ranks

    return residual(sample.x), residual(sample.y)


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    norm = np.sqrt((x @ x) * (y @ y))
    # Residuals of ranks that the given variable determines are rounding.
    return float(x @ y / norm) if norm > 1e-12 * len(x) else np.nan
