"""State of a training run: everything that an interrupted run needs to go on to the same end."""

import copy
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nearsight.config import Training
from nearsight.models.tensors import Tensors

Scheduler = ReduceLROnPlateau | CosineAnnealingLR


@dataclass
class TrainingState:
    """Network, averaged network, optimiser and progress.

    Attributes:
        network: the network being trained.
        averaged: exponential average of its weights; this one is validated and kept.
        optimizer, scheduler: Adam and the schedule of its learning rate.
        best: weights of the averaged network with the lowest validation loss.
        best_loss: that loss.
        best_epoch: epoch it was reached in.
        epoch: epochs done.
        history: per epoch: training loss, validation loss, errors, learning rate, seconds.
        finished: empty while running, then why training ended.
        ema_decay: decay per step of the exponential average.
    """

    network: torch.nn.Module
    averaged: AveragedModel
    optimizer: torch.optim.Adam
    scheduler: Scheduler
    best: Tensors
    best_loss: float = float("inf")
    best_epoch: int = 0
    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    finished: str = ""
    ema_decay: float = 0.0

    def average(self) -> None:
        """Take the weights as they are now into their average."""
        # AveragedModel's own update walks through all modules at every step: a tenth of its time.
        averaged, weights = self._weights
        with torch.no_grad():
            if not self.averaged.n_averaged:
                self.averaged.update_parameters(self.network)
                return
            get_ema_multi_avg_fn(self.ema_decay)(averaged, weights, self.averaged.n_averaged)
            self.averaged.n_averaged += 1

    @cached_property
    def _weights(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        return [*self.averaged.module.parameters()], [*self.network.parameters()]


def new_state(network: torch.nn.Module, settings: Training) -> TrainingState:
    """State before the first epoch; ``network`` is trained in place."""
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    return TrainingState(
        network=network,
        averaged=AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.ema_decay)),
        optimizer=optimizer,
        scheduler=_scheduler(optimizer, settings),
        best=copy.deepcopy(network.state_dict()),
        ema_decay=settings.ema_decay,
    )


def _scheduler(optimizer: torch.optim.Adam, settings: Training) -> Scheduler:
    if settings.schedule == "cosine":
        return CosineAnnealingLR(
            optimizer, T_max=settings.max_epochs, eta_min=settings.min_learning_rate
        )
    # eps: the default ignores every decay below 1e-8, and then no end would ever come.
    return ReduceLROnPlateau(
        optimizer, factor=settings.lr_factor, patience=settings.lr_patience, eps=0.0
    )


def pack(state: TrainingState) -> tuple[Tensors, dict[str, object]]:
    """Split a state into named tensors and plain values that JSON can hold."""
    adam = state.optimizer.state_dict()
    tensors = {f"network.{k}": v for k, v in state.network.state_dict().items()}
    tensors |= {f"averaged.{k}": v for k, v in state.averaged.state_dict().items()}
    tensors |= {f"best.{k}": v for k, v in state.best.items()}
    for index, moments in adam["state"].items():
        tensors |= {f"adam.{index}.{name}": value for name, value in moments.items()}
    values = {
        "best_loss": state.best_loss,
        "best_epoch": state.best_epoch,
        "epoch": state.epoch,
        "history": state.history,
        "finished": state.finished,
        "adam_groups": adam["param_groups"],
        "scheduler": {
            k: v
            for k, v in state.scheduler.state_dict().items()
            if isinstance(v, (int, float, str, list))
        },
    }
    return tensors, values


def unpack(state: TrainingState, tensors: Tensors, values: dict[str, object]) -> None:
    """Put packed tensors and values back into a freshly made state, as :func:`pack` gave them.

    Args:
        state: of the same network and settings.
        tensors: by name.
        values: plain values by name.
    """

    def part(prefix: str) -> Tensors:
        return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

    state.network.load_state_dict(part("network."))
    state.averaged.load_state_dict(part("averaged."))
    state.best = part("best.")
    moments: dict[int, Tensors] = {}
    for name, value in part("adam.").items():
        index, _, moment = name.partition(".")
        moments.setdefault(int(index), {})[moment] = value
    state.optimizer.load_state_dict({"state": moments, "param_groups": values["adam_groups"]})
    state.scheduler.load_state_dict(values["scheduler"])  # type: ignore[arg-type]
    for name in ("best_loss", "best_epoch", "epoch", "history", "finished"):
        setattr(state, name, values[name])
