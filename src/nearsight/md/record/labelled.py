"""The record of a run as a labelled dataset."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.config import Dynamics
from nearsight.labels import variable
from nearsight.md.record.halved import Halved
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.kinetics import degrees_of_freedom
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind


def to_dataset(
    record: Trajectories, starts: Starts, settings: Dynamics, halved: Halved | None = None
) -> xr.Dataset:
    """Energies, temperatures and ends over ``replica`` and ``time`` (fs); NaN after an end.

    Positions at every frame stay in the trajectories; those at the end of each replica are here,
    since they show what broke. Steps that were never seen are -1. Runs at half the time step, when
    there are any, stand over ``halved`` on the same ``time``.

    Args:
        record: of the run.
        starts: where its replicas began.
        settings: of the run.
        halved: the runs at half the time step.
    """
    coordinates = {
        "replica": variable("replica", np.arange(len(starts)), units.ONE, "replica"),
        "time": variable("time", record.time, units.TIME, "time since the start"),
        "bond_limit": variable(
            "bond_limit", record.bond_limits, units.LENGTH, "deviation of a bond from its mean"
        ),
    }
    variables = {
        **_series(record),
        **_ends(record),
        **_limits(record),
        **(_halved(halved) if halved else {}),
        **_origin(record, starts, settings),
    }
    attributes = {"seed": settings.seed, "source": settings.source, "status": "ok", "reason": ""}
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


def _kinds(dim: str, kinds: np.ndarray, text: str) -> xr.Variable:
    return variable(
        dim,
        kinds.astype("i1"),
        units.ONE,
        text,
        flag_values=np.array([kind.value for kind in EndKind], dtype="i1"),
        flag_meanings=" ".join(kind.code for kind in EndKind),
    )


def _ends(record: Trajectories) -> dict[str, xr.Variable]:
    ends = record.ends
    return {
        "end_kind": _kinds("replica", ends.kind, "how the replica ended"),
        "end_step": variable("replica", ends.step, units.ONE, "step of the end"),
        "end_time": variable("replica", record.end_time, units.TIME, "time of the end"),
        "event": variable(
            "replica", record.event, units.ONE, "a rule ended the replica (else censored)"
        ),
        "end_atom": variable(
            ("replica", "two"), ends.atom, units.ONE, "atoms of the rule, -1 where none"
        ),
        "end_position": variable(
            ("replica", "atom", "xyz"), ends.position, units.LENGTH, "position at the end"
        ),
    }


def _limits(record: Trajectories) -> dict[str, xr.Variable]:
    """What is needed to tell the end under each bond limit."""
    ends = record.ends
    return {
        "bond_step": variable(
            ("replica", "bond_limit"),
            ends.bond_step,
            units.ONE,
            "first step at which a bond was off by more than the limit",
        ),
        "other_step": variable(
            "replica", ends.other_step, units.ONE, "first step at which any other rule held"
        ),
        "other_kind": _kinds("replica", ends.other_kind, "the rule other than the bonds'"),
        "followed_step": variable(
            "replica", ends.followed_step, units.ONE, "last step that was integrated"
        ),
    }


def _halved(halved: Halved) -> dict[str, xr.Variable]:
    """The runs at half the time step, over ``halved``, which may be empty."""
    record, dims = halved.record, ("halved", "time")
    text = "at half the time step"
    return {
        "halved_replica": variable(
            "halved", halved.replica, units.ONE, f"replica that was run again {text}"
        ),
        "halved_potential_energy": variable(
            dims, record.potential_energy, units.ENERGY, f"potential energy {text}"
        ),
        "halved_kinetic_energy": variable(
            dims, record.kinetic_energy, units.ENERGY, f"kinetic energy {text}"
        ),
        "halved_end_kind": _kinds("halved", record.ends.kind, f"how the replica ended {text}"),
        "halved_end_time": variable(
            "halved", record.end_time, units.TIME, f"time of the end {text}"
        ),
        "integrator_failure": variable(
            "halved",
            halved.integrator_failure.astype("i1"),
            units.ONE,
            f"a rule ended the replica, but not {text}",
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
