"""What is to be compiled: a function of tensors, and which of their sizes may change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

Tensors = Sequence[torch.Tensor]
Program = Callable[..., Tensors]
"""From as many tensors as the source has examples to the tensors of its result."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A function of tensors, and what a program for it must serve.

    Attributes:
        name: a word for its file.
        function: from tensors to a tuple of tensors: a function of a module, or an object of a
            class of one that can be called. It must not look at values or at sizes that vary, and
            the numbers of a network are arguments of it.
        makeup: names all that an object is special to.
        examples: one tensor per argument; only sizes, kinds and device count.
        varying: of each argument, dimension -> name of its size, for sizes that may change from
            call to call. A name stands for one size throughout.
        options: of the compiler.
    """

    name: str
    function: Callable[..., Tensors]
    examples: tuple[torch.Tensor, ...]
    varying: tuple[Mapping[int, str], ...]
    makeup: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.examples) != len(self.varying):
            raise ValueError(
                f"{self.name}: {len(self.examples)} examples, sizes of {len(self.varying)}"
            )
        if "<" in self.code.__qualname__:
            raise ValueError(f"{self.name}: {self.code.__qualname__} is no function of a module")

    @property
    def code(self) -> Any:
        """The function, or the class of the object that is called."""
        named = hasattr(self.function, "__qualname__")
        return self.function if named else type(self.function)

    @property
    def device(self) -> torch.device:
        """Where the program runs: where the first example lies."""
        return self.examples[0].device

    def shapes(self) -> tuple[tuple[int | str, ...], ...]:
        """The sizes of each argument, by name where they vary."""
        pairs = zip(self.examples, self.varying, strict=True)
        return tuple(
            tuple(names.get(k, size) for k, size in enumerate(example.shape))
            for example, names in pairs
        )
