"""Relevance of pairs of atoms, exactly and at any depth, without enumerating walks."""

from typing import Literal

import torch
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.chain import Block, Chain
from nearsight.explain.labels import chain_attributes, energy, variable

Kind = Literal["exact", "ends"]
TEXT = {
    "exact": "relevance of walks on exactly these atoms",
    "ends": "relevance of walks from atom to atom_other",
}


def pairs(chain: Chain, kind: Kind = "exact") -> xr.Dataset:
    """Relevance of every pair of atoms.

    ``exact``: walks whose set of atoms is exactly {i, j}, both directions together; the exclusive
    two-body relevance stands in ij *and* in ji, and the diagonal holds the one-body relevance of
    the constant walks (i, ..., i). Cost: two states per pair.

    ``ends``: walks that begin at ``atom`` (its embedding) and end at ``atom_other`` (its read-out),
    whatever lies between; not symmetric; all entries add up to all walks. Cost: N propagations.

    Returns:
        ``relevance(atom, atom_other)`` in eV and ``distance(atom, atom_other)`` in Å.

    Raises:
        ConfigError: no such kind.
    """
    if kind not in TEXT:
        raise ConfigError(f"kind = {kind!r}: must be one of {', '.join(TEXT)}")
    relevance = _exact(chain) if kind == "exact" else _ends(chain)
    square = ("atom", "atom_other")
    return xr.Dataset(
        {
            "relevance": energy(square, relevance, TEXT[kind]),
            "distance": variable(square, chain.distance, units.LENGTH, "distance of two atoms"),
            "atomic_number": variable(("atom",), chain.atomic_number, units.ONE, "nuclear charge"),
        },
        attrs={**chain_attributes(chain), "kind": kind},
    )


def _ends(chain: Chain) -> torch.Tensor:
    """(N start, N end): one propagation per start atom, all in one batch."""
    starts = torch.diag_embed(chain.h.T).permute(1, 2, 0)
    last = chain.states(starts)[-1]
    return torch.einsum("ns,ans->an", chain.o, last)


def _exact(chain: Chain) -> torch.Tensor:
    """(N, N) by a chain of two atoms per pair, with a flag instead of a subtraction.

    ``alone[i]`` is the state after the walk (i, ..., i); ``both[i, j]`` the state at i summed over
    walks that have visited i and j and nothing else. Far pairs would drown in rounding if they
    were found as differences of inclusive sums.
    """
    alone = chain.h
    both = alone.new_zeros(chain.n_atoms, *alone.shape)
    for block in chain.blocks:
        alone, both = block.keep(alone), _step_pairs(block, alone, both)
    relevance = torch.einsum("is,ijs->ij", chain.o, both)
    return relevance + relevance.T + torch.diag((chain.o * alone).sum(-1))


def _step_pairs(block: Block, alone: torch.Tensor, both: torch.Tensor) -> torch.Tensor:
    # Sender j of pair {i, j}: having visited both already, or having been alone until now.
    sent = torch.einsum("jds,ijs->ijd", block.K, both.transpose(0, 1) + alone)
    arrived = torch.einsum("isd,ijd->ijs", block.M, block.f * sent)
    stayed = both if block.P is None else torch.einsum("ist,ijt->ijs", block.P, both)
    return stayed + arrived
