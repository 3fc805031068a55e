"""The verb that computes Hessian blocks of a model or of the reference engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import Device, Out, Set, Settings, Threads, app, limit_threads, section

if TYPE_CHECKING:
    import numpy as np

    from nearsight.models.model import Model
    from nearsight.respond.hessian import Forces


@app.command()
def respond(
    data: Annotated[
        Path, typer.Argument(help="Canonical data set (.nc); its test subset is used.")
    ],
    out: Out,
    model: Annotated[
        Path | None, typer.Option(help="Model file; without it the reference engine is probed.")
    ] = None,
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Hessian blocks d²E/dr_i dr_j of held-out structures, of a model or of the reference engine.

    Examples: `nearsight respond data.nc --model model.safetensors --out response.nc` and
    `nearsight respond data.nc --out reference.nc --set n_structures=2`
    """
    from nearsight.config import Respond
    from nearsight.data.frames import held_out, read_frames
    from nearsight.storage import write_dataset

    chosen = section(Respond, settings, set_)
    frames = read_frames(data)
    structures = held_out(frames, chosen.n_structures)
    inputs = {"data": data}

    from nearsight.respond import calculator_forces, response

    if model is None:
        from nearsight.data.engine import LEVEL_OF_THEORY, reference_calculator
        from nearsight.storage import empty_dataset

        label = "the reference engine"
        theory = frames.attributes.get("level_of_theory", "unknown")
        if theory == LEVEL_OF_THEORY:
            calculator = reference_calculator()
            result = response(
                structures, lambda z: calculator_forces(calculator, z), chosen.step, label=label
            )
        else:
            # Another engine's response would be no yardstick for these labels.
            result = empty_dataset(f"no engine here for the data set's level of theory, {theory}")
    else:
        from nearsight.models.files import load_model
        from nearsight.storage import empty_dataset

        limit_threads(threads)
        loaded = load_model(model)
        inputs["model"] = model
        label = loaded.variant.id
        if loaded.status == "ok":
            result = response(
                structures, lambda z: _model_forces(loaded, z, device), chosen.step, label=label
            )
        else:
            result = empty_dataset(loaded.reason)
    write_dataset(
        result, out, title=f"response of {label}", inputs=inputs, settings=chosen.model_dump()
    )


def _model_forces(model: "Model", atomic_number: "np.ndarray", device: str) -> "Forces":
    import torch

    from nearsight.models.model import choose_device

    potential = model.potential(atomic_number, dtype=torch.float64, device=choose_device(device))

    def forces(positions: "np.ndarray") -> "np.ndarray":
        return potential(torch.as_tensor(positions))[1].numpy()

    return forces
