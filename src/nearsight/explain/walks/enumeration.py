"""Every walk and its relevance, by meeting in the middle instead of one pass per walk.

The dot products of all halves that meet at one atom are one matrix product, see
:mod:`nearsight.explain.walks.meeting`.
"""

from collections.abc import Iterator

import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.errors import WalkLimitError
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.explain.walks.meeting import meetings
from nearsight.lrp.chain import Chain

WALK_LIMIT = 5_000_000
CHUNK = 1 << 16
ALTERNATIVES = (
    "raise the limit, or use top (the largest), sample (an unbiased estimate with its standard "
    "error), or bodies, pairs, triples and balance, which need no enumeration"
)


def count_walks(chain: Chain) -> int:
    """Exact number of walks along edges."""
    return chain.n_walks


def check_limit(chain: Chain, limit: int) -> int:
    """Number of walks.

    Raises:
        WalkLimitError: it is above the limit.
    """
    n_walks = count_walks(chain)
    if n_walks > limit:
        raise WalkLimitError(
            f"{n_walks} walks ({chain.n_atoms} atoms, depth {chain.depth}), the limit is {limit}: "
            + ALTERNATIVES
        )
    return n_walks


def walks(chain: Chain, limit: int = WALK_LIMIT) -> xr.Dataset:
    """Every walk with its relevance, in lexicographic order.

    Returns:
        ``walk(walk, step)``, the atoms from the embedding to the read-out, and
        ``relevance(walk)`` in eV, in the chain's precision.

    Raises:
        WalkLimitError: there are more walks than the limit.
    """
    n_walks = check_limit(chain, limit)
    # Filled in place: pieces kept until the end would need twice the memory.
    atoms = np.empty((n_walks, chain.depth + 1), dtype=np.int32)
    relevance = np.empty(n_walks, dtype=chain.h.new_empty(0).cpu().numpy().dtype)
    filled = 0
    for some, values in stream(chain):
        atoms[filled : filled + len(values)] = some
        relevance[filled : filled + len(values)] = values
        filled += len(values)
    order = _lexicographic(atoms, chain.n_atoms)
    return xr.Dataset(
        {
            "walk": variable(
                ("walk", "step"), atoms[order], units.ONE, "atoms of a walk, embedding first"
            ),
            "relevance": energy(("walk",), relevance[order], "relevance of a walk"),
        },
        attrs={**chain_attributes(chain), "method": "enumeration", "n_walks": n_walks},
    )


def _lexicographic(atoms: np.ndarray, n_atoms: int) -> np.ndarray:
    if n_atoms ** atoms.shape[1] >= 2**63:
        return np.lexsort(atoms.T[::-1])
    key = np.zeros(len(atoms), dtype=np.int64)
    for column in atoms.T:
        key *= n_atoms
        key += column
    return np.argsort(key, kind="stable")


def stream(chain: Chain, chunk: int = CHUNK) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield every walk once, in pieces: atoms (n, depth + 1) int32 and relevance (n,).

    Args:
        chain: what to enumerate.
        chunk: about the largest number of walks in a piece.
    """
    for meeting in meetings(chain):
        head = meeting.head.T.to(torch.int32).cpu().numpy()
        tail = meeting.tail.T.flip(0).to(torch.int32).cpu().numpy()
        for rows in meeting.split(chunk):
            # A column after the other: written in long runs, not in strides of one walk.
            atoms = np.empty((chain.depth + 1, tail.shape[1], rows.stop - rows.start), np.int32)
            atoms[: len(head)] = head[:, None, rows]
            atoms[len(head) :] = tail[:, :, None]
            relevance = meeting.relevance(rows)
            yield atoms.reshape(len(atoms), -1).T, relevance.flatten().cpu().numpy()
