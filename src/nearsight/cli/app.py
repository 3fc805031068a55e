"""The typer application, the options that verbs share, and the setting of threads."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from nearsight.cli.places import Writes
from nearsight.cli.telling import Quiet, Verbose, choose_loudness
from nearsight.cli.verbs import Staged, Verbs
from nearsight.limits import MOST_THREADS

if TYPE_CHECKING:
    from nearsight.section import Section

S = TypeVar("S", bound="Section")

app = Verbs(
    name="nearsight",
    cls=Staged,
    help="What a machine-learned force field has learned, and whether its dynamics will hold.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

OUT = typer.Option("--out", "-o", help="File to write; it appears once it is whole.")
Out = Annotated[Path, OUT, Writes()]
Settings = Annotated[
    str | None,
    typer.Option(help="Settings as a YAML file or inline, e.g. '{seed: 1}'; see config/README.md."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="One setting, KEY=VALUE; may be repeated and wins over --settings."),
]


def _show_version(asked: bool) -> None:
    if asked:
        from nearsight import __version__

        typer.echo(f"nearsight {__version__}")
        raise typer.Exit


@app.callback()
def _before_any_verb(
    verbose: Verbose = False,
    quiet: Quiet = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
) -> None:
    choose_loudness(verbose=verbose, quiet=quiet)


def section(model: type[S], settings: str | None, pairs: list[str] | None) -> S:
    """A configuration section from ``--settings`` and ``--set``.

    Args:
        model: the section's class.
        settings: path of a YAML file, or YAML inline; ``None`` for defaults.
        pairs: KEY=VALUE, which win over the settings.

    Raises:
        ConfigError: an unknown key, a wrong type, a value out of bounds.
    """
    from nearsight.config.loading import load_section, parse_yaml
    from nearsight.errors import ConfigError

    overrides: dict[str, Any] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: expected KEY=VALUE")
        overrides[key.strip()] = parse_yaml(value, f"--set {pair}")
    given = [name for name, value in (("--settings", settings), ("--set", pairs)) if value]
    return load_section(model, settings, overrides, " and ".join(given) or "settings")


def limit_threads(threads: int) -> None:
    """Use this many threads for PyTorch; more than the job was given slows everything down."""
    import torch

    torch.set_num_threads(threads)


Device = Annotated[
    str,
    typer.Option(envvar="NEARSIGHT_DEVICE", help="auto (a GPU when there is one), cpu or cuda."),
]
Threads = Annotated[
    int,
    typer.Option(
        envvar="NEARSIGHT_THREADS", min=1, max=MOST_THREADS, help="CPU threads for PyTorch."
    ),
]
KeepCheckpoint = Annotated[
    bool,
    typer.Option(
        "--keep-checkpoint",
        help="Leave the checkpoint of a finished run, which makes it whole again in seconds.",
    ),
]
