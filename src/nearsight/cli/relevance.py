"""The verb that opens a model with GNN-LRP."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Out, Set, Settings, Threads, app, limit_threads, section


@app.command()
def explain(
    model: Annotated[Path, typer.Argument(help="Model file (.safetensors).")],
    data: Annotated[
        Path, typer.Argument(help="Canonical data set (.nc); its test subset is used.")
    ],
    out: Out,
    settings: Settings = None,
    set_: Set = None,
    threads: Threads = 1,
) -> None:
    """Relevance of walks over atoms (GNN-LRP): by pair, by body order, with its balance.

    Example: `nearsight explain model.safetensors data.nc --set vector=flow --out relevance.nc`
    """
    from nearsight.config import Explain
    from nearsight.data.frames import held_out, read_frames
    from nearsight.storage import empty_dataset, write_dataset

    chosen = section(Explain, settings, set_)
    structures = held_out(read_frames(data), chosen.n_structures)

    from nearsight.explain.relevance import explain as relevance_of
    from nearsight.models.files import load_model

    limit_threads(threads)
    loaded = load_model(model)
    for atoms in structures:
        loaded.energy_offset(atoms.numbers)
    ok = loaded.status == "ok"
    result = (
        relevance_of(loaded.network, structures, chosen) if ok else empty_dataset(loaded.reason)
    )
    write_dataset(
        result,
        out,
        title=f"relevance of {loaded.variant.id}",
        inputs={"model": model, "data": data},
        settings=chosen.model_dump(),
    )
