"""Survival of replicas with right-censoring, and the mean time they hold."""

import numpy as np
from lifelines import KaplanMeierFitter
from scipy.stats import norm

from nearsight.md.analysis.binomial import Interval, clopper_pearson


def kaplan_meier(
    end_time: np.ndarray, event: np.ndarray, grid: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Kaplan-Meier estimate of the survival function and its pointwise bounds on a time grid.

    .. math:: S(t) = \prod_{t_i \le t} (1 - d_i / n_i)

    with d_i ends at t_i and n_i replicas running until then (Kaplan, Meier, J. Am. Stat. Assoc. 53,
    457, 1958). Bounds are Greenwood's on the log(-log S) scale. Where S is 1 or 0 that scale has no
    width, and the exact binomial bound of Clopper and Pearson (Biometrika 26, 404, 1934) is given:
    of the replicas still running while nothing has ended, or of all that ended when none is left.

    Args:
        end_time: (replica,) time of the end or of censoring.
        event: (replica,) true where the replica ended, false where it was censored.
        grid: (time,) increasing, in the unit of ``end_time``.
        confidence: level of the bounds.

    Returns:
        Survival, lower bound and upper bound, (time,) each.
    """
    fitter = KaplanMeierFitter(alpha=1 - confidence).fit(end_time, event)
    survival = fitter.survival_function_at_times(grid).to_numpy(dtype=float)
    bounds = fitter.confidence_interval_survival_function_.sort_index()
    row = np.searchsorted(bounds.index.to_numpy(), grid, side="right") - 1
    low, high = bounds.to_numpy(dtype=float)[row].T.copy()
    for k in np.flatnonzero(survival == 1):
        running = int((end_time >= grid[k]).sum())
        low[k], high[k] = clopper_pearson(running, running, confidence)
    for k in np.flatnonzero(survival == 0):
        low[k], high[k] = clopper_pearson(0, int(event.sum()), confidence)
    return survival, low, high


def restricted_mean(
    end_time: np.ndarray, event: np.ndarray, limit: float, confidence: float
) -> Interval:
    r"""Restricted mean survival time: the area under the Kaplan-Meier curve up to a limit.

    .. math::
        \mu = \int_0^\tau S(t)\,dt, \qquad
        \mathrm{Var}\,\mu = \sum_i \Big(\int_{t_i}^\tau S(t)\,dt\Big)^2 \frac{d_i}{n_i (n_i - d_i)}

    (Irwin, J. Hyg. 47, 188, 1949). Bounds are normal ones cut to [0, tau]. When no replica ended,
    the variance is zero but the knowledge is not perfect: the lower bound is then p tau, with p the
    Clopper-Pearson bound of the share that reaches tau, as if all others ended at once.

    Args:
        end_time: (replica,) time of the end or of censoring.
        event: (replica,) true where the replica ended, false where it was censored.
        limit: tau, in the unit of ``end_time``.
        confidence: level of the bounds.

    Returns:
        Value and bounds in the unit of ``end_time``; bounds are NaN when replicas ended, but all
        at one time, since then there is no spread to tell them from.
    """
    ended = event & (end_time <= limit)
    if not ended.any():
        running = int((end_time >= limit).sum())
        return limit, clopper_pearson(running, running, confidence)[0] * limit, limit
    moment = np.unique(end_time[ended])
    deaths = (end_time[ended] == moment[:, None]).sum(axis=1)
    at_risk = (end_time >= moment[:, None]).sum(axis=1)
    survival = np.concatenate([[1.0], np.cumprod(1 - deaths / at_risk)])
    area = survival * np.diff(np.concatenate([[0.0], moment, [limit]]))
    after = np.cumsum(area[::-1])[::-1][1:]
    left = at_risk - deaths
    # Nobody is left after the last end: no area either, so that term is zero.
    share = np.divide(deaths, at_risk * left, out=np.zeros(len(moment)), where=left > 0)
    mean, spread = float(area.sum()), float(np.sqrt((after**2 * share).sum()))
    if spread == 0:
        return mean, np.nan, np.nan
    width = float(norm.ppf(0.5 + confidence / 2)) * spread
    return mean, max(0.0, mean - width), min(limit, mean + width)


def stable_time(end_time: np.ndarray, limit: float) -> tuple[float, float]:
    """Mean and standard deviation of the time until the end, capped at the limit.

    The stability measure of Fu et al., "Forces are not Enough" (arXiv 2210.07237). It takes a
    replica censored before the limit as ended there; the restricted mean does not.

    Args:
        end_time: (replica,) time of the end or of censoring.
        limit: in the same unit.
    """
    capped = np.minimum(end_time, limit)
    spread = float(capped.std(ddof=1)) if len(capped) > 1 else np.nan
    return float(capped.mean()), spread
