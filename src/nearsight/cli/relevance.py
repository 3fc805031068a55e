"""The verb that opens a model with GNN-LRP."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Out, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.model_argument import CalculatorArguments, ModelArgument, opened
from nearsight.cli.places import Reads
from nearsight.cli.telling import tell
from nearsight.cli.verbs import INTERACTIONS
from nearsight.limits import MOST_STRUCTURES


@app.command(rich_help_panel=INTERACTIONS)
def explain(
    model: ModelArgument,
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
    calculator_arguments: CalculatorArguments = "{}",
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
    elsewhere is first converted by your own hand with `nearsight convert`. Of a model without
    walks, a calculator for instance, the file says that relevance does not apply.

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

    limit_threads(threads)
    force_field = opened(model, calculator_arguments)
    network = force_field.explicable
    made_with = {**chosen.model_dump(), "output": force_field.target, "dtype": dtype}
    if network is not None:
        made_with["output"] = network.output
        offsets = [network.offset(atoms.numbers) for atoms in images]
        target = Target(network.output, network.unit, network.length, dtype, choose_device(device))
    with FinishedStructures(
        out, model=force_field.files, structures=images, settings=made_with
    ) as finished:
        if network is None:
            status = "failed" if force_field.reason else NOT_APPLICABLE
            result = empty_dataset(force_field.no_walks, status)
        else:
            result = relevance_of(
                network.network, images, chosen, target=target, offsets=offsets, finished=finished
            )
        write_dataset(
            result.assign_attrs(force_field.description),
            out,
            title=f"relevance of {force_field.label}",
            inputs={**force_field.files, "data": structures},
            settings=made_with,
        )
        finished.remove()
    tell(
        out, force_field.no_walks or f"relevance of {force_field.label} in {len(images)} structures"
    )
