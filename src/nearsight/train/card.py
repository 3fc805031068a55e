"""The model card: what a model is, what it was trained on, how good it is and what it cost."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nearsight.config import AnyVariant, Training
from nearsight.errors import CorruptFileError
from nearsight.storage import require_file


class Card(BaseModel):
    """Schema of ``card.json``; ``Card.model_json_schema()`` is its JSON schema.

    ``errors`` holds the finite ones alone: JSON has no NaN, which a diverged model can give.
    ``n_radial`` and
    ``receptive_field_angstrom`` are null for a family that has none. ``elements`` are the nuclear
    charges the model knows, ``data_source`` is the published name, file or molecule of the data
    set, ``threads`` are those of PyTorch: weights are the same bit by bit for the same number.
    """

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    id: str
    status: Literal["ok", "diverged", "failed"]
    reason: str
    variant: AnyVariant
    training: Training
    n_parameters: int
    n_radial: int | None
    receptive_field_angstrom: float | None
    data_sha256: str
    level_of_theory: str
    n_train: int
    n_validation: int
    n_test: int
    epochs: int
    best_epoch: int
    end: str
    training_seconds: float
    device: str
    errors: dict[str, float]
    error_units: dict[str, str]
    provenance: dict[str, str]
    # Cards written before these were told lack them.
    elements: list[int] = []
    data_source: str = ""
    data_licence: str = ""
    data_reference: str = ""
    threads: int = 0


def read_card(path: Path) -> Card:
    """Read and check a model card.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: not JSON or not a card; names the key.
    """
    try:
        return Card.model_validate(json.loads(require_file(path).read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise CorruptFileError(f"{path}: not a model card ({key}: {first['msg']})") from None
    except (ValueError, RecursionError) as error:
        raise CorruptFileError(f"{path}: not a model card ({error})") from None
