"""Hops and pairs as lists of neighbours: what grows with the molecule, not with its square.

Walks go along edges, so a hop, and a walk on exactly two atoms, needs two neighbours: whatever is
not listed has the relevance 0.
"""

import torch
import xarray as xr

from nearsight import units
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.filters import Listed
from nearsight.lrp.links import Links, both_ways
from nearsight.lrp.maps import by_group, per_atom

MEMORY = 256e6
"""Bytes of the states and messages of pairs that are done at a time."""


def near_hops(chain: Chain) -> xr.Dataset:
    """Relevance of the walks that take one hop, for neighbours alone; see :func:`hops`.

    Returns:
        ``relevance(block, hop)`` in eV, with ``atom_to``, ``atom_from`` and ``distance`` (Å) along
        ``hop``, sorted by the first, then the second; ``staying(block, atom)``, of walks that stay
        at an atom.
    """
    links = common_links(chain)
    states, adjoints = chain.states(), chain.adjoints()
    steps = list(zip(chain.blocks, states, adjoints[1:], strict=False))
    moved = [hop_relevance(block, links, u, v) for block, u, v in steps]
    stayed = [(v * block.keep(u)).sum(-1) for block, u, v in steps]
    return xr.Dataset(
        {
            "relevance": energy(
                ("block", "hop"), torch.stack(moved), "relevance of walks that take a hop"
            ),
            "staying": energy(
                ("block", "atom"), torch.stack(stayed), "relevance of walks that stay at an atom"
            ),
            "atom_to": variable(("hop",), links.i, units.ONE, "atom that a hop leads to"),
            "atom_from": variable(("hop",), links.j, units.ONE, "atom that a hop comes from"),
            "distance": _distance(chain, "hop", links),
            "atomic_number": variable(("atom",), chain.atomic_number, units.ONE, "nuclear charge"),
        },
        coords={
            "block": variable(("block",), range(1, chain.depth + 1), units.ONE, "interaction block")
        },
        attrs=chain_attributes(chain),
    )


def near_pairs(chain: Chain) -> xr.Dataset:
    """Exclusive two-body relevance of neighbours; see :func:`pairs` of kind ``exact``.

    Returns:
        Along ``pair``, in lexicographic order, ``i`` < ``j``, ``relevance`` in eV and ``distance``
        in Å; ``alone(atom)``, the one-body relevance of the constant walks.
    """
    links = common_links(chain)
    alone = alone_states(chain)
    ascending = links.i < links.j
    kept = links.where(ascending)
    return xr.Dataset(
        {
            "i": variable(("pair",), kept.i, units.ONE, "first atom"),
            "j": variable(("pair",), kept.j, units.ONE, "second atom"),
            "relevance": energy(
                ("pair",),
                pair_relevance(chain, links, alone)[ascending],
                "relevance of walks on exactly these atoms",
            ),
            "distance": _distance(chain, "pair", kept),
            "alone": energy(
                ("atom",), (chain.o * alone[-1]).sum(-1), "relevance of the constant walk"
            ),
            "atomic_number": variable(("atom",), chain.atomic_number, units.ONE, "nuclear charge"),
        },
        attrs={**chain_attributes(chain), "kind": "exact"},
    )


def _distance(chain: Chain, dim: str, links: Links) -> xr.Variable:
    return variable(
        (dim,), links.distance(chain.position), units.LENGTH, "distance of the two atoms"
    )


def common_links(chain: Chain) -> Links:
    """Every pair along which a walk can hop in some block, in both directions."""
    every = [block.hops.links for block in chain.blocks]
    first, *others = every
    both = torch.equal(first.turned[0].key, first.key)
    if both and all(one is first or torch.equal(one.key, first.key) for one in others):
        return first
    return both_ways(every)


def alone_states(chain: Chain) -> list[torch.Tensor]:
    """For t = 0..T, (N, S) states after the constant walks (i, ..., i)."""
    found = [chain.h]
    for block in chain.blocks:
        found.append(block.keep(found[-1]))
    return found


def hop_relevance(
    block: Block, links: Links, state: torch.Tensor, adjoint: torch.Tensor
) -> torch.Tensor:
    """(E,) relevance of the walks that hop along each link.

    Args:
        block: the block of the hop.
        links: E of them.
        state: (N, S) before the block.
        adjoint: (N, S) after it.
    """
    sent, wanted = per_atom(block.K, state), per_atom(block.M.mT, adjoint)
    filters = block.hops.on(links)
    found = []
    for some in filters.chunks():
        moved = sent.index_select(0, links.j[some]).mul_(filters.of(some))
        found.append(moved.mul_(wanted.index_select(0, links.i[some])).sum(-1))
    return torch.cat(found) if found else state.new_zeros(0)


def pair_relevance(chain: Chain, links: Links, alone: list[torch.Tensor]) -> torch.Tensor:
    """(E,) relevance of walks on exactly the two atoms of each link, the same in both directions.

    Args:
        chain: what to explain.
        links: every pair that can be hopped along, in both directions, see :func:`common_links`.
        alone: states after the constant walks, see :func:`alone_states`.
    """
    filters = [block.hops.on(links) for block in chain.blocks]
    parts = _parts(chain, links)
    if len(parts) == 1:
        return _pairs_of(chain, links, filters, alone)
    found = alone[0].new_zeros(len(links))
    for some in parts:
        own = [one.where(some) for one in filters]
        found[some] = _pairs_of(chain, links.where(some), own, alone)
    return found


def _parts(chain: Chain, links: Links) -> list[torch.Tensor]:
    """(E,) which links are done together: about equally many, and both directions of a pair."""
    width = sum(chain.blocks[0].M.shape[1:])
    n_parts = 1 + int(2 * len(links) * width * chain.h.element_size() / MEMORY)
    share = links.counts.cumsum(0) * n_parts // (len(links) + 1)
    part = share[torch.minimum(links.i, links.j)]
    return [part == number for number in part.unique().tolist()]


def _pairs_of(
    chain: Chain, links: Links, filters: list[Listed], alone: list[torch.Tensor]
) -> torch.Tensor:
    """(E,) by a chain of two atoms per pair, with a flag instead of a subtraction.

    ``both`` is, for each link, the state at its receiver of walks that have visited both atoms.
    """
    back, counts = links.turned[1], links.counts.tolist()
    both: torch.Tensor | None = None  # none has visited two atoms yet
    *_, last = chain.blocks
    for block, one, single in zip(chain.blocks, filters, alone, strict=False):
        if both is None:
            arrived = per_atom(block.K, single).index_select(0, links.j)
        else:
            standing = both + single.index_select(0, links.i)
            arrived = by_group(block.K, standing, counts).index_select(0, back)
        arrived *= one.of(slice(None))
        if block is last:
            break
        if both is not None and block.keeps_as_arrived:
            arrived[:, : both.shape[1]] += both
            both = by_group(block.M, arrived, counts)
            continue
        moved = by_group(block.M, arrived, counts)
        if both is not None:
            moved += both if block.P is None else by_group(block.P, both, counts)
        both = moved
    # No state is made after the last block: one vector of each atom reads what arrives.
    value = arrived.mul_(per_atom(last.M.mT, chain.o).index_select(0, links.i)).sum(-1)
    if both is not None:
        kept = chain.o if last.P is None else per_atom(last.P.mT, chain.o)
        value += (both * kept.index_select(0, links.i)).sum(-1)
    return value + value.index_select(0, back)
