"""Tables of how far the walks of a structure go: by body order and range, and by reach."""

from collections.abc import Sequence

import ase
import numpy as np
import xarray as xr

from nearsight import units
from nearsight.config import Explain
from nearsight.explain.sums.decay import RangeMethod, decay
from nearsight.explain.variables import energy, variable
from nearsight.explain.walks.histogram import By
from nearsight.lrp.chain import Chain

RANGE = "range: largest distance between two atoms of a walk"
REACH = "reach: longest step of a walk"


def range_edges(structures: Sequence[ase.Atoms], width: float) -> np.ndarray:
    """(range + 1,) edges from 0 in steps of ``width`` (Å) that cover every distance."""
    largest = max(float(atoms.get_all_distances().max()) for atoms in structures)
    return width * np.arange(int(np.floor(largest / width)) + 2)


def range_coordinates(edges: np.ndarray) -> dict[str, xr.Variable]:
    """The coordinates ``range`` and ``reach``: upper edges of the bins in Å."""
    text = {"range": RANGE, "reach": REACH}
    return {
        name: variable((name,), edges[1:], units.LENGTH, f"upper edge of a bin of {text[name]}")
        for name in text
    }


def range_tables(
    chain: Chain, edges: np.ndarray, settings: Explain, method: str
) -> dict[str, xr.Variable]:
    """Sums of relevance by range and by reach, along ``structure`` (of length 1).

    Args:
        chain: the network at a structure.
        edges: (range + 1,) Å.
        settings: draws and seed, for sampling.
        method: how walks were summed by body order; by ``patterns`` ranges are not known, and of
            reaches the signed sums alone.

    Returns:
        ``absolute_range``, ``relevance_range`` (structure, n_atoms, range) and
        ``absolute_reach``, ``relevance_reach`` (structure, reach); NaN where unknown.
    """
    dims = ("structure", "n_atoms", "range")
    if method == "patterns":
        signed = absolute = np.full((chain.depth + 1, len(edges) - 1), np.nan)
        by_reach = _summed(chain, edges, settings, "hop", "propagation")
    else:
        how: RangeMethod = "enumeration" if method == "enumeration" else "sampling"
        by_range = _summed(chain, edges, settings, "diameter", how)
        signed, absolute = by_range["relevance"].to_numpy(), by_range["absolute"].to_numpy()
        by_reach = _summed(chain, edges, settings, "hop", how)
    reach_absolute = by_reach["absolute"].sum("n_atoms", skipna=False).to_numpy()
    return {
        "relevance_range": energy(dims, [signed], "relevance of walks by body order and range"),
        "absolute_range": energy(
            dims, [absolute], "sum of |relevance| of walks by body order and range"
        ),
        "relevance_reach": energy(
            ("structure", "reach"), [by_reach["total"].to_numpy()], "relevance of walks by reach"
        ),
        "absolute_reach": energy(
            ("structure", "reach"), [reach_absolute], "sum of |relevance| of walks by reach"
        ),
    }


def _summed(
    chain: Chain, edges: np.ndarray, settings: Explain, by: By, method: RangeMethod
) -> xr.Dataset:
    return decay(
        chain, edges, by=by, method=method, n_samples=settings.n_samples, seed=settings.seed
    )
