"""The verb that tells where dynamics broke."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import OUT, Device, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.model_argument import (
    CalculatorArguments,
    ModelArgument,
    opened,
    require_made_by,
)
from nearsight.cli.places import Arguments, Reads, Writes, within
from nearsight.cli.telling import tell
from nearsight.cli.verbs import DYNAMICS
from nearsight.cli.yardstick import AllowNone, YardstickOption, chosen_yardstick
from nearsight.storage.names import FRAMES, TOPOLOGY

if TYPE_CHECKING:
    from nearsight.config import Yardstick
    from nearsight.data.frames import Frames
    from nearsight.data.yardstick import Reference
    from nearsight.failures import Blame


def _frames_of(out: Path, _: Arguments) -> list[Path]:
    return [out.with_suffix(".xyz")]


@app.command(rich_help_panel=DYNAMICS)
def failures(
    model: ModelArgument,
    data: Annotated[
        Path,
        typer.Argument(help="Data set, or file of structures, that the run began from."),
        Reads(),
    ],
    dynamics: Annotated[
        Path, typer.Option(help="Its dynamics, from nearsight md with --model."), Reads()
    ],
    trajectories: Annotated[
        Path,
        typer.Option(help="Folder of the run's trajectories."),
        Reads(within(TOPOLOGY, "replica_*.nc")),
    ],
    out: Annotated[Path, OUT, Writes(_frames_of)],
    calculator_arguments: CalculatorArguments = "{}",
    yardstick: YardstickOption = None,
    allow_no_yardstick: AllowNone = False,
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Where dynamics broke: pair, error of its force, relevance and response just before.

    Beside the table (NetCDF) appear the last good and the first bad frame of every failure with
    energies and forces of the reference engine, as extended xyz under the same name: frames to
    train on, for `nearsight data import`. See docs/stability.md.

    Example: `nearsight failures model.safetensors data.nc --dynamics dynamics.nc
    --trajectories trajectories --out failures.nc`
    """
    from nearsight.config import Dynamics, Failures, load_section
    from nearsight.data.structures import read_starts
    from nearsight.lineage import record_of, require_made_from
    from nearsight.md.record.identity import require_same_run
    from nearsight.md.record.record_kind import ENDS
    from nearsight.storage import read_kind, write_dataset

    chosen = section(Failures, settings, set_)
    beside = chosen_yardstick(yardstick, None)
    record = read_kind(dynamics, ENDS)
    made = record_of(dynamics, record.attrs)
    from nearsight.failures import find_failures
    from nearsight.models.model import choose_device

    limit_threads(threads)
    loaded = opened(model, calculator_arguments)
    require_made_by(made, loaded, "make it with nearsight md of this model")
    require_made_from(made, "make it with nearsight md of this data set", data=data)
    if record.attrs.get("status") == "failed":
        found = _nothing(str(record.attrs["reason"]))
    else:
        require_same_run(dynamics, record, trajectories)
        frames = read_starts(data)
        reference, why_none, said = _reference(beside, frames, data, allow_no_yardstick)
        found = find_failures(
            loaded,
            frames,
            record,
            trajectories,
            load_section(Dynamics, None, dict(made.settings), str(dynamics)),
            chosen,
            reference=reference,
            why_none=why_none,
            device=choose_device(device),
        )
        found.table.attrs.update({**loaded.description, **said})
    _write_frames(found, out.with_suffix(".xyz"))
    write_dataset(
        found.table,
        out,
        title=f"failures of the dynamics of {loaded.label}",
        inputs={**loaded.files, "data": data, "dynamics": dynamics},
        settings=chosen.model_dump(),
    )
    count = found.table.sizes.get("failure", 0)
    tell(out, found.table.attrs.get("reason") or f"{count} failures of {record.sizes['replica']}")


def _reference(
    yardstick: "Yardstick", frames: "Frames", data: Path, allow_none: bool
) -> "tuple[Reference | None, str, dict[str, str]]":
    """The engine beside the data, or why there is none, and what the file says of it.

    Raises:
        NoYardstickError: none computes what the data are labelled with, unless that is allowed.
        MoleculeError: an odd number of electrons, which GFN2-xTB is not asked for here.
    """
    from nearsight.data.closed_shell import require_closed_shells
    from nearsight.data.structures import is_unlabelled
    from nearsight.data.yardstick import NoYardstickError, find_reference

    labels = None
    if not is_unlabelled(frames):
        labels = str(frames.attributes.get("level_of_theory", "unknown"))
    try:
        reference = find_reference(yardstick, labels, str(data))
    except NoYardstickError as none:
        if not allow_none:
            raise
        return None, none.reason, none.attributes
    if not yardstick.is_calculator:
        require_closed_shells([frames.atoms(0)], str(data))
    return reference, "", reference.attributes


def _nothing(reason: str) -> "Blame":
    """Of a network that could not run."""
    from nearsight.failures import Blame
    from nearsight.storage import empty_dataset

    return Blame(empty_dataset(reason), None, [])


def _write_frames(found: "Blame", path: Path) -> None:
    """The frames as extended xyz, an empty file where there are none; the table names them."""
    from nearsight.data.exporting import write_extxyz
    from nearsight.storage import atomic_path, sha256

    with atomic_path(path) as temporary:
        if found.frames is None:
            temporary.touch()
        else:
            write_extxyz(found.frames, temporary, found.keys)
    found.table.attrs[FRAMES] = sha256(path)
