"""Model files: safetensors with the variant as JSON in the header; nothing is ever unpickled."""

import json
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from nearsight.config import AnyVariant
from nearsight.errors import CorruptFileError
from nearsight.families.registry import family_of
from nearsight.models.model import Model, Status
from nearsight.models.tensors import read_tensors, write_tensors

SCHEMA_VERSION = 1


class _Header(BaseModel):
    # A run on labels that are no numbers leaves references that are none either.
    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")

    schema_version: int
    variant: AnyVariant
    atom_reference: dict[int, float]
    status: Status
    reason: str
    provenance: dict[str, Any]
    mean: float = 0.0


def save_model(model: Model, path: Path) -> None:
    """Write a model atomically.

    Raises:
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    header = _Header(
        schema_version=SCHEMA_VERSION,
        variant=model.variant,
        atom_reference=model.atom_reference,
        status=model.status,
        reason=model.reason,
        provenance=model.provenance,
        mean=model.mean,
    )
    write_tensors(model.network.state_dict(), path, {"nearsight": header.model_dump_json()})


def load_model(path: Path) -> Model:
    """Read a model written by :func:`save_model`.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: truncated, changed, not safetensors, from another schema version, or the
            weights do not fit the variant in the header.
    """
    header, weights = _read(path)
    if header.schema_version != SCHEMA_VERSION:
        raise CorruptFileError(
            f"{path}: schema version {header.schema_version}, this nearsight reads {SCHEMA_VERSION}"
        )
    try:
        network = family_of(header.variant).restore(header.variant, weights)
    except RuntimeError as error:
        raise CorruptFileError(f"{path}: weights do not fit {header.variant.id}") from error
    return Model(
        network=network.eval(),
        variant=header.variant,
        atom_reference=header.atom_reference,
        status=header.status,
        reason=header.reason,
        provenance=header.provenance,
        mean=header.mean,
    )


def _read(path: Path) -> tuple[_Header, dict[str, torch.Tensor]]:
    weights, text = read_tensors(path)
    try:
        return _Header.model_validate(json.loads(text["nearsight"])), weights
    except (KeyError, json.JSONDecodeError, ValidationError) as error:
        raise CorruptFileError(f"{path}: header is not one of nearsight's") from error
