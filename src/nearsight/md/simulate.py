"""From a model and a data set to the files of a run."""

import time
from collections.abc import Mapping
from pathlib import Path

import torch

from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.md.dataset import to_dataset
from nearsight.md.dynamics import run
from nearsight.md.reference import reference_guards
from nearsight.md.starts import draw_starts
from nearsight.md.trajectory import write_trajectories
from nearsight.models.model import Model
from nearsight.storage import atomic_path, empty_dataset, write_dataset

_PRECISION = {"float32": torch.float32, "float64": torch.float64}


def simulate(
    model: Model,
    frames: Frames,
    settings: Dynamics,
    out: Path,
    *,
    trajectories: Path | None = None,
    device: torch.device | str = "cpu",
    inputs: Mapping[str, Path] | None = None,
) -> None:
    """Run NVE dynamics of a model from test frames and write its record.

    A model whose training diverged gives a record without variables that says so, and an empty
    folder of trajectories.

    Args:
        model: the force field.
        frames: data set; guards come from its training frames, starts from its test frames.
        settings: of the dynamics.
        out: NetCDF file of energies and ends.
        trajectories: folder for AMBER NetCDF trajectories; none are written without it.
        device: where the network runs; phase-space points stay on the CPU.
        inputs: files this is made from, by role.

    Raises:
        DataError: no test or training frames, or several molecules.
        ModelError: the model has not seen an element.
        ConfigError: the duration is shorter than one step.
    """
    if model.status != "ok":
        result = empty_dataset(model.reason)
        if trajectories:
            with atomic_path(trajectories) as folder:
                folder.mkdir()
    else:
        starts = draw_starts(frames.of_subset("test"), settings)
        guards = reference_guards(frames.of_subset("train"), settings)
        potential = model.potential(
            starts.atomic_number.numpy(), dtype=_PRECISION[settings.precision], device=device
        )
        begin = time.perf_counter()
        record = run(potential, starts, guards, settings)
        result = to_dataset(record, starts, settings)
        result.attrs["wall_seconds"] = time.perf_counter() - begin
        if trajectories:
            with atomic_path(trajectories) as folder:
                write_trajectories(record, folder)
    title = f"NVE dynamics of {model.variant.id}"
    write_dataset(result, out, title=title, inputs=inputs, settings=settings.model_dump())
