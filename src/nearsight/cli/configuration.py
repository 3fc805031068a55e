"""Verbs about configuration: the schema, the table of keys, and the check of a study file."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import app
from nearsight.cli.places import Reads, Writes
from nearsight.cli.telling import tell
from nearsight.cli.verbs import STUDIES, Verbs

if TYPE_CHECKING:
    from nearsight.config import Study

config_app = Verbs(
    name="config",
    help="Check a study file; print its schema or all its keys.",
    no_args_is_help=True,
)
app.add_typer(config_app, name="config", rich_help_panel=STUDIES)

OutOrScreen = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="File to write; without it, the screen."),
    Writes(),
]


@config_app.command()
def schema(out: OutOrScreen = None) -> None:
    """JSON schema of a study file, for editors and other programs.

    Example: `nearsight config schema --out config/schema.json`
    """
    from nearsight.config.export import schema_text

    _write(schema_text(), out, "schema of a study file")


@config_app.command()
def table(out: OutOrScreen = None) -> None:
    """All keys of a study file with type, unit, default and what is allowed, as Markdown.

    A file that holds the two markers of the table keeps the text around them.

    Example: `nearsight config table --out config/README.md`
    """
    from nearsight.config.export import with_key_table

    present = out.read_text(encoding="utf-8") if out is not None and out.is_file() else ""
    _write(with_key_table(present), out, "all keys of a study file")


@config_app.command()
def check(
    study: Annotated[Path, typer.Argument(help="Study file (.yaml)."), Reads()],
    name: Annotated[
        str | None, typer.Option(help="What the study has to be called; anything by default.")
    ] = None,
) -> None:
    """Check a study file and say what it asks for; nothing is run.

    Given models must be there: their files, and modules of calculators, which are not imported.
    Warns, on the error stream, of data sets that no yardstick stands beside.

    Example: `nearsight config check config/demo.yaml`
    """
    from nearsight.config.given import missing_models
    from nearsight.config.loading import load_study, require_own_name
    from nearsight.data.levels import missing_yardsticks
    from nearsight.errors import ConfigError

    settings = load_study(study)
    if name is not None and settings.name != name:
        raise ConfigError(
            f"{study}: name = {settings.name!r}, expected {name!r}: results are written to the "
            f"folder of the name in the file; set name to {name!r}"
        )
    require_own_name(study, settings.name, [study.parent])
    absent = missing_models(settings.models)
    if absent:
        raise ConfigError(f"{study}: {'; '.join(absent)}")
    typer.echo(_summary(settings))
    for warning in missing_yardsticks(settings):
        typer.secho(f"nearsight: warning: {warning}", fg="yellow", err=True)


def _summary(study: "Study") -> str:
    from nearsight.data.levels import describe_yardsticks
    from nearsight.lineage.products import files_of

    spans = ", ".join(
        f"{name} {len(values)}" for name, values in study.axes().items() if len(values) > 1
    )
    sources = Counter(spec.source for spec in study.datasets.values())
    counts = ", ".join(f"{count} {source}" for source, count in sources.items())
    sets, counts_of = len(study.datasets), [len(study.variants_of(d)) for d in study.datasets]
    few, many = min(counts_of), max(counts_of)
    variants = f"{many}" if few == many else f"{few} to {many}"
    names = ", ".join(study.datasets)
    rows = ", ".join(f"{name} ({model.argument})" for name, model in study.models.items())
    models = f"models:    {rows}, given and not trained\n" if rows else ""
    beside = "; ".join(describe_yardsticks(study)) or "none"
    yardstick = f"yardstick: {beside}\n" if study.needs_yardstick else ""
    files = [file for file in files_of(study) if file.variant]
    every = _listed([f.product.stage for f in files if f.variant not in study.models])
    given = _listed([f.product.stage for f in files if f.variant in study.models])
    further = f"{sets * len(study.models)} each of {given}, " if rows else ""
    return (
        f"study {study.name} is valid\n"
        f"data sets: {sets} ({counts}): {names}\n"
        f"variants:  {variants} on each data set ({spans or 'one value on every axis'})\n"
        f"{models}{yardstick}"
        f"jobs:      {sum(counts_of)} each of {every}, "
        f"{further}and a few per data set"
    )


def _listed(stages: list[str]) -> str:
    """Names of stages, each once, as a sentence has them."""
    *some, last = dict.fromkeys(stages) or [""]
    return f"{', '.join(some)} and {last}" if some else last


def _write(text: str, out: Path | None, what: str) -> None:
    from nearsight.storage import atomic_path

    if out is None:
        typer.echo(text, nl=False)
        return
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    tell(out, what)
