"""The strongest walks on each number of distinct atoms, of either sign.

A pair's walks are a thousand times stronger than those on four atoms: a common list of the largest
would hold nothing else. Every walk is visited once, none is kept but the strongest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.explain.walks.enumeration import check_limit, stream
from nearsight.lrp.chain import Chain

VISIT_LIMIT = 1_000_000_000
"""Walks that are still visited: about a minute on one core, which visits 2e7 in a second."""

NO_ATOM = -1
"""Where a list has fewer walks than places."""


@dataclass
class _Bodies:
    """Walks on one number of atoms: the strongest of either sign, and sums over all of them."""

    count: int
    n_walks: int = 0
    signed: float = 0.0
    absolute: float = 0.0
    kept: dict[int, list[tuple[float, tuple[int, ...]]]] = field(
        default_factory=lambda: {1: [], -1: []}
    )

    def add(self, walks: np.ndarray, relevance: np.ndarray) -> None:
        """Take in walks (n, depth + 1) with their relevance (n,)."""
        self.n_walks += len(relevance)
        self.signed += float(relevance.sum())
        self.absolute += float(np.abs(relevance).sum())
        for sign, kept in self.kept.items():
            sizes = sign * relevance
            rows = np.flatnonzero(sizes > 0)
            if len(rows) > self.count:
                # All that equal the last stay, so that ties are settled by the order of walks.
                limit = -np.partition(-sizes[rows], self.count - 1)[self.count - 1]
                rows = rows[sizes[rows] >= limit]
            kept += [(float(-sizes[k]), tuple(walks[k].tolist())) for k in rows]
            kept.sort()
            del kept[self.count :]

    def strongest(self) -> list[tuple[tuple[int, ...], float]]:
        """Walks with their relevance, the largest first."""
        both = [(size, walk, sign) for sign, kept in self.kept.items() for size, walk in kept]
        return [(walk, -sign * size) for size, walk, sign in sorted(both)]


def strongest_by_bodies(
    chain: Chain,
    n_atoms: Sequence[int] = (2, 3),
    count: int = 3,
    *,
    limit: int = VISIT_LIMIT,
) -> xr.Dataset:
    """The ``count`` walks that raise and the ``count`` that lower the output most.

    Args:
        chain: what is searched.
        n_atoms: numbers of distinct atoms on a walk, a list of walks for each.
        count: walks of either sign.
        limit: number of walks of the chain above which it is refused.

    Returns:
        ``walk(n_atoms, rank, step)``, -1 where there are fewer, and ``relevance(n_atoms, rank)`` in
        eV, NaN there, the largest |R| first, equal ones in lexicographic order of the walks; over
        all walks on that number of atoms ``signed_sum``, ``absolute_sum`` and ``n_walks``.

    Raises:
        ConfigError: no walk of this depth is on so many atoms, a number is given twice or none is,
            or count is below 1.
        WalkLimitError: there are more walks than the limit.
    """
    _check(chain, n_atoms, count)
    check_limit(chain, limit)
    found = {n: _Bodies(count) for n in n_atoms}
    for walks, relevance in stream(chain):
        on = 1 + (np.diff(np.sort(walks, axis=1), axis=1) != 0).sum(axis=1)
        for n, bodies in found.items():
            bodies.add(walks[on == n], relevance[on == n])
    return _table(chain, found, count)


def _check(chain: Chain, n_atoms: Sequence[int], count: int) -> None:
    if count < 1:
        raise ConfigError(f"count = {count}: must be at least 1")
    if not n_atoms or len(set(n_atoms)) < len(n_atoms):
        raise ConfigError(f"n_atoms = {list(n_atoms)}: give each number of atoms once")
    most = chain.depth + 1
    for n in n_atoms:
        if not 1 <= n <= most:
            raise ConfigError(
                f"n_atoms = {n}: walks of {chain.depth} steps are on 1 to {most} atoms"
            )


def _table(chain: Chain, found: dict[int, _Bodies], count: int) -> xr.Dataset:
    walk = np.full((len(found), 2 * count, chain.depth + 1), NO_ATOM, dtype=np.int32)
    relevance = np.full((len(found), 2 * count), np.nan)
    for row, bodies in enumerate(found.values()):
        for rank, (atoms, value) in enumerate(bodies.strongest()):
            walk[row, rank], relevance[row, rank] = atoms, value
    dims = ("n_atoms", "rank")
    every = list(found.values())
    return xr.Dataset(
        {
            "walk": variable(
                (*dims, "step"), walk, units.ONE, "atoms of a walk, embedding first; -1: no walk"
            ),
            "relevance": energy(dims, relevance, "relevance of a walk"),
            "signed_sum": energy(dims[:1], [one.signed for one in every], "sum over all walks"),
            "absolute_sum": energy(
                dims[:1], [one.absolute for one in every], "sum of sizes over all walks"
            ),
            "n_walks": variable(
                dims[:1], [float(one.n_walks) for one in every], units.ONE, "number of walks"
            ),
        },
        coords={
            "n_atoms": variable(
                dims[:1], list(found), units.ONE, "number of distinct atoms on a walk"
            ),
            "rank": variable(dims[1:], range(1, 2 * count + 1), units.ONE, "rank by size"),
        },
        attrs=chain_attributes(chain),
    )
