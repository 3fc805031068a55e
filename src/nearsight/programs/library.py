"""A shared library as a function of tensors, without importing a compiler."""

from pathlib import Path
from typing import cast

import torch

from nearsight.programs.source import Program, Source, Tensors


def load(source: Source, library: Path) -> Program:
    """The function that a library computes.

    It takes what the source says and nothing else, since the code itself looks at nothing: a
    tensor of another kind or size would be read beyond its end.

    Args:
        source: of which the library was made.
        library: a file that is known to be sound.

    Raises:
        RuntimeError: it is no such library.
    """
    from torch._C._aoti import AOTIModelContainerRunnerCpu

    runner = AOTIModelContainerRunnerCpu(str(library), 1)
    admitted: set[tuple[torch.Size, ...]] = set()
    dtypes = tuple(example.dtype for example in source.examples)

    def program(*tensors: torch.Tensor) -> Tensors:
        sizes = tuple([tensor.shape for tensor in tensors])
        if sizes not in admitted:
            _require_sizes(source, sizes)
            admitted.add(sizes)
        if tuple([tensor.dtype for tensor in tensors]) != dtypes:
            raise TypeError(f"{source.name}: takes {dtypes}")
        return cast(Tensors, runner.run([tensor.contiguous() for tensor in tensors]))

    return program


def _require_sizes(source: Source, sizes: tuple[torch.Size, ...]) -> None:
    """Refuse sizes of arguments that are not those of the source, or differ where it has one."""
    found: dict[int | str, int] = {}
    shapes = source.shapes()
    fits = len(shapes) == len(sizes)
    for shape, size in zip(shapes, sizes, strict=False):
        fits = fits and len(shape) == len(size)
        for name, value in zip(shape, size, strict=False):
            wanted = name if isinstance(name, int) else found.setdefault(name, value)
            fits = fits and value == wanted and value > 0
    if not fits:
        given = [tuple(size) for size in sizes]
        raise ValueError(f"{source.name}: takes tensors of sizes {shapes}, not {given}")
