"""The arguments by which verbs take a model of any kind, and the opening of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearsight.cli.places import Opens
from nearsight.cli.telling import remark
from nearsight.limits import MOST_PROCESSES

if TYPE_CHECKING:
    from nearsight.lineage import Record
    from nearsight.models.open_model import OpenModel
    from nearsight.section import Section

ANY_MODEL = (
    "Model file (.safetensors), folder of a converted SchNetPack model, or package.module:factory"
    " of an ASE calculator. A calculator is imported and called: name only code that you trust."
)
ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help=ANY_MODEL), Opens()]
CalculatorArguments = Annotated[
    str,
    typer.Option(
        "--calculator-arguments",
        help="Keyword arguments of the factory of a calculator, inline YAML: '{key: value}'.",
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        envvar="NEARSIGHT_PROCESSES",
        min=1,
        max=MOST_PROCESSES,
        help="Processes in which a calculator works on copies, by default as many as there are"
        " cores, or the reference engine, by default 1; what comes out does not depend on how many."
        " Give 1 for a calculator that fills a GPU.",
    ),
]


def opened(model: str, calculator_arguments: str) -> "OpenModel":
    """The model of a user.

    Raises:
        ConfigError, MissingFileError, CorruptFileError: as
            :func:`nearsight.models.opening.open_model`; or arguments that are no mapping.
    """
    from nearsight.models.opening import open_model

    return open_model(model, mapping(calculator_arguments, "--calculator-arguments"))


def mapping(text: str, option: str) -> dict[str, Any]:
    """Keys and values of inline YAML.

    Raises:
        ConfigError: it is no mapping.
    """
    from nearsight.config import parse_yaml
    from nearsight.errors import ConfigError

    given = parse_yaml(text, option)
    if not isinstance(given, dict):
        raise ConfigError(f"{option} {text}: expected {{key: value, ...}}")
    return given


def require_data_set(data: Path) -> None:
    """Refuse a file of structures where labels are needed.

    Raises:
        ConfigError: says how it becomes a data set.
    """
    from nearsight.errors import ConfigError

    if data.is_file() and data.suffix.lower() != ".nc":
        raise ConfigError(
            f"{data}: a data set with labels is needed (.nc); nearsight data import makes one of a "
            "file of labelled structures, and nearsight predict takes structures without labels"
        )


def how_many(processes: int | None) -> int:
    """As many as were asked for, or as there are cores."""
    from nearsight.data.calculators import available_cores

    return processes or available_cores()


def tell_what_has_no_effect(
    model: "OpenModel",
    *,
    section: "Section | None" = None,
    device: str = "auto",
    processes: int | None = None,
) -> None:
    """Say which of the settings that were given do nothing for a model.

    Args:
        model: of any kind.
        section: settings of the verb.
        device: as it was given.
        processes: as they were given.
    """
    if model.kind != "calculator":
        if processes is not None and processes > 1:
            remark("--processes: of no effect on a network, which takes all copies in one batch")
        return
    where = "what a calculator runs on and computes in is up to its own arguments"
    if device != "auto":
        remark(f"--device: of no effect: {where}")
    for name in ("precision", "compile"):
        if section is not None and name in section.model_fields_set:
            remark(f"{name}: of no effect: {where}")


def require_made_by(record: "Record", model: "OpenModel", remedy: str) -> None:
    """Refuse a file that was made by another model.

    Args:
        record: of the file.
        model: that should have made it.
        remedy: what to do about it.

    Raises:
        StaleFileError: names both.
    """
    from nearsight.errors import StaleFileError
    from nearsight.lineage import require_made_from

    require_made_from(record, remedy, **model.files)
    own: Mapping[str, str] = model.attributes if model.kind == "calculator" else {}
    for key in ("calculator", "calculator_arguments"):
        found = str(record.attributes.get(key, "none"))
        if key in own and found != own[key]:
            raise StaleFileError(f"{record.path}: {key} is {found}, not {own[key]}: {remedy}")
