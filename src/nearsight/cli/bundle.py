"""Verbs that take results home: bundle, verify, unbundle."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Out, app
from nearsight.cli.places import Reads, WritesInto, nothing_else
from nearsight.cli.telling import tell
from nearsight.cli.verbs import STUDIES


@app.command(rich_help_panel=STUDIES)
def bundle(
    study: Annotated[
        Path, typer.Argument(help="Results folder of a study, as results/paper."), Reads()
    ],
    out: Out,
    trajectories: Annotated[
        bool, typer.Option("--trajectories", help="Pack trajectories too: most of the bytes.")
    ] = False,
) -> None:
    """Pack the results of a study into one tar file, with the checksum of every file.

    Example: `nearsight bundle results/paper --out paper.tar`
    """
    from nearsight.bundle import pack

    n_files, n_bytes = pack(study, out, trajectories=trajectories)
    tell(out, f"{n_files} files, {n_bytes / 1e6:.1f} MB")


@app.command(rich_help_panel=STUDIES)
def verify(
    results: Annotated[
        Path, typer.Argument(help="A bundle, or a folder that came out of one."), Reads()
    ],
) -> None:
    """Check every file against its checksum; ends with 1 when one has changed or is missing.

    Example: `nearsight verify paper.tar`
    """
    from nearsight.bundle import verify_bundle, verify_folder
    from nearsight.errors import CorruptFileError

    n_files, wrong = verify_folder(results) if results.is_dir() else verify_bundle(results)
    for line in wrong:
        typer.echo(line)
    if wrong:
        raise CorruptFileError(f"{results}: {len(wrong)} of {n_files} files are not as packed")
    typer.echo(f"{results}: {n_files} files, all as packed")


@app.command(rich_help_panel=STUDIES)
def unbundle(
    path: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="Tar file of nearsight bundle."), Reads()
    ],
    into: Annotated[
        Path,
        typer.Option(help="Folder of results; the study's folder appears in it."),
        WritesInto(nothing_else),
    ] = Path("results"),
) -> None:
    """Verify a bundle and unpack it; figures can then be drawn again without computing anything.

    Example: `nearsight unbundle paper.tar`, then `snakemake --cores 1 --configfile
    results/paper/study.json --forcerun figures`
    """
    from nearsight.bundle import unpack

    tell(unpack(path, into), "unpacked and verified")
