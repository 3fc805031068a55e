"""From a network and a geometry to a chain; the network itself is left untouched."""

import ase
import numpy as np
import torch

from nearsight.errors import ConfigError, DataError, UnsupportedModelError
from nearsight.families.family import Walks
from nearsight.families.registry import every_family, recognised
from nearsight.families.specs import look_of, treatments
from nearsight.lrp.chain import Chain
from nearsight.lrp.links import ALL_PAIRS, near_pairs
from nearsight.lrp.rules import Gamma, Rule

GAMMA = Gamma(0.1)
DTYPES = {"float64": torch.float64, "float32": torch.float32}
SAME_PLACE = 1e-4
"""Å: closer than this, directions between atoms are no longer defined in single precision."""


def linearize(
    network: torch.nn.Module,
    structure: ase.Atoms,
    *,
    output: str = "energy",
    rule: Rule = GAMMA,
    vector: str = "detach",
    dtype: str | torch.dtype = "float64",
    device: str | torch.device = "cpu",
) -> Chain:
    """Freeze a network at a geometry (GNN-LRP; Schnake et al., IEEE TPAMI 44, 7581 (2022)).

    The work is done on copies of the weights and without gradients: the network keeps its
    precision, device, training flag and gradients. Its post-processing (offsets) is no part of
    the chain. The magnitude of a dipole is linearised as d . d/|d| with the fraction frozen, see
    :mod:`nearsight.families.schnetpack.dipole`.

    Args:
        network: of a family that has walks; of SchNetPack, a ``NeuralNetworkPotential`` with an
            ``Atomwise`` head (sum or average of one value per atom) or a ``DipoleMoment`` head that
            predicts the magnitude.
        structure: molecule without periodic boundaries, in the network's unit of length. A head
            that corrects charges takes their sum from ``structure.info["total_charge"]``, 0
            without it.
        output: key of the output to explain.
        rule: LRP rule of dense layers with an activation.
        vector: treatment of features that are vectors; of no effect where there are none.
        dtype: precision of the chain, ``float64`` or ``float32``.
        device: where the chain lives and is computed.

    Raises:
        UnsupportedModelError: the network is of no family that has walks, or has a part that is
            not covered.
        ModelError: the network does not know an element, gives no finite output, or a dipole
            without direction.
        DataError: periodic, empty or not finite structure, or two atoms at one place.
        ConfigError: no such treatment of vectors, or precision.
    """
    if vector not in treatments():
        raise ConfigError(f"vector = {vector!r}: must be one of {', '.join(treatments())}")
    check_structure(structure)
    kind = DTYPES.get(str(dtype).removeprefix("torch."))
    if kind is None:
        raise ConfigError(f"dtype = {dtype}: must be one of {', '.join(DTYPES)}")
    return walks_of(network).linearize(
        network, structure, output=output, rule=rule, vector=vector, dtype=kind, device=device
    )


def walks_of(network: torch.nn.Module) -> Walks:
    """How a network becomes a chain, by the family that recognises it.

    Raises:
        UnsupportedModelError: none does.
    """
    found = recognised(network)
    if found is not None and found.walks is not None:
        return found.walks
    families = [one for one in every_family() if one.walks is not None]
    part = "representation" if hasattr(network, "representation") else "network"
    titles = " or ".join(look_of(one.name).title for one in families)
    raise UnsupportedModelError(
        f"{part} {type(getattr(network, 'representation', network)).__name__} is not covered by "
        f"GNN-LRP here; it must be {titles}"
    )


def check_structure(structure: ase.Atoms) -> None:
    """Refuse structures that have no well-defined relevance.

    Raises:
        UnsupportedModelError: periodic boundaries; images of one atom would share one relevance.
        DataError: no atoms, a position that is not finite, or two atoms at one place.
    """
    name = structure.get_chemical_formula
    if structure.pbc.any():
        raise UnsupportedModelError(
            f"{name()} is periodic: an atom and its images would share one relevance; "
            "set pbc=False where it is a molecule in a box"
        )
    if len(structure) == 0:
        raise DataError("the structure holds 0 atoms")
    if not np.isfinite(structure.positions).all():
        raise DataError(f"{name()}: a position is not finite")
    distance, i, j = _closest(structure.positions)
    if distance < SAME_PLACE:
        raise DataError(f"{name()}: atoms {i} and {j} are at one place")


def _closest(position: np.ndarray) -> tuple[float, int, int]:
    """Distance of two of the closest atoms at positions (N, 3), as far as it matters, and which."""
    if len(position) > ALL_PAIRS:
        i, j = near_pairs(position, SAME_PLACE)
    else:
        i, j = np.triu_indices(len(position), 1)
    distance = np.linalg.norm(position[i] - position[j], axis=-1)
    if len(distance) == 0:
        return np.inf, 0, 0
    least = int(distance.argmin())
    return float(distance[least]), int(i[least]), int(j[least])
