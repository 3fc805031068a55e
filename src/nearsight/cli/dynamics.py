"""Verbs for NVE dynamics and for the stability of its replicas."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import (
    Device,
    KeepCheckpoint,
    Out,
    Set,
    Settings,
    Threads,
    app,
    limit_threads,
    section,
)
from nearsight.cli.model_argument import (
    ANY_MODEL,
    CalculatorArguments,
    Processes,
    how_many,
    opened,
    tell_what_has_no_effect,
)
from nearsight.cli.places import Opens, Reads, Replaces, within
from nearsight.cli.telling import tell
from nearsight.cli.verbs import DYNAMICS
from nearsight.cli.yardstick import AllowNone, YardstickOption, chosen_yardstick
from nearsight.storage.names import TOPOLOGY, is_of_trajectories

if TYPE_CHECKING:
    import xarray as xr


@app.command(rich_help_panel=DYNAMICS)
def md(
    data: Annotated[
        Path,
        typer.Argument(
            help="Canonical data set (.nc), whose test frames are starts, or a file of structures"
            " of one molecule (.xyz ... in Å), all of which are."
        ),
        Reads(),
    ],
    out: Out,
    model: Annotated[
        str | None,
        typer.Option(help=f"{ANY_MODEL} Without a model the reference engine is run."),
        Opens(),
    ] = None,
    calculator_arguments: CalculatorArguments = "{}",
    yardstick: YardstickOption = None,
    allow_no_yardstick: AllowNone = False,
    trajectories: Annotated[
        Path | None,
        typer.Option(help="Folder for AMBER NetCDF trajectories and their topology."),
        Replaces(is_of_trajectories),
    ] = None,
    settings: Settings = None,
    set_: Set = None,
    keep_checkpoint: KeepCheckpoint = False,
    device: Device = "auto",
    threads: Threads = 1,
    processes: Processes = None,
) -> None:
    """NVE dynamics of many replicas; how each replica ends is part of the result.

    Without a model the engine that labelled the data runs through the same rules, or another one
    that --yardstick names. The rules come from training frames; from a file of structures without
    labels both rules and starts are taken, at the temperature of --set temperature=KELVIN (500 by
    default). A killed run goes on from its last checkpoint when started again;
    SIGTERM lets it write one first (exit code 143).

    Examples: `nearsight md data.nc --model model.safetensors --set replicas=8
    --trajectories trajectories --out dynamics.nc`, `nearsight md data.nc
    --set reference_replicas=2 --out reference_dynamics.nc`,
    `nearsight md rmd17.nc --yardstick gfn2 --out gfn2_dynamics.nc` and
    `nearsight md relaxed.xyz --model tblite.ase:TBLite
    --calculator-arguments '{method: GFN1-xTB}' --processes 2 --set temperature=300 --out gfn1.nc`
    """
    from nearsight.config import Dynamics
    from nearsight.data.structures import read_starts

    chosen = section(Dynamics, settings, set_)
    beside = chosen_yardstick(yardstick, model, calculator_arguments)
    frames = read_starts(data)

    from nearsight.md.simulate import simulate, simulate_reference

    limit_threads(threads)
    if model is None:
        result = simulate_reference(
            frames,
            chosen,
            out,
            yardstick=beside,
            allow_none=allow_no_yardstick,
            inputs={"data": data},
            trajectories=trajectories,
            keep_checkpoint=keep_checkpoint,
            processes=how_many(processes) if beside.is_calculator else processes or 1,
        )
    else:
        from nearsight.models.model import choose_device

        force_field = opened(model, calculator_arguments)
        tell_what_has_no_effect(force_field, section=chosen, device=device, processes=processes)
        result = simulate(
            force_field,
            frames,
            chosen,
            out,
            inputs={**force_field.files, "data": data},
            trajectories=trajectories,
            device=choose_device(device),
            keep_checkpoint=keep_checkpoint,
            processes=how_many(processes),
        )
    tell(out, result.attrs.get("reason") or _ends_of(result))


def _ends_of(record: "xr.Dataset") -> str:
    replicas, ended = record.sizes["replica"], int(record["event"].sum())
    return f"{replicas} replicas, {ended} of them ended by a rule"


@app.command(rich_help_panel=DYNAMICS)
def stability(
    dynamics: Annotated[Path, typer.Argument(help="File written by `nearsight md`."), Reads()],
    out: Out,
    trajectories: Annotated[
        Path | None,
        typer.Option(help="Folder of the run's trajectories; needs --data."),
        Reads(within(TOPOLOGY, "replica_*.nc")),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Canonical data set (.nc) to compare distances with."),
        Reads(),
    ] = None,
    settings: Settings = None,
    set_: Set = None,
) -> None:
    """Survival, causes of ends and conservation of energy of the replicas, with intervals.

    With trajectories also the distribution of interatomic distances, its error against the data
    set, and the vibrational density of states. They must be those of this run, and the data set
    the one it began from, by the SHA-256 that the record names.

    Example: `nearsight stability dynamics.nc --trajectories trajectories --data data.nc
    --set confidence=0.9 --out stability.nc`
    """
    from nearsight.config import Statistics
    from nearsight.data.yardstick import ATTRIBUTES
    from nearsight.errors import ConfigError
    from nearsight.lineage import record_of, require_made_from
    from nearsight.md.record.record_kind import RECORD
    from nearsight.storage import empty_dataset, read_kind, write_dataset

    chosen = section(Statistics, settings, set_)
    if (trajectories is None) != (data is None):
        raise ConfigError("--trajectories and --data go together: give both or neither")
    if data is not None and data.is_file() and data.suffix.lower() != ".nc":
        raise ConfigError(
            f"--data {data}: structures alone are no distribution to compare with: leave --data "
            "and --trajectories out, or begin the run from a data set (nearsight data import)"
        )
    record = read_kind(dynamics, RECORD)
    inputs = {"dynamics": dynamics}
    if data is not None:
        require_made_from(
            record_of(dynamics, record.attrs), "give the data set of the run", data=data
        )
        inputs["data"] = data
    if record.attrs.get("status") == "failed":
        result = empty_dataset(record.attrs["reason"])
    else:
        from nearsight.md.analysis.stability import stability as stability_of

        result = stability_of(
            record,
            confidence=chosen.confidence,
            n_bootstrap=chosen.n_bootstrap,
            seed=chosen.seed,
        )
        if trajectories is not None and data is not None:
            from nearsight.data.frames import read_frames
            from nearsight.md.analysis.observables import observables
            from nearsight.md.record.identity import require_same_run
            from nearsight.md.replicas.one_molecule import frames_of

            require_same_run(dynamics, record, trajectories)
            frames = frames_of(read_frames(data), int(record.attrs.get("source", -1)))
            result.update(observables(record, trajectories, frames, chosen))
    result.attrs |= {name: record.attrs[name] for name in ATTRIBUTES if name in record.attrs}
    write_dataset(
        result,
        out,
        title="stability of NVE dynamics",
        inputs=inputs,
        settings=chosen.model_dump(),
    )
    tell(out, result.attrs.get("reason") or f"stability of {result['n_replicas'].item()} replicas")
