"""Gradients as one compiled program: worth its compilation in a long run.

``torch.compile`` does not differentiate twice through a module, so the whole step (energy, forces,
loss, gradients by the weights) is traced into one graph of elementary operations first, and that
is compiled. A program has fixed shapes; batches are padded to a few sizes.
"""

import logging
import shutil
from collections.abc import Callable
from math import isfinite

import torch
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx

from nearsight.config import Training
from nearsight.errors import ModelError
from nearsight.families.graph import LabelledGraph
from nearsight.families.registry import family_of
from nearsight.families.variant import Variant
from nearsight.models.forward import Forward
from nearsight.train.loss import EagerGradients, loss_of

logger = logging.getLogger(__name__)

GROWTH = 1.2
"""From one padded size to the next: at most this much is computed in vain, for a few programs."""
COMPILERS = ("g++", "clang++", "c++")

_SHOWN = 300
_APART = 10.0
"""Å between the atoms of padding where a network has no cutoff."""

_FIELDS = (
    "atomic_number", "position", "n_atoms", "molecule", "first", "second", "label", "force",
)  # fmt: skip
Program = Callable[..., tuple[torch.Tensor, ...]]


class CompiledGradients:
    """Gradients of batches of one number of frames; others are left to autograd.

    Args:
        network: of a family that can be compiled, a sum or an average over atoms.
        variant: what the network is.
        settings: weights of the loss and size of a batch.
        forces: whether forces are learned.

    Raises:
        ModelError: the network pools charges, its family is not compiled, or there is no C++
            compiler for the CPU.
    """

    def __init__(
        self, network: torch.nn.Module, variant: Variant, settings: Training, *, forces: bool
    ) -> None:
        if variant.pooling == "dipole" or not family_of(variant).compiles:
            what = "pooling dipole" if variant.pooling == "dipole" else f"family {variant.family}"
            raise ModelError(f"compile = true: {what} is not compiled; set compile = false")
        device = next(network.parameters()).device
        if device.type == "cpu" and not any(map(shutil.which, COMPILERS)):
            raise ModelError(
                "compile = true needs a C++ compiler (g++): install one or set compile = false"
            )
        self._loss = _Loss(network, variant, settings, forces=forces)
        self._parameters = dict(self._loss.named_parameters())
        self._size = settings.batch_size
        self._far = 1.5 * variant.pair_cutoff if isfinite(variant.pair_cutoff) else _APART
        self._eager = EagerGradients(network, variant, settings, forces=forces)
        self._programs: dict[tuple[int, int], Program] = {}

    def __call__(self, batch: LabelledGraph) -> torch.Tensor:
        """Loss (), without a graph."""
        if len(batch) != self._size:
            return self._eager(batch)
        padded = pad(batch, self._far)
        weights = [value.detach() for value in self._parameters.values()]
        arguments = [getattr(padded, name) for name in _FIELDS]
        shape = len(padded.position), len(padded.first)
        with torch.no_grad():
            if shape in self._programs:
                loss, *gradients = self._programs[shape](weights, *arguments)
            else:
                loss, *gradients = self._first(shape, weights, arguments)
        for parameter, gradient in zip(self._parameters.values(), gradients, strict=True):
            parameter.grad = gradient
        return loss

    def _first(
        self, shape: tuple[int, int], weights: list[torch.Tensor], arguments: list[torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        """Make the program of a shape and run it once, which compiles it."""
        logger.info("compiling training for %d atoms and %d pairs in a batch", *shape)
        program = torch.compile(
            make_fx(self._step)(weights, *arguments), dynamic=False, fullgraph=True
        )
        try:
            results = program(weights, *arguments)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:_SHOWN]
            raise ModelError(
                f"compile = true: the step cannot be compiled here ({reason}); set compile = false"
            ) from error
        self._programs[shape] = program
        return results

    def _step(
        self, weights: list[torch.Tensor], *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        with torch.enable_grad():
            given = [weight.detach().requires_grad_() for weight in weights]
            named = dict(zip(self._parameters, given, strict=True))
            batch = LabelledGraph(**dict(zip(_FIELDS, tensors, strict=True)))
            loss = functional_call(self._loss, named, (batch,))
            # A last block may change features that no head reads.
            gradients = torch.autograd.grad(loss, given, materialize_grads=True)
        return loss, *gradients


class _Loss(torch.nn.Module):
    """The loss as a module, so that its weights can be put in from outside."""

    def __init__(
        self, network: torch.nn.Module, variant: Variant, settings: Training, *, forces: bool
    ) -> None:
        super().__init__()
        self.network, self.variant = network, variant
        self.settings, self.forces = settings, forces

    def forward(self, batch: LabelledGraph) -> torch.Tensor:
        """Loss of a batch."""
        return loss_of(
            Forward(self.network, self.variant), batch, self.settings, forces=self.forces
        )


def pad(batch: LabelledGraph, far: float) -> LabelledGraph:
    """A batch with one more molecule, which fills its atoms and pairs up to a padded size.

    The atoms of this molecule are too far from each other to interact; it has no label.

    Args:
        batch: frames with labels.
        far: Å, beyond the cutoff.
    """
    n_atoms, n_pairs = len(batch.position), len(batch.first)
    # Two atoms at least, for the pairs that fill up.
    extra, pairs = _padded(n_atoms + 2) - n_atoms, _padded(n_pairs) - n_pairs
    places = batch.position.new_zeros((extra, 3))
    places[:, 0] = far * torch.arange(extra, device=places.device)

    def filled(values: torch.Tensor, value: int, number: int) -> torch.Tensor:
        return torch.cat([values, values.new_full((number,), value)])

    return LabelledGraph(
        atomic_number=filled(batch.atomic_number, 1, extra),
        position=torch.cat([batch.position, places]),
        n_atoms=filled(batch.n_atoms, extra, 1),
        molecule=filled(batch.molecule, len(batch), extra),
        first=filled(batch.first, n_atoms, pairs),
        second=filled(batch.second, n_atoms + 1, pairs),
        label=batch.label,
        force=torch.cat([batch.force, torch.zeros_like(places)]),
    )


def _padded(number: int) -> int:
    """The first of a row of growing sizes that is not below a number."""
    size = 16
    while size < number:
        size = int(GROWTH * size)
    return size
