"""What GNN-LRP covers: the checks before a network is linearised."""

import ase
import numpy as np
import torch

from nearsight.errors import DataError, UnsupportedModelError
from nearsight.explain.parts import Part

# Closer than this, directions between atoms are no longer defined in single precision.
SAME_PLACE = 1e-4
AGGREGATIONS = ("sum", "avg")


def check_structure(structure: ase.Atoms) -> None:
    """Refuse structures that have no well-defined relevance.

    Raises:
        UnsupportedModelError: periodic boundaries; images of one atom would share one relevance.
        DataError: no atoms, a position that is not finite, or two atoms at one place.
    """
    formula = structure.get_chemical_formula()
    if structure.pbc.any():
        raise UnsupportedModelError(
            f"{formula} is periodic: relevance is defined here for molecules; set pbc=False"
        )
    if len(structure) == 0:
        raise DataError("the structure holds 0 atoms")
    if not np.isfinite(structure.positions).all():
        raise DataError(f"{formula}: a position is not finite")
    separation = structure.positions[:, None] - structure.positions[None]
    distance = np.linalg.norm(separation, axis=-1)
    np.fill_diagonal(distance, np.inf)
    if distance.min() < SAME_PLACE:
        i, j = np.unravel_index(distance.argmin(), distance.shape)
        raise DataError(f"{formula}: atoms {i} and {j} are at one place")


def find_representation(network: Part) -> tuple[str, Part]:
    """Family (``schnet`` or ``painn``) and representation of a supported network.

    Raises:
        UnsupportedModelError: another kind of network, with the part named.
    """
    from schnetpack.atomistic import PairwiseDistances

    representation = getattr(network, "representation", None)
    if representation is None:
        raise _unsupported("network", network, "a NeuralNetworkPotential of SchNetPack")
    for module in network.input_modules:
        if type(module) is not PairwiseDistances:
            raise _unsupported("input module", module, "PairwiseDistances")
    family = _family(representation)
    if len(representation.electronic_embeddings) > 0:
        raise UnsupportedModelError(
            "electronic embeddings are not covered: they tie every atom to the whole molecule"
        )
    if len(representation.interactions) == 0:
        raise UnsupportedModelError("a representation without interaction blocks has no walks")
    return family, representation


def _family(representation: torch.nn.Module) -> str:
    from schnetpack.representation import PaiNN, SchNet

    for name, kind in (("schnet", SchNet), ("painn", PaiNN)):
        # A subclass with a forward pass of its own is another architecture.
        if isinstance(representation, kind) and type(representation).forward is kind.forward:
            return name
    raise _unsupported("representation", representation, "SchNet or PaiNN")


def find_head(network: Part, output: str) -> Part:
    """The Atomwise module that gives an output.

    Raises:
        UnsupportedModelError: no such output, another kind of head, or several values.
    """
    from schnetpack.atomistic import Atomwise

    heads = [m for m in network.output_modules if output in (getattr(m, "model_outputs", ()) or ())]
    if len(heads) != 1:
        raise UnsupportedModelError(
            f"output {output!r} is given by {len(heads)} modules of the network, not by exactly 1"
        )
    head = heads[0]
    if type(head) is not Atomwise or head.output_key != output:
        raise _unsupported("output module", head, "Atomwise")
    if head.n_out != 1 or head.aggregation_mode not in AGGREGATIONS:
        raise UnsupportedModelError(
            f"Atomwise with n_out = {head.n_out} and aggregation_mode = {head.aggregation_mode!r} "
            f"is not covered: n_out must be 1 and the mode one of {', '.join(AGGREGATIONS)}"
        )
    return head


def _unsupported(part: str, module: torch.nn.Module, wanted: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{part} {type(module).__name__} is not covered by GNN-LRP here; it must be {wanted}"
    )
