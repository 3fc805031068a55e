"""Cutoffs as places on an axis; models without a known cutoff stand behind the longest."""

import numpy as np
from matplotlib.axes import Axes

NONE = "none\nknown"
"""At the place of a cutoff that a model does not have, or does not say."""


def closest(cutoffs: np.ndarray) -> float:
    """Distance (Å) of the two closest of some cutoffs (n,); 1 where there are not two."""
    known = _known(cutoffs)
    return float(np.diff(known).min()) if len(known) > 1 else 1.0


def places(cutoffs: np.ndarray, every: np.ndarray) -> np.ndarray:
    """(n,) where cutoffs stand (Å).

    Args:
        cutoffs: (n,) Å; NaN where there is none.
        every: (m,) all that the figure shows; what has none stands one step behind them.
    """
    known = _known(every)
    behind = known[-1] + closest(every) if len(known) else 0.0
    return np.where(np.isnan(cutoffs), behind, cutoffs)


def set_limits(axis: Axes, every: np.ndarray) -> None:
    """Ends of the axis around all cutoffs (n,), and a label where models have none."""
    margin = 0.6 * closest(every)
    at = places(every, every)
    axis.set_xlim(at.min() - margin, at.max() + margin)
    if np.isnan(every).any():
        known = _known(every)
        axis.set_xticks([*known, at.max()], [*(f"{cutoff:g}" for cutoff in known), NONE])


def _known(cutoffs: np.ndarray) -> np.ndarray:
    values = np.unique(cutoffs)
    return values[np.isfinite(values)]
