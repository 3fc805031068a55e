"""What GNN-LRP covers: the checks before a network is linearised."""

import torch

from nearsight.errors import UnsupportedModelError
from nearsight.lrp.layer import Layer

AGGREGATIONS = ("sum", "avg")


def check_network(network: Layer, n_blocks: int) -> None:
    """Refuse what stands around a representation, or in it, that has no walks.

    Args:
        network: of SchNetPack.
        n_blocks: interaction blocks of its representation.

    Raises:
        UnsupportedModelError: names the part.
    """
    from schnetpack.atomistic import PairwiseDistances, Strain

    for module in network.input_modules:
        # Strain adds zero, for the sake of the stress.
        if not (computes(module, PairwiseDistances) or computes(module, Strain)):
            raise _unsupported("input module", module, "PairwiseDistances")
    if len(network.representation.electronic_embeddings) > 0:
        raise UnsupportedModelError(
            "electronic embeddings are not covered: they tie every atom to the whole molecule"
        )
    if n_blocks == 0:
        raise UnsupportedModelError("a representation without interaction blocks has no walks")


def computes(module: Layer, kind: type) -> bool:
    """Whether a module computes what a class does: a forward pass of its own is another thing."""
    return isinstance(module, kind) and type(module).forward is kind.forward  # type: ignore[attr-defined]


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

    return computes(head, DipoleMoment)


def require_carriers(head: Layer, vector: str, carriers: tuple[str, ...], kind: str) -> None:
    """Refuse local dipoles where vectors carry no relevance.

    Args:
        head: that gives the output.
        vector: treatment of vectors.
        carriers: treatments under which vectors carry relevance.
        kind: what to call the representation.

    Raises:
        UnsupportedModelError: the head reads vectors, and there are none or they are constants.
    """
    if is_dipole(head) and head.use_vector_representation and vector not in carriers:
        if not carriers:
            raise UnsupportedModelError(f"a head that reads vectors does not fit {kind}")
        raise UnsupportedModelError(
            f"local dipoles are all constant with vector = {vector!r}: use vector = {carriers[0]!r}"
        )


def _check_atomwise(head: Layer, output: str) -> None:
    from schnetpack.atomistic import Atomwise

    if not computes(head, Atomwise):
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


def _unsupported(part: str, module: torch.nn.Module, wanted: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{part} {type(module).__name__} is not covered by GNN-LRP here; it must be {wanted}"
    )
