"""The verb that draws the strongest walks of a model on a molecule."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearsight.cli.app import Out, Set, Settings, Threads, app, limit_threads, section
from nearsight.cli.model_argument import CalculatorArguments, ModelArgument, opened
from nearsight.cli.places import Reads, Writes
from nearsight.cli.telling import tell
from nearsight.cli.verbs import INTERACTIONS
from nearsight.limits import MOST_FRAMES

if TYPE_CHECKING:
    import ase
    import xarray as xr

PICTURES = (".svg", ".png", ".pdf")
TABLES = (".csv", ".nc")
USUAL_ATOMS = (2, 3)


@app.command(rich_help_panel=INTERACTIONS)
def walks(
    model: ModelArgument,
    structures: Annotated[
        Path,
        typer.Argument(help="Canonical data set (.nc), or a file of structures (.xyz, ...)."),
        Reads(),
    ],
    out: Out,
    frame: Annotated[
        int,
        typer.Option(
            min=-1,
            max=MOST_FRAMES,
            help="Number of the structure in its file, from 0; -1 is the last.",
        ),
    ] = 0,
    n_atoms: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            help="Walks on this number of distinct atoms; may be repeated. Default: 2 and 3.",
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, max=50, help="How many that raise, and that lower.")
    ] = 3,
    table: Annotated[
        Path | None,
        typer.Option(help="The walks as a table too: .csv, or .nc with the molecule."),
        Writes(),
    ] = None,
    calculator_arguments: CalculatorArguments = "{}",
    settings: Settings = None,
    set_: Set = None,
    device: Annotated[str, typer.Option(help="auto (a GPU when there is one), cpu or cuda.")] = (
        "cpu"
    ),
    threads: Threads = 1,
) -> None:
    """Draw the strongest walks of a model on a molecule, a picture for each number of atoms.

    A walk is a chain of messages from atom to atom (GNN-LRP). An arrow points from the sender to
    the receiver, a loop is a step in which an atom's state stays; red walks raise the prediction,
    blue ones lower it. The picture is a .svg, .png or .pdf. Settings are those of explain.

    Examples: `nearsight walks model.safetensors data.nc --out walks.svg` and `nearsight walks
    converted/ molecule.xyz --n-atoms 2 --set vector=flow --table walks.csv --out walks.png`
    """
    from nearsight.config import Explain

    chosen = section(Explain, settings, set_)
    _check_ending("--out", out, PICTURES)
    _check_ending("--table", table, TABLES)
    structure = _structure(structures, frame)

    from nearsight.explain.strongest_walks import walks_of_model
    from nearsight.figures.walks import save_walks
    from nearsight.models.model import choose_device

    limit_threads(threads)
    drawn = opened(model, calculator_arguments)
    found = walks_of_model(
        drawn,
        structure,
        chosen,
        n_atoms=n_atoms or USUAL_ATOMS,
        count=count,
        device=choose_device(device),
    )
    save_walks(found, out)
    told = f"walks of {drawn.label} on {structure.get_chemical_formula()}"
    if table is not None:
        made_with = {**chosen.model_dump(), "frame": frame}
        _write_table(found, table, told, {**drawn.files, "data": structures}, made_with)
    tell(out, told)


def _check_ending(option: str, path: Path | None, known: tuple[str, ...]) -> None:
    from nearsight.errors import ConfigError

    if path is not None and path.suffix not in known:
        raise ConfigError(f"{option} {path}: must end in {', '.join(known[:-1])} or {known[-1]}")


def _structure(path: Path, frame: int) -> "ase.Atoms":
    from nearsight.data.structures import read_structures
    from nearsight.errors import DataError

    images = read_structures(path, subset="all")
    if not -len(images) <= frame < len(images):
        raise DataError(
            f"--frame {frame}: {path} holds {len(images)} structures, 0 to {len(images) - 1}"
        )
    return images[frame]


def _write_table(
    found: "xr.Dataset", path: Path, title: str, inputs: dict[str, Path], settings: dict[str, Any]
) -> None:
    from nearsight.collect.csv import write_csv
    from nearsight.figures.walks import listed_walks
    from nearsight.storage import write_dataset

    if path.suffix == ".csv":
        write_csv(listed_walks(found), path)
    else:
        write_dataset(found, path, title=title, inputs=inputs, settings=settings)
