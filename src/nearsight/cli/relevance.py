"""The verb that opens a model with GNN-LRP."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Out, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.places import Arguments, Reads
from nearsight.cli.telling import tell
from nearsight.cli.verbs import INTERACTIONS
from nearsight.limits import MOST_STRUCTURES
from nearsight.storage.names import HYPERPARAMETERS, WEIGHTS


def _foreign(model: Path, _: Arguments) -> list[Path]:
    """What a model trained elsewhere consists of, named by its folder or its weights."""
    folder = model if model.is_dir() else model.parent
    named = [model.with_suffix(Path(name).suffix) for name in HYPERPARAMETERS]
    return [*named, *(folder / name for name in (WEIGHTS, *HYPERPARAMETERS))]


Model = Annotated[
    Path,
    typer.Argument(
        help="Model file (.safetensors), or folder of a SchNetPack model trained elsewhere."
    ),
    Reads(_foreign),
]


@app.command(rich_help_panel=INTERACTIONS)
def explain(
    model: Model,
    structures: Annotated[
        Path,
        typer.Argument(help="Canonical data set (.nc), or a file of structures (.xyz, ...)."),
        Reads(),
    ],
    out: Out,
    subset: Annotated[
        str, typer.Option(help="train, validation or test; of a canonical data set.")
    ] = "test",
    n_structures: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_STRUCTURES,
            help="Most structures, spread over all; the setting for a data set, all of a file.",
        ),
    ] = None,
    settings: Settings = None,
    set_: Set = None,
    dtype: Annotated[str, typer.Option(help="Precision: float64 or float32.")] = "float64",
    device: Annotated[str, typer.Option(help="auto (a GPU when there is one), cpu or cuda.")] = (
        "cpu"
    ),
    threads: Threads = 1,
) -> None:
    """Relevance of walks over atoms (GNN-LRP): by pair, by body order, with its balance.

    A killed run goes on with the next structure when started again. A SchNetPack model trained
    elsewhere is first converted by your own hand with `docs/convert_schnetpack_model.py`.

    Examples: `nearsight explain model.safetensors data.nc --set vector=flow --out relevance.nc`
    and `nearsight explain converted/ structures.xyz --out relevance.nc`
    """
    from nearsight.config import Explain
    from nearsight.data.structures import read_structures
    from nearsight.storage import NOT_APPLICABLE, empty_dataset, write_dataset

    chosen = section(Explain, settings, set_)
    if n_structures is None and structures.suffix == ".nc":
        n_structures = chosen.n_structures
    images = read_structures(structures, subset=subset, n_structures=n_structures)

    from nearsight.explain.file.finished_structures import FinishedStructures
    from nearsight.explain.relevance import Target
    from nearsight.explain.relevance import explain as relevance_of
    from nearsight.models.model import choose_device
    from nearsight.models.opening import open_model

    limit_threads(threads)
    opened = open_model(model)
    network = opened.explicable
    made_with = {**chosen.model_dump(), "output": opened.target, "dtype": dtype}
    if network is not None:
        made_with["output"] = network.output
        offsets = [network.offset(atoms.numbers) for atoms in images]
        target = Target(network.output, network.unit, network.length, dtype, choose_device(device))
    with FinishedStructures(
        out, model=opened.files, structures=images, settings=made_with
    ) as finished:
        if network is None:
            status = "failed" if opened.reason else NOT_APPLICABLE
            result = empty_dataset(opened.no_walks, status)
        else:
            result = relevance_of(
                network.network, images, chosen, target=target, offsets=offsets, finished=finished
            )
        write_dataset(
            result,
            out,
            title=f"relevance of {opened.label}",
            inputs={**opened.files, "data": structures},
            settings=made_with,
        )
        finished.remove()
    tell(out, opened.no_walks or f"relevance of {opened.label} in {len(images)} structures")
