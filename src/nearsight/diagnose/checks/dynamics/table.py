"""All that figures and the page's view of molecules need, in one table."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.diagnose.checks.dynamics.broken import Broken
from nearsight.diagnose.checks.dynamics.cross_check import Crossed
from nearsight.diagnose.checks.dynamics.runs import Runs
from nearsight.labels import variable
from nearsight.md.analysis.ends import kind_names
from nearsight.page.replica import MOST_FRAMES, thinned_frames

MOST_TIMES = 400
"""Points of a curve of one replica."""

Variables = dict[str, xr.Variable]


def table_of(runs: Runs, numbers: xr.Dataset, broken: Broken, crossed: Crossed) -> xr.Dataset:
    """The table of the check.

    Args:
        runs: what was run.
        numbers: their stability, see :func:`nearsight.md.stability`, and heat.
        broken: what is known of every failure.
        crossed: the same start by ASE.

    Returns:
        ``numbers`` with curves of every replica over ``frame_time`` (ps), thinned trajectories
        ``trajectory(replica, moment, atom, xyz)`` in Å, and of every replica ``end_time`` (ps),
        ``end_cause`` and ``guilty_atom``.
    """
    variables = {
        **_curves(runs),
        **_halved(runs),
        **_ends(runs, broken),
        **trajectories(runs),
        **_crossed(crossed),
        "atomic_number": variable("atom", runs.record.atomic_number, units.ONE, "nuclear charge"),
    }
    attributes = {
        "start_temperature": runs.settings.temperature,
        "timestep": runs.settings.timestep,
        "rules_from": runs.molecule.origin,
        "precision": runs.table.attrs["precision"],
        "wished_duration": runs.plan.wished * runs.settings.timestep / units.FS_PER_PS,
        "starts_left_out": runs.left_out,
        "trajectories_thinned": 1,
    }
    return numbers.assign(variables).assign_attrs(attributes)


def _chosen(n_frames: int) -> np.ndarray:
    """Evenly chosen frames of a curve, the first and the last among them."""
    return np.unique(np.linspace(0, n_frames - 1, min(n_frames, MOST_TIMES)).round().astype(int))


def _per_atom(energy: np.ndarray) -> np.ndarray:
    """(replica, time) of total energies in eV against the start, in meV."""
    return units.MEV_PER_EV * (energy - energy[:, :1])


def _curves(runs: Runs) -> Variables:
    record, n_atoms = runs.record, len(runs.record.atomic_number)
    frames = _chosen(len(record.time))
    dims = ("replica", "frame_time")
    return {
        "frame_time": variable(
            "frame_time", record.time[frames] / units.FS_PER_PS, units.PICOSECOND,
            "time since the start",
        ),
        "energy_change": variable(
            dims, _per_atom(record.total_energy)[:, frames] / n_atoms, units.MEV_PER_ATOM,
            "total energy against the start",
        ),
        "frame_temperature": variable(
            dims, record.temperature[:, frames], units.TEMPERATURE, "kinetic temperature"
        ),
    }  # fmt: skip


def _halved(runs: Runs) -> Variables:
    table, n_atoms = runs.table, len(runs.record.atomic_number)
    total = table["halved_potential_energy"] + table["halved_kinetic_energy"]
    frames = _chosen(table.sizes["time"])
    energy = total.transpose("halved", "time").to_numpy()
    return {
        "halved_replica": table["halved_replica"].variable,
        "halved_energy_change": variable(
            ("halved", "frame_time"), _per_atom(energy)[:, frames] / n_atoms, units.MEV_PER_ATOM,
            "total energy against the start, at half the time step",
        ),
        "halved_end_cause": variable(
            "halved", kind_names(table["halved_end_kind"]).astype(str), "",
            "how the replica ended at half the time step",
        ),
        "halved_end_time": variable(
            "halved", table["halved_end_time"].to_numpy() / units.FS_PER_PS, units.PICOSECOND,
            "time of the end at half the time step",
        ),
    }  # fmt: skip


def _ends(runs: Runs, broken: Broken) -> Variables:
    n = len(runs.record.event)
    atoms = np.full((n, 2), -1)
    good, error, push = (np.full(n, np.nan) for _ in "abc")
    found = np.full(n, "", dtype=object)
    rows = broken.ends.replica
    atoms[rows], found[rows] = broken.atoms, broken.found
    good[rows] = runs.record.time[broken.good.frame] / units.FS_PER_PS
    error[rows], push[rows] = broken.error, broken.push
    kinds = kind_names(runs.table["end_kind"]).astype(str)
    time = runs.record.end_time / units.FS_PER_PS
    return {
        "end_time": variable("replica", time, units.PICOSECOND, "time of the end"),
        "end_cause": variable("replica", kinds, "", "how the replica ended"),
        "guilty_atom": variable(("replica", "two"), atoms, units.ONE, "atoms that broke, else -1"),
        "guilty_by": variable("replica", found.astype(str), "", "how these atoms are known"),
        "good_time": variable("replica", good, units.PICOSECOND, "time of the last good frame"),
        "guilty_force_error": variable(
            "replica", error, units.MEV_PER_ANGSTROM,
            "error of the force on the pair at the last good frame, mean over components",
        ),
        "guilty_push": variable(
            "replica", push, units.MEV_PER_ANGSTROM,
            "how much harder than the reference the pair is driven apart there",
        ),
    }  # fmt: skip


def trajectories(runs: Runs) -> Variables:
    """Frames of every replica that a page plays, with the geometry of its end as the last.

    Args:
        runs: what was run.
    """
    record = runs.record
    position, counts = record.position, record.n_frames
    n_moments = min(MOST_FRAMES, int(counts.max())) + 1
    shape = (len(counts), n_moments, len(record.atomic_number), 3)
    places = np.full(shape, np.nan, dtype=np.float32)
    time = np.full(shape[:2], np.nan)
    for k, count in enumerate(counts):
        frames = thinned_frames(int(count))
        n = len(frames)
        places[k, :n], time[k, :n] = position[k, frames], record.time[frames]
        last = n - 1 if record.end_time[k] <= time[k, n - 1] else n
        if np.isfinite(record.ends.position[k]).all():
            places[k, last], time[k, last] = record.ends.position[k], record.end_time[k]
    return {
        "n_frames": variable("replica", counts, units.ONE, "frames before they were thinned"),
        "trajectory_time": variable(
            ("replica", "moment"), time / units.FS_PER_PS, units.PICOSECOND, "time of a frame"
        ),
        "trajectory": variable(
            ("replica", "moment", "atom", "xyz"), places, units.LENGTH,
            "positions, thinned; the last is that of the end",
        ),
    }  # fmt: skip


def _crossed(crossed: Crossed) -> Variables:
    return {
        "cross_time": variable("cross_time", crossed.time, units.TIME, "time since the start"),
        "cross_energy": variable(
            ("cross_time",), units.MEV_PER_EV * crossed.ours, units.MEV,
            "total energy against the start, by nearsight",
        ),
        "cross_energy_ase": variable(
            ("cross_time",), units.MEV_PER_EV * crossed.theirs, units.MEV,
            "total energy against the start, by ASE",
        ),
        "cross_distance": variable(
            (), crossed.distance, units.LENGTH, "largest distance of an atom between the two"
        ),
        "cross_reason": variable((), crossed.reason, "", "why there is no comparison"),
    }  # fmt: skip
