"""The parts of a study that a correlation is taken over, none of them twice."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from nearsight.collect.association.descriptors import EVERY


class Part(NamedTuple):
    """Models that are looked at together; ``all`` where it is more than one."""

    dataset: str
    architecture: str


def parts_of(table: xr.Dataset) -> list[Part]:
    """Every part that holds other networks than those before it.

    First each data set, all its architectures together before each alone; then all data sets.

    Args:
        table: the study table; networks that were not asked for have status -1.
    """
    strata = _strata(table)
    datasets = list(dict.fromkeys(dataset for dataset, _ in strata))
    architectures = list(dict.fromkeys(architecture for _, architecture in strata))
    found: dict[frozenset[Part], Part] = {}
    for dataset in (*datasets, EVERY):
        for architecture in (*architectures, EVERY):
            held = frozenset(
                one
                for one in strata
                if dataset in (EVERY, one.dataset) and architecture in (EVERY, one.architecture)
            )
            if held:
                # The name that says most comes first: no ``all`` of one.
                found.setdefault(held, Part(dataset, architecture))
    return sorted(found.values(), key=lambda part: _rank(part, datasets, architectures))


def whole(parts: list[Part], dataset: str) -> Part:
    """All architectures of a data set together, or the only one.

    Args:
        parts: of :func:`parts_of`.
        dataset: its name.
    """
    own = [part for part in parts if part.dataset == dataset]
    return own[0] if own else Part(dataset, EVERY)


def _strata(table: xr.Dataset) -> list[Part]:
    others = [dim for dim in table["status"].dims if dim not in ("dataset", "architecture")]
    asked = (table["status"] >= 0).any(others).transpose("dataset", "architecture").to_numpy()
    names = [table[dim].to_numpy().astype(str) for dim in ("dataset", "architecture")]
    return [Part(str(names[0][i]), str(names[1][j])) for i, j in np.argwhere(asked)]


def _rank(part: Part, datasets: list[str], architectures: list[str]) -> tuple[int, int]:
    return [*datasets, EVERY].index(part.dataset), [EVERY, *architectures].index(part.architecture)
