"""Any model that can be explained, whether trained here or elsewhere, behind one face."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from nearsight.families.registry import family_of
from nearsight.families.targets import TARGETS
from nearsight.families.variant import Variant
from nearsight.models.files import load_model
from nearsight.models.foreign import load_foreign
from nearsight.models.tensors import read_plain_tensors
from nearsight.storage import NOT_APPLICABLE


@dataclass(frozen=True)
class OpenModel:
    """A network with what is needed to feed it and to label its output.

    Attributes:
        network: SchNetPack network; its output without offsets.
        output: key of the output.
        unit: unit of the output.
        length: the network's unit of length in Å.
        label: what to call it.
        offset: from nuclear charges (atom,) to what is added to the output; raises ModelError
            for an element that the model does not know.
        files: the files it was read from, by role.
        reason: why there is nothing to explain; empty where there is.
        status: ``failed`` where training came to no end, ``not_applicable`` where the family has no
            walks, else ``ok``.
    """

    network: torch.nn.Module
    output: str
    unit: str
    length: float
    label: str
    offset: Callable[[np.ndarray], float]
    files: dict[str, Path]
    reason: str = ""
    status: str = "ok"


def open_model(path: Path) -> OpenModel:
    """Read a model of nearsight's, or a SchNetPack model trained elsewhere.

    Args:
        path: a model file of nearsight's; or the folder, or safetensors file, of a foreign one.

    Raises:
        MissingFileError, CorruptFileError, ConfigError: see
            :func:`nearsight.models.files.load_model` and
            :func:`nearsight.models.foreign.load_foreign`.
    """
    path = Path(path)
    if not path.is_dir() and "nearsight" in read_plain_tensors(path)[1]:
        return _own(path)
    return _foreign(path)


def _own(path: Path) -> OpenModel:
    model = load_model(path)
    status = "ok" if model.status == "ok" else "failed"
    reason = "" if status == "ok" else model.reason
    if status == "ok" and family_of(model.variant).walks is None:
        reason, status = no_walks(model.variant), NOT_APPLICABLE
    return OpenModel(
        network=model.network,
        output=model.variant.target,
        unit=TARGETS[model.variant.target].unit,
        length=1.0,
        label=model.variant.id,
        offset=model.energy_offset,
        files={"model": path},
        reason=reason,
        status=status,
    )


def no_walks(variant: Variant) -> str:
    """Why relevance does not apply to a variant's family."""
    return f"no relevance: family {variant.family} is not written as a chain of GNN-LRP"


def _foreign(path: Path) -> OpenModel:
    model = load_foreign(path)
    return OpenModel(
        network=model.network,
        output=model.hyperparameters.head.output,
        unit=model.hyperparameters.property_unit,
        length=model.length,
        label=path.resolve().name,
        offset=model.offset,
        files=model.files,
    )
