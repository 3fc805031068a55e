"""What dynamics asks of a force field, be it a network or an engine."""

from collections.abc import Callable
from typing import TypeAlias

import torch

Potential: TypeAlias = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""From positions (replica, atom, 3) in Å to energy (replica,) in eV and force in eV/Å, float64."""
