"""The variants of a study: a block a family, each with its own axes; and the axes that all share.

A block is made from the fields of its family, so that every axis is declared once.
"""

from collections import Counter
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from pydantic import Discriminator, ValidationError, create_model, model_validator
from pydantic.fields import FieldInfo

from nearsight.families.specs import SHARED, SPECS, name_of, own_axes
from nearsight.families.targets import fits
from nearsight.families.variant import Variant
from nearsight.limits import MOST_VARIANTS
from nearsight.section import Section, setting

MOST_VALUES = 1000
"""Values on one axis."""
MOST_BLOCKS = 100

Values = dict[str, Any]
"""Values of a variant by field."""


def unit_of(field: FieldInfo) -> str:
    """The unit of a setting."""
    extra = field.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def values_of(field: FieldInfo) -> Any:
    """The type of a list of values of a setting, each within the setting's own limits."""
    one = field.annotation
    kind = Annotated[(one, *field.metadata)] if field.metadata else one
    return list[kind]  # type: ignore[valid-type]


def _axis(field: FieldInfo) -> Any:
    """A required or defaulted list of values, as the field of a variant is."""
    default = ... if field.is_required() else [field.default]
    return values_of(field), setting(
        default,
        unit=unit_of(field),
        description=field.description or "",
        min_length=1,
        max_length=MOST_VALUES,
    )


def _own_or_shared(field: FieldInfo) -> Any:
    """A list of values that may be left to ``every_variant``."""
    text = f"{field.description} Those of every_variant where empty."
    return values_of(field), setting(
        [], unit=unit_of(field), description=text, max_length=MOST_VALUES
    )


def _refuse_values_twice(section: Section) -> None:
    for axis, values in section.model_dump().items():
        if isinstance(values, list) and len(set(values)) != len(values):
            raise ValueError(f"{axis} lists a value twice: {values}")


class _SharedAxes(Section):
    """Axes that every block shares, unless it has its own."""

    stages: ClassVar[tuple[str, ...]] = ("train",)

    own_frames: bool = setting(
        False,
        unit="",
        description="Each seed draws its own training frames: frames_seed is the seed, no axis.",
    )

    @model_validator(mode="after")
    def _no_value_twice(self) -> "_SharedAxes":
        _refuse_values_twice(self)
        return self


class _Block(Section):
    """Variants of one family: the product of its axes and of those that all share."""

    stages: ClassVar[tuple[str, ...]] = ("train",)
    spec: ClassVar[type[Variant]]

    if TYPE_CHECKING:
        family: str

    @model_validator(mode="after")
    def _no_value_twice(self) -> "_Block":
        _refuse_values_twice(self)
        return self

    @model_validator(mode="after")
    def _its_own_axes_fit(self) -> "_Block":
        if self.own_count > MOST_VARIANTS:
            raise ValueError(
                f"the axes span {self.own_count} variants; at most {MOST_VARIANTS} are planned"
            )
        for own in self.own_values():
            try:
                self.spec(**own)
            except ValidationError as error:
                message = error.errors(include_url=False)[0]["msg"]
                raise ValueError(message.removeprefix("Value error, ")) from None
        return self

    @property
    def own_count(self) -> int:
        """Number of combinations of the family's own axes."""
        return prod(len(getattr(self, axis)) for axis in own_axes(self.spec))

    def own_values(self) -> list[Values]:
        """Every combination of the family's own axes, with what has one value alone."""
        axes = own_axes(self.spec)
        fixed = {name: getattr(self, name) for name in ("family", *self.spec.single)}
        combinations = product(*(getattr(self, axis) for axis in axes))
        return [{**fixed, **dict(zip(axes, values, strict=True))} for values in combinations]


def _make_shared() -> type[_SharedAxes]:
    axes = {name: _axis(Variant.model_fields[name]) for name in SHARED}
    made: type[_SharedAxes] = create_model(
        "SharedAxes", __base__=_SharedAxes, __doc__=_SharedAxes.__doc__, **axes
    )
    return made


