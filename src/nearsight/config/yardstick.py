"""What a network is measured against: the engine that labelled its data, or another one."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from nearsight.section import Section, Words, setting

GFN2_XTB = "GFN2-xTB"
"""How the level of theory of the embedded engine is written in every file."""
SAME, GFN2 = "same", "gfn2"
UNKNOWN = "unknown"
"""Level of theory of labels of which nobody has said it."""
ALLOWED_FACTORY = "package.module:factory (a calculator by name)"
ALLOWED = f"{ALLOWED_FACTORY}, {SAME} or {GFN2}"

_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")

LARGEST: Final = 1e18
"""Magnitude of a number among the arguments of a calculator."""
LONGEST: Final = 1000
"""Characters of a text among them, entries of a list and keys of a mapping."""
DEEPEST: Final = 4
"""Lists and mappings within each other."""


def is_factory(text: str) -> bool:
    """Whether a text names code, ``package.module:factory``."""
    return _FACTORY.fullmatch(text) is not None


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    for name, value in values.items():
        if not _is_plain(value, DEEPEST):
            raise ValueError(
                f"{name} is none of what arguments may be: true, false, null, numbers up to "
                f"{LARGEST:g}, text, lists and mappings of up to {LONGEST} entries"
            )
    return values


def _is_plain(value: object, depth: int) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) <= LARGEST  # false for NaN
    if isinstance(value, str):
        return len(value) <= LONGEST and value.isprintable()
    if not isinstance(value, list | dict) or depth == 0 or len(value) > LONGEST:
        return False
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        return False
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return all(_is_plain(part, depth - 1) for part in inner)


Arguments = Annotated[
    dict[str, Any],
    AfterValidator(_plain),
    WithJsonSchema({"type": "object", "maxProperties": LONGEST}),
]
"""Keyword arguments as YAML and JSON know them, which come back from either as they were."""


class Yardstick(Section):
    """What stands as reference beside the networks; one word is short for `{engine: word}`.

    The response that deviations are taken from, and the dynamics that shows the rate of false
    alarms. Where it is of another level of theory than the labels, every figure and table says so.
    """

    stages: ClassVar[tuple[str, ...]] = ("respond_reference", "reference_dynamics", "failures")

    engine: Words = setting(
        SAME,
        unit="",
        description=f"`{SAME}`: the engine that labelled the data, where there is one here;"
        f" `{GFN2}`: {GFN2_XTB}, whatever the labels; or any ASE calculator, as"
        " package.module:factory, which is imported and called by the jobs that need it: name only"
        " code that you trust.",
    )
    arguments: Arguments = setting(
        {}, unit="", description="Keyword arguments of the calculator's factory."
    )
    level_of_theory: Words = setting(
        "",
        unit="",
        description="What the calculator computes, as in datasets.NAME.level_of_theory; where the"
        " two are the same, it is no other level of theory. Its name when empty.",
    )

    @field_validator("engine")
    @classmethod
    def _is_known(cls, engine: str) -> str:
        if engine not in (SAME, GFN2) and not is_factory(engine):
            raise ValueError(f"expected {ALLOWED}")
        return engine

    @model_validator(mode="after")
    def _says_what_is_used(self) -> "Yardstick":
        for key in ("arguments", "level_of_theory"):
            if getattr(self, key) and not self.is_calculator:
                raise ValueError(f"{key} belongs to a calculator by name; {self.engine} has none")
        return self

    @property
    def is_calculator(self) -> bool:
        """Whether it is a calculator by name."""
        return self.engine not in (SAME, GFN2)

    def level_beside(self, labels: str) -> str:
        """Level of theory of what stands beside data labelled so; empty where nothing does."""
        if self.engine == SAME:
            return GFN2_XTB if same_level(labels, GFN2_XTB) else ""
        return (self.level_of_theory or self.engine) if self.is_calculator else GFN2_XTB


def same_level(one: str, other: str) -> bool:
    """Whether two levels of theory are the same, however they are capitalised."""
    return one.strip().casefold() == other.strip().casefold()


def in_words(level: str, labels: str) -> str:
    """A reference and, where it is another, that it is no reference of the labels' own level."""
    if same_level(level, labels):
        return level
    if not labels or same_level(labels, UNKNOWN):
        return f"{level}, beside labels of an unknown level of theory"
    return f"{level}, another level of theory than the labels ({labels})"


def as_section(value: Any) -> Any:
    """One word as the section that it is short for; whatever else as it is.

    Raises:
        ValueError: neither text nor keys and values.
    """
    if isinstance(value, str):
        return {"engine": value}
    if not isinstance(value, Mapping | Yardstick):
        raise ValueError(f"expected {ALLOWED}")  # noqa: TRY004 - pydantic takes no TypeError
    return value


YardstickSetting = Annotated[
    Yardstick,
    BeforeValidator(as_section, json_schema_input_type=Yardstick | Words),
    Field(description="What stands as reference beside the networks."),
]
