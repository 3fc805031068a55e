"""The trained models of a study as rows, and as arrays over strata, settings and seeds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from nearsight.aims.stability.association.descriptors import DESCRIPTORS, ERROR, EVERY, SURVIVAL
from nearsight.collect.models import axes_in
from nearsight.config import REPEATS

OK = "ok"
"""Status of a finished model."""


@dataclass(frozen=True)
class Design:
    """Models in their places: a stratum is a family on a data set.

    Attributes:
        x: (stratum, setting, seed) descriptor; NaN where there is no model.
        y: (stratum, setting, seed) outcome.
        given: (stratum, setting, seed) force error.
        cutoff: (setting,) number of its cutoff.
        rest: (setting,) number of everything else about it.
    """

    x: np.ndarray
    y: np.ndarray
    given: np.ndarray
    cutoff: np.ndarray
    rest: np.ndarray

    @property
    def n_models(self) -> int:
        """Trained models."""
        return int(np.isfinite(self.x).sum())

    @property
    def n_settings(self) -> int:
        """Settings of the stratum that has most: what is permuted."""
        return int(self._present.sum(axis=1).max(initial=0))

    @property
    def n_seeds(self) -> float:
        """Seeds that most settings have, in the stratum that has fewest."""
        seeds = np.isfinite(self.x).sum(axis=2)
        medians = [np.median(own[own > 0]) for own in seeds if own.any()]
        return float(min(medians, default=0))

    @property
    def n_strata(self) -> int:
        """Families, times data sets, in which descriptor and outcome vary."""
        pairs = zip(*self.means()[:2], strict=True)
        return sum(all(np.ptp(v[np.isfinite(v)]) > 0 for v in pair) for pair in pairs)

    @property
    def _present(self) -> np.ndarray:
        return np.isfinite(self.x).any(axis=2)

    def means(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(stratum, setting) descriptor, outcome and force error, averaged over seeds."""
        x, y, given = (_mean(values) for values in (self.x, self.y, self.given))
        return x, y, given


def _mean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=2)
    total = np.where(known, values, 0.0).sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def model_rows(table: xr.Dataset) -> pd.DataFrame:
    """One row per trained model that ended well.

    Args:
        table: the study table.

    Returns:
        ``model``, ``dataset``, the axes, ``setting`` (all axes but the family and the seeds, as
        text), ``rest`` (the same without the cutoff), ``repeat`` (the seeds), the descriptors and
        the outcomes; NaN where unknown.
    """
    names = list(dict.fromkeys([*DESCRIPTORS, ERROR, SURVIVAL]))
    known = [name for name in names if name in table]
    frame = table[known].to_dataframe().reset_index()
    frame = frame[frame["status"] == OK].reset_index(drop=True)
    for name in set(names) - set(known):
        frame[name] = np.nan
    setting = [axis for axis in axes_in(table) if axis not in ("family", *REPEATS)]
    labels = {
        "setting": setting,
        "rest": [axis for axis in setting if axis != "cutoff"],
        "repeat": [axis for axis in REPEATS if axis in frame],
    }
    return frame.assign(**{name: _label(frame, axes) for name, axes in labels.items()})


def _label(frame: pd.DataFrame, columns: list[str]) -> "pd.Series | str":
    return frame[columns].astype(str).agg("~".join, axis=1) if len(frame) and columns else ""


def part_of(rows: pd.DataFrame, dataset: str, family: str = EVERY) -> pd.DataFrame:
    """The rows of one data set and one family, where ``all`` is every one.

    Args:
        rows: of :func:`model_rows`.
        dataset: its name, or ``all``.
        family: its name, or ``all``.
    """
    chosen = rows
    if dataset != EVERY:
        chosen = chosen[chosen["dataset"] == dataset]
    if family != EVERY:
        chosen = chosen[chosen["family"] == family]
    return chosen


def design_of(rows: pd.DataFrame, descriptor: str, outcome: str) -> Design:
    """The models that have descriptor, outcome and force error.

    Args:
        rows: of :func:`model_rows`.
        descriptor: name of a column.
        outcome: name of a column.
    """
    columns = (descriptor, outcome, ERROR)
    known = rows.dropna(subset=list(dict.fromkeys(columns)))
    strata = known["dataset"].astype(str) + "/" + known["family"].astype(str)
    place = tuple(_codes(key) for key in (strata, known["setting"], known["repeat"]))
    shape = [int(codes.max(initial=-1)) + 1 for codes in place]
    arrays = []
    for column in columns:
        values = np.full(shape, np.nan)
        values[place] = known[column].to_numpy(float)
        arrays.append(values)
    first = np.unique(place[1], return_index=True)[1]
    factors = [_codes(known[name])[first] for name in ("cutoff", "rest")]
    return Design(*arrays, *factors)


def _codes(labels: pd.Series) -> np.ndarray:
    return pd.factorize(labels, sort=True)[0]
