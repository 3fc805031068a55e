"""All families by what a study says of them: one line each. Code stands in the registry."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union
from zlib import crc32

from pydantic import BeforeValidator, Discriminator, TypeAdapter

from nearsight.families.look import Look
from nearsight.families.painn.spec import PaiNNVariant
from nearsight.families.schnet.spec import SchNetVariant
from nearsight.families.so3net.spec import SO3netVariant
from nearsight.families.variant import Variant

SPECS: tuple[type[Variant], ...] = (
    SchNetVariant,
    PaiNNVariant,
    SO3netVariant,
)
"""In the order in which figures and tables name them."""


def name_of(spec: type[Variant]) -> str:
    """The name of a family, as study files and ids have it."""
    return str(spec.model_fields["family"].annotation.__args__[0])  # type: ignore[union-attr]


FAMILIES: dict[str, type[Variant]] = {name_of(spec): spec for spec in SPECS}
"""Families by name."""

SHARED = tuple(Variant.model_fields)
"""Fields that all families have."""

_OTHER_MARKERS = ("D", "P", "X", "*", "v", "<", ">", "d")
"""Of what is no family, picked by its name, and unlike those of families at any size."""

REPEATS = ("seed", "frames_seed")
"""Axes that repeat a setting: what differs along them alone is one setting trained again."""


def own_axes(spec: type[Variant]) -> tuple[str, ...]:
    """Axes that are a family's own."""
    others = {"family", *SHARED, *spec.single}
    return tuple(name for name in spec.model_fields if name not in others)


AXES: tuple[str, ...] = (
    "family",
    *dict.fromkeys(axis for spec in SPECS for axis in own_axes(spec)),
    *SHARED,
)
"""Names of the axes of all families, in the order of the columns of the study table."""


def axes_of(variant: object) -> dict[str, Any]:
    """Values of a variant on every axis; what its family does not have is NaN, or empty text.

    Args:
        variant: or a model that is none, of which its own family is all there is.
    """
    return {axis: getattr(variant, axis, _ABSENT[axis]) for axis in AXES}


def look_of(name: str) -> Look:
    """How a family looks; one that is not known here, as a given model, has its name's marker.

    Args:
        name: of the family.
    """
    if name in FAMILIES:
        return FAMILIES[name].look
    marker = _OTHER_MARKERS[crc32(name.encode()) % len(_OTHER_MARKERS)]
    return Look(name, marker=marker, line=(0, (3, 1, 1, 1)), color="0.5")


def treatments() -> tuple[str, ...]:
    """Every treatment of features that are no scalars, of all families."""
    return tuple(dict.fromkeys(name for spec in SPECS for name in spec.treatments))


def _absent(axis: str) -> Any:
    """What stands for an axis that a family does not have: no number, or no text."""
    kinds = [spec.model_fields[axis] for spec in SPECS if axis in spec.model_fields]
    return math.nan if {int, float} & {field.annotation for field in kinds} else ""


_ABSENT = {axis: _absent(axis) for axis in AXES}


def with_family(values: Any) -> Any:
    """Values of a variant, also as they were written when the axis was called architecture.

    Args:
        values: as they were read; anything but keys and values is left as it is.
    """
    if isinstance(values, Mapping) and "architecture" in values and "family" not in values:
        return {("family" if key == "architecture" else key): v for key, v in values.items()}
    return values


if TYPE_CHECKING:
    AnyVariant = Variant
    Treatment = str
else:
    Treatment = Literal[treatments()]
    AnyVariant = Annotated[
        Annotated[Union[SPECS], Discriminator("family")],  # noqa: UP007 - made from a tuple
        BeforeValidator(with_family),
    ]

VARIANT: TypeAdapter[Variant] = TypeAdapter(AnyVariant)
"""From plain values to a variant of the family that they name."""


def make_variant(**values: Any) -> Variant:
    """A variant from its settings.

    Raises:
        ValidationError: pydantic's own, for a key or value that is not of the family.
    """
    return VARIANT.validate_python(values)
