"""Records of runs that never ran, in the form that ``nearsight md`` writes."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import variable

KINDS = (
    "survived", "bond", "close_contact", "not_finite", "temperature", "topology", "isolated",
    "energy", "compute_limit",
)  # fmt: skip
LIMITS = (0.25, 0.5, 1.0)
WAVES = 7.0
"""Periods of the synthetic energy in a run."""


def flags(dim: str, kinds: Sequence[str]) -> xr.Variable:
    values = np.arange(len(KINDS), dtype="i1")
    return variable(
        dim,
        np.array([KINDS.index(kind) for kind in kinds], dtype="i1"),
        units.ONE,
        "how the replica ended",
        flag_values=values,
        flag_meanings=" ".join(KINDS),
    )


def wave(amplitude: Sequence[float], time: np.ndarray, end_time: Sequence[float]) -> np.ndarray:
    """(replica, time) energies in eV that swing about -50; NaN from the end on."""
    energy = -50 + np.outer(amplitude, np.sin(2 * np.pi * WAVES * time / time[-1]))
    energy[time >= np.array(end_time)[:, None]] = np.nan
    return energy


def make_record(
    end_step: Sequence[int],
    kinds: Sequence[str],
    *,
    n_steps: int = 1000,
    timestep: float = 0.5,
    interval: int = 10,
    amplitude: Sequence[float] | None = None,
) -> xr.Dataset:
    """A record of replicas of ethanol's size; energies swing by ``amplitude`` (eV)."""
    n = len(end_step)
    time = np.arange(0, n_steps + 1, interval) * timestep
    event = np.array([kind not in ("survived", "compute_limit") for kind in kinds])
    stop = np.where(event, np.array(end_step) * timestep, np.inf)
    series = ("replica", "time")
    energy = wave([0.01] * n if amplitude is None else amplitude, time, stop)
    alive = np.where(np.isfinite(energy), 1.0, np.nan)
    return xr.Dataset(
        {
            "potential_energy": variable(series, energy - 1, units.ENERGY, "potential energy"),
            "kinetic_energy": variable(series, alive, units.ENERGY, "kinetic energy"),
            "temperature": variable(series, 300 * alive, units.TEMPERATURE, "temperature"),
            "end_kind": flags("replica", kinds),
            "end_step": variable("replica", end_step, units.ONE, "step of the end"),
            "end_time": variable(
                "replica", np.array(end_step) * timestep, units.TIME, "time of the end"
            ),
            "event": variable("replica", event, units.ONE, "a rule ended the replica"),
            "timestep": variable((), timestep, units.TIME, "time step"),
            "duration": variable((), n_steps * timestep, units.TIME, "duration"),
            "atomic_number": variable(
                "atom", [6, 6, 8, 1, 1, 1, 1, 1, 1], units.ONE, "nuclear charge"
            ),
        },
        coords={"time": variable("time", time, units.TIME, "time since the start")},
        attrs={"status": "ok", "reason": ""},
    )


def with_limits(
    record: xr.Dataset,
    bond_step: Sequence[Sequence[int]],
    other_step: Sequence[int],
    followed_step: Sequence[int],
) -> xr.Dataset:
    """The record with what was seen of the bond limits; ``bond_step`` by replica, then limit."""
    return record.assign(
        bond_step=variable(("replica", "bond_limit"), bond_step, units.ONE, "first step beyond"),
        other_step=variable("replica", other_step, units.ONE, "first step of any other rule"),
        followed_step=variable("replica", followed_step, units.ONE, "last step"),
    ).assign_coords(bond_limit=variable("bond_limit", LIMITS, units.LENGTH, "bond limit"))


def with_halved(
    record: xr.Dataset,
    replica: Sequence[int],
    amplitude: Sequence[float],
    end_time: Sequence[float],
    kinds: Sequence[str],
) -> xr.Dataset:
    """The record with runs at half the time step."""
    time = record["time"].to_numpy()
    event = np.array([kind not in ("survived", "compute_limit") for kind in kinds], dtype=bool)
    energy = wave(amplitude, time, np.where(event, end_time, np.inf))
    failed = record["event"].to_numpy()[list(replica)]
    series = ("halved", "time")
    return record.assign(
        halved_replica=variable("halved", np.array(replica, dtype=int), units.ONE, "replica"),
        halved_potential_energy=variable(series, energy - 1, units.ENERGY, "potential energy"),
        halved_kinetic_energy=variable(series, energy * 0 + 1, units.ENERGY, "kinetic energy"),
        halved_end_kind=flags("halved", kinds),
        halved_end_time=variable("halved", end_time, units.TIME, "end"),
        integrator_failure=variable(
            "halved",
            (failed & np.array([k == "survived" for k in kinds], dtype=bool)).astype("i1"),
            "1",
            "gone",
        ),
    )
