"""What GNN-LRP covers: the checks before a network is linearised."""

import ase
import numpy as np
import torch

from nearsight.errors import DataError, UnsupportedModelError
from nearsight.lrp.layer import Layer

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
            f"{formula} is periodic: an atom and its images would share one relevance; "
            "set pbc=False where it is a molecule in a box"
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


def find_representation(network: Layer) -> tuple[str, Layer]:
    """Family (``schnet`` or ``painn``) and representation of a supported network.

    Raises:
        UnsupportedModelError: another kind of network, with the part named.
    """
    from schnetpack.atomistic import PairwiseDistances, Strain

    representation = getattr(network, "representation", None)
    if representation is None:
        raise _unsupported("network", network, "a NeuralNetworkPotential of SchNetPack")
    for module in network.input_modules:
        # Strain adds zero, for the sake of the stress.
        if not (_is(module, PairwiseDistances) or _is(module, Strain)):
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
        if _is(representation, kind):
            return name
    raise _unsupported("representation", representation, "SchNet or PaiNN")


def find_head(network: Layer, output: str) -> Layer:
    """The Atomwise or DipoleMoment module that gives an output.

    Raises:
        UnsupportedModelError: no such output, another kind of head, or several values.
    """
    heads = [m for m in network.output_modules if output in _outputs(m)]
    if len(heads) != 1:
        given = sorted({key for m in network.output_modules for key in _outputs(m)})
        raise UnsupportedModelError(
            f"output {output!r} is given by {len(heads)} modules of the network, not by exactly 1; "
            f"its outputs are {', '.join(given) or 'none'}"
        )
    head = heads[0]
    if is_dipole(head):
        _check_dipole(head, output)
    else:
        _check_atomwise(head, output)
    return head


def is_dipole(head: Layer) -> bool:
    """Whether a head is SchNetPack's DipoleMoment."""
    from schnetpack.atomistic import DipoleMoment

    return _is(head, DipoleMoment)


def check_vectors(family: str, head: Layer, vector: str) -> None:
    """Refuse local dipoles where vectors carry no relevance.

    Raises:
        UnsupportedModelError: a head reads vectors, and there are none or they are constants.
    """
    if is_dipole(head) and head.use_vector_representation:
        if family != "painn":
            raise UnsupportedModelError(f"a head that reads vectors does not fit {family}")
        if vector != "flow":
            raise UnsupportedModelError(
                f"local dipoles are all constant with vector = {vector!r}: use vector = 'flow'"
            )


def _check_atomwise(head: Layer, output: str) -> None:
    from schnetpack.atomistic import Atomwise

    if not _is(head, Atomwise):
        raise _unsupported("output module", head, "Atomwise or DipoleMoment")
    if output != head.output_key:
        raise UnsupportedModelError(
            f"output {output!r} is one value per atom; explain the pooled {head.output_key!r}"
        )
    if head.n_out != 1 or head.aggregation_mode not in AGGREGATIONS:
        raise UnsupportedModelError(
            f"Atomwise with n_out = {head.n_out} and aggregation_mode = {head.aggregation_mode!r} "
            f"is not covered: n_out must be 1 and the mode one of {', '.join(AGGREGATIONS)}"
        )


def _check_dipole(head: Layer, output: str) -> None:
    if output != head.dipole_key:
        raise UnsupportedModelError(
            f"output {output!r} is one value per atom; explain the magnitude {head.dipole_key!r}"
        )
    if not head.predict_magnitude:
        raise UnsupportedModelError(
            "DipoleMoment gives a vector: GNN-LRP explains one number, so predict_magnitude must "
            "be true"
        )


def _outputs(module: Layer) -> list[str]:
    return list(getattr(module, "model_outputs", None) or [])


def _is(module: Layer, kind: type) -> bool:
    """Whether a module computes what a class does: a forward pass of its own is another thing."""
    return isinstance(module, kind) and type(module).forward is kind.forward  # type: ignore[attr-defined]


def _unsupported(part: str, module: torch.nn.Module, wanted: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{part} {type(module).__name__} is not covered by GNN-LRP here; it must be {wanted}"
    )
