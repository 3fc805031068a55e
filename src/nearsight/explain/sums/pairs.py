"""Relevance of pairs of atoms, exactly and at any depth, without enumerating walks."""

from typing import Literal

import torch
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.sums.containing import contains
from nearsight.explain.sums.masked import MEMORY, batch_size
from nearsight.explain.sums.near import alone_states, common_links, pair_relevance
from nearsight.explain.variables import chain_attributes, energy, require_tables, variable
from nearsight.lrp.chain import EVERY, Block, Chain
from nearsight.lrp.maps import apply, per_atom

PairKind = Literal["exact", "contains", "ends"]
TEXT = {
    "exact": "relevance of walks on exactly these atoms",
    "contains": "relevance of walks that visit both atoms",
    "ends": "relevance of walks from atom to atom_other",
}


TILED = 32
"""Atoms up to which all pairs are quicker than those of neighbours."""


def pairs(chain: Chain, kind: PairKind = "exact") -> xr.Dataset:
    """Relevance of every pair of atoms.

    ``exact``: walks whose set of atoms is exactly {i, j}, both directions together; the exclusive
    two-body relevance stands in ij *and* in ji, and the diagonal holds the one-body relevance of
    the constant walks (i, ..., i). Cost: two states per pair; of large molecules, per pair of
    neighbours, which :func:`nearsight.explain.near_pairs` gives without a table of all pairs.

    ``contains``: walks that visit i and j, whatever else; symmetric, and the diagonal holds all
    walks that visit i. Cost: four states per pair and step up to depth 3, beyond that N²/2 masked
    propagations.

    ``ends``: walks that begin at ``atom`` (its embedding) and end at ``atom_other`` (its read-out),
    whatever lies between; not symmetric; all entries add up to all walks. Cost: N propagations.

    Returns:
        ``relevance(atom, atom_other)`` in eV and ``distance(atom, atom_other)`` in Å.

    Raises:
        ConfigError: no such kind.
        MemoryLimitError: what it takes grows with the square of the number of atoms, and does not
            fit.
    """
    if kind not in TEXT:
        raise ConfigError(f"kind = {kind!r}: must be one of {', '.join(TEXT)}")
    require_tables(
        chain, _per_pair(chain, kind), f"pairs({kind!r})", instead="take near_pairs or fewer atoms"
    )
    relevance = {"exact": _exact, "contains": contains, "ends": _ends}[kind](chain)
    square = ("atom", "atom_other")
    return xr.Dataset(
        {
            "relevance": energy(square, relevance, TEXT[kind]),
            "distance": variable(square, chain.distance, units.LENGTH, "distance of two atoms"),
            "atomic_number": variable(("atom",), chain.atomic_number, units.ONE, "nuclear charge"),
        },
        attrs={**chain_attributes(chain), "kind": kind},
    )


def _per_pair(chain: Chain, kind: PairKind) -> float:
    """Numbers that are held for every pair of atoms."""
    n_state, n_message = chain.blocks[0].M.shape[1:]
    # Of contains: states of walks that are still to visit an atom, and what wants them.
    waiting = (chain.depth + 1) * n_state + (chain.depth - 1) * n_message
    return {"exact": 2, "contains": 3 + waiting, "ends": 2}[kind]


def _ends(chain: Chain) -> torch.Tensor:
    """(N start, N end): one propagation per start atom, in batches."""
    every = torch.arange(chain.n_atoms, device=chain.h.device)
    return torch.cat([_ends_of(chain, some) for some in every.split(batch_size(chain))])


def _ends_of(chain: Chain, some: torch.Tensor) -> torch.Tensor:
    """(n, N end) relevance of walks from some start atoms (n,) to any atom."""
    *before, last = chain.blocks
    rows = torch.arange(len(some), device=some.device)
    state = chain.h.new_zeros(*chain.h.shape, len(some))
    state[some, :, rows] = chain.h[some]
    for block in before[:1]:
        # Only the start has sent anything yet.
        sent = per_atom(block.K, chain.h)[some].T[:, None]
        state = apply(block.M, (block.filters[:, :, some] * sent).transpose(0, 1))
        state[some, :, rows] += block.keep(chain.h)[some]
    for block in before[1:]:
        state = block.advance(state)
    gathered = last.gather(apply(last.K, state))
    wanted, kept = _wanted_at_end(chain, EVERY)
    return (wanted[:, None] @ gathered + kept[:, None] @ state)[:, 0].T


