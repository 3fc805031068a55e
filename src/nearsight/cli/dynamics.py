"""Verbs for NVE dynamics and for the stability of its replicas."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Device, Out, Set, Settings, Threads, app, limit_threads, section


@app.command()
def md(
    model: Annotated[Path, typer.Argument(help="Model file (.safetensors).")],
    data: Annotated[Path, typer.Argument(help="Canonical data set (.nc); starts are test frames.")],
    out: Out,
    trajectories: Annotated[
        Path | None, typer.Option(help="Folder for AMBER NetCDF trajectories and their topology.")
    ] = None,
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """NVE dynamics of many replicas in one batch; how each replica ends is part of the result.

    Example: `nearsight md model.safetensors data.nc --set replicas=8 --set duration=5.0
    --trajectories trajectories --out dynamics.nc`
    """
    from nearsight.config import Dynamics
    from nearsight.data.frames import read_frames

    chosen = section(Dynamics, settings, set_)
    frames = read_frames(data)

    from nearsight.md.simulate import simulate
    from nearsight.models.files import load_model
    from nearsight.models.model import choose_device

    limit_threads(threads)
    loaded = load_model(model)
    simulate(
        loaded,
        frames,
        chosen,
        out,
        trajectories=trajectories,
        device=choose_device(device),
        inputs={"model": model, "data": data},
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
