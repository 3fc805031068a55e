"""The verb that brings networks of one study together in one folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import app
from nearsight.cli.places import Arguments, Reads, WritesInto
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import STUDIES


def _bookkeeping(into: Path, _: Arguments) -> Iterator[Path]:
    """What is written anew in a folder that networks are put into."""
    from nearsight.bundle import MANIFEST

    yield into / "study.json"
    if (into / MANIFEST).is_file():
        yield into / MANIFEST


@app.command(rich_help_panel=STUDIES)
def merge(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="MORE", help="Bundle of further networks of the study, or their results folder."
        ),
        Reads(),
    ],
    into: Annotated[
        Path,
        typer.Option(help="Results folder of the study, as results/decay."),
        WritesInto(_bookkeeping),
    ],
    keep_reference: Annotated[
        bool,
        typer.Option(
            "--keep-reference",
            help="Where the reference method has other results in MORE, keep those of the folder.",
        ),
    ] = False,
) -> None:
    """Put networks of a study that were made elsewhere beside those that are here.

    The settings must be the same but for the axes of `variants`, `exclude` and further data sets,
    and the data the same files: the other place starts from them (`nearsight bundle --shared`). All
    is verified before anything is put in place; a network that is here already is left alone, and
    no file of one is ever replaced. Killed, it goes on when it is started again. At last
    `study.json` is that of all networks; tables and figures are made anew by Snakemake, which
    trains and runs nothing.

    Example: `nearsight merge decay_more.tar --into results/decay`, then `snakemake --cores 1
    --configfile results/decay/study.json`
    """
    from nearsight.merging import merge as merge_networks

    found = merge_networks(source, into, keep_reference=keep_reference, say=remark)
    for line in found.changes:
        remark(f"now {line}")
    n_all = len(found.study.cases())
    there = f", {len(found.known)} were there already" if found.known else ""
    tell(
        into,
        f"{len(found.added)} networks put there{there}, {n_all} in its study; next: snakemake "
        f"--cores 1 --configfile {into / 'study.json'}",
    )
