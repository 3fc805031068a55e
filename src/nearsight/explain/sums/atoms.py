"""Relevance of atoms at every block and of every hop, from one propagation each way."""

import torch
import xarray as xr

from nearsight import units
from nearsight.explain.sums.near import hop_relevance
from nearsight.explain.variables import chain_attributes, energy, require_tables, variable
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.filters import Listed
from nearsight.lrp.maps import per_atom


def atoms(chain: Chain) -> xr.Dataset:
    """Relevance of each atom after each block.

    With u_t the states without constants, x_t those with, and v_t the adjoints, the walks that are
    at atom i after block t have the relevance v_t,i · u_t,i; the constants that entered in blocks
    1 to t and are at i then have v_t,i · (x_t,i - u_t,i). The first sums over atoms to all walks at
    every block; the second to the constants of blocks 1 to t as :func:`balance` gives them.

    Returns:
        ``relevance(block, atom)`` and ``constants(block, atom)`` in eV; block 0 is the embedding.
    """
    adjoints, alone = chain.adjoints(), chain.states()
    whole = [chain.h]
    for block in chain.blocks:
        whole.append(block.step(whole[-1]) + block.c)
    relevance = [(v * u).sum(-1) for v, u in zip(adjoints, alone, strict=True)]
    constants = [(v * (x - u)).sum(-1) for v, x, u in zip(adjoints, whole, alone, strict=True)]
    dims = ("block", "atom")
    return xr.Dataset(
        {
            "relevance": energy(dims, torch.stack(relevance), "relevance of walks at an atom"),
            "constants": energy(
                dims, torch.stack(constants), "relevance at an atom of constants entered so far"
            ),
            "atomic_number": variable(("atom",), chain.atomic_number, units.ONE, "nuclear charge"),
        },
        coords={
            "block": variable(
                ("block",), range(chain.depth + 1), units.ONE, "interaction block, 0 the embedding"
            )
        },
        attrs=chain_attributes(chain),
    )


def hops(chain: Chain) -> xr.Dataset:
    """Relevance of the walks that take one hop: v_t,i · A^t_ij u_{t-1},j.

    Summed over ``atom_from`` it is :func:`atoms` after the block, summed over ``atom_to`` before.
    A table of all pairs of atoms; :func:`nearsight.explain.near_hops` lists those of neighbours,
    beside which all are zero.

    Returns:
        ``relevance(block, atom_to, atom_from)`` in eV, with an atom that stays on the diagonal, and
        ``distance(atom_to, atom_from)`` in Å.

    Raises:
        MemoryLimitError: the table does not fit.
    """
    require_tables(chain, chain.depth, "hops of all pairs", instead="take near_hops")
    states, adjoints = chain.states(), chain.adjoints()
    found = [
        _hops(block, u, v) for block, u, v in zip(chain.blocks, states, adjoints[1:], strict=False)
    ]
    square = ("atom_to", "atom_from")
    return xr.Dataset(
        {
            "relevance": energy(
                ("block", *square), torch.stack(found), "relevance of walks that take a hop"
            ),
            "distance": variable(square, chain.distance, units.LENGTH, "distance of two atoms"),
        },
        coords={
            "block": variable(("block",), range(1, chain.depth + 1), units.ONE, "interaction block")
        },
        attrs=chain_attributes(chain),
    )


def _hops(block: Block, state: torch.Tensor, adjoint: torch.Tensor) -> torch.Tensor:
    stayed = torch.diag((adjoint * block.keep(state)).sum(-1))
    if isinstance(block.f, Listed):
        links = block.hops.links
        stayed[links.i, links.j] = hop_relevance(block, links, state, adjoint)
        return stayed
    sent, wanted = per_atom(block.K, state), per_atom(block.M.mT, adjoint)
    return torch.einsum("id,ijd,jd->ij", wanted, block.f, sent) + stayed
