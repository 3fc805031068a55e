"""Base of every configuration section and the way its fields are declared."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from nearsight.limits import LONGEST_PATH


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it holds a line break or a control character: leave it out")
    return text


def _path(text: str) -> str:
    if text.startswith("-"):
        raise ValueError("a path that begins with - would be an option: put ./ before it")
    braces = sorted(set(text) & set("{}"))
    if braces:
        raise ValueError(f"{braces[0]} in a path is a wildcard to Snakemake: rename the file")
    return _printable(text)


Words = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
"""Text of one line."""

PathText = Annotated[str, Field(max_length=LONGEST_PATH), AfterValidator(_path)]
"""What is, or may be, the path of a file: it becomes an input of Snakemake and a shell's word."""


class Section(BaseModel):
    """A validated, immutable part of the configuration; unknown keys are refused.

    Attributes:
        stages: stages of the workflow that a key of this section feeds, unless the key says its
            own; see :mod:`nearsight.config.feeding`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    stages: ClassVar[tuple[str, ...]] = ()


def setting(
    default: Any = ...,
    *,
    unit: str,
    description: str,
    stages: tuple[str, ...] | None = None,
    **limits: Any,
) -> Any:
    """Declare a field with its unit and description, which also feed the schema and the key table.

    Args:
        default: value when the key is absent; ``...`` makes the key required.
        unit: unit of the value, ``"1"`` for pure numbers and ``""`` for text.
        description: one sentence for the key table.
        stages: stages of the workflow that are run anew when the value changes; those of the
            section by default. None for what says only how the work is done.
        limits: pydantic constraints; a number has one below and one above, as ``gt=0, le=9``.
    """
    extra: dict[str, Any] = {"unit": unit}
    if stages is not None:
        extra["stages"] = list(stages)
    return Field(default, description=description, json_schema_extra=extra, **limits)
