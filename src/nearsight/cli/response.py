"""The verbs that probe how forces answer to displacements, and the physics to compare with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearsight.cli.app import Device, Out, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.places import Reads
from nearsight.cli.telling import tell
from nearsight.cli.verbs import INTERACTIONS
from nearsight.cli.yardstick import AllowNone, YardstickOption, chosen_yardstick

if TYPE_CHECKING:
    import xarray as xr
    from ase import Atoms

    from nearsight.config import Respond, Yardstick

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
        Path | None,
        typer.Option(help="Model file; without it the reference engine is probed."),
        Reads(),
    ] = None,
    yardstick: YardstickOption = None,
    calculator: Annotated[
        str | None,
        typer.Option(help="Short for --yardstick with a calculator: package.module:factory."),
    ] = None,
    calculator_arguments: Annotated[
        str, typer.Option(help="Keyword arguments of the factory of --calculator, inline YAML.")
    ] = "{}",
    allow_no_yardstick: AllowNone = False,
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Hessian blocks d²E/dr_i dr_j of held-out structures: norm, anisotropy, noise by pair.

    Of a model by automatic differentiation, of the reference engine and of calculators by central
    differences of forces. Data that no engine here has labelled need a yardstick by name.

    Examples: `nearsight respond data.nc --model model.safetensors --out response.nc`,
    `nearsight respond data.nc --out reference.nc --set n_structures=2`,
    `nearsight respond rmd17.nc --yardstick gfn2 --out gfn2.nc` and
    `nearsight respond molecules.xyz --calculator mace.calculators:mace_off
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
        chosen_yardstick(yardstick, model)
        if calculator is None
        else _calculator(calculator, calculator_arguments)
    )
    structures = read_structures(data, n_structures=chosen.n_structures)
    limit_threads(threads)
    inputs = {"data": data}
    if model is not None:
        inputs["model"] = model
        result, label = _of_model(model, structures, device)
    else:
        result, label = _of_reference(data, structures, chosen, beside, allow_no_yardstick)
    write_dataset(
        result, out, title=f"response of {label}", inputs=inputs, settings=chosen.model_dump()
    )
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
    from nearsight.config import Yardstick, parse_yaml, validate
    from nearsight.errors import ConfigError

    given = parse_yaml(arguments, "--calculator-arguments")
    if not isinstance(given, dict):
        raise ConfigError(f"--calculator-arguments {arguments}: expected {{key: value, ...}}")
    return validate(Yardstick, {"engine": name, "arguments": given}, "--calculator")


def _of_reference(
    data: Path, structures: list["Atoms"], chosen: "Respond", yardstick: "Yardstick", allow: bool
) -> tuple["xr.Dataset", str]:
    """Response of the engine beside the data; without one, an error or a file that says so."""
    from nearsight.data.closed_shell import require_closed_shells
    from nearsight.data.frames import read_frames
    from nearsight.data.yardstick import NoYardstickError, find_reference
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
    source = reference.open(chosen.accuracy, 1)
    result = _by_differences(source, structures, chosen, reference.level_of_theory)
    if not yardstick.is_calculator:
        result = result.assign_attrs(accuracy=chosen.accuracy)
    return result.assign_attrs(reference.attributes), reference.level_of_theory


def _of_model(path: Path, structures: list["Atoms"], device: str) -> tuple["xr.Dataset", str]:
    import torch

    from nearsight.models.energies import build_energy
    from nearsight.models.files import load_model
    from nearsight.models.model import choose_device
    from nearsight.respond import autograd_blocks, cutoff_jumps, response
    from nearsight.storage import empty_dataset

    loaded = load_model(path)
    label = loaded.variant.id
    if loaded.status != "ok":
        return empty_dataset(loaded.reason), label
    where = choose_device(device)

    cutoff = loaded.variant.pair_cutoff

    def energy_of(atoms: "Atoms") -> Any:
        # Asked for the elements: one that it has not seen is an error, not a number.
        loaded.energy_offset(atoms.numbers)
        numbers = torch.as_tensor(atoms.numbers).long()
        return build_energy(loaded.network, numbers, loaded.variant, device=where)

    def blocks_of(atoms: "Atoms") -> Any:
        return autograd_blocks(energy_of(atoms), atoms.positions, device=where)

    result = response(structures, blocks_of, label=label)
    result.update(cutoff_jumps(structures, energy_of, cutoff, device=where))
    return result.assign_attrs(method="autograd", step_angstrom=float("nan")), label


def _by_differences(
    source: Any, structures: list["Atoms"], chosen: "Respond", label: str
) -> "xr.Dataset":
    from nearsight.respond import engine_forces, hessian_blocks, response

    def blocks_of(atoms: "Atoms") -> Any:
        forces = engine_forces(source, atoms.numbers)
        return hessian_blocks(forces, atoms.positions, chosen.step)

    result = response(structures, blocks_of, label=label)
    return result.assign_attrs(method="central differences", step_angstrom=chosen.step)
