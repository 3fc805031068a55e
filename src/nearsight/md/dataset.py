"""The record of a run as a labelled dataset."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.config import Dynamics
from nearsight.labels import variable
from nearsight.md.guards import EndKind
from nearsight.md.kinetics import degrees_of_freedom
from nearsight.md.record import Trajectories
from nearsight.md.starts import Starts


def to_dataset(record: Trajectories, starts: Starts, settings: Dynamics) -> xr.Dataset:
    """Energies, temperatures and ends over ``replica`` and ``time`` (fs); NaN after an end.

    Positions at every frame stay in the trajectories; those at the end of each replica are here,
    since they show what broke.
    """
    coordinates = {
        "replica": variable("replica", np.arange(len(starts)), units.ONE, "replica"),
        "time": variable("time", record.time, units.TIME, "time since the start"),
    }
    variables = {**_series(record), **_ends(record), **_origin(record, starts, settings)}
    attributes = {"seed": settings.seed, "status": "ok", "reason": ""}
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def _series(record: Trajectories) -> dict[str, xr.Variable]:
    dims = ("replica", "time")
    energy = {"potential_energy": "potential energy", "kinetic_energy": "kinetic energy"}
    return {
        **{
            name: variable(dims, getattr(record, name), units.ENERGY, text)
            for name, text in energy.items()
        },
        "temperature": variable(dims, record.temperature, units.TEMPERATURE, "kinetic temperature"),
    }


def _ends(record: Trajectories) -> dict[str, xr.Variable]:
    kinds = np.array([kind.value for kind in EndKind], dtype="i1")
    return {
        "end_kind": variable(
            "replica",
            record.end_kind.astype("i1"),
            units.ONE,
            "how the replica ended",
            flag_values=kinds,
            flag_meanings=" ".join(kind.code for kind in EndKind),
        ),
        "end_step": variable("replica", record.end_step, units.ONE, "step of the end"),
        "end_time": variable("replica", record.end_time, units.TIME, "time of the end"),
        "event": variable(
            "replica", record.event, units.ONE, "a rule ended the replica (else censored)"
        ),
        "end_atom": variable(
            ("replica", "two"), record.end_atom, units.ONE, "atoms of the rule, -1 where none"
        ),
        "end_position": variable(
            ("replica", "atom", "xyz"), record.end_position, units.LENGTH, "position at the end"
        ),
    }


def _origin(record: Trajectories, starts: Starts, settings: Dynamics) -> dict[str, xr.Variable]:
    freedom = degrees_of_freedom(starts.position, starts.mass).cpu().numpy()
    number, mass = starts.atomic_number.cpu().numpy(), starts.mass.cpu().numpy()
    return {
        "start_frame": variable(
            "replica",
            starts.frame.cpu().numpy(),
            units.ONE,
            "index of the start geometry among the held-out frames",
        ),
        "degrees_of_freedom": variable(
            "replica", freedom, units.ONE, "vibrational degrees of freedom"
        ),
        "atomic_number": variable("atom", number, units.ONE, "nuclear charge"),
        "mass": variable("atom", mass, units.MASS, "atomic mass"),
        "timestep": variable((), record.timestep, units.TIME, "time step"),
        "duration": variable((), record.duration, units.TIME, "time at which survivors end"),
        "start_temperature": variable(
            (), settings.temperature, units.TEMPERATURE, "temperature of the start velocities"
        ),
    }
