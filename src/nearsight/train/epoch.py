"""One pass over the data: loss, gradient step, exponential average; and validation."""

from dataclasses import dataclass
from math import ceil

import torch

from nearsight.config import Training
from nearsight.models.batching import Source
from nearsight.models.forward import Forward
from nearsight.train.loss import Gradients
from nearsight.train.state import TrainingState


class NonFiniteLossError(Exception):
    """The loss of a step is NaN or infinite; caught by the fit, which ends as ``diverged``."""


@dataclass(frozen=True)
class Errors:
    """Errors over a set of frames: loss, mean absolute errors in the target's unit and eV/Å.

    ``force_mae`` is NaN where no forces are learned.
    """

    loss: float
    label_mae: float
    force_mae: float


def train_epoch(
    state: TrainingState,
    data: Source,
    settings: Training,
    order: torch.Tensor,
    gradients: Gradients,
) -> float:
    """One pass in the given order of frames.

    Args:
        state: network, optimiser and averages; changed in place.
        data: frames with labels.
        settings: size of a batch, clipping.
        order: (frame,) order of the frames.
        gradients: loss of a batch and its gradients.

    Returns:
        Mean loss over the steps.

    Raises:
        NonFiniteLossError: a step's loss is NaN or infinite.
    """
    state.network.train()
    parameters = list(state.network.parameters())
    total = torch.zeros((), dtype=torch.float64)
    for batch in data.load(order, settings.batch_size):
        state.optimizer.zero_grad(set_to_none=True)
        value = gradients(batch).double().cpu()
        if not torch.isfinite(value):
            raise NonFiniteLossError
        torch.nn.utils.clip_grad_norm_(parameters, settings.gradient_clip, foreach=True)
        state.optimizer.step()
        state.average()
        total += value
    return float(total) / ceil(len(order) / settings.batch_size)


def measure(forward: Forward, data: Source, settings: Training, batch_size: int = 50) -> Errors:
    """Errors of a network over all frames of a data set.

    Args:
        forward: the network, set to evaluation.
        data: frames with labels.
        settings: weights of the loss.
        batch_size: of the passes; without effect on the result but for rounding.
    """
    # Sums of squares, absolute values and their number; of labels, then of force components.
    sums = torch.zeros((2, 3), dtype=torch.float64)
    for batch in data.load(torch.arange(len(data)), batch_size):
        label, force = forward(batch, forces=data.has_forces)
        pairs = [(label, batch.label)] + ([] if force is None else [(force, batch.force)])
        for row, (found, wanted) in zip(sums, pairs, strict=False):
            error = (found.detach() - wanted).double().cpu()
            row += torch.tensor([error.square().sum(), error.abs().sum(), error.numel()])
    squared, absolute = (sums[:, k] / sums[:, 2] for k in (0, 1))
    if not data.has_forces:
        return Errors(float(squared[0]), float(absolute[0]), float("nan"))
    return Errors(
        loss=float(settings.energy_weight * squared[0] + settings.force_weight * squared[1]),
        label_mae=float(absolute[0]),
        force_mae=float(absolute[1]),
    )
