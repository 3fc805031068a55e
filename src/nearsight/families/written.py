"""Evaluations of copies of one molecule that are written for a compiler.

Where :attr:`Family.fast` gives a function for autograd, a family may give here one of plain tensor
operations that returns forces itself: no graph is recorded, no value of a tensor decides what
runs, and nothing of a network but its make-up is in the code. So one compiled program serves all
networks of one make-up, all molecules and any number of copies.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

Tensors = tuple[torch.Tensor, ...]
Varying = tuple[dict[int, str], ...]
"""Of each tensor, its dimensions that may vary, with the name of what they count."""

MOLECULE: Varying = (
    {0: "replica", 1: "atom"},
    {0: "atom"},
    {0: "pair"},
    {0: "pair"},
    {0: "neighbor", 1: "atom"},
    {0: "neighbor", 1: "atom"},
    {0: "neighbor", 1: "atom"},
)
"""Positions, nuclear charges and the fields of :class:`nearsight.families.pairlist.PairList`."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """An evaluation of one network.

    Attributes:
        key: one line that names all that the function is special to; networks of one key share it.
        function: from position (replica, atom, 3) in the network's unit of length, nuclear charges
            (atom,), the tensors of a pair list and ``weights`` to energy (replica,) and force
            (replica, atom, 3), in the units of the network. Replicas and atoms are two at least.
        weights: weights and tables of the network, in its precision and on its device.
        varying: of all arguments of ``function``.
        cutoff: within which pairs must be listed, in the network's unit of length.
    """

    key: str
    function: Callable[..., tuple[torch.Tensor, torch.Tensor]]
    weights: Tensors
    varying: Varying
    cutoff: float
