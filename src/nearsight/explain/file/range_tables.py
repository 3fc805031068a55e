"""Tables of how far the walks of a structure go: by body order and range, and by reach."""

from collections.abc import Sequence

import ase
import numpy as np
import xarray as xr

from nearsight import units
from nearsight.explain.sums.tally import Tally
from nearsight.explain.variables import energy, variable

RANGE = "range: largest distance between two atoms of a walk"
ROWS = 256
"""Atoms whose distances from all others are held at a time."""
REACH = "reach: longest step of a walk"


def range_edges(structures: Sequence[ase.Atoms], width: float) -> np.ndarray:
    """(range + 1,) edges from 0 in steps of ``width`` (Å) that cover every distance."""
    largest = max(_extent(atoms.positions) for atoms in structures)
    return width * np.arange(int(np.floor(largest / width)) + 2)


def _extent(position: np.ndarray) -> float:
    """Largest distance of two atoms at positions (N, 3), without a table of all of them."""
    parts = np.array_split(position, 1 + len(position) // ROWS)
    return max(float(np.linalg.norm(part[:, None] - position, axis=-1).max()) for part in parts)


def range_coordinates(edges: np.ndarray) -> dict[str, xr.Variable]:
    """The coordinates ``range`` and ``reach``: upper edges of the bins in Å.

    Args:
        edges: (range + 1,) Å.
    """
    text = {"range": RANGE, "reach": REACH}
    return {
        name: variable((name,), edges[1:], units.LENGTH, f"upper edge of a bin of {text[name]}")
        for name in text
    }


def range_tables(sums: Tally) -> dict[str, xr.Variable]:
    """Sums of relevance by range and by reach, along ``structure`` (of length 1).

    Args:
        sums: of the walks of a structure, with ranges; every distance is within their bins.

    Returns:
        ``absolute_range``, ``relevance_range`` (structure, n_atoms, range) and
        ``absolute_reach``, ``relevance_reach`` (structure, reach); NaN where unknown.
    """
    by_range, by_reach = sums.ranges["diameter"], sums.ranges["hop"]
    orders, reaches = ("structure", "n_atoms", "range"), ("structure", "reach")
    values = {
        "relevance_range": (orders, by_range.signed, "relevance of walks by body order and range"),
        "absolute_range": (
            orders, by_range.absolute, "sum of |relevance| of walks by body order and range"
        ),
        "relevance_reach": (reaches, by_reach.total, "relevance of walks by reach"),
        "absolute_reach": (
            reaches, by_reach.absolute.sum(axis=0), "sum of |relevance| of walks by reach"
        ),
    }  # fmt: skip
    return {name: energy(dims, [x[..., :-1]], text) for name, (dims, x, text) in values.items()}
