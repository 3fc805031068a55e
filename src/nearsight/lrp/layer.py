"""The type under which parts of a network are read by structure."""

from typing import Any, TypeAlias

Layer: TypeAlias = Any
"""A module that is read by its attributes: what hangs below one of PyTorch has no static type."""
