"""How long dynamics holds and how well it conserves energy, from the record of a run."""

from functools import partial

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import banded, variable
from nearsight.md.analysis.bootstrap import Resampling, bootstrap
from nearsight.md.analysis.drift import energy_lines
from nearsight.md.analysis.end_curves import ending_curves, limit_curves, time_grid
from nearsight.md.analysis.ends import meanings, recorded_ends
from nearsight.md.analysis.heating import heating
from nearsight.md.analysis.step_test import fluctuation_exponent, integrator_failure_share
from nearsight.md.analysis.survival import kaplan_meier, restricted_mean, stable_time

MILESTONES = (0.25, 0.5, 1.0)
"""Shares of the duration at which survival is given as a number."""


def stability(
    record: xr.Dataset, *, confidence: float = 0.95, n_bootstrap: int = 500, seed: int = 0
) -> xr.Dataset:
    """Survival, causes of ends, conservation of energy and temperature of a run.

    Every number carries ``_low`` and ``_high``. Survival, incidence and the restricted mean have
    analytic bounds (see :mod:`nearsight.md.analysis.survival` and
    :mod:`nearsight.md.analysis.incidence`), shares exact ones; drift and fluctuation are medians,
    the temperature a mean over replicas, with
    bootstrap bounds over replicas; heat has Student's (:mod:`nearsight.md.analysis.heating`). The
    replicas of one model share its faults: none of these intervals speaks of another training seed.

    Args:
        record: of ``nearsight md``, as :func:`nearsight.md.record.labelled.to_dataset` gives it;
            times in fs.
        confidence: level of every interval.
        n_bootstrap: resamples behind each bootstrap interval.
        seed: seed of the bootstrap.

    Returns:
        Dataset over ``time`` (ps, ending at the duration), ``block_time``, ``milestone``,
        ``end_kind``, ``cause`` and ``bond_limit``; what cannot be told is NaN, with the reason in
        ``<name>_reason``.
    """
    resampling = Resampling(confidence=confidence, n_bootstrap=n_bootstrap, seed=seed)
    exponent = fluctuation_exponent(record, resampling)
    failures = integrator_failure_share(record, confidence)
    variables = {
        **_survival(record, confidence),
        **ending_curves(record, confidence),
        **limit_curves(record, confidence),
        **_energy(record, resampling),
        **heating(record, confidence),
        **banded(
            "fluctuation_exponent",
            exponent[0],
            units.ONE,
            "exponent of the fluctuation in the time step",
        ),
        **_reason("fluctuation_exponent", exponent[1]),
        **banded(
            "integrator_failure_share",
            failures[0],
            units.ONE,
            "share of failures that vanish at half the time step",
        ),
        **_reason("integrator_failure_share", failures[1]),
        **_counts(record),
        **_replicas(record),
        "force_precision": variable(
            (), str(record.attrs.get("precision", "unknown")), "", "precision of the forces"
        ),
    }
    return xr.Dataset(variables, attrs={**resampling, "status": "ok", "reason": ""})


def _survival(record: xr.Dataset, confidence: float) -> dict[str, xr.Variable]:
    ends = recorded_ends(record)
    duration = float(record["duration"]) / units.FS_PER_PS
    grid = time_grid(record)
    moments = np.array(MILESTONES) * duration
    share = "share of replicas not ended"
    mean, spread = stable_time(ends.time, duration)
    return {
        "time": variable("time", grid, units.PICOSECOND, "time since the start"),
        "milestone": variable("milestone", MILESTONES, units.ONE, "share of the duration"),
        "milestone_time": variable(
            "milestone", moments, units.PICOSECOND, "time since the start at the milestone"
        ),
        **banded(
            "survival", kaplan_meier(ends.time, ends.event, grid, confidence), "1", share, "time"
        ),
        **banded(
            "milestone_survival",
            kaplan_meier(ends.time, ends.event, moments, confidence),
            units.ONE,
            share,
            "milestone",
        ),
        **banded(
            "restricted_mean_survival_time",
            restricted_mean(ends.time, ends.event, duration, confidence),
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


def _energy(record: xr.Dataset, resampling: Resampling) -> dict[str, xr.Variable]:
    """Drift, fluctuation and temperature over the frames before each replica's end."""
    time = record["time"].to_numpy() / units.FS_PER_PS
    total = (record["potential_energy"] + record["kinetic_energy"]).to_numpy()
    drift, fluctuation = energy_lines(time, total, record.sizes["atom"])
    temperature = record["temperature"].mean("time").to_numpy()
    resample = partial(bootstrap, **resampling)
    return {
        **banded("drift", resample(drift, np.median), units.DRIFT, "drift of the total energy"),
        **banded(
            "fluctuation",
            resample(fluctuation, np.median),
            units.MEV_PER_ATOM,
            "root mean square deviation of the total energy from its drift",
        ),
        **banded(
            "temperature",
            resample(temperature, np.mean),
            units.TEMPERATURE,
            "mean kinetic temperature before the end",
        ),
    }


def _counts(record: xr.Dataset) -> dict[str, xr.Variable]:
    kinds = record["end_kind"]
    counts = [int((kinds == flag).sum()) for flag in np.atleast_1d(kinds.attrs["flag_values"])]
    return {
        "end_kind": variable("end_kind", meanings(kinds), "", "how a replica ended"),
        "end_count": variable("end_kind", counts, units.ONE, "replicas that ended so"),
        "n_replicas": variable((), kinds.size, units.ONE, "replicas"),
    }


def _replicas(record: xr.Dataset) -> dict[str, xr.Variable]:
    """When each replica ended or was given up, for models of hazards."""
    ends = recorded_ends(record)
    return {
        "replica_time": variable(
            "replica", ends.time, units.PICOSECOND, "time until a replica ended or was censored"
        ),
        "replica_ended": variable(
            "replica", ends.event.astype("i1"), units.ONE, "1 where it ended, 0 where censored"
        ),
    }


def _reason(name: str, text: str) -> dict[str, xr.Variable]:
    label = f"why there is no {name.replace('_', ' ')}"
    return {f"{name}_reason": variable((), text, "", label)}
