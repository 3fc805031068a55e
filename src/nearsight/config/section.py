"""Base of every configuration section and the way its fields are declared."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

LARGEST_SEED = 2**31 - 1
"""Seeds go to NumPy, PyTorch and RDKit; the last takes 32-bit signed integers."""


class Section(BaseModel):
    """A validated, immutable part of the configuration; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def setting(default: Any = ..., *, unit: str, description: str, **limits: Any) -> Any:
    """Declare a field with its unit and description, which also feed the schema and the key table.

    Args:
        default: value when the key is absent; ``...`` makes the key required.
        unit: unit of the value, ``"1"`` for pure numbers and ``""`` for text.
        description: one sentence for the key table.
        limits: pydantic constraints such as ``gt=0``.
    """
    return Field(default, description=description, json_schema_extra={"unit": unit}, **limits)
