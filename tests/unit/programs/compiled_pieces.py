"""Functions to be compiled, in a module, where a source must find them."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nearsight.programs import Source, Store

ATOMS, PAIRS, FEATURES = 4, 6, 3


def messages(
    weight: torch.Tensor, x: torch.Tensor, first: torch.Tensor, second: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """What arrives at atoms, and the slope of its square by what was sent."""
    with torch.enable_grad():
        sent = x.detach().requires_grad_()
        arrived = torch.zeros_like(sent).index_add(1, second, weight * sent[:, first].tanh())
        (slope,) = torch.autograd.grad(arrived.square().sum(), sent)
    return arrived.detach(), slope


@dataclass(frozen=True)
class Scaled:
    """A function with a number of its own, which its make-up names."""

    factor: float

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.factor * x,)


def unequal(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor]:
    """Works only where the two are of one size."""
    return (x + y,)


def arguments(replicas: int, atoms: int = ATOMS, pairs: int = PAIRS) -> tuple[torch.Tensor, ...]:
    """Random arguments of ``messages``."""
    draw = torch.Generator().manual_seed(replicas + atoms)
    return (
        torch.randn(replicas, pairs, FEATURES, generator=draw),
        torch.randn(replicas, atoms, FEATURES, generator=draw),
        torch.randint(0, atoms, (pairs,), generator=draw),
        torch.randint(0, atoms, (pairs,), generator=draw),
    )


def source(**changed: Any) -> Source:
    """Of ``messages``, whose sizes all vary but features."""
    given = {
        "name": "messages",
        "function": messages,
        "examples": arguments(2),
        "varying": (
            {0: "replica", 1: "pair"}, {0: "replica", 1: "atom"}, {0: "pair"}, {0: "pair"},
        ),
    }  # fmt: skip
    return Source(**{**given, **changed})


def compile_one(folder: str) -> None:
    """Ask a folder for the program of ``messages`` and say whether that took a compiler."""
    Store(Path(folder))(source())
    sys.stdout.write(f"compiler imported: {'torch._inductor' in sys.modules}")
