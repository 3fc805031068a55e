"""Verbs that make, fetch, import, check and export data sets."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from nearsight.cli.app import Out, Set, Settings, app, section
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import DATA, Verbs
from nearsight.limits import (
    COLDEST,
    HOTTEST,
    LARGEST_SEED,
    MOST_FRAMES,
    MOST_PROCESSES,
)

data_app = Verbs(
    help="Make, fetch, import, check and export data sets.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(data_app, name="data", rich_help_panel=DATA)

Data = Annotated[Path, typer.Argument(help="Canonical data set (.nc).")]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split", help="Split into subsets, as a YAML file or inline, e.g. '{block: 10}'."
    ),
]

EnergyUnit = Annotated[
    str | None,
    typer.Option(
        help="eV, meV, kcal/mol, kJ/mol or hartree; may be left out if the file declares it."
    ),
]
LengthUnit = Annotated[
    str | None,
    typer.Option(help="angstrom, bohr or nm; forces are energy unit per length unit."),
]
EnergyKey = Annotated[
    str | None, typer.Option(help="Key of the energies, if the file has several.")
]
ForceKey = Annotated[
    str | None,
    typer.Option(help="Key of the forces, if the file has several; none where it has none."),
]


@data_app.command()
def make(
    molecule: Annotated[str, typer.Argument(help="SMILES, a known name, or a path to an .xyz.")],
    out: Out,
    settings: Settings = None,
    set_: Set = None,
    split: SplitOption = None,
    workers: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_PROCESSES, help="Processes; the result does not depend on them."
        ),
    ] = 1,
) -> None:
    """Sample a molecule with GFN2-xTB (Langevin dynamics) and split the frames into subsets.

    Example: `nearsight data make ethanol --set n_frames=400 --set temperature=500.0
    --split '{block: 10}' --workers 2 --out ethanol.nc`
    """
    from nearsight.config import Sampling, Split, load_section

    chosen = section(Sampling, settings, set_)
    blocks = load_section(Split, split, {})

    from nearsight.data.frames import write_frames
    from nearsight.data.molecules import build_molecule
    from nearsight.data.sample import sample
    from nearsight.data.split import assign_subsets, require_blocks

    atoms = build_molecule(molecule, chosen.seed)
    # Sampling takes long: a split that cannot work is refused before it.
    length = chosen.n_frames // chosen.n_trajectories
    require_blocks([length] * chosen.n_trajectories, blocks)
    frames = assign_subsets(sample(atoms, chosen, workers), blocks)
    file = Path(molecule)
    write_frames(
        replace(frames, attributes={**frames.attributes, "molecule": molecule}),
        out,
        title=f"{frames.attributes['level_of_theory']} sampling of {molecule} "
        f"at {chosen.temperature:g} K",
        inputs={"molecule": file} if file.suffix.lower() == ".xyz" else None,
        settings={"sampling": chosen.model_dump(), "split": blocks.model_dump()},
    )
    tell(out, f"{len(frames)} frames of {frames.attributes['formula']}")


@data_app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="Extended xyz, ASE or SchNetPack database, sGDML/rMD17/MD22 .npz, QM7-X .hdf5."
        ),
    ],
    out: Out,
    energy_unit: EnergyUnit = None,
    length_unit: LengthUnit = None,
    energy_key: EnergyKey = None,
    force_key: ForceKey = None,
    test: Annotated[
        Path | None,
        typer.Option(help="File of the test frames, where a published split has one."),
    ] = None,
    split: SplitOption = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=COLDEST, max=HOTTEST, help="Temperature of the sampling in K."),
    ] = None,
    level_of_theory: Annotated[
        str | None, typer.Option(help="What the labels were computed with, e.g. PBE/def2-SVP.")
    ] = None,
) -> None:
    """Read labelled structures of your own and split them, as ordered in the file.

    Subsets that the file itself states are kept unless --split is given.

    Example: `nearsight data import rmd17_ethanol.npz --energy-unit kcal/mol --temperature 500
    --out ethanol.nc`
    """
    from nearsight.config import Split, load_section

    blocks = load_section(Split, split, {})

    from nearsight.data.frames import write_frames
    from nearsight.data.importing import import_frames
    from nearsight.data.split import assign_published_test, assign_subsets

    stated: dict[str, Any] = {
        "energy_unit": energy_unit,
        "length_unit": length_unit,
        "energy_key": energy_key,
        "force_key": force_key,
        "level_of_theory": level_of_theory,
        "temperature": temperature,
    }
    frames = import_frames(file, **stated)
    if test is not None:
        frames = assign_published_test(frames, import_frames(test, **stated), blocks)
    elif split is not None or "split" not in frames.attributes:
        frames = assign_subsets(frames, blocks)
    write_frames(
        frames,
        out,
        title=f"labelled structures imported from {file.name}",
        inputs={"file": file} | ({"test": test} if test is not None else {}),
        settings={**stated, "split": blocks.model_dump()},
    )
    tell(out, f"{len(frames)} frames of {frames.attributes['formula']}")


@data_app.command()
def fetch(
    name: Annotated[
        str | None, typer.Argument(help="A name of the table, e.g. rmd17_ethanol; see --list.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Canonical data set to write (.nc).")
    ] = None,
    place: Annotated[
        Path | None,
        typer.Option(
            "--from", help="File or folder that holds the download, e.g. without internet."
        ),
    ] = None,
    downloads: Annotated[
        Path, typer.Option(help="Folder of downloads; what is there is not downloaded again.")
    ] = Path("downloads"),
    test: Annotated[
        str | None,
        typer.Option(help="A name of the table for the test frames, where a split is published."),
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
    blocks = load_section(Split, split, {})
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


@data_app.command()
def check(
    data: Data,
    reference: Annotated[
        int,
        typer.Option(min=0, max=MOST_FRAMES, help="Frames of GFN2-xTB data to label again."),
    ] = 3,
) -> None:
    """Say what a data set holds and look for faults: units, labels, copies across subsets.

    Ends with exit code 1 if there is an error; warnings alone do not.

    Example: `nearsight data check ethanol.nc`
    """
    from nearsight.data.checks import check_frames, raise_errors
    from nearsight.data.describe import summary
    from nearsight.data.frames import read_frames

    frames = read_frames(data)
    findings = check_frames(frames, n_reference=reference)
    if not any(finding.error for finding in findings):
        typer.echo("\n".join(summary(frames)))
    for finding in findings:
        typer.echo(str(finding))
    raise_errors(findings, str(data))
    typer.echo(f"checked: {len(findings)} warning(s), no error")
