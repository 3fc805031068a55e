"""From a function to a graph of elementary operations whose varying sizes are symbols."""

from collections.abc import Iterator
from itertools import count
from typing import cast

import torch

from nearsight.programs.source import Source, Tensors


def traced(source: Source) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    """The graph of a source, and arguments of it: (size, ...) each, no two names of one size.

    Two steps, for each can do what the other cannot: the first takes derivatives apart that the
    function asks for, the second keeps sizes symbols.

    Raises:
        Exception: of whatever kind, where the function cannot be traced, or needs a relation
            between sizes of different names.
    """
    # Late: a second of imports that a process which only loads programs is spared.
    from torch.fx.experimental.proxy_tensor import make_fx

    sizes = _sizes(source)
    arguments = tuple(
        torch.zeros(
            [sizes.get(names.get(k, ""), size) for k, size in enumerate(example.shape)],
            dtype=example.dtype,
            device=example.device,
        )
        for example, names in zip(source.examples, source.varying, strict=True)
    )
    with torch.no_grad():
        graph = make_fx(source.function, tracing_mode="symbolic")(*arguments)
    symbols = {name: torch.export.Dim(name) for name in sizes}
    dynamic = tuple({k: symbols[name] for k, name in names.items()} for names in source.varying)
    program = torch.export.export(
        _Listed(graph), arguments, dynamic_shapes=(dynamic,), strict=False
    )
    return program.module(check_guards=False), arguments


class _Listed(torch.nn.Module):
    """A graph whose arguments may have any names."""

    def __init__(self, graph: torch.nn.Module) -> None:
        super().__init__()
        self.graph = graph

    def forward(self, *arguments: torch.Tensor) -> Tensors:
        """The results of the graph."""
        return cast(Tensors, self.graph(*arguments))


def _sizes(source: Source) -> dict[str, int]:
    """A prime for each name of a size: what is equal by chance would be taken for one symbol."""
    fixed = {size for shape in source.shapes() for size in shape if isinstance(size, int)}
    names = sorted({name for names in source.varying for name in names.values()})
    primes = (p for p in _primes() if p not in fixed)
    return {name: next(primes) for name in names}


def _primes() -> Iterator[int]:
    return (n for n in count(5) if all(n % d for d in range(2, int(n**0.5) + 1)))
