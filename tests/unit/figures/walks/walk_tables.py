"""Tables of walks that are written down, not computed: what a picture shows is known."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from ase import Atoms
from ase.build import molecule

from nearsight import units
from nearsight.labels import variable

Listed = Sequence[tuple[Sequence[int], float]]

WATER: Mapping[int, Listed] = {
    2: [((0, 0, 1), -0.3), ((2, 0, 0), 0.15), ((1, 1, 0), -0.05)],
    3: [((1, 0, 2), 0.002)],
}
"""On water (O0, H1, H2), eV."""


def walk_table(
    listed: Mapping[int, Listed],
    structure: Atoms | None = None,
    *,
    unit: str = units.ENERGY,
    **attributes: object,
) -> xr.Dataset:
    """A table as :func:`nearsight.explain.strongest_walks.strongest_walks` makes it."""
    atoms = structure if structure is not None else molecule("H2O")
    most = max((len(walks) for walks in listed.values()), default=0)
    steps = max((len(walk) for walks in listed.values() for walk, _ in walks), default=1)
    walk = np.full((len(listed), max(most, 1), steps), -1)
    relevance = np.full(walk.shape[:2], np.nan)
    for row, walks in enumerate(listed.values()):
        for rank, (places, value) in enumerate(walks):
            walk[row, rank], relevance[row, rank] = places, value
    sums = np.nansum(relevance, axis=1)
    return xr.Dataset(
        {
            "walk": variable(("n_atoms", "rank", "step"), walk, "1", "walk"),
            "relevance": variable(("n_atoms", "rank"), relevance, unit, "relevance"),
            "signed_sum": variable(("n_atoms",), sums, unit, "sum"),
            "absolute_sum": variable(("n_atoms",), 2 * np.abs(sums), unit, "sum of sizes"),
            "n_walks": variable(("n_atoms",), np.ones(len(listed)), "1", "number"),
            "atomic_number": variable(("atom",), atoms.numbers, "1", "atomic number"),
            "position": variable(("atom", "xyz"), atoms.positions, units.LENGTH, "position"),
        },
        coords={
            "n_atoms": variable(("n_atoms",), list(listed), "1", "atoms on a walk"),
            "rank": variable(("rank",), range(1, walk.shape[1] + 1), "1", "rank"),
        },
        attrs={
            "rule": "gamma", "rule_strength": 0.1, "vector": "none", "output": "energy",
            "label": "net", **attributes,
        },
    )  # fmt: skip
