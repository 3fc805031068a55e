"""Verbs that write structures for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.data import Data, data_app
from nearsight.cli.places import Writes
from nearsight.cli.telling import tell
from nearsight.limits import LONGEST_ALKANE


@data_app.command()
def alkanes(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Extended xyz file to write (.xyz)."), Writes()
    ],
    longest: Annotated[
        int, typer.Option(min=1, max=LONGEST_ALKANE, help="Carbon atoms of the last one.")
    ] = 12,
) -> None:
    """The unbranched alkanes from methane on, relaxed with GFN2-xTB: a series of growing size.

    Example: `nearsight data alkanes --longest 14 --out alkanes.xyz`
    """
    from nearsight.data.exporting import export_frames
    from nearsight.data.frames import frames_of_atoms
    from nearsight.data.series import alkanes as series

    found = series(longest)
    export_frames(frames_of_atoms(found), out)
    tell(out, f"{len(found)} alkanes")


@data_app.command()
def export(
    data: Data,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Extended xyz (.xyz, .extxyz) or database (.db)."),
        Writes(),
    ],
) -> None:
    """Write a data set for other programs: extended xyz, or a SchNetPack (ASE) database.

    Example: `nearsight data export ethanol.nc --out ethanol.db`
    """
    from nearsight.data.exporting import export_frames
    from nearsight.data.frames import read_frames

    frames = read_frames(data)
    export_frames(frames, out)
    tell(out, f"{len(frames)} frames, energies in eV, forces in eV/Å")
