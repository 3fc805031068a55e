"""The verb that brings published data sets here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.data import SplitOption, data_app
from nearsight.cli.places import Arguments, Reads, Says, Writes, WritesInto
from nearsight.cli.telling import remark, tell
from nearsight.limits import LARGEST_SEED, MOST_FRAMES


def _downloads(folder: Path, arguments: Arguments) -> Iterator[Path]:
    """The files that `fetch` brings into a folder, or takes from there."""
    from nearsight.data.published.fetch import files_of
    from nearsight.data.published.table import read_table

    entries = read_table(arguments["table"])
    for name in (arguments["name"], arguments["test"]):
        if name in entries:
            yield from files_of(entries[name], folder)


@data_app.command()
def fetch(
    name: Annotated[
        str | None,
        typer.Argument(help="A name of the table, e.g. rmd17_ethanol; see --list."),
        Says(),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Canonical data set to write (.nc)."),
        Writes(),
    ] = None,
    place: Annotated[
        Path | None,
        typer.Option(
            "--from", help="File or folder that holds the download, e.g. without internet."
        ),
        Reads(_downloads),
    ] = None,
    downloads: Annotated[
        Path,
        typer.Option(help="Folder of downloads; what is there is not downloaded again."),
        WritesInto(_downloads, waits=True),
    ] = Path("downloads"),
    test: Annotated[
        str | None,
        typer.Option(help="A name of the table for the test frames, where a split is published."),
        Says(),
    ] = None,
    n_frames: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_FRAMES, help="Frames to draw at random; all by default."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the draw.")] = 0,
    split: SplitOption = None,
    table: Annotated[
        Path | None,
        typer.Option(help="Table of published data sets; config/datasets.tsv by default."),
        Reads(),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show what there is and end.")] = False,
) -> None:
    """Download a published data set, check it, convert it to eV and Å, and split it.

    A download that was cut off goes on when the command is run again. A file appears under its name
    once its checksum is right.

    Examples: `nearsight data fetch rmd17_ethanol --n-frames 2000 --out ethanol.nc`,
    `nearsight data fetch rmd17_ethanol_train_01 --test rmd17_ethanol_test_01
    --split '{block: 1, validation: 0.05}' --out ethanol_01.nc`, and
    `nearsight data fetch qm9pack --from ~/files --n-frames 10000 --out qm9.nc`
    """
    from nearsight.config import Split, load_section
    from nearsight.data.published.table import find, read_table
    from nearsight.errors import ConfigError

    entries = read_table(table)
    if list_:
        for entry in entries.values():
            typer.echo(f"{entry.name}\t{entry.level_of_theory}\t{entry.licence}\t{entry.url}")
        return
    if name is None or out is None:
        raise ConfigError("nearsight data fetch: give NAME and --out, or --list")
    blocks = load_section(Split, split, {}, "--split")
    entry = find(name, entries)
    test_entry = find(test, entries) if test else None
    if test_entry is not None and place is not None and place.is_file():
        raise ConfigError(f"--from {place}: with --test, name the folder that holds both files")

    from nearsight.data.frames import write_frames
    from nearsight.data.published.fetch import fetch as fetched
    from nearsight.data.split import assign_published_test, assign_subsets

    frames, file = fetched(entry, downloads, place=place, n_frames=n_frames, seed=seed, say=remark)
    inputs = {"download": file}
    if test_entry is None:
        frames = assign_subsets(frames, blocks)
    else:
        others, inputs["test"] = fetched(test_entry, downloads, place=place, say=remark)
        frames = assign_published_test(frames, others, blocks)
    settings = {"name": name, "test": test, "n_frames": n_frames, "seed": seed}
    write_frames(
        frames,
        out,
        title=f"published data set {name}",
        inputs=inputs,
        settings={**settings, "split": blocks.model_dump()},
    )
    tell(out, f"{len(frames)} frames of {frames.attributes['formula']}; {entry.licence}")
