"""Sums over all walks by body order, from one pass over the walks or, where too many, without."""

from dataclasses import dataclass

import numpy as np

from nearsight.explain.chain import Chain
from nearsight.explain.pairs import pairs
from nearsight.explain.walks import count_walks, stream


@dataclass(frozen=True)
class Tally:
    """Sums of the relevance of walks.

    Attributes:
        n_walks: number of walks there are.
        enumerated: whether each was visited; otherwise absolute sums are NaN, and so are signed
            ones of three and more atoms unless they are the only remainder.
        signed: (depth + 1,) by number of distinct atoms, 1 first.
        absolute: (depth + 1,) sum of |R|.
        pair_absolute: (N, N) sum of |R| of walks on exactly these two atoms, in ij and ji; the
            constant walks on the diagonal.
        remainder: relevance of walks on three or more atoms.
    """

    n_walks: int
    enumerated: bool
    signed: np.ndarray
    absolute: np.ndarray
    pair_absolute: np.ndarray
    remainder: float


def tally(chain: Chain, limit: int) -> Tally:
    """Sum up walks, enumerating them if they are not more than the limit."""
    n_walks = count_walks(chain)
    return _enumerate(chain, n_walks) if n_walks <= limit else _without_walks(chain, n_walks)


def distinct_atoms(walks: np.ndarray) -> np.ndarray:
    """(n,) number of distinct atoms on each walk (n, step)."""
    found = np.ones(len(walks), dtype=np.int64)
    for step in range(1, walks.shape[1]):
        found += (walks[:, :step] != walks[:, step, None]).all(axis=1)
    return found


def _enumerate(chain: Chain, n_walks: int) -> Tally:
    n_orders, n_atoms = chain.depth + 1, chain.n_atoms
    signed, absolute = np.zeros(n_orders), np.zeros(n_orders)
    pair_absolute = np.zeros(n_atoms * n_atoms)
    for atoms, relevance in stream(chain):
        order, size = distinct_atoms(atoms), np.abs(relevance)
        signed += np.bincount(order - 1, relevance, n_orders)
        absolute += np.bincount(order - 1, size, n_orders)
        few = order <= 2
        key = atoms[few].min(axis=1) * n_atoms + atoms[few].max(axis=1)
        pair_absolute += np.bincount(key, size[few], n_atoms * n_atoms)
    square = pair_absolute.reshape(n_atoms, n_atoms)
    return Tally(
        n_walks=n_walks,
        enumerated=True,
        signed=signed,
        absolute=absolute,
        pair_absolute=square + np.triu(square, 1).T,
        remainder=float(signed[2:].sum()),
    )


def _without_walks(chain: Chain, n_walks: int) -> Tally:
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    signed = np.full(chain.depth + 1, np.nan)
    signed[:2] = np.trace(exact), np.triu(exact, 1).sum()
    remainder = (chain.adjoints()[0] * chain.h).sum().item() - signed[:2].sum()
    if chain.depth == 2:
        signed[2] = remainder
    return Tally(
        n_walks=n_walks,
        enumerated=False,
        signed=signed,
        absolute=np.full_like(signed, np.nan),
        pair_absolute=np.full_like(exact, np.nan),
        remainder=float(remainder),
    )
