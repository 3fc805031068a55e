"""Verbs that put a trained model to use: predictions, and export to SchNetPack."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Device, Out, Threads, app, limit_threads
from nearsight.cli.places import Reads, WritesInto, within
from nearsight.cli.telling import tell
from nearsight.cli.verbs import MODELS
from nearsight.storage.names import EXPORTED

ModelFile = Annotated[Path, typer.Argument(help="Model file (.safetensors)."), Reads()]


@app.command(rich_help_panel=MODELS)
def predict(
    model: ModelFile,
    structures: Annotated[
        Path,
        typer.Argument(help="Canonical data set (.nc), or a file of structures (.xyz, .pdb ...)."),
        Reads(),
    ],
    out: Out,
    subset: Annotated[
        str, typer.Option(help="all, train, validation or test; of a canonical data set.")
    ] = "all",
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Energies and forces (or another target) of structures by a trained model.

    The file is a canonical data set (.nc) or extended xyz (.xyz), in eV, eV/Å and the target's
    unit; what the structures' own labels say is not looked at.

    Example: `nearsight predict painn/model.safetensors molecules.xyz --out predicted.xyz`
    """
    from nearsight.errors import ConfigError

    if out.suffix.lower() not in (".nc", ".xyz", ".extxyz"):
        raise ConfigError(f"--out {out}: expected a name ending in .nc, .xyz or .extxyz")

    from nearsight.data.exporting import export_frames
    from nearsight.data.frames import frames_of_atoms, write_frames
    from nearsight.data.structures import read_structures
    from nearsight.models.files import load_model
    from nearsight.models.model import choose_device
    from nearsight.train.predict import predicted

    limit_threads(threads)
    found = read_structures(structures, subset=subset)
    chosen = load_model(model)
    frames = predicted(chosen, frames_of_atoms(found), device=choose_device(device))
    if out.suffix.lower() == ".nc":
        inputs = {"model": model, "structures": structures}
        write_frames(frames, out, title=f"predictions of {chosen.variant.id}", inputs=inputs)
    else:
        export_frames(frames, out)
    tell(out, f"{chosen.variant.target} of {len(frames)} structures")


@app.command("export", rich_help_panel=MODELS)
def export_(
    model: ModelFile,
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
    from nearsight.models.exporting import export_model
    from nearsight.models.files import load_model

    chosen = load_model(model)
    export_model(chosen, out)
    tell(out, f"{chosen.variant.id} for SchNetPack")
