"""Arrays with dimensions, units and names, and the attributes that say how a chain was made."""

from typing import Any

import numpy as np
import torch
import xarray as xr

from nearsight import labels, units
from nearsight.lrp.chain import Chain
from nearsight.lrp.memory import require

Dims = tuple[str, ...]


def variable(
    dims: Dims, values: object, unit: str, long_name: str, **attributes: object
) -> xr.Variable:
    """An xarray variable on the CPU with units and a name.

    Args:
        dims: names of the dimensions, as many as the values have.
        values: array, tensor on any device, or number.
        unit: of the values.
        long_name: what they are.
        attributes: further ones.
    """
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    return labels.variable(dims, values, unit, long_name, **attributes)


def energy(dims: Dims, values: object, long_name: str) -> xr.Variable:
    """A variable in the network's energy unit, eV.

    Args:
        dims: names of the dimensions.
        values: array, tensor on any device, or number.
        long_name: what they are.
    """
    return variable(dims, values, units.ENERGY, long_name)


def body_order(depth: int) -> xr.Variable:
    """The coordinate ``n_atoms``: 1 to depth + 1 distinct atoms on a walk."""
    return variable(
        ("n_atoms",), np.arange(1, depth + 2), units.ONE, "number of distinct atoms on a walk"
    )


def chain_attributes(chain: Chain) -> dict[str, Any]:
    """How a chain was made: rule, its strength, vectors, depth, cutoff."""
    return {
        "rule": chain.rule.name,
        "rule_strength": chain.rule.strength,
        "vector": chain.vector,
        "depth": chain.depth,
        "cutoff": chain.cutoff,
    }


DISTANCES = 7
"""Numbers per pair of atoms that distances of all pairs take while they are made."""


def require_tables(
    chain: Chain, per_pair: float, what: str, *, instead: str, extra: float = 0.0
) -> None:
    """Refuse tables of all pairs of atoms that do not fit, before any is made.

    Args:
        chain: of the atoms.
        per_pair: numbers held for each pair; those of the distances come on top.
        what: the tables.
        instead: what to do.
        extra: numbers held beside them.

    Raises:
        MemoryLimitError: they do not fit.
    """
    numbers = chain.n_atoms**2 * (per_pair + DISTANCES) + extra
    require(
        numbers * chain.h.element_size(),
        f"{what} of {chain.n_atoms} atoms",
        instead=instead,
        device=chain.h.device,
    )
