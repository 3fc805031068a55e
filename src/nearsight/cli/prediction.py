"""Verbs that put a model to use: predictions, and export to SchNetPack."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Device, Out, Threads, app, limit_threads
from nearsight.cli.model_argument import (
    CalculatorArguments,
    ModelArgument,
    Processes,
    how_many,
    opened,
    tell_what_has_no_effect,
)
from nearsight.cli.places import Opens, Reads, WritesInto, within
from nearsight.cli.telling import tell
from nearsight.cli.verbs import MODELS
from nearsight.storage.names import EXPORTED


@app.command(rich_help_panel=MODELS)
def predict(
    model: ModelArgument,
    structures: Annotated[
        Path,
        typer.Argument(help="Canonical data set (.nc), or a file of structures (.xyz, .pdb ...)."),
        Reads(),
    ],
    out: Out,
    subset: Annotated[
        str, typer.Option(help="all, train, validation or test; of a canonical data set.")
    ] = "all",
    calculator_arguments: CalculatorArguments = "{}",
    device: Device = "auto",
    threads: Threads = 1,
    processes: Processes = None,
) -> None:
    """Energies and forces (or another target) of structures by a model.

    The file is a canonical data set (.nc) or extended xyz (.xyz), in eV, eV/Å and the target's
    unit; what the structures' own labels say is not looked at.

    Examples: `nearsight predict painn/model.safetensors molecules.xyz --out predicted.xyz` and
    `nearsight predict tblite.ase:TBLite molecules.xyz --calculator-arguments '{method: GFN1-xTB}'
    --out gfn1.xyz`
    """
    from nearsight.errors import ConfigError

    if out.suffix.lower() not in (".nc", ".xyz", ".extxyz"):
        raise ConfigError(f"--out {out}: expected a name ending in .nc, .xyz or .extxyz")

    from nearsight.data.exporting import export_frames
    from nearsight.data.frames import frames_of_atoms, write_frames
    from nearsight.data.structures import read_structures
    from nearsight.models.model import choose_device
    from nearsight.train.predict import predicted

    limit_threads(threads)
    found = read_structures(structures, subset=subset)
    chosen = opened(model, calculator_arguments)
    tell_what_has_no_effect(chosen, device=device, processes=processes)
    frames = predicted(
        chosen, frames_of_atoms(found), device=choose_device(device), processes=how_many(processes)
    )
    if out.suffix.lower() == ".nc":
        inputs = {**chosen.files, "structures": structures}
        made = replace(frames, attributes={**frames.attributes, **chosen.description})
        write_frames(made, out, title=f"predictions of {chosen.label}", inputs=inputs)
    else:
        export_frames(frames, out)
    tell(out, f"{chosen.target} of {len(frames)} structures")


@app.command("export", rich_help_panel=MODELS)
def export_(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="Model file (.safetensors) of nearsight's."),
        Opens(),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write."), WritesInto(within(*EXPORTED))
    ],
) -> None:
    """A model for SchNetPack: its state dict, hyperparameters, and a configuration for hydra.

    `hydra.utils.instantiate(OmegaConf.load("model.yaml"))` is the network, and
    `safetensors.torch.load_file("weights.safetensors")` its state dict. Offsets of the energy stand
    in hyperparameters.json.

    Example: `nearsight export painn/model.safetensors --out painn_schnetpack`
    """
    from nearsight.errors import ModelError
    from nearsight.models.exporting import export_model
    from nearsight.models.opening import is_factory, open_model
    from nearsight.models.trained_model import TrainedModel

    if is_factory(model):
        raise ModelError(f"model {model}: a calculator is code, and no network to be exported")
    chosen = open_model(model)
    if not isinstance(chosen, TrainedModel):
        raise ModelError(
            f"model {model}: was converted from SchNetPack, which has it already; copy the folder"
        )
    export_model(chosen.model, out)
    tell(out, f"{chosen.label} for SchNetPack")
