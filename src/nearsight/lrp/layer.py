"""The type under which parts of a network are read by structure."""

from typing import Any, TypeAlias

Layer: TypeAlias = Any
"""A module of SchNetPack: what hangs below a ``torch.nn.Module`` has no static type."""
