"""Training of a family that has a closed form in place of gradient descent."""

import time
from collections.abc import Callable, Iterable

import torch

from nearsight.config import Training, Variant
from nearsight.families.graph import LabelledGraph
from nearsight.models.batching import Source
from nearsight.models.forward import Forward
from nearsight.train.epoch import measure
from nearsight.train.state import TrainingState, new_state

SOLVED = "solved in closed form"

Solve = Callable[[Variant, Iterable[LabelledGraph]], torch.nn.Module]
"""From a variant and its labelled molecules, in batches, to the module."""


def solve(
    closed_form: Solve, sources: list[Source], variant: Variant, settings: Training
) -> tuple[torch.nn.Module, TrainingState]:
    """One epoch, after which nothing changes; its errors are measured like any other's.

    Args:
        closed_form: of the family; what it finds are parameters of the module.
        sources: training and validation frames.
        variant: what is fitted.
        settings: size of a batch, weights of the loss.
    """
    start = time.perf_counter()
    train, validation = sources
    order = torch.arange(len(train))
    network = closed_form(variant, train.load(order, settings.batch_size)).eval()
    state = new_state(network, settings)
    forward = Forward(network, variant)
    own, errors = measure(forward, train, settings), measure(forward, validation, settings)
    state.epoch, state.best_epoch, state.best_loss = 1, 1, errors.loss
    state.finished = SOLVED
    state.history.append(
        {
            "train_loss": own.loss,
            "validation_loss": errors.loss,
            f"validation_{variant.target}_mae": errors.label_mae,
            **({"validation_force_mae": errors.force_mae} if train.has_forces else {}),
            "learning_rate": 0.0,
            "seconds": time.perf_counter() - start,
        }
    )
    return network, state
