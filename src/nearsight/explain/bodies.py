"""How many-body relevance is: by number of distinct atoms on a walk, and by its range as well.

Absolute sums stand beside signed ones because walks cancel severely.
"""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.chain import Chain
from nearsight.explain.labels import body_order, chain_attributes, energy, variable
from nearsight.explain.tally import distinct_atoms, tally
from nearsight.explain.walks import WALK_LIMIT, check_limit, stream


def bodies(chain: Chain, limit: int = WALK_LIMIT) -> xr.Dataset:
    """Relevance by body order, the number of distinct atoms on a walk.

    Up to ``limit`` walks every walk is enumerated (attribute ``method`` = ``enumeration``). Above
    it (``pairs``), one and two bodies are exact by tiny chains, three and more are known as their
    sum alone, and absolute sums are not known: NaN.

    Returns:
        ``relevance(n_atoms)``, ``absolute(n_atoms)`` (sum of |R|) and ``remainder`` (three or more
        atoms together), in eV.
    """
    sums = tally(chain, limit)
    return xr.Dataset(
        {
            "relevance": energy(("n_atoms",), sums.signed, "relevance of walks by body order"),
            "absolute": energy(
                ("n_atoms",), sums.absolute, "sum of |relevance| of walks by body order"
            ),
            "remainder": energy((), sums.remainder, "relevance of walks on three or more atoms"),
        },
        coords={"n_atoms": body_order(chain.depth)},
        attrs={**chain_attributes(chain), "method": "enumeration" if sums.enumerated else "pairs"},
    )


def decay(chain: Chain, edges: np.ndarray, limit: int = WALK_LIMIT) -> xr.Dataset:
    """Relevance by body order and range, the largest distance between two atoms of a walk.

    Args:
        chain: what to explain.
        edges: (range + 1,) ascending edges of the bins in Å; a bin holds its lower edge. One-body
            walks have range 0.
        limit: most walks to enumerate.

    Returns:
        ``relevance(n_atoms, range)``, ``absolute(n_atoms, range)`` in eV, and the same of walks
        outside all bins as ``outside(n_atoms)`` and ``outside_absolute(n_atoms)``; ``range`` holds
        the middles, ``range_low`` and ``range_high`` the edges.

    Raises:
        WalkLimitError: there are more walks than the limit.
        ConfigError: edges do not ascend.
    """
    edges = np.asarray(edges, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ConfigError(f"edges = {edges.tolist()}: at least two ascending distances are needed")
    check_limit(chain, limit)
    distance = chain.distance.numpy()
    # One more column takes what lies outside the edges.
    signed = np.zeros((chain.depth + 1, len(edges)))
    absolute = np.zeros_like(signed)
    for atoms, relevance in stream(chain):
        column = np.searchsorted(edges, walk_range(atoms, distance), side="right") - 1
        column[column < 0] = len(edges) - 1
        cell = np.ravel_multi_index((distinct_atoms(atoms) - 1, column), signed.shape)
        signed += _histogram(cell, relevance, signed.shape)
        absolute += _histogram(cell, np.abs(relevance), signed.shape)
    return _decay_dataset(chain, edges, signed, absolute)


def walk_range(walks: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """(n,) largest distance between two atoms of each walk, in the units of ``distance``."""
    found = np.zeros(len(walks), dtype=distance.dtype)
    for step in range(1, walks.shape[1]):
        for earlier in range(step):
            np.maximum(found, distance[walks[:, earlier], walks[:, step]], out=found)
    return found


def _histogram(cell: np.ndarray, weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.bincount(cell, weight, minlength=int(np.prod(shape))).reshape(shape)


def _decay_dataset(
    chain: Chain, edges: np.ndarray, signed: np.ndarray, absolute: np.ndarray
) -> xr.Dataset:
    inside, low, high = ("n_atoms", "range"), edges[:-1], edges[1:]
    return xr.Dataset(
        {
            "relevance": energy(inside, signed[:, :-1], "relevance by body order and range"),
            "absolute": energy(inside, absolute[:, :-1], "sum of |relevance|"),
            "outside": energy(("n_atoms",), signed[:, -1], "relevance outside all bins"),
            "outside_absolute": energy(
                ("n_atoms",), absolute[:, -1], "sum of |relevance| outside all bins"
            ),
        },
        coords={
            "n_atoms": body_order(chain.depth),
            "range": variable(("range",), (low + high) / 2, units.LENGTH, "middle of the bin"),
            "range_low": variable(("range",), low, units.LENGTH, "lower edge of the bin"),
            "range_high": variable(("range",), high, units.LENGTH, "upper edge of the bin"),
        },
        attrs=chain_attributes(chain),
    )
