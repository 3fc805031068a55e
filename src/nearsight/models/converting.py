"""From a network of SchNetPack in memory to two files that are safe to share and to read.

What a model trained elsewhere is made of, its units and offsets, as
:func:`nearsight.models.foreign.load_foreign` reads them. How a network gets into memory is no
business of this module: nothing is unpickled here.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import schnetpack as spk
import torch

from nearsight.errors import UnsupportedModelError
from nearsight.families.schnetpack.makeup import FORMAT, Hyperparameters
from nearsight.families.schnetpack.network import embedding_table, read_makeup
from nearsight.models.tensors import write_tensors
from nearsight.storage import write_json
from nearsight.storage.names import HYPERPARAMETERS, WEIGHTS

_CASTS = {"CastTo32", "CastTo64", "CastMap"}
_HEADS = (spk.atomistic.Atomwise, spk.atomistic.DipoleMoment)


def write_converted(
    network: torch.nn.Module,
    folder: Path,
    *,
    unit: str,
    length_unit: str = "angstrom",
    output: str | None = None,
    origin: str = "SchNetPack",
) -> Hyperparameters:
    """Write ``weights.safetensors`` and ``hyperparameters.json``.

    Args:
        network: SchNetPack's ``NeuralNetworkPotential``.
        folder: made where it is not there.
        unit: of the output, and of the offsets.
        length_unit: of positions as the network reads them.
        output: key of the output; needed if there are several heads.
        origin: where it comes from.

    Returns:
        What was written beside the weights.

    Raises:
        UnsupportedModelError: it is no such network, or names the part that is not carried over.
    """
    if not isinstance(network, spk.model.NeuralNetworkPotential):
        raise UnsupportedModelError(
            f"holds a {type(network).__name__}, and no NeuralNetworkPotential of SchNetPack's"
        )
    index, head = _find_head(network, output)
    makeup = read_makeup(network.representation, head)
    document = Hyperparameters.model_validate(
        {
            "format": FORMAT,
            "representation": makeup.representation,
            "head": makeup.head,
            "property_unit": unit,
            "length_unit": length_unit,
            "offsets": _offsets(network, _key(head)),
            "origin": origin,
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors(_weights(network, index), folder / WEIGHTS, {"format": "pt"})
    write_json(document.model_dump(), folder / HYPERPARAMETERS[0])
    return document


def _find_head(network: Any, output: str | None) -> tuple[int, Any]:
    """Place and module of the head that gives the output."""
    heads = [(k, m) for k, m in enumerate(network.output_modules) if isinstance(m, _HEADS)]
    chosen = [(k, m) for k, m in heads if output in (None, _key(m))]
    if len(chosen) != 1:
        keys = ", ".join(_key(m) for _, m in heads) or "none"
        raise UnsupportedModelError(f"{len(chosen)} heads fit: its outputs are {keys}; name output")
    return chosen[0]


def _key(head: Any) -> str:
    """Key of a head's output."""
    return str(getattr(head, "dipole_key", None) or head.output_key)


def _offsets(network: Any, key: str) -> Mapping[str, Any]:
    """What post-processing adds to the output."""
    offsets: dict[str, Any] = {}
    for step in network.postprocessors:
        name = type(step).__name__
        if name in _CASTS or getattr(step, "_property", key) != key:
            continue
        if name != "AddOffsets":
            raise UnsupportedModelError(
                f"postprocessor {name} changes the output and is not carried over"
            )
        if offsets:
            raise UnsupportedModelError("two postprocessors AddOffsets: one is carried over")
        offsets["per_atom"] = bool(step.is_extensive)
        if step.add_mean:
            offsets["mean"] = float(step.mean)
        if step.add_atomrefs:
            offsets["atom_reference"] = _references(step.atomref.flatten().tolist())
    return offsets


def _references(table: Sequence[float]) -> dict[str, float]:
    """By nuclear charge; SchNetPack's tables have zeros for elements that were not there."""
    finite = {str(z): value for z, value in enumerate(table) if z and math.isfinite(value)}
    known = {charge: value for charge, value in finite.items() if value != 0}
    return known or finite


def _weights(network: Any, index: int) -> dict[str, torch.Tensor]:
    """State dict of representation and head, the head in first place."""
    state: dict[str, torch.Tensor] = network.representation.state_dict(prefix="representation.")
    state = {k: v for k, v in state.items() if not k.startswith("representation.embedding.")}
    table = embedding_table(network.representation)
    assert table is not None  # noqa: S101 - read_makeup has counted its rows
    state["representation.embedding.weight"] = table
    head: dict[str, torch.Tensor] = network.output_modules[index].state_dict()
    return state | {f"output_modules.0.{name}": value for name, value in head.items()}
