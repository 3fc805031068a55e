"""Cumulative incidence: how likely a replica has ended by a certain cause, among several."""

import numpy as np
from scipy.stats import norm

from nearsight.md.analysis.binomial import clopper_pearson
from nearsight.md.analysis.ends import Ends


def cumulative_incidence(
    ends: Ends, of_cause: np.ndarray, grid: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Aalen-Johansen estimate for one cause and its pointwise bounds on a time grid.

    .. math::
        F_k(t) = \sum_{t_i \le t} S(t_i^-)\, d_{ki} / n_i

    with S the Kaplan-Meier survival of all causes together, d_ki the ends by cause k at t_i (of d_i
    by any cause) and n_i the replicas running until then (Aalen, Johansen, Scand. J. Stat. 5, 141,
    1978). Over all causes F_k sums to 1 - S. One minus a Kaplan-Meier curve that takes the other
    causes as censoring would be too large. Variance by the delta method:

    .. math::
        \mathrm{Var} F_k(t) = \sum_{t_i \le t} \Big[ (F_k(t) - F_k(t_i))^2
        \frac{d_i}{n_i (n_i - d_i)} + S(t_i^-)^2 \frac{d_{ki} (n_i - d_{ki})}{n_i^3}
        - 2 (F_k(t) - F_k(t_i))\, S(t_i^-) \frac{d_{ki}}{n_i^2} \Big]

    Bounds are normal ones on the log(-log F) scale. Where F is 0 or 1 that scale has no width, and
    the exact bound of Clopper and Pearson is given, of the replicas whose fate by then is known.
    Steps are whole numbers, so ties are common: they are exact here, where
    ``lifelines.AalenJohansenFitter`` would shift them at random and lose ends at time zero.

    Args:
        ends: of all replicas, times in the unit of ``grid``.
        of_cause: (replica,) true where the replica ended by the cause.
        grid: (time,) increasing.
        confidence: level of the bounds.

    Returns:
        Incidence, lower bound and upper bound, (time,) each.
    """
    moment, steps, variance = _estimate(ends, of_cause)
    row = np.searchsorted(moment, grid, side="right")
    value = np.concatenate([[0.0], steps])[row]
    spread = np.sqrt(np.concatenate([[0.0], variance])[row])
    low, high = _bounds(value, spread, confidence)
    for k in np.flatnonzero((value == 0) | (value == 1)):
        n = int((ends.event | (ends.time >= grid[k])).sum())
        low[k], high[k] = clopper_pearson(n if value[k] else 0, n, confidence)
    return value, low, high


def _estimate(ends: Ends, of_cause: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times at which replicas ended, incidence and its variance from each of them on."""
    moment = np.unique(ends.time[ends.event])
    at = ends.time == moment[:, None]
    deaths = (at & ends.event).sum(axis=1)
    own = (at & ends.event & of_cause).sum(axis=1)
    at_risk = (ends.time >= moment[:, None]).sum(axis=1)
    before = np.concatenate([[1.0], np.cumprod(1 - deaths / at_risk)])[:-1]
    incidence = np.cumsum(before * own / at_risk)
    if len(moment) and own.sum() == deaths.sum() and deaths[-1] == at_risk[-1]:
        # One cause alone ended every replica: exactly 1, whatever rounding made of it.
        incidence[-1] = 1.0
    # (end, later end): what is added to the incidence after an end, until a later one.
    added = np.tril(incidence[:, None] - incidence).T
    left = at_risk - deaths
    # Nobody is left after the last end, so nothing is added: that term is zero.
    greenwood = np.divide(deaths, at_risk * left, out=np.zeros(len(moment)), where=left > 0)
    terms = (
        added**2 * greenwood[:, None]
        + (before**2 * own * (at_risk - own) / at_risk**3)[:, None]
        - 2 * added * (before * own / at_risk**2)[:, None]
    )
    return moment, incidence, np.maximum(np.triu(terms).sum(axis=0), 0)


def _bounds(
    value: np.ndarray, spread: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    inside = (value > 0) & (value < 1)
    logarithm = np.log(np.where(inside, value, 0.5))
    width = norm.ppf(0.5 + confidence / 2) * spread / (np.where(inside, value, 0.5) * -logarithm)
    return np.exp(logarithm * np.exp(width)), np.exp(logarithm * np.exp(-width))
