"""What a study leaves out, so that exactly some of the networks that its axes span remain."""

from collections.abc import Collection
from typing import Any

from nearsight.config import AXES, Study, axes_of

Box = dict[str, tuple[Any, ...]]
"""Values by axis: all combinations of them."""


def exclusions(every: Study, wanted: Collection[tuple[str, str]]) -> list[dict[str, list[Any]]]:
    """Entries of ``exclude`` that leave of a study some networks alone.

    Combinations that differ along one axis only become one entry, axis after axis, so that
    few entries say it.

    Args:
        every: the study with nothing left out.
        wanted: data set and id of the variants that remain.

    Returns:
        Entries as a study file has them; an axis on which every value is meant is not named.
    """
    known = every.axes()
    keys = ["dataset", *(axis for axis in AXES if known[axis] and not _follows(every, axis))]
    boxes = [
        {key: ({"dataset": dataset, **axes_of(variant)}[key],) for key in keys}
        for dataset, variant in every.trained()
        if (dataset, variant.id) not in wanted
    ]
    # Seeds first: the usual thing that two parts of a study have other values of.
    for key in sorted(keys, key=lambda name: "seed" not in name):
        boxes = _along(boxes, key)
    whole = {key: set(_values(every, key)) for key in keys}
    return [
        {
            key: list(values)
            for key, values in box.items()
            # A family that lacks an axis has no value there, and is told from others by its name.
            if set(values) <= whole[key] and set(values) != whole[key]
        }
        for box in boxes
    ]


def _follows(study: Study, axis: str) -> bool:
    return axis == "frames_seed" and study.every_variant.own_frames


def _values(study: Study, key: str) -> list[Any]:
    return list(study.datasets) if key == "dataset" else study.axes()[key]


def _along(boxes: list[Box], key: str) -> list[Box]:
    """Boxes that agree in all but one axis as one."""
    found: dict[tuple[Any, ...], Box] = {}
    for box in boxes:
        rest = tuple(value for name, value in box.items() if name != key)
        known = found.get(rest)
        found[rest] = box if known is None else {**box, key: known[key] + box[key]}
    return list(found.values())
