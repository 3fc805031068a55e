"""The verb that makes a pickled SchNetPack model one that is safe to read."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from nearsight.cli.app import app
from nearsight.cli.places import Reads, Replaces
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import MODELS
from nearsight.storage.names import is_of_converted


@app.command(rich_help_panel=MODELS)
def convert(
    model: Annotated[
        Path, typer.Argument(help="SchNetPack's own pickled file, best_model."), Reads()
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder to write; replaced as a whole."),
        Replaces(is_of_converted),
    ],
    unit: Annotated[
        str, typer.Option(help="Unit of the output: eV, meV, kcal/mol, kJ/mol, hartree, debye ...")
    ],
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run the code that is in the file, in a process of its own."),
    ] = False,
    length_unit: Annotated[
        Literal["angstrom", "bohr", "nm"], typer.Option(help="Unit of the positions that it reads.")
    ] = "angstrom",
    output: Annotated[
        str | None, typer.Option(help="Key of the output; needed if there are several heads.")
    ] = None,
) -> None:
    """Make SchNetPack's pickled model one that every verb reads: weights and hyperparameters.

    A pickle runs whatever code is in it when it is loaded, so no verb but this one loads any, and
    this one only with `--trust`, in a process of its own: convert a model of yours, or of somebody
    whom you trust. The SchNetPack that is installed beside nearsight must be able to load it. What
    was written is read back and checked before it appears.

    Example: `nearsight convert best_model --unit kcal/mol --trust --out converted`
    """
    from nearsight.errors import ConfigError
    from nearsight.storage import require_file

    require_file(model)
    if not trust:
        raise ConfigError(
            f"{model}: a pickled model, and loading one runs any code in it: add --trust if you "
            "know where it comes from"
        )

    from nearsight.models.pickled import convert_pickled
    from nearsight.units import TO_EV, in_ev

    made = convert_pickled(model, out, unit=unit, length_unit=length_unit, output=output)
    if in_ev(made.property_unit) is None:
        remark(
            f"{made.property_unit} is no unit of energy ({', '.join(TO_EV)}): the model can be "
            "explained, and has no forces"
        )
    kinds = f"{made.representation.kind} with {made.head.kind}"
    tell(out, f"{kinds}, {made.head.output} in {made.property_unit}")
