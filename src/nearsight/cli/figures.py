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
    """The files of the figures that are asked for, or of all that may be drawn of a table."""
    from nearsight.aims.registry import FIGURES, FIGURES_OF_OTHER_AIMS
    from nearsight.figures import files_of

    drawn = FIGURES if "curves" in arguments else FIGURES_OF_OTHER_AIMS
    for name in arguments.get("name") or drawn:
        yield from files_of(name, folder)


@app.command(rich_help_panel=STUDIES)
def figures(
    curves: Annotated[Path, typer.Argument(help="Curves of the study, curves.nc."), Reads()],
    table: Annotated[Path, typer.Argument(help="Study table, decay_vs_stability.nc."), Reads()],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the figures."), WritesInto(_figures)
    ],
    name: Annotated[
        list[str] | None, typer.Option("--name", help="One figure by name; may be repeated.")
    ] = None,
) -> None:
    """Draw figures as SVG and PNG, with the data behind each (.nc) and its alt text (.txt).

    Both files must be of one run of `nearsight collect`.

    Without --name all of them: relevance_decay, response_decay, reference_curves, body_order,
    body_order_range, elements, faithfulness, ablation, survival, ends, heating, drift,
    distance_error, spectrum, learning_curves, agreement, deviation_vs_survival,
    descriptors_vs_survival.

    Example: `nearsight figures tables/curves.nc tables/decay_vs_stability.nc --out figures
    --name survival`
    """
    from nearsight.aims.registry import find_figures
    from nearsight.collect.tables import read_table, require_one_study
    from nearsight.figures import save_figure
    from nearsight.progress import progress_bar

    chosen = find_figures(name)
    files = {"curves": curves, "table": table}
    contents = {"curves": read_table(curves, "curves"), "table": read_table(table, "table")}
    require_one_study(curves, contents["curves"], table, contents["table"])
    for spec in progress_bar(chosen, desc="figures", unit="figure"):
        inputs = {spec.source: files[spec.source]}
        save_figure(spec, contents[spec.source], out, inputs=inputs)
        tell(out / f"{spec.name}.svg", "figure; beside it .png, its data as .nc, alt text as .txt")


@app.command(rich_help_panel=STUDIES)
def draw(
    table: Annotated[
        Path,
        typer.Argument(help="Table of a study of properties or of accuracy (.nc)."),
        Reads(),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the figures."), WritesInto(_figures)
    ],
) -> None:
    """Draw the figures of a study whose aim is properties or accuracy.

    As `nearsight figures`: SVG and PNG, the data behind each (.nc) and its alt text (.txt).

    Example: `nearsight draw results/accuracy/tables/accuracy.nc --out results/accuracy/figures`
    """
    from nearsight.aims.registry import figures_of
    from nearsight.collect.tables import read_any_table
    from nearsight.figures import save_figure
    from nearsight.progress import progress_bar

    kind, content = read_any_table(table, ("properties", "accuracy"))
    for spec in progress_bar(figures_of(kind), desc="figures", unit="figure"):
        save_figure(spec, content, out, inputs={"table": table})
        tell(out / f"{spec.name}.svg", "figure; beside it .png, its data as .nc, alt text as .txt")
