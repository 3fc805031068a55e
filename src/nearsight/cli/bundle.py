"""Verbs that take results home: bundle, verify, unbundle."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import Out, app
from nearsight.cli.places import Reads, WritesInto, nothing_else
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import STUDIES

if TYPE_CHECKING:
    from nearsight.verification import Survey


@app.command(rich_help_panel=STUDIES)
def bundle(
    study: Annotated[
        Path, typer.Argument(help="Results folder of a study, as results/paper."), Reads()
    ],
    out: Out,
    trajectories: Annotated[
        bool, typer.Option("--trajectories", help="Pack trajectories too: most of the bytes.")
    ] = False,
    as_is: Annotated[
        bool,
        typer.Option(
            "--as-is",
            help="Pack also results of which something is damaged, missing or stale; the list of"
            " checksums says what.",
        ),
    ] = False,
    shared: Annotated[
        bool,
        typer.Option(
            "--shared",
            help="Pack only what all networks share: data sets and the results of the reference,"
            " from which others train further networks of the study (see merge).",
        ),
    ] = False,
) -> None:
    """Pack the results of a study into one tar file, with the checksum of every file.

    All files are looked at first, as `nearsight verify` does: what is damaged, missing or stale is
    not packed unawares. What links lead to is packed; what cannot be is named.

    Examples: `nearsight bundle results/paper --out paper.tar` and `nearsight bundle results/decay
    --shared --out decay_data.tar`
    """
    from nearsight.bundle import pack
    from nearsight.errors import CorruptFileError
    from nearsight.verification import remedy

    found = _surveyed(study, trajectories=trajectories and not shared)
    only = _shared_paths(found, study) if shared else None
    if only is not None:
        findings = [finding for finding in found.findings if finding.path in only]
        found = replace(found, n_files=len(only), findings=findings)
    faults = [str(finding) for finding in found.faults]
    for line in faults:
        remark(line)
    if faults and not as_is:
        raise CorruptFileError(
            f"{study}: {_counted(found)}; nothing is packed. {remedy(found, study)}, or pack all "
            "the same with --as-is"
        )
    n_files, n_bytes = pack(
        study, out, trajectories=trajectories, only=only, notes=faults, say=remark
    )
    tell(out, f"{n_files} files, {n_bytes / 1e6:.1f} MB")


@app.command(rich_help_panel=STUDIES)
def verify(
    results: Annotated[
        Path,
        typer.Argument(help="Results folder of a study, as results/paper; or a bundle of one."),
        Reads(),
    ],
) -> None:
    """Look at every file of a study, or of a bundle; ends with 1 when something is wrong.

    Of a folder: whether each file can be read to its end, and was made from the files that lie
    beside it with the settings of the study. What is damaged, missing, stale or unknown is told, a
    line each, with the command that makes it anew; unknown files alone are no fault. Of a bundle,
    and of a folder that came out of one: every file against its checksum.

    Examples: `nearsight verify results/paper` and `nearsight verify paper.tar`
    """
    from nearsight.bundle import MANIFEST, notes_of, verify_bundle, verify_folder
    from nearsight.errors import CorruptFileError
    from nearsight.verification import remedy

    if not results.is_dir():
        n_files, wrong = verify_bundle(results)
        _say(wrong)
        if wrong:
            raise CorruptFileError(f"{results}: {len(wrong)} of {n_files} files are not as packed")
        typer.echo(f"{results}: {n_files} files, all as packed")
        _say([f"when it was packed: {note}" for note in notes_of(results)])
        return
    faults, sound = [], []
    if (results / MANIFEST).is_file():
        n_files, wrong = verify_folder(results)
        _say(wrong)
        if wrong:
            faults.append(f"{len(wrong)} of {n_files} files are not as packed")
        sound.append(f"{n_files} files, all as packed")
    if faults and not (results / "study.json").is_file():
        raise CorruptFileError(f"{results}: {'; '.join(faults)}; study.json is gone")
    found = _surveyed(results, trajectories=True)
    _say([str(finding) for finding in found.findings])
    if found.faults:
        faults.append(_counted(found))
        typer.echo(remedy(found, results))
    if faults:
        raise CorruptFileError(f"{results}: {'; '.join(faults)}")
    sound.append(f"{found.n_files} files, all whole and made from what lies there")
    typer.echo(f"{results}: {'; '.join(sound)}")


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo(line)


def _shared_paths(found: "Survey", folder: Path) -> set[str]:
    """Files that all networks of a study share; not its own file, which others write anew."""
    from nearsight.errors import CorruptFileError
    from nearsight.lineage.products import files_of

    if found.study is None:
        raise CorruptFileError(f"{found.findings[0].reason}; nothing of {folder} is packed")
    return {f.path for f in files_of(found.study) if not (f.variant or f.product.is_folder)}


def _surveyed(folder: Path, *, trajectories: bool) -> "Survey":
    """A look at all files of a results folder; a bundle may have left trajectories behind."""
    from nearsight.bundle import TRAJECTORIES, left_behind
    from nearsight.verification import survey

    behind = left_behind(folder, TRAJECTORIES)
    return survey(folder, trajectories=trajectories, left_out=behind)


def _counted(found: "Survey") -> str:
    """How many files are at fault, by state."""
    states = [finding.state for finding in found.faults]
    counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    return f"of {found.n_files} files {', '.join(counts)}"


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
    from nearsight.bundle import notes_of, unpack

    tell(unpack(path, into), "unpacked and verified")
    for note in notes_of(path):
        remark(f"when it was packed: {note}")
