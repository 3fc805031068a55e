"""The options by which verbs that run an engine take it, and the reading of them."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nearsight.config import Yardstick

YardstickOption = Annotated[
    str | None,
    typer.Option(
        "--yardstick",
        help="What stands beside the data as their reference: same (the engine that labelled them;"
        " the default), gfn2 (GFN2-xTB, whatever the labels), or any ASE calculator as"
        " package.module:factory, with arguments as '{engine: package.module:factory, arguments:"
        " {key: value}}'. A calculator is imported and called: name only code that you trust.",
    ),
]
AllowNone = Annotated[
    bool,
    typer.Option(
        "--allow-no-yardstick",
        help="Where no engine here computes what the data are labelled with, write a file that"
        " says so instead of ending with an error; a study's own jobs do.",
    ),
]


def chosen_yardstick(
    text: str | None, model: object | None, calculator_arguments: str = "{}"
) -> "Yardstick":
    """The setting from the option's text.

    Args:
        text: of the option.
        model: that is run in its place, or None.
        calculator_arguments: of that model.

    Raises:
        ConfigError: beside a model, arguments without one, or anything wrong in it.
    """
    from nearsight.config import Yardstick, parse_yaml, validate
    from nearsight.config.yardstick import as_section
    from nearsight.errors import ConfigError

    if model is None and calculator_arguments != "{}":
        raise ConfigError(
            "--calculator-arguments: there is no --model that takes them; those of a yardstick "
            "stand in it: --yardstick '{engine: package.module:factory, arguments: {key: value}}'"
        )
    if text is None:
        return Yardstick()
    if model is not None:
        raise ConfigError("--model and --yardstick: one of them can be run at a time")
    try:
        values = as_section(parse_yaml(text, "--yardstick"))
    except ValueError as error:
        raise ConfigError(f"--yardstick {text}: {error}") from None
    return validate(Yardstick, values, "--yardstick")
