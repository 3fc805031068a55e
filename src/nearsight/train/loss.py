"""The loss of a batch and its gradients by the weights."""

from typing import Protocol

import torch

from nearsight.config import Training
from nearsight.families.graph import LabelledGraph
from nearsight.families.variant import Variant
from nearsight.models.forward import Forward


class Gradients(Protocol):
    """Loss of a batch, with its gradients left on the weights."""

    def __call__(self, batch: LabelledGraph) -> torch.Tensor:
        """Loss (), without a graph."""


def loss_of(
    forward: Forward, batch: LabelledGraph, settings: Training, *, forces: bool
) -> torch.Tensor:
    """Loss of a batch: w_E mean (E - E_ref)² + w_F mean |F - F_ref|².

    Energies of whole frames in eV, force components in eV/Å; without forces it is the mean squared
    error of the label. Molecules beyond the labels, and their forces of zero, do not count.

    Args:
        forward: the network.
        batch: frames with labels.
        settings: weights w_E and w_F.
        forces: whether forces are learned.

    Returns:
        () with its graph, to be differentiated by the weights.
    """
    label, force = forward(batch, forces=forces, trained=True)
    n_frames = len(batch.label)
    error = (label[:n_frames] - batch.label).square().mean()
    if force is None:
        return error
    n_components = 3 * batch.n_atoms[:n_frames].sum()
    force_error = (force - batch.force).square().sum() / n_components
    return settings.energy_weight * error + settings.force_weight * force_error


class EagerGradients:
    """Gradients by autograd, operation by operation.

    Args:
        network: of the variant's family.
        variant: what it is.
        settings: weights of the loss.
        forces: whether forces are learned.
    """

    def __init__(
        self, network: torch.nn.Module, variant: Variant, settings: Training, *, forces: bool
    ) -> None:
        self._forward = Forward(network, variant)
        self._settings, self._forces = settings, forces

    def __call__(self, batch: LabelledGraph) -> torch.Tensor:
        """Loss (), without a graph."""
        loss = loss_of(self._forward, batch, self._settings, forces=self._forces)
        loss.backward()
        return loss.detach()
