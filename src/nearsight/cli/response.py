"""The verbs that probe how forces answer to displacements, and the physics to compare with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearsight.cli.app import Device, Out, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.model_argument import (
    ANY_MODEL,
    CalculatorArguments,
    Processes,
    how_many,
    mapping,
    opened,
    tell_what_has_no_effect,
)
from nearsight.cli.places import Opens, Reads
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import INTERACTIONS
from nearsight.cli.yardstick import AllowNone, YardstickOption, chosen_yardstick

if TYPE_CHECKING:
    import xarray as xr
    from ase import Atoms

    from nearsight.config import Respond, Yardstick
    from nearsight.models.open_model import OpenModel

Data = Annotated[
    Path,
    typer.Argument(
        help="Canonical data set (.nc), whose test subset is used, or a file of structures (.xyz)."
    ),
    Reads(),
]


@app.command(rich_help_panel=INTERACTIONS)
def respond(
    data: Data,
    out: Out,
    model: Annotated[
        str | None,
        typer.Option(help=f"{ANY_MODEL} Without a model the reference engine is probed."),
        Opens(),
    ] = None,
    yardstick: YardstickOption = None,
    calculator: Annotated[
        str | None,
        typer.Option(
            help="Short for --yardstick with a calculator, which then stands beside the data as"
            " their reference; --model takes one as a model."
        ),
    ] = None,
    calculator_arguments: CalculatorArguments = "{}",
    allow_no_yardstick: AllowNone = False,
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
    processes: Processes = None,
) -> None:
    """Hessian blocks d²E/dr_i dr_j of held-out structures: norm, anisotropy, noise by pair.

    Of a network by automatic differentiation, of the reference engine and of calculators by
    central differences of forces. Data that no engine here has labelled need a yardstick by name.

    Examples: `nearsight respond data.nc --model model.safetensors --out response.nc`,
    `nearsight respond data.nc --out reference.nc --set n_structures=2`,
    `nearsight respond rmd17.nc --yardstick gfn2 --out gfn2.nc` and
    `nearsight respond molecules.xyz --model mace.calculators:mace_off
    --calculator-arguments '{model: small, default_dtype: float64}' --out mace.nc`
    """
    from nearsight.config import Respond
    from nearsight.data.structures import read_structures
    from nearsight.errors import ConfigError
    from nearsight.storage import write_dataset

    chosen = section(Respond, settings, set_)
    if calculator is not None and (model is not None or yardstick is not None):
        raise ConfigError(
            "--model, --yardstick and --calculator: one of them can be probed at a time"
        )
    beside = (
        chosen_yardstick(yardstick, model, calculator_arguments)
        if calculator is None
        else _calculator(calculator, calculator_arguments)
    )
    structures = read_structures(data, n_structures=chosen.n_structures)
    limit_threads(threads)
    inputs = {"data": data}
    if model is not None:
        chosen_model = opened(model, calculator_arguments)
        tell_what_has_no_effect(chosen_model, device=device, processes=processes)
        inputs |= chosen_model.files
        label = chosen_model.label
        result = _of_model(chosen_model, structures, chosen, device, how_many(processes))
    else:
        result, label = _of_reference(
            data, structures, chosen, beside, processes, allow_no_yardstick
        )
    write_dataset(
        result, out, title=f"response of {label}", inputs=inputs, settings=chosen.model_dump()
    )
    if "step_reason" in result.attrs:
        remark(f"step of {result.attrs['step_angstrom']:g} Å, {result.attrs['step_reason']}")
    what = f"Hessian blocks of {label} in {len(structures)} structures"
    tell(out, result.attrs.get("reason") or what)


@app.command(rich_help_panel=INTERACTIONS)
def reference_curves(data: Data, out: Out, settings: Settings = None, set_: Set = None) -> None:
    """Physics whose decay is known: D3 and D4 dispersion, charges, bond orders by pair.

    Example: `nearsight reference-curves data.nc --out reference_curves.nc`
    """
    from nearsight.config import Respond
    from nearsight.data.closed_shell import require_closed_shells
    from nearsight.data.structures import read_structures
    from nearsight.storage import write_dataset

    chosen = section(Respond, settings, set_)
    structures = read_structures(data, n_structures=chosen.n_structures)
    require_closed_shells(structures, str(data))

    from nearsight.respond import reference_curves as curves_of

    write_dataset(
        curves_of(structures),
        out,
        title="dispersion, charges and bond orders by pair",
        inputs={"data": data},
        settings=chosen.model_dump(),
    )
    tell(out, f"dispersion, charges and bond orders of {len(structures)} structures")


def _calculator(name: str, arguments: str) -> "Yardstick":
    from nearsight.config import Yardstick, validate

    given = mapping(arguments, "--calculator-arguments")
    return validate(Yardstick, {"engine": name, "arguments": given}, "--calculator")


def _of_reference(
    data: Path,
    structures: list["Atoms"],
    chosen: "Respond",
    yardstick: "Yardstick",
    processes: int | None,
    allow: bool,
) -> tuple["xr.Dataset", str]:
    """Response of the engine beside the data; without one, an error or a file that says so.

    Args:
        data: file of the structures.
        structures: that are probed.
        chosen: settings.
        yardstick: which engine.
        processes: in which it works; None for the default.
        allow: a file that says that there is none, instead of an error.
    """
    from nearsight.data.calculators import try_out
    from nearsight.data.closed_shell import require_closed_shells
    from nearsight.data.frames import read_frames
    from nearsight.data.yardstick import NoYardstickError, find_reference
    from nearsight.respond import engine_forces, response_by_differences
    from nearsight.storage import empty_dataset

    labels = None
    if data.suffix == ".nc":
        labels = str(read_frames(data).attributes.get("level_of_theory", "unknown"))
    try:
        reference = find_reference(yardstick, labels, str(data))
    except NoYardstickError as none:
        if not allow:
            raise
        return empty_dataset(none.reason).assign_attrs(none.attributes), "the reference engine"
    if not yardstick.is_calculator:
        require_closed_shells(structures, str(data))
    at_once = how_many(processes) if yardstick.is_calculator else processes or 1
    source = reference.open(chosen.accuracy, at_once)
    if yardstick.is_calculator:
        try_out(source, structures)
    result = response_by_differences(
        lambda atoms: engine_forces(source, atoms.numbers),
        structures,
        chosen,
        adapt=yardstick.is_calculator,
        label=reference.level_of_theory,
    )
    if not yardstick.is_calculator:
        result = result.assign_attrs(accuracy=chosen.accuracy)
    return result.assign_attrs(reference.attributes), reference.level_of_theory


def _of_model(
    model: "OpenModel", structures: list["Atoms"], chosen: "Respond", device: str, processes: int
) -> "xr.Dataset":
    from nearsight.models.model import choose_device
    from nearsight.respond import autograd_blocks, cutoff_jumps, response
    from nearsight.storage import empty_dataset

    if model.reason:
        return empty_dataset(model.reason)
    model.require_energies()
    model.require_structures(structures)
    if model.energy(structures[0].numbers) is None:
        return _by_calculator(model, structures, chosen, processes).assign_attrs(model.description)
    where = choose_device(device)

    def energy_of(atoms: "Atoms") -> Any:
        # Asked for the elements: one that it has not seen is an error, not a number.
        return model.energy(atoms.numbers, device=where)

    def blocks_of(atoms: "Atoms") -> Any:
        return autograd_blocks(energy_of(atoms), atoms.positions, device=where)

    result = response(structures, blocks_of, label=model.label)
    reach = float("inf") if model.cutoff is None else model.cutoff
    result.update(cutoff_jumps(structures, energy_of, reach, device=where))
    said = {"method": "autograd", "step_angstrom": float("nan"), **model.description}
    return result.assign_attrs(said)


def _by_calculator(
    model: "OpenModel", structures: list["Atoms"], chosen: "Respond", processes: int
) -> "xr.Dataset":
    import torch

    from nearsight.respond import response_by_differences

    def forces_of(atoms: "Atoms") -> Any:
        potential = model.potential(atoms.numbers, processes=processes, strict=True)
        return lambda copies: potential(torch.as_tensor(copies))[1].numpy()

    return response_by_differences(forces_of, structures, chosen, adapt=True, label=model.label)