def _wanted_at_end(chain: Chain, atoms: slice) -> tuple[torch.Tensor, torch.Tensor]:
    """What is read of messages (n, D) that arrive in the last block, and of states (n, S) before.

    Args:
        chain: whose last block is meant.
        atoms: n of them.
    """
    block, o = chain.blocks[-1], chain.o[atoms]
    kept = o if block.P is None else per_atom(block.P[atoms].mT, o)
    return per_atom(block.M[atoms].mT, o), kept


def _exact(chain: Chain) -> torch.Tensor:
    """(N, N) by a chain of two atoms per pair, with a flag instead of a subtraction.

    ``alone[i]`` is the state after the walk (i, ..., i); ``both[i, j]`` the state at i summed over
    walks that have visited i and j and nothing else. Far pairs would drown in rounding if they
    were found as differences of inclusive sums. Pairs are done in square tiles of atoms.
    """
    alone = alone_states(chain)
    if chain.listed or chain.n_atoms > TILED:
        return _exact_of_neighbours(chain, alone)
    width = sum(chain.blocks[0].M.shape[1:]) * chain.h.element_size()
    n_tiles = 1 + int(chain.n_atoms * (2 * width / MEMORY) ** 0.5)
    size = -(-chain.n_atoms // n_tiles)
    tiles = [slice(a, min(a + size, chain.n_atoms)) for a in range(0, chain.n_atoms, size)]
    relevance = torch.diag((chain.o * alone[-1]).sum(-1))
    for a, first in enumerate(tiles):
        for second in tiles[a:]:
            value = _of_tile(chain, alone, first, second)
            relevance[first, second] += value
            if first != second:
                relevance[second, first] += value.T
    return relevance


def _exact_of_neighbours(chain: Chain, alone: list[torch.Tensor]) -> torch.Tensor:
    links = common_links(chain)
    relevance = torch.diag((chain.o * alone[-1]).sum(-1))
    relevance[links.i, links.j] = pair_relevance(chain, links, alone)
    return relevance


def _of_tile(chain: Chain, alone: list[torch.Tensor], first: slice, second: slice) -> torch.Tensor:
    """(I, J) relevance of walks on exactly {i, j}, in both directions together."""
    # No walk has visited two atoms yet.
    at_first = at_second = None
    for block, single in zip(chain.blocks[:-1], alone, strict=False):
        moved = step_pairs(block, at_first, at_second, single, first, second)
        at_second = (
            moved
            if first == second
            else step_pairs(block, at_second, at_first, single, second, first)
        )
        at_first = moved
    value = _last_step(chain, at_first, at_second, alone[-2], first, second)
    if first == second:
        return value + value.T
    return value + _last_step(chain, at_second, at_first, alone[-2], second, first).T


def step_pairs(
    block: Block,
    here: torch.Tensor | None,
    there: torch.Tensor | None,
    alone: torch.Tensor,
    to: slice,
    by: slice,
) -> torch.Tensor:
    """One block for walks on exactly {i, j} that end at i, (I, S, J).

    Args:
        block: the block.
        here: (I, S, J) states at i of walks that have visited both; ``None`` before there are any.
        there: (J, S, I) the same at j.
        alone: (N, S) states of walks that have stayed where they began.
        to: atoms i.
        by: atoms j.
    """
    arrived = _arriving(block, there, alone, to, by)
    return apply(block.M[to], arrived) if here is None else block.update(here, arrived, to)


def _arriving(
    block: Block, there: torch.Tensor | None, alone: torch.Tensor, to: slice, by: slice
) -> torch.Tensor:
    """(I, D, J) filtered messages from j, having visited both already or alone until now."""
    if there is None:
        sent = per_atom(block.K[by], alone[by])[..., None]
    else:
        sent = block.K[by] @ (there + alone[by, :, None])
    return (block.filters[:, to, by] * sent.permute(1, 2, 0)).transpose(0, 1)


def _last_step(
    chain: Chain,
    here: torch.Tensor | None,
    there: torch.Tensor | None,
    alone: torch.Tensor,
    to: slice,
    by: slice,
) -> torch.Tensor:
    """(I, J) relevance of walks on exactly {i, j} that end at i: no state is made for the end.

    Args:
        chain: whose last block this is.
        here: (I, S, J) states before it at i of walks that have visited both, or ``None``.
        there: (J, S, I) the same at j.
        alone: (N, S) states of walks that have stayed where they began.
        to: atoms i.
        by: atoms j.
    """
    wanted, kept = _wanted_at_end(chain, to)
    value = wanted[:, None] @ _arriving(chain.blocks[-1], there, alone, to, by)
    if here is not None:
        value += kept[:, None] @ here
    return value[:, 0]
