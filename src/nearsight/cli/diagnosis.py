"""The verb that checks whether a force field is sound, and says it on one page."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Device, Threads, app, limit_threads
from nearsight.cli.model_argument import ANY_MODEL, Processes, how_many, mapping
from nearsight.cli.places import Opens, Reads, Replaces
from nearsight.cli.telling import tell
from nearsight.cli.verbs import MODELS
from nearsight.limits import LARGEST_SEED
from nearsight.storage.names import is_of_diagnosis


@app.command(rich_help_panel=MODELS)
def diagnose(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help=f"{ANY_MODEL} Several are compared.",
        ),
        Opens(),
    ],
    structures: Annotated[
        Path,
        typer.Argument(
            help="File of structures (.xyz, .pdb ...), or canonical data set (.nc), whose test"
            " subset and labels are used."
        ),
        Reads(),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder to write; replaced as a whole once all is done."),
        Replaces(is_of_diagnosis),
    ],
    reference: Annotated[
        str,
        typer.Option(
            help="What models are compared with: gfn2 (GFN2-xTB), none, or any model argument."
        ),
        Opens(),
    ] = "gfn2",
    reference_arguments: Annotated[
        str, typer.Option(help="Keyword arguments of a calculator as reference, inline YAML.")
    ] = "{}",
    calculator_arguments: Annotated[
        list[str] | None,
        typer.Option(
            help="Keyword arguments of the calculators among the models, inline YAML; once for all,"
            " or once for each in their order."
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(help="What to call each model, in their order."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Labelled data (canonical, .nc) for errors; its test subset, if any."),
        Reads(),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Fewer structures, short dynamics: well below a minute for 22 atoms and a small"
            " network. It finds faults, and clears nothing.",
        ),
    ] = False,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="More structures, long dynamics: about ten minutes for the same."
        ),
    ] = False,
    check: Annotated[
        list[str] | None,
        typer.Option(help="Make this check alone; may be repeated. All by default."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 1 where a check fails, for scripts.")
    ] = False,
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="Of velocities, rotations and draws.")
    ] = 0,
    processes: Processes = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Is a force field sound? Ten checks with verdicts, reasons and advice on one page.

    Symmetries, smoothness at the cutoff, locality, repulsion, response, dimers, the minimum, errors
    on labelled data, NVE dynamics, and relevance where there are walks. Writes diagnosis.html (the
    page), diagnosis.nc (all numbers), diagnosis.json (for machines) and frames worth a look. A run
    that was killed goes on with the check at which it was when started again. A default run takes
    some minutes on a molecule of 22 atoms and a small network.

    Examples: `nearsight diagnose model.safetensors data.nc --out diagnosis`,
    `nearsight diagnose tblite.ase:TBLite molecule.xyz --calculator-arguments '{method: GFN1-xTB}'
    --out gfn1` and `nearsight diagnose mine.safetensors theirs/ molecule.xyz --quick --strict
    --out compared`
    """
    from nearsight.diagnose.command import chosen_checks, diagnosed_into
    from nearsight.diagnose.given import open_models, read_given
    from nearsight.errors import ConfigError
    from nearsight.models.model import choose_device

    if quick and full:
        raise ConfigError("--quick and --full: choose one of them")
    checks = chosen_checks(check)
    limit_threads(threads)
    given = read_given(
        open_models(
            models,
            [mapping(text, "--calculator-arguments") for text in calculator_arguments or ()],
            label or (),
        ),
        structures,
        reference=reference,
        reference_arguments=mapping(reference_arguments, "--reference-arguments"),
        labels=labels,
        effort="quick" if quick else "full" if full else "default",
        device=choose_device(device),
        processes=how_many(processes),
        seed=seed,
    )
    document = diagnosed_into(out, given, checks)
    for model in document.models:
        tell(out, f"{model.label}: {model.verdict.value}")
        for made in model.checks:
            tell(out, f"  {made.verdict.value:14} {made.title}: {made.answer}")
    if strict and document.verdict == "fail":
        raise typer.Exit(1)
