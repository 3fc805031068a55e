"""Verbs for NVE dynamics and for the stability of its replicas."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Device, Out, Set, Settings, Threads, app, limit_threads, section


@app.command()
def md(
    data: Annotated[Path, typer.Argument(help="Canonical data set (.nc); starts are test frames.")],
    out: Out,
    model: Annotated[
        Path | None,
        typer.Option(help="Model file (.safetensors); without it the reference engine is run."),
    ] = None,
    trajectories: Annotated[
        Path | None, typer.Option(help="Folder for AMBER NetCDF trajectories and their topology.")
    ] = None,
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """NVE dynamics of many replicas; how each replica ends is part of the result.

    A killed run goes on from its last checkpoint when started again.

    Examples: `nearsight md data.nc --model model.safetensors --set replicas=8
    --trajectories trajectories --out dynamics.nc` and `nearsight md data.nc
    --set reference_replicas=2 --out reference_dynamics.nc`
    """
    from nearsight.config import Dynamics
    from nearsight.data.frames import read_frames

    chosen = section(Dynamics, settings, set_)
    frames = read_frames(data)

    from nearsight.md.simulate import simulate, simulate_reference

    limit_threads(threads)
    if model is None:
        simulate_reference(frames, chosen, out, inputs={"data": data}, trajectories=trajectories)
        return

    from nearsight.models.files import load_model
    from nearsight.models.model import choose_device

    simulate(
        load_model(model),
        frames,
        chosen,
        out,
        inputs={"model": model, "data": data},
        trajectories=trajectories,
        device=choose_device(device),
    )


@app.command()
def stability(
    dynamics: Annotated[Path, typer.Argument(help="File written by `nearsight md`.")],
    out: Out,
    settings: Settings = None,
    set_: Set = None,
) -> None:
    """Survival, restricted mean survival time and drift of the replicas, with intervals.

    Example: `nearsight stability dynamics.nc --set confidence=0.9 --out stability.nc`
    """
    from nearsight.config import Statistics
    from nearsight.errors import CorruptFileError
    from nearsight.storage import empty_dataset, read_dataset, write_dataset

    chosen = section(Statistics, settings, set_)
    record = read_dataset(dynamics)

    from nearsight.md.stability import stability as stability_of

    if record.attrs.get("status") == "failed":
        result = empty_dataset(record.attrs["reason"])
    elif "end_time" not in record:
        raise CorruptFileError(f"{dynamics}: no record of dynamics; make one with nearsight md")
    else:
        result = stability_of(
            record,
            confidence=chosen.confidence,
            n_bootstrap=chosen.n_bootstrap,
            seed=chosen.seed,
        )
    write_dataset(
        result,
        out,
        title="stability of NVE dynamics",
        inputs={"dynamics": dynamics},
        settings=chosen.model_dump(),
    )
