"""The verb that draws the figures of a study."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import app
from nearsight.cli.places import Arguments, Reads, WritesInto
from nearsight.cli.telling import tell
from nearsight.cli.verbs import STUDIES


def _figures(folder: Path, arguments: Arguments) -> Iterator[Path]:
    """The files of the figures that are asked for, or of all that may be drawn of the tables."""
    from nearsight.aims.drawing import figures_drawn_from
    from nearsight.figures import files_of

    names = arguments["name"] or figures_drawn_from(arguments["tables"])
    for name in dict.fromkeys(names):
        yield from files_of(name, folder)


@app.command(rich_help_panel=STUDIES)
def figures(
    tables: Annotated[
        list[Path],
        typer.Argument(
            help="Tables of a study, as nearsight collect wrote them, in any order.",
            metavar="TABLES...",
        ),
        Reads(),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the figures."), WritesInto(_figures)
    ],
    name: Annotated[
        list[str] | None, typer.Option("--name", help="One figure by name; may be repeated.")
    ] = None,
) -> None:
    """Draw figures as SVG and PNG, with the data behind each (.nc) and its alt text (.txt).

    Without --name all that are drawn from these tables: of a study of stability from `curves.nc`
    and `decay_vs_stability.nc`, of another from its one table. All files must be of one run of
    `nearsight collect`.

    Example: `nearsight figures tables/curves.nc tables/decay_vs_stability.nc --out figures
    --name survival`
    """
    from nearsight.aims.drawing import chosen_figures, draw_figures, read_tables
    from nearsight.progress import progress_bar

    given = read_tables(tables)
    chosen = chosen_figures(given, name)
    drawn = draw_figures(given, chosen, out)
    for path in progress_bar(drawn, desc="figures", unit="figure", total=len(chosen)):
        tell(path, "figure; beside it .png, its data as .nc, alt text as .txt")
