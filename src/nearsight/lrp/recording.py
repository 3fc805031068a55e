"""What layers of a network saw in one forward pass of its own."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Self

import torch

from nearsight.lrp.layer import Layer


class Recording:
    """Inputs and outputs of some layers, taken by hooks that are gone when this is left.

    A network's own forward pass is thereby the only one: no second implementation of it can differ,
    and its filters, the dearest part, are computed once.
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._layers = list(layers)
        self._seen: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._remove: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        self._remove = [layer.register_forward_hook(self._note).remove for layer in self._layers]
        return self

    def __exit__(self, *error: object) -> None:
        for remove in self._remove:
            remove()

    def _note(self, layer: Layer, given: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        self._seen[id(layer)] = given[0], output

    def given(self, layer: Layer) -> torch.Tensor:
        """What a layer was given in its last call, (..., in)."""
        return self._seen[id(layer)][0]

    def output(self, layer: Layer) -> torch.Tensor:
        """What a layer gave in its last call, (..., out)."""
        return self._seen[id(layer)][1]


def own_hooks(module: Layer) -> dict[str, Any]:
    """Hooks for a copy of a module: the same, in a dictionary that is not the module's own."""
    return {"_forward_hooks": OrderedDict(module._forward_hooks)}
