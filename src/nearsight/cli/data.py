"""Verbs that make, fetch, import, check and export data sets."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from nearsight.cli.app import Out, Set, Settings, app, section
from nearsight.cli.places import Reads, Says
from nearsight.cli.telling import tell
from nearsight.cli.verbs import DATA, Verbs
from nearsight.limits import (
    COLDEST,
    HOTTEST,
    MOST_FRAMES,
    MOST_PROCESSES,
)

data_app = Verbs(
    help="Make, fetch, import, check and export data sets.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(data_app, name="data", rich_help_panel=DATA)

Data = Annotated[Path, typer.Argument(help="Canonical data set (.nc)."), Reads()]
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
    typer.Option(help="angstrom (default unless the file declares another), bohr or nm."),
]
ForceUnit = Annotated[
    str | None,
    typer.Option(
        help="Energy/length, e.g. hartree/bohr, which quantum chemistry prints beside positions in"
        " Å; energy unit per length unit by default."
    ),
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
    molecule: Annotated[
        str, typer.Argument(help="SMILES, a known name, or a path to an .xyz."), Says()
    ],
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
    blocks = load_section(Split, split, {}, "--split")

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
        Reads(),
    ],
    out: Out,
    energy_unit: EnergyUnit = None,
    length_unit: LengthUnit = None,
    force_unit: ForceUnit = None,
    energy_key: EnergyKey = None,
    force_key: ForceKey = None,
    test: Annotated[
        Path | None,
        typer.Option(help="File of the test frames, where a published split has one."),
        Reads(),
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
    --out ethanol.nc`; of what quantum chemistry prints, in Å, hartree and hartree/bohr,
    `nearsight data import orca.xyz --energy-unit hartree --force-unit hartree/bohr --out orca.nc`
    """
    from nearsight.config import Split, load_section

    blocks = load_section(Split, split, {}, "--split")

    from nearsight.data.checks.enough import check_subsets
    from nearsight.data.frames import write_frames
    from nearsight.data.importing import import_frames, require_same_keys
    from nearsight.data.split import assign_published_test, assign_subsets

    stated: dict[str, Any] = {
        "energy_unit": energy_unit,
        "length_unit": length_unit,
        "force_unit": force_unit,
        "energy_key": energy_key,
        "force_key": force_key,
        "level_of_theory": level_of_theory,
        "temperature": temperature,
    }
    frames = import_frames(file, **stated)
    if test is not None:
        others = import_frames(test, **stated)
        require_same_keys(frames, others, file, test)
        frames = assign_published_test(frames, others, blocks)
    elif split is not None or "split" not in frames.attributes:
        frames = assign_subsets(frames, blocks)
    write_frames(
        frames,
        out,
        title=f"labelled structures imported from {file.name}",
        inputs={"file": file} | ({"test": test} if test is not None else {}),
        settings={**stated, "split": blocks.model_dump()},
    )
    for finding in check_subsets(frames):
        typer.echo(str(finding), err=True)
    tell(out, f"{len(frames)} frames of {frames.attributes['formula']}")


@data_app.command()
def check(
    data: Data,
    reference: Annotated[
        int,
        typer.Option(min=0, max=MOST_FRAMES, help="Frames of GFN2-xTB data to label again."),
    ] = 3,
    need_forces: Annotated[
        bool, typer.Option("--need-forces", help="An error where there are no forces.")
    ] = False,
) -> None:
    """Say what a data set holds and look for faults: units, labels, copies across subsets.

    Ends with exit code 1 if there is an error; warnings alone do not. What was not checked is said,
    with the reason.

    Example: `nearsight data check ethanol.nc`
    """
    from nearsight.data.checks import check_frames, check_subsets, raise_errors, require_forces
    from nearsight.data.describe import summary
    from nearsight.data.frames import read_frames

    frames = read_frames(data)
    if need_forces:
        require_forces(frames, str(data))
    findings = check_subsets(frames) + check_frames(frames, n_reference=reference)
    if not any(finding.error for finding in findings):
        typer.echo("\n".join(summary(frames)))
    for finding in findings:
        typer.echo(str(finding))
    raise_errors(findings, str(data))
    typer.echo(f"checked: {sum(f.warning for f in findings)} warning(s), no error")
