"""From a model, or the reference engine, and a data set to the files of a run."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from nearsight.config import Dynamics, Yardstick
from nearsight.data.calculators import TRIES, try_out
from nearsight.data.closed_shell import require_closed_shells
from nearsight.data.frames import Frames
from nearsight.data.structures import is_unlabelled
from nearsight.data.yardstick import SCF_ACCURACY, NoYardstickError, find_reference
from nearsight.md.record.amber import write_trajectories
from nearsight.md.record.identity import ATTRIBUTE, trajectory_hashes
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.run_folder import RunFolder, has_begun
from nearsight.md.record.segments import Disk
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.one_molecule import frames_of, known_frames
from nearsight.md.replicas.starts import Starts, draw_starts
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.rules.sound_starts import sound_starts
from nearsight.md.run.engine import Engine
from nearsight.md.run.network_engine import Asked, engine_of
from nearsight.md.run.nve import run
from nearsight.md.run.shorter_step import replicas_to_halve, run_halved
from nearsight.models.engine_potential import EnginePotential
from nearsight.models.open_model import OpenModel
from nearsight.storage import (
    atomic_path,
    config_hash,
    empty_dataset,
    require_replaceable,
    write_dataset,
)
from nearsight.storage.names import is_of_trajectories

logger = logging.getLogger(__name__)

_SECONDS_PER_HOUR = 3600.0


def simulate(
    model: OpenModel,
    frames: Frames,
    settings: Dynamics,
    out: Path,
    *,
    inputs: Mapping[str, Path],
    trajectories: Path | None = None,
    device: torch.device | str = "cpu",
    keep_checkpoint: bool = False,
    processes: int = 1,
) -> xr.Dataset:
    """Run NVE dynamics of a model from test frames and write its record.

    A model whose training diverged gives a record without variables that says so, and an empty
    folder of trajectories. A killed run goes on from its last checkpoint when started again.

    Args:
        model: the force field, of any kind.
        frames: data set; guards come from its training frames, starts from its test frames. Of
            structures without labels both come from all of them.
        settings: of the dynamics.
        out: NetCDF file of energies and ends.
        inputs: files this is made from, by role; a run of other inputs is never gone on with.
        trajectories: folder for AMBER NetCDF trajectories; none are written without it.
        device: where the network runs; phase-space points stay on the CPU.
        keep_checkpoint: of a finished run, as
            :meth:`nearsight.md.record.run_folder.RunFolder.finish` does.
        processes: in which a calculator works on replicas.

    Returns:
        What was written.

    Raises:
        DataError: no test or training frames, several molecules, or more than half of the start
            geometries break a rule as they are; or ``trajectories`` holds
            what is no part of trajectories.
        ModelError: the model has not seen an element, or knows no energies.
        ReferenceEngineError: a calculator fails on the first start geometries.
        ConfigError: the duration is shorter than one step.
    """
    if trajectories:
        require_replaceable(trajectories, is_of_trajectories)
    title = f"NVE dynamics of {model.label}"
    if model.reason:
        return _write_nothing(model.reason, settings, out, trajectories, inputs, title)
    test = frames_of(frames, settings.source).of_subset("test")
    model.require_structures([test.atoms(k) for k in range(min(len(test), TRIES))])
    engine = engine_of(
        Asked(model, settings, device, processes),
        test.atoms(0).numbers if len(test) else None,
        lambda engine: has_begun(out, inputs, settings.model_dump(), engine.forces),
    )
    return _simulate(engine, frames, settings, out, inputs, trajectories, title, keep_checkpoint)


def simulate_reference(
    frames: Frames,
    settings: Dynamics,
    out: Path,
    *,
    inputs: Mapping[str, Path],
    yardstick: Yardstick | None = None,
    allow_none: bool = False,
    trajectories: Path | None = None,
    keep_checkpoint: bool = False,
    processes: int = 1,
) -> xr.Dataset:
    """Run the engine that labelled the data through the same rules: the floor of false alarms.

    Its replicas are the first ``reference_replicas`` of those that models begin from. The rules
    come from the data also where the engine is of another level of theory.

    Args:
        frames: as for :func:`simulate`.
        settings: of the dynamics.
        out: NetCDF file of energies and ends.
        inputs: files this is made from, by role.
        yardstick: which engine; the one that labelled the data by default.
        allow_none: without an engine for the data, write a record without variables that says so.
        trajectories: folder for AMBER NetCDF trajectories; none are written without it.
        keep_checkpoint: as for :func:`simulate`.
        processes: in which the engine works on replicas; results do not depend on how many.

    Raises:
        NoYardstickError: no engine for the data's level of theory, unless ``allow_none``.
        ReferenceEngineError: the engine fails on each of the first test frames.
        MoleculeError: an odd number of electrons, which GFN2-xTB is not asked for here.
        ConfigError, DataError: as :func:`simulate`, or no such calculator.
    """
    labels = None
    if not is_unlabelled(frames):
        labels = str(frames.attributes.get("level_of_theory", "unknown"))
    try:
        reference = find_reference(
            yardstick or Yardstick(), labels, str(inputs.get("data", "data set"))
        )
    except NoYardstickError as none:
        if not allow_none:
            raise
        title, said = "NVE dynamics of the reference engine", none.attributes
        return _write_nothing(none.reason, settings, out, trajectories, inputs, title, said)
    source = reference.open(SCF_ACCURACY, processes)
    test = frames_of(frames, settings.source).of_subset("test")
    if not (yardstick or Yardstick()).is_calculator and len(test):
        # All frames are of one molecule.
        require_closed_shells([test.atoms(0)], str(inputs.get("data", "data set")))
    # One that can do none of the first starts ends the command, not every replica.
    try_out(source, [test.atoms(k) for k in range(min(len(test), TRIES))])
    engine = Engine(
        name=reference.name,
        precision="float64",
        potential=lambda numbers: EnginePotential(source, numbers),
        halve_failed_only=True,
        attributes=reference.attributes,
    )
    few = settings.model_copy(update={"replicas": settings.reference_replicas})
    title = f"NVE dynamics of {reference.level_of_theory}"
    return _simulate(engine, frames, few, out, inputs, trajectories, title, keep_checkpoint)


def _simulate(
    engine: Engine,
    frames: Frames,
    settings: Dynamics,
    out: Path,
    inputs: Mapping[str, Path],
    trajectories: Path | None,
    title: str,
    keep_checkpoint: bool,
) -> xr.Dataset:
    if trajectories:
        require_replaceable(trajectories, is_of_trajectories)
    partial = RunFolder(out, inputs, settings.model_dump(), engine.forces)
    origin = str(inputs.get("data", "data set"))
    record, result = _run(engine, frames, settings, partial, origin)
    if trajectories:
        with atomic_path(trajectories, ours=is_of_trajectories) as folder:
            write_trajectories(record, folder)
    written = trajectory_hashes(trajectories) if trajectories else {}
    result.attrs[ATTRIBUTE] = json.dumps(written)
    write_dataset(result, out, title=title, inputs=inputs, settings=settings.model_dump())
    if (record.ends.kind == EndKind.COMPUTE_LIMIT).any():
        logger.warning("%s: cut off by compute_limit; raise it and run again to go on", out)
    else:
        partial.finish(keep=keep_checkpoint)
    return result


def _begin(frames: Frames, settings: Dynamics, origin: str) -> tuple[Starts, Guards, int]:
    """Where the replicas of one molecule begin, its rules, and how many starts were left out."""
    test, reference = frames.of_subset("test"), known_frames(frames, settings.source)
    guards = reference_guards(reference, settings)
    sound = sound_starts(test, reference, guards, origin)
    return draw_starts(test, settings, sound=sound), guards, len(test) - len(sound)


def _run(
    engine: Engine, frames: Frames, settings: Dynamics, partial: RunFolder, origin: str
) -> tuple[Trajectories, xr.Dataset]:
    """The run at the whole time step, and the record of both."""
    starts, guards, left_out = _begin(frames_of(frames, settings.source), settings, origin)
    potential = engine.potential(starts.atomic_number.numpy())
    limit = settings.compute_limit * _SECONDS_PER_HOUR or np.inf
    interval = settings.checkpoint_interval
    store = Disk(partial.folder / "main", partial.key, interval)
    record = run(potential, starts, guards, settings, store=store, seconds=limit)
    again = replicas_to_halve(
        record, settings.halved_replicas, failed_only=engine.halve_failed_only
    )
    halved = run_halved(
        again,
        record,
        potential,
        starts,
        guards,
        settings,
        store=Disk(partial.folder / "halved", _key(partial, again), interval),
        seconds=limit - record.seconds,
    )
    result = to_dataset(record, starts, settings, halved)
    result.attrs["engine"] = engine.name
    result.attrs["precision"] = engine.precision
    result.attrs["starts_left_out"] = left_out
    result.attrs.update(engine.attributes)
    if is_unlabelled(frames):
        result.attrs["guards_from"] = "the start geometries themselves: structures without labels"
    result.attrs["wall_seconds"] = record.seconds + halved.record.seconds
    return record, result


def _key(partial: RunFolder, replica: np.ndarray) -> str:
    """Which replicas are run again follows from the main run, and changes when that goes on."""
    return config_hash({"main": partial.key, "replica": replica.tolist()})


def _write_nothing(
    reason: str,
    settings: Dynamics,
    out: Path,
    trajectories: Path | None,
    inputs: Mapping[str, Path],
    title: str,
    attributes: Mapping[str, str] | None = None,
) -> xr.Dataset:
    if trajectories:
        with atomic_path(trajectories, ours=is_of_trajectories) as folder:
            folder.mkdir()
    nothing = empty_dataset(reason).assign_attrs(attributes or {})
    write_dataset(nothing, out, title=title, inputs=inputs, settings=settings.model_dump())
    return nothing
