"""The strongest walks of a network on one molecule, with the molecule itself: what is drawn."""

from collections.abc import Sequence

import ase
import torch
import xarray as xr

from nearsight import units
from nearsight.config import Explain
from nearsight.errors import UnsupportedModelError
from nearsight.explain.relevance import ENERGY, Target, chain_of
from nearsight.explain.variables import variable
from nearsight.explain.walks.by_bodies import VISIT_LIMIT, strongest_by_bodies
from nearsight.models.open_model import OpenModel

EXPLAINED = ("relevance", "signed_sum", "absolute_sum")
DEFAULTS = Explain()


def strongest_walks(
    network: torch.nn.Module,
    structure: ase.Atoms,
    settings: Explain = DEFAULTS,
    *,
    n_atoms: Sequence[int] = (2, 3),
    count: int = 3,
    target: Target = ENERGY,
    limit: int = VISIT_LIMIT,
) -> xr.Dataset:
    """The walks that raise and that lower the output of a network most, by number of atoms.

    Args:
        network: of a family that has walks, see :func:`nearsight.explain.linearize`.
        structure: a molecule, in Å.
        settings: rule and treatment of vectors.
        n_atoms: numbers of distinct atoms on a walk, a list of walks for each.
        count: walks of either sign.
        target: output to explain and its unit, energy in eV by default.
        limit: number of walks above which the structure is refused.

    Returns:
        The table of :func:`nearsight.explain.walks.by_bodies.strongest_by_bodies` in the unit of
        the output, with ``atomic_number(atom)`` and ``position(atom, xyz)`` in Å.

    Raises:
        ConfigError, WalkLimitError: see there.
        UnsupportedModelError, ModelError, DataError: see :func:`nearsight.explain.linearize`.
    """
    chain = chain_of(network, structure, settings, target)
    table = strongest_by_bodies(chain, n_atoms, count, limit=limit)
    for name in EXPLAINED:
        table[name].attrs["units"] = target.unit
    return table.assign(
        atomic_number=variable(("atom",), structure.numbers, units.ONE, "atomic number"),
        position=variable(("atom", "xyz"), structure.positions, units.LENGTH, "position"),
    ).assign_attrs(output=target.output)


def walks_of_model(
    model: OpenModel,
    structure: ase.Atoms,
    settings: Explain = DEFAULTS,
    *,
    n_atoms: Sequence[int] = (2, 3),
    count: int = 3,
    device: str | torch.device = "cpu",
) -> xr.Dataset:
    """The strongest walks of any model that has walks, with its name as attribute ``label``.

    Args:
        model: of :func:`nearsight.models.opening.open_model`.
        structure: a molecule, in Å.
        settings: rule and treatment of vectors.
        n_atoms: numbers of distinct atoms on a walk, a list of walks for each.
        count: walks of either sign.
        device: where the chain is computed.

    Returns:
        The table of :func:`strongest_walks`.

    Raises:
        UnsupportedModelError: the model has no walks; says why.
        ConfigError, WalkLimitError, ModelError, DataError: see :func:`strongest_walks`.
    """
    network = model.explicable
    if network is None:
        raise UnsupportedModelError(f"model {model.label}: {model.no_walks or model.reason}")
    target = Target(network.output, network.unit, network.length, device=device)
    found = strongest_walks(
        network.network, structure, settings, n_atoms=n_atoms, count=count, target=target
    )
    return found.assign_attrs(label=model.label)
