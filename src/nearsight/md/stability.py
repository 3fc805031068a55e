"""How long dynamics holds and how well it conserves energy, from the record of a run."""

from functools import partial

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import variable
from nearsight.md.bootstrap import bootstrap
from nearsight.md.drift import energy_lines
from nearsight.md.survival import Interval, kaplan_meier, restricted_mean, stable_time

MILESTONES = (0.25, 0.5, 1.0)
"""Shares of the duration at which survival is given as a number."""


def stability(
    dataset: xr.Dataset, *, confidence: float = 0.95, n_bootstrap: int = 500, seed: int = 0
) -> xr.Dataset:
    """Survival, restricted mean survival time, drift, fluctuation and temperature of a run.

    Every number carries ``_low`` and ``_high``. Survival and the restricted mean have analytic
    bounds (see :mod:`nearsight.md.survival`); drift and fluctuation are medians, the temperature a
    mean over replicas, with bootstrap bounds over replicas. The replicas of one model share its
    faults: none of these intervals speaks of another training seed.

    Args:
        dataset: as :func:`nearsight.md.dataset.to_dataset` gives it; times in fs.
        confidence: level of every interval.
        n_bootstrap: resamples behind each bootstrap interval.
        seed: seed of the bootstrap.

    Returns:
        Dataset over ``time`` (ps, ending at the duration), ``milestone`` and ``end_kind``.
    """
    resample = partial(bootstrap, confidence=confidence, n_bootstrap=n_bootstrap, seed=seed)
    time = dataset["time"].to_numpy() / units.FS_PER_PS
    total = (dataset["potential_energy"] + dataset["kinetic_energy"]).to_numpy()
    drift, fluctuation = energy_lines(time, total, dataset.sizes["atom"])
    temperature = dataset["temperature"].mean("time").to_numpy()
    variables = {
        **_survival(dataset, confidence),
        **_banded("drift", resample(drift, np.median), units.DRIFT, "drift of the total energy"),
        **_banded(
            "fluctuation",
            resample(fluctuation, np.median),
            units.MEV_PER_ATOM,
            "root mean square deviation of the total energy from its drift",
        ),
        **_banded(
            "temperature",
            resample(temperature, np.mean),
            units.TEMPERATURE,
            "mean kinetic temperature before the end",
        ),
        **_counts(dataset),
    }
    attributes = {"confidence": confidence, "n_bootstrap": n_bootstrap, "seed": seed}
    return xr.Dataset(variables, attrs={**attributes, "status": "ok", "reason": ""})


def _survival(dataset: xr.Dataset, confidence: float) -> dict[str, xr.Variable]:
    end = dataset["end_time"].to_numpy() / units.FS_PER_PS
    event = dataset["event"].to_numpy().astype(bool)
    duration = float(dataset["duration"]) / units.FS_PER_PS
    grid = np.union1d(dataset["time"].to_numpy() / units.FS_PER_PS, duration)
    moments = np.array(MILESTONES) * duration
    share = "share of replicas not ended"
    curve = np.stack(kaplan_meier(end, event, grid, confidence))
    at_milestones = np.stack(kaplan_meier(end, event, moments, confidence))
    mean, spread = stable_time(end, duration)
    return {
        "time": variable("time", grid, units.PICOSECOND, "time since the start"),
        "milestone": variable("milestone", MILESTONES, units.ONE, "share of the duration"),
        "milestone_time": variable(
            "milestone", moments, units.PICOSECOND, "time since the start at the milestone"
        ),
        **_banded("survival", curve, units.ONE, share, "time"),
        **_banded("milestone_survival", at_milestones, units.ONE, share, "milestone"),
        **_banded(
            "restricted_mean_survival_time",
            restricted_mean(end, event, duration, confidence),
            units.PICOSECOND,
            "mean time until the end, restricted to the duration",
        ),
        "stable_time": variable(
            (), mean, units.PICOSECOND, "mean time until the end, capped at the duration"
        ),
        "stable_time_deviation": variable(
            (), spread, units.PICOSECOND, "standard deviation over replicas of the stable time"
        ),
        "duration": variable((), duration, units.PICOSECOND, "time at which survivors end"),
    }


def _banded(
    name: str, band: Interval | np.ndarray, unit: str, text: str, dims: str | tuple[str, ...] = ()
) -> dict[str, xr.Variable]:
    value, low, high = band
    return {
        name: variable(dims, value, unit, text),
        f"{name}_low": variable(dims, low, unit, f"lower bound of: {text}"),
        f"{name}_high": variable(dims, high, unit, f"upper bound of: {text}"),
    }


def _counts(dataset: xr.Dataset) -> dict[str, xr.Variable]:
    """Replicas by kind of end, named by the flag meanings of the record itself."""
    kinds = dataset["end_kind"]
    meanings = str(kinds.attrs["flag_meanings"]).split()
    counts = [int((kinds == flag).sum()) for flag in np.atleast_1d(kinds.attrs["flag_values"])]
    return {
        "end_kind": variable("end_kind", meanings, "", "how a replica ended"),
        "end_count": variable("end_kind", counts, units.ONE, "replicas that ended so"),
        "n_replicas": variable((), kinds.size, units.ONE, "replicas"),
    }
