"""Walks confined to sets of atoms: the chain applied to masked states, many masks at a time.

Xiong, Schnake, Montavon, Müller, Nakajima, Efficient Computation of Higher-Order Subgraph
Attribution via Message Passing, ICML 2022: summing the relevance of all walks inside a set needs
one propagation, not one per walk.
"""

import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.lrp.chain import Chain
from nearsight.lrp.maps import per_atom

MEMORY = 32e6
"""Bytes that the states of one batch of masks may take."""


def subsets(chain: Chain, masks: np.ndarray | torch.Tensor) -> xr.Dataset:
    """Relevance of all walks that stay inside each of several sets of atoms.

    Args:
        chain: what to explain.
        masks: (subset, atom) true for the atoms of a set.

    Returns:
        ``relevance(subset)`` in eV and ``mask(subset, atom)``.

    Raises:
        ConfigError: masks of the wrong shape, or neither true/false nor 0/1.
    """
    inside = _checked(chain, masks)
    parts = [_confined(chain, some) for some in inside.split(batch_size(chain))]
    relevance = torch.cat(parts) if parts else chain.h.new_zeros(0)
    return xr.Dataset(
        {
            "relevance": energy(("subset",), relevance, "relevance of walks inside a set of atoms"),
            "mask": variable(
                ("subset", "atom"), inside.to(torch.int8), units.ONE, "whether an atom is in a set"
            ),
        },
        attrs={**chain_attributes(chain), "method": "masked propagation"},
    )


def batch_size(chain: Chain) -> int:
    """How many masked states of all atoms fit the memory."""
    block = chain.blocks[0]
    width = block.M.shape[1] + 3 * block.M.shape[2]
    return max(1, int(MEMORY / (chain.n_atoms * width * chain.h.element_size())))


def contains(chain: Chain) -> torch.Tensor:
    """(N, N) relevance of walks that visit both atoms; visits to one atom on the diagonal.

    R(V) - R(V without i) - R(V without j) + R(V without both), but found without a subtraction, so
    that far pairs keep their digits: a walk is cut where it first touches {i, j}. Before, it is a
    propagation masked by both; there, at i say, it is met by the adjoint of all walks that still
    visit j. Cost: N²/2 masked propagations and N adjoint ones.
    """
    n_atoms = chain.n_atoms
    waiting = _still_to_visit(chain)
    wanted = [
        per_atom(block.M.mT, later)
        for block, later in zip(chain.blocks[:-1], waiting[1:], strict=False)
    ]
    i, j = torch.triu_indices(n_atoms, n_atoms, 1, device=chain.h.device)
    batches = zip(*(x.split(batch_size(chain)) for x in (i, j)), strict=True)
    found = chain.h.new_zeros(n_atoms, n_atoms)
    for first, second in batches:
        found[first, second] = _first_touch(chain, waiting[0], wanted, first, second)
    return found + found.T + torch.diag(_visits(chain))


def _first_touch(
    chain: Chain,
    waiting: torch.Tensor,
    wanted_by: list[torch.Tensor],
    i: torch.Tensor,
    j: torch.Tensor,
) -> torch.Tensor:
    """(pairs,) sum over the step at which walks first touch i or j, not yet the last step."""
    rows = torch.arange(len(i), device=i.device)
    outside = chain.h.new_ones(chain.n_atoms, 1, len(i))
    outside[i, 0, rows] = outside[j, 0, rows] = 0
    total = (chain.h[i] * waiting[j, i]).sum(-1) + (chain.h[j] * waiting[i, j]).sum(-1)
    # States are (N, S, pairs) here: all products then run without copying.
    away = chain.h[..., None]
    for t, block in enumerate(chain.blocks[:-1], start=1):
        sent = (block.K @ away) * outside if t == 1 else block.K @ away
        gathered = block.gather(sent)
        # M_i^T w, a vector per pair, instead of M_i applied to what arrives.
        wanted = wanted_by[t - 1]
        total += (gathered[i, :, rows] * wanted[j, i]).sum(-1)
        total += (gathered[j, :, rows] * wanted[i, j]).sum(-1)
        if t < chain.depth - 1:
            away = block.update(away, gathered).mul_(outside)
    return total


def _visits(chain: Chain) -> torch.Tensor:
    """(N,) relevance of walks that visit an atom, by the step at which they first do."""
    diagonal = torch.arange(chain.n_atoms, device=chain.h.device)
    adjoints = chain.adjoints()
    parts = []
    for some in diagonal.split(batch_size(chain)):
        rows = torch.arange(len(some), device=some.device)
        outside = chain.h.new_ones(len(some), chain.n_atoms, 1)
        outside[rows, some] = 0
        arrived = chain.h.expand(len(some), -1, -1)
        total = (chain.h * adjoints[0]).sum(-1)[some]
        for block, later in zip(chain.blocks, adjoints[1:], strict=True):
            arrived = block.step(arrived * outside)
            total = total + (arrived[rows, some] * later[some]).sum(-1)
        parts.append(total)
    return torch.cat(parts)


def _still_to_visit(chain: Chain) -> list[torch.Tensor]:
    """For t = 0..T, (N target, N, S) adjoints of walks that visit the target at step t or later."""
    free = chain.adjoints()
    diagonal = torch.arange(chain.n_atoms, device=chain.h.device)
    visit = chain.h.new_zeros(chain.n_atoms, *chain.h.shape)
    visit[diagonal, diagonal] = free[-1]
    found = [visit]
    for block, v in zip(reversed(chain.blocks), free[-2::-1], strict=True):
        visit = block.adjoint.step(visit)
        visit[diagonal, diagonal] = v
        found.append(visit)
    return found[::-1]


def _confined(chain: Chain, inside: torch.Tensor) -> torch.Tensor:
    mask = inside.to(chain.h.dtype)[..., None]
    state = chain.h * mask
    for block in chain.blocks:
        state = block.step(state) * mask
    return torch.einsum("ns,bns->b", chain.o, state)


def _checked(chain: Chain, masks: np.ndarray | torch.Tensor) -> torch.Tensor:
    given = torch.as_tensor(masks, device=chain.h.device)
    if given.ndim != 2 or given.shape[1] != chain.n_atoms:
        raise ConfigError(
            f"masks of shape {tuple(given.shape)}: must be (subset, {chain.n_atoms}), true for the "
            "atoms of a set"
        )
    if not ((given == 0) | (given == 1)).all():
        raise ConfigError("masks hold values that are neither true/false nor 0/1")
    return given.to(torch.bool)
