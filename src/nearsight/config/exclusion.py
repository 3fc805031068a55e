"""Combinations of data sets and values of axes that a study leaves out."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, create_model, model_validator
from pydantic.fields import FieldInfo

from nearsight.config.blocks import MOST_VALUES, unit_of, values_of
from nearsight.families.specs import AXES, FAMILIES, SPECS, axes_of
from nearsight.families.variant import Variant
from nearsight.section import Section, setting

DatasetName = Annotated[str, Field(max_length=64)]


class _Exclusion(Section):
    """Networks that a study leaves out: those that match every key given.

    ``{family: [painn], seed: [2, 3]}`` leaves out two seeds of one family.
    """

    stages: ClassVar[tuple[str, ...]] = ("collect",)

    dataset: list[DatasetName] = setting(
        [], unit="", description="Of these data sets only; of all where empty.",
        max_length=MOST_VALUES,
    )  # fmt: skip

    @model_validator(mode="after")
    def _it_says_something(self) -> "_Exclusion":
        if not self.given():
            raise ValueError("an entry of exclude names no value: it would leave out everything")
        return self

    def given(self) -> dict[str, list[object]]:
        """The keys that name values."""
        return {name: values for name, values in self.model_dump().items() if values}

    def matches(self, dataset: str, variant: Variant) -> bool:
        """Whether it leaves out a variant on a data set."""
        own = {"dataset": dataset, **axes_of(variant)}
        return all(own[name] in values for name, values in self.given().items())


def _first(axis: str) -> FieldInfo:
    """An axis as the first family declares it that has it."""
    return next(spec.model_fields[axis] for spec in SPECS if axis in spec.model_fields)


def _make() -> type[_Exclusion]:
    axes: dict[str, Any] = {}
    for axis in AXES:
        field = _first(axis)
        kind = list[Literal[tuple(FAMILIES)]] if axis == "family" else values_of(field)  # type: ignore[misc]
        text = f"Of these values of {axis} only; of all where empty."
        axes[axis] = (
            kind,
            setting([], unit=unit_of(field), description=text, max_length=MOST_VALUES),
        )
    made: type[_Exclusion] = create_model(
        "Exclusion", __base__=_Exclusion, __doc__=_Exclusion.__doc__, **axes
    )
    return made


if TYPE_CHECKING:
    Exclusion = _Exclusion
else:
    Exclusion = _make()
