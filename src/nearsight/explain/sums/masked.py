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
