"""The trained models of a study as rows: descriptors, survival, setting, seed, data set."""

import numpy as np
import pandas as pd
import xarray as xr

from nearsight.collect.association.descriptors import DESCRIPTORS, ERROR, EVERY, SURVIVAL
from nearsight.config import AXES, REPEATS

SETTING = [axis for axis in AXES if axis not in REPEATS]
OK = 0
"""Flag of a finished variant in the study table."""


def model_rows(table: xr.Dataset) -> pd.DataFrame:
    """One row per trained model that ended well.

    Args:
        table: the study table.

    Returns:
        Columns of the axes, ``dataset``, ``setting`` (all axes but the seeds, as text), the
        descriptors, the force error and the restricted mean survival time; NaN where unknown.
    """
    names = [*DESCRIPTORS, ERROR, SURVIVAL]
    known = [name for name in names if name in table]
    frame = table[[*known, "status"]].to_dataframe().reset_index()
    frame = frame[frame["status"] == OK].reset_index(drop=True)
    for name in set(names) - set(known):
        frame[name] = np.nan
    setting = frame[SETTING].astype(str).agg("~".join, axis=1) if len(frame) else ""
    return frame.assign(setting=setting)


def part_of(rows: pd.DataFrame, dataset: str, architecture: str) -> pd.DataFrame:
    """The rows of one data set and one architecture, where ``all`` is every one."""
    chosen = rows
    if dataset != EVERY:
        chosen = chosen[chosen["dataset"] == dataset]
    if architecture != EVERY:
        chosen = chosen[chosen["architecture"] == architecture]
    return chosen
