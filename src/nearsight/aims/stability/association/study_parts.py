"""The parts of a study that a correlation is taken over, none of them twice."""

from typing import NamedTuple

import xarray as xr

from nearsight.aims.stability.association.descriptors import EVERY


class Part(NamedTuple):
    """Models that are looked at together; ``all`` where it is more than one."""

    dataset: str
    family: str


def parts_of(table: xr.Dataset) -> list[Part]:
    """Every part that holds other networks than those before it.

    First each data set, all its families together before each alone; then all data sets.

    Args:
        table: the study table; failed models count, as what was asked for.
    """
    strata = _strata(table)
    datasets = list(dict.fromkeys(dataset for dataset, _ in strata))
    families = list(dict.fromkeys(family for _, family in strata))
    found: dict[frozenset[Part], Part] = {}
    for dataset in (*datasets, EVERY):
        for family in (*families, EVERY):
            held = frozenset(
                one
                for one in strata
                if dataset in (EVERY, one.dataset) and family in (EVERY, one.family)
            )
            if held:
                # The name that says most comes first: no ``all`` of one.
                found.setdefault(held, Part(dataset, family))
    return sorted(found.values(), key=lambda part: _rank(part, datasets, families))


def whole(parts: list[Part], dataset: str) -> Part:
    """All families of a data set together, or the only one.

    Args:
        parts: of :func:`parts_of`.
        dataset: its name.
    """
    own = [part for part in parts if part.dataset == dataset]
    return own[0] if own else Part(dataset, EVERY)


def _strata(table: xr.Dataset) -> list[Part]:
    """Families on data sets, each once, in the order of the list."""
    names = (table[name].to_numpy().astype(str).tolist() for name in ("dataset", "family"))
    return list(dict.fromkeys(Part(*pair) for pair in zip(*names, strict=True)))


def _rank(part: Part, datasets: list[str], families: list[str]) -> tuple[int, int]:
    return [*datasets, EVERY].index(part.dataset), [EVERY, *families].index(part.family)