def _make_block(spec: type[Variant]) -> type[_Block]:
    fields = spec.model_fields
    axes: dict[str, Any] = {
        **{name: (fields[name].annotation, fields[name]) for name in ("family", *spec.single)},
        **{name: _axis(fields[name]) for name in own_axes(spec)},
        **{name: _own_or_shared(fields[name]) for name in SHARED},
    }
    title = spec.look.title
    made: type[_Block] = create_model(
        f"{title}Block",
        __base__=_Block,
        __doc__=f"Variants of {title}: the product of its axes and of those that all share.",
        **axes,
    )
    made.spec = spec
    return made


BLOCKS: dict[str, type[_Block]] = {name_of(spec): _make_block(spec) for spec in SPECS}
"""The block of each family, by name."""

if TYPE_CHECKING:
    SharedAxes = _SharedAxes
    Block = _Block
else:
    SharedAxes = _make_shared()
    Block = Annotated[Union[tuple(BLOCKS.values())], Discriminator("family")]  # noqa: UP007


class Variants:
    """All variants that blocks and shared axes span together.

    Args:
        blocks: a family each; several may be of one family.
        shared: the axes that stand once.

    Raises:
        ValueError: an axis stands in both, a pooling fits no target, a variant stands twice, or
            they are more than can be planned; says where.
    """

    def __init__(self, blocks: list[Block], shared: SharedAxes) -> None:
        self._blocks, self._shared = blocks, shared
        for k, block in enumerate(blocks):
            self._check(k, block)
        count = sum(block.own_count * self._shared_count(block) for block in blocks)
        if count > MOST_VARIANTS:
            raise ValueError(
                f"variants: the axes span {count} variants; at most {MOST_VARIANTS} are planned"
            )
        ids = [variant.id for variant in self.members]
        if len(set(ids)) < len(ids):
            twice = next(name for name, count in Counter(ids).items() if count > 1)
            raise ValueError(f"variants: two blocks span {twice}: leave it out of one of them")

    @cached_property
    def members(self) -> tuple[Variant, ...]:
        """Every variant, block after block, in the order of the axes."""
        return tuple(
            block.spec(**own, **shared)
            for block in self._blocks
            for own in block.own_values()
            for shared in self._shared_values(block)
        )

    def axis_values(self, block: Block) -> dict[str, list[Any]]:
        """Values of a block on the axes that all families have: its own, or the shared ones."""
        return {name: getattr(block, name) or getattr(self._shared, name) for name in SHARED}

    def _check(self, k: int, block: Block) -> None:
        stated = {name for name in SHARED if getattr(self._shared, name) != _default(name)}
        for name in SHARED:
            if getattr(block, name) and name in stated:
                raise ValueError(
                    f"{name} stands in variants.{k} and in every_variant: leave it out of one"
                )
        axes = self.axis_values(block)
        if self._shared.own_frames and axes["frames_seed"] != [0]:
            raise ValueError(
                f"every_variant.own_frames is true, so frames_seed ({axes['frames_seed']}) says"
                " nothing: leave one of them out"
            )
        if not any(fits(target, p) for target in axes["target"] for p in axes["pooling"]):
            raise ValueError(
                f"variants.{k}: pooling dipole gives dipoles alone: add dipole to target"
            )

    def _shared_count(self, block: Block) -> int:
        return prod(len(values) for values in self.axis_values(block).values())

    def _shared_values(self, block: Block) -> list[Values]:
        axes = self.axis_values(block)
        every = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
        if self._shared.own_frames:
            every = [{**chosen, "frames_seed": chosen["seed"]} for chosen in every]
        return [chosen for chosen in every if fits(chosen["target"], chosen["pooling"])]


def _default(axis: str) -> list[Any]:
    return [Variant.model_fields[axis].default]


def blocks_of_axes(axes: Values) -> tuple[list[Values], Values]:
    """Blocks and shared axes from one product over families.

    Studies were written so before families had axes of their own: ``variants`` was a mapping.

    Args:
        axes: values by axis, the families under ``family`` (or ``architecture``, as it was called).
    """
    rest = dict(axes)
    families = rest.pop("architecture", None) or rest.pop("family", [])
    shared = {key: rest.pop(key) for key in (*SHARED, "own_frames") if key in rest}
    names = families if isinstance(families, list) else [families]
    return [{"family": name, **rest} for name in names], shared
