"""The verb that tests whether relevance tells the truth about a model."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import Device, Out, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.model_argument import (
    CalculatorArguments,
    ModelArgument,
    opened,
    require_made_by,
)
from nearsight.cli.places import Reads
from nearsight.cli.telling import tell
from nearsight.cli.verbs import INTERACTIONS

if TYPE_CHECKING:
    import xarray as xr


@app.command(rich_help_panel=INTERACTIONS)
def faithfulness(
    model: ModelArgument,
    data: Annotated[
        Path,
        typer.Argument(help="The data set or file of structures that both files came from."),
        Reads(),
    ],
    relevance: Annotated[
        Path, typer.Option(help="Its relevance, from nearsight explain."), Reads()
    ],
    response: Annotated[Path, typer.Option(help="Its response, from nearsight respond."), Reads()],
    out: Out,
    calculator_arguments: CalculatorArguments = "{}",
    settings: Settings = None,
    set_: Set = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Test relevance: under other rules, against random weights, by taking messages away.

    The statistics of it (rank correlations at equal distance, areas between curves) are made by
    nearsight collect, see docs/decay.md.

    Both files must be of this network and this data set, by the SHA-256 that they name. Of a model
    without walks, a calculator for instance, the file says that there is nothing to test.

    Example: `nearsight faithfulness model.safetensors data.nc --relevance relevance.nc
    --response response.nc --out faithfulness.nc`
    """
    from nearsight.config import Faithfulness
    from nearsight.data.structures import read_structures
    from nearsight.lineage import record_of, require_made_from
    from nearsight.storage import NOT_APPLICABLE, empty_dataset, why_failed, write_dataset

    chosen = section(Faithfulness, settings, set_)
    places = {"relevance": relevance, "response": response}
    tables = _read(places)
    from nearsight.faithfulness import probe
    from nearsight.models.model import choose_device

    limit_threads(threads)
    records = {}
    for (name, path), verb in zip(places.items(), ("explain", "respond"), strict=True):
        remedy = f"make it with nearsight {verb} of this network"
        records[remedy] = record = record_of(path, tables[name].attrs)
        # Files first: what does not belong together is told before a model is opened.
        own = {role: Path(model) for role in ("model", "weights") if role in record.inputs}
        require_made_from(record, remedy, **(own if Path(model).is_file() else {}), data=data)
    loaded = opened(model, calculator_arguments)
    for remedy, record in records.items():
        require_made_by(record, loaded, remedy)
    failures = (loaded.reason, *(why_failed(table.attrs) for table in tables.values()))
    reason, status = next((text for text in failures if text), ""), "failed"
    if not reason and tables["relevance"].attrs.get("status") == NOT_APPLICABLE:
        reason, status = tables["relevance"].attrs["reason"], NOT_APPLICABLE
    if reason:
        result = empty_dataset(reason, status)
    else:
        n_structures = int(tables["relevance"].variables["structure"].values.max()) + 1
        structures = read_structures(data, n_structures=n_structures)
        result = probe(
            loaded,
            structures,
            tables["relevance"],
            tables["response"],
            chosen,
            device=choose_device(device),
        )
    write_dataset(
        result.assign_attrs(loaded.description),
        out,
        title=f"tests of the relevance of {loaded.label}",
        inputs={**loaded.files, "data": data, "relevance": relevance, "response": response},
        settings=chosen.model_dump(),
    )
    tell(out, reason or f"tests of the relevance of {loaded.label}")


def _read(places: Mapping[str, Path]) -> dict[str, "xr.Dataset"]:
    """Relevance and response; what is wrong with one names its option."""
    from nearsight.errors import CorruptFileError
    from nearsight.explain.file.relevance_kind import RELEVANCE
    from nearsight.respond.response_kind import RESPONSE
    from nearsight.storage import read_kind

    tables = {}
    for name, kind in (("relevance", RELEVANCE), ("response", RESPONSE)):
        try:
            tables[name] = read_kind(places[name], kind)
        except CorruptFileError as error:
            raise CorruptFileError(f"--{name}: {error}") from None
    return tables
