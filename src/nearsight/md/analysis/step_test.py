"""What runs at half the time step tell of the integrator: its order, and its failures."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.md.analysis.binomial import UNKNOWN, Interval, clopper_pearson
from nearsight.md.analysis.bootstrap import Resampling, bootstrap
from nearsight.md.analysis.drift import energy_lines
from nearsight.md.analysis.ends import kind_names

FEWEST_REPLICAS = 2
"""One replica alone has no spread to tell its exponent from chance."""


def fluctuation_exponent(record: xr.Dataset, resampling: Resampling) -> tuple[Interval, str]:
    r"""Exponent p of the energy fluctuation in the time step, rms ~ dt^p; 2 for velocity Verlet.

    .. math:: p = \log_2 \big(\mathrm{rms}(dt) / \mathrm{rms}(dt/2)\big)

    of every replica that was run at both steps, over the frames that both runs have; the median
    over replicas with its bootstrap interval. Well below 2 the fluctuation is not the integrator's:
    the energy is not smooth, the forces are not its gradient, or float32 rounding is all there is.

    Returns:
        Value and bounds, and why they are NaN (empty when they are not).
    """
    ratio = _ratios(record)
    known = int(np.isfinite(ratio).sum())
    if known < FEWEST_REPLICAS:
        return UNKNOWN, f"{known} replicas at both time steps, needs {FEWEST_REPLICAS}"
    return bootstrap(ratio, np.median, **resampling), ""


def _ratios(record: xr.Dataset) -> np.ndarray:
    """(halved,) log2 of the ratio of fluctuations; NaN without three common frames."""
    if not record.sizes.get("halved"):
        return np.empty(0)
    replica = record["halved_replica"].to_numpy().astype(int)
    whole = (record["potential_energy"] + record["kinetic_energy"]).to_numpy()[replica]
    half = (record["halved_potential_energy"] + record["halved_kinetic_energy"]).to_numpy()
    common = np.isfinite(whole) & np.isfinite(half)
    time = record["time"].to_numpy() / units.FS_PER_PS
    rms = [
        energy_lines(time, np.where(common, energy, np.nan), record.sizes["atom"])[1]
        for energy in (whole, half)
    ]
    positive = (rms[0] > 0) & (rms[1] > 0)
    ratio = np.full(len(replica), np.nan)
    ratio[positive] = np.log2(rms[0][positive] / rms[1][positive])
    return ratio


def integrator_failure_share(record: xr.Dataset, confidence: float) -> tuple[Interval, str]:
    """Share of the failures that vanish at half the time step, with its exact interval.

    Counted over failed replicas that were run again and whose second run was not cut off by a
    compute limit. Dynamics is chaotic: a rare failure can be missed the second time by chance.

    Returns:
        Value and bounds, and why they are NaN (empty when they are not).
    """
    if not record.sizes.get("halved"):
        return UNKNOWN, "no replica was run again at half the time step"
    replica = record["halved_replica"].to_numpy().astype(int)
    failed = record["event"].to_numpy().astype(bool)[replica]
    failed &= kind_names(record["halved_end_kind"]) != "compute_limit"
    n = int(failed.sum())
    if not n:
        return UNKNOWN, "no failure was run again at half the time step"
    k = int((record["integrator_failure"].to_numpy()[failed] == 1).sum())
    return (k / n, *clopper_pearson(k, n, confidence)), ""
