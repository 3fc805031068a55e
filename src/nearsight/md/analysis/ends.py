"""When and how the replicas of a record ended, under its own bond limit and under others."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight import units

SURVIVED = "survived"
CENSORED = (SURVIVED, "compute_limit")
"""Kinds of end that are right-censoring: no rule held until then."""


@dataclass(frozen=True, eq=False)
class Ends:
    """End of every replica.

    Attributes:
        time: (replica,) ps, of the end or of censoring.
        event: (replica,) true where a rule ended the replica.
    """

    time: np.ndarray
    event: np.ndarray


def kind_names(flags: xr.DataArray) -> np.ndarray:
    """(replica,) names of the kinds of end, by the flag meanings of the variable itself."""
    names = dict(zip(_values(flags), meanings(flags), strict=True))
    return np.array([names[int(flag)] for flag in flags.to_numpy()], dtype=object)


def meanings(flags: xr.DataArray) -> list[str]:
    """Names of all kinds of end, in the order of the flag values of a variable (replica,)."""
    return str(flags.attrs["flag_meanings"]).split()


def causes(flags: xr.DataArray) -> list[str]:
    """Names of the kinds of end of a variable (replica,) that are failures."""
    return [name for name in meanings(flags) if name not in CENSORED]


def recorded_ends(record: xr.Dataset) -> Ends:
    """The ends as the run saw them, with its own bond limit."""
    time = record["end_time"].to_numpy() / units.FS_PER_PS
    return Ends(time, record["event"].to_numpy().astype(bool))


def ends_by_limit(record: xr.Dataset) -> list[Ends]:
    """The ends had the run used each of the record's bond limits, in their order.

    A replica that ended by its bond alone was followed further, so that its end is known under the
    wider limits too: the earlier of the first step beyond the limit and the first step at which
    any other rule held. Where neither was seen it is censored at the last step that was integrated.
    """
    never = np.iinfo(np.int64).max
    other = _known(record["other_step"].to_numpy(), never)
    followed = record["followed_step"].to_numpy()
    ends = []
    for step in record["bond_step"].transpose("bond_limit", "replica").to_numpy():
        first = np.minimum(_known(step, never), other)
        event = first < never
        time = np.where(event, first, followed) * float(record["timestep"]) / units.FS_PER_PS
        ends.append(Ends(time, event))
    return ends


def _known(step: np.ndarray, never: int) -> np.ndarray:
    return np.where(step >= 0, step, never).astype(np.int64)


def _values(flags: xr.DataArray) -> list[int]:
    return [int(value) for value in np.atleast_1d(flags.attrs["flag_values"])]
