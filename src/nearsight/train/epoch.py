"""One pass over the data: loss, gradient step, exponential average; and validation."""

from dataclasses import dataclass

import torch

from nearsight.config import Training
from nearsight.models.batching import TensorFrames
from nearsight.models.network import ENERGY_KEY, FORCE_KEY
from nearsight.train.state import TrainingState


class NonFiniteLossError(Exception):
    """The loss of a step is NaN or infinite; caught by the fit, which ends as ``diverged``."""


@dataclass(frozen=True)
class Errors:
    """Errors over a set of frames: weighted loss, mean absolute errors in eV and eV/Å."""

    loss: float
    energy_mae: float
    force_mae: float


def train_epoch(
    state: TrainingState, data: TensorFrames, settings: Training, order: torch.Tensor
) -> float:
    """One pass in the given order of frames.

    Loss of a batch: w_E mean (E - E_ref)² + w_F mean |F - F_ref|² (energies of whole frames in
    eV, force components in eV/Å).

    Returns:
        Mean loss over the steps.

    Raises:
        NonFiniteLossError: a step's loss is NaN or infinite.
    """
    state.network.train()
    total = torch.zeros((), dtype=torch.float64)
    batches = order.split(settings.batch_size)
    for frames in batches:
        energy, force = data.labels(frames)
        result = state.network(data.inputs(frames))
        loss = settings.energy_weight * torch.nn.functional.mse_loss(result[ENERGY_KEY], energy)
        loss += settings.force_weight * torch.nn.functional.mse_loss(result[FORCE_KEY], force)
        value = loss.detach().double().cpu()
        if not torch.isfinite(value):
            raise NonFiniteLossError
        state.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), settings.gradient_clip)
        state.optimizer.step()
        state.averaged.update_parameters(state.network)
        total += value
    return float(total) / len(batches)


def measure(
    network: torch.nn.Module, data: TensorFrames, settings: Training, batch_size: int = 50
) -> Errors:
    """Errors of a network over all frames of a data set."""
    network.eval()
    squared = torch.zeros(2, dtype=torch.float64)
    absolute = torch.zeros(2, dtype=torch.float64)
    for frames in data.batches(batch_size):
        energy, force = data.labels(frames)
        result = network(data.inputs(frames))
        differences = (result[ENERGY_KEY].detach() - energy, result[FORCE_KEY].detach() - force)
        for k, difference in enumerate(differences):
            squared[k] += difference.double().square().sum().cpu()
            absolute[k] += difference.double().abs().sum().cpu()
    counts = torch.tensor([len(data), data.force.numel()], dtype=torch.float64)
    squared, absolute = squared / counts, absolute / counts
    return Errors(
        loss=float(settings.energy_weight * squared[0] + settings.force_weight * squared[1]),
        energy_mae=float(absolute[0]),
        force_mae=float(absolute[1]),
    )
