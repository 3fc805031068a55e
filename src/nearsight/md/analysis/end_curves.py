"""Curves over time beside the survival: by cause of the end, and under other bond limits."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import banded, variable
from nearsight.md.analysis.ends import (
    SURVIVED,
    causes,
    ends_by_limit,
    kind_names,
    meanings,
    recorded_ends,
)
from nearsight.md.analysis.incidence import cumulative_incidence
from nearsight.md.analysis.survival import kaplan_meier, restricted_mean

MOST_TIMES = 200
"""Curves of a study stand in one file: more times than a figure shows would make it huge."""


def time_grid(record: xr.Dataset) -> np.ndarray:
    """(time,) ps at which curves are given: those of evenly chosen frames, and the duration."""
    time = record["time"].to_numpy()
    chosen = time[:: -(-len(time) // MOST_TIMES)]
    return np.union1d(chosen, float(record["duration"])) / units.FS_PER_PS


def ending_curves(record: xr.Dataset, confidence: float) -> dict[str, xr.Variable]:
    """Cumulative incidence by ``cause`` and ``time``, and the shares of all ends by ``end_kind``.

    The shares are those at the duration, estimated with censoring: survivors and causes sum to 1.
    A compute limit is no end but censoring; its share is NaN.
    """
    ends, grid = recorded_ends(record), time_grid(record)
    kinds, names = kind_names(record["end_kind"]), causes(record["end_kind"])
    # (value or bound, cause, time)
    incidence = np.stack(
        [cumulative_incidence(ends, kinds == name, grid, confidence) for name in names], axis=1
    )
    last = dict(zip(names, incidence[:, :, -1].T, strict=True))
    last[SURVIVED] = np.concatenate(kaplan_meier(ends.time, ends.event, grid[-1:], confidence))
    unknown = np.full(3, np.nan)
    share = np.stack([last.get(name, unknown) for name in meanings(record["end_kind"])], axis=1)
    return {
        "cause": variable("cause", names, "", "rule that ended a replica"),
        **banded(
            "incidence",
            incidence,
            units.ONE,
            "share of replicas ended by the cause",
            ("cause", "time"),
        ),
        **banded("end_share", share, units.ONE, "share of replicas that end so", "end_kind"),
    }


def limit_curves(record: xr.Dataset, confidence: float) -> dict[str, xr.Variable]:
    """Survival and restricted mean survival time (ps) under each ``bond_limit`` of the record."""
    if "bond_limit" not in record.dims:
        return {}
    grid, duration = time_grid(record), float(record["duration"]) / units.FS_PER_PS
    ends = ends_by_limit(record)
    # (value or bound, limit, time) and (value or bound, limit)
    survival = np.stack([kaplan_meier(e.time, e.event, grid, confidence) for e in ends], axis=1)
    mean = np.stack([restricted_mean(e.time, e.event, duration, confidence) for e in ends], axis=1)
    text = "under the bond limit"
    return {
        "bond_limit": variable(
            "bond_limit",
            record["bond_limit"].to_numpy(),
            units.LENGTH,
            "deviation of a bond from its mean length that ends a replica",
        ),
        **banded(
            "limit_survival",
            survival,
            units.ONE,
            f"share of replicas not ended {text}",
            ("bond_limit", "time"),
        ),
        **banded(
            "limit_restricted_mean_survival_time",
            mean,
            units.PICOSECOND,
            f"mean time until the end {text}, restricted to the duration",
            "bond_limit",
        ),
    }
