"""The blocks of a study, widened so that they span further variants too."""

from collections.abc import Sequence
from typing import Any

from nearsight.config import REPEATS, Study, Variant
from nearsight.families.specs import FAMILIES, SHARED, own_axes

_WORDS = ("radial_basis", "target", "pooling")


def blocks_of(study: Study, coming: Sequence[Variant]) -> dict[str, Any]:
    """``variants`` and ``every_variant`` of a study that spans its own variants and those to come.

    They may span more, which is then left out. A variant joins the first block of its family that
    agrees in what is no axis; where there is none it gets a block of its own.

    Args:
        study: what is there.
        coming: variants of another study of the same settings.
    """
    dumped = study.model_dump(mode="json")
    blocks, shared = dumped["variants"], dumped["every_variant"]
    for variant in coming:
        block = next((b for b in blocks if _takes(b, variant)), None)
        if block is None:
            block = {name: getattr(variant, name) for name in ("family", *type(variant).single)}
            blocks.append({**block, **{axis: [] for axis in own_axes(type(variant))}})
            block = blocks[-1]
        for axis in own_axes(type(variant)):
            block[axis] = _with(block[axis], getattr(variant, axis), axis)
        for axis in SHARED:
            if axis == "frames_seed" and shared["own_frames"]:
                continue
            place = block if block.get(axis) else shared
            place[axis] = _with(place[axis], getattr(variant, axis), axis)
    return {"variants": blocks, "every_variant": shared}


def _takes(block: dict[str, Any], variant: Variant) -> bool:
    fixed = FAMILIES[variant.family].single
    return block["family"] == variant.family and all(
        block[name] == getattr(variant, name) for name in fixed
    )


def _with(values: list[Any], value: Any, axis: str) -> list[Any]:
    """An axis with one value more, in order where it was in order."""
    if value in values:
        return values
    ordered = values == sorted(values) and (axis in REPEATS or axis not in _WORDS)
    return sorted([*values, value]) if ordered else [*values, value]
