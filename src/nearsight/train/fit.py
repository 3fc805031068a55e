"""Fitting a variant: seeded, resumable, ended by a plateau, and by data when it diverges."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from nearsight.config import Training, Variant
from nearsight.data.frames import Frames
from nearsight.errors import ModelError, NoNeighborError
from nearsight.interruption import Interrupted, watched
from nearsight.models.batching import TensorFrames, to_tensors
from nearsight.models.model import Model, energy_offsets, fit_atom_references
from nearsight.models.network import ENERGY_KEY, build_network
from nearsight.train.checkpoint import resume, save_checkpoint
from nearsight.train.epoch import NonFiniteLossError, measure, train_epoch
from nearsight.train.state import TrainingState, new_state

DIVERGED = "diverged"
FAILED = "failed"


def fit(
    train: Frames,
    validation: Frames,
    variant: Variant,
    settings: Training,
    *,
    run_hash: str,
    checkpoint: Path | None = None,
    device: torch.device | str = "cpu",
) -> tuple[Model, TrainingState]:
    """Train one variant.

    Args:
        train: the training frames, already chosen.
        validation: frames that decide on learning rate, best weights and the end.
        variant: the network to build; its seed also orders the batches.
        settings: the training settings.
        run_hash: identifies data, variant and settings, so that a checkpoint fits.
        checkpoint: where the run saves itself and resumes from; ``None`` for neither.
        device: where it runs.

    Returns:
        The model with the best averaged weights (``diverged`` when the loss became NaN), and the
        final state with its history.

    Raises:
        NoNeighborError: atoms of a frame have no neighbour within the cutoff.
        ModelError: validation frames hold an element that the training frames do not.
        Interrupted: SIGTERM came; the checkpoint holds the last whole epoch.
    """
    reference = fit_atom_references(train.atomic_number, train.n_atoms, train.energy)
    tensors = [_tensors(frames, variant, reference, device) for frames in (train, validation)]
    network = build_network(variant).to(device)
    state = new_state(network, settings)
    if checkpoint is not None:
        resume(state, checkpoint, run_hash)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(state, checkpoint, run_hash)

    with watched() as asked_to_end:
        _run(state, tensors[0], tensors[1], variant, settings, save, asked_to_end)
    network.load_state_dict(state.best)
    network.eval()
    diverged = state.finished == DIVERGED
    if not diverged:
        reference = _refit(reference, network, tensors[0], train)
    model = Model(
        network=network,
        variant=variant,
        atom_reference=reference,
        status="diverged" if diverged else "ok",
        reason=f"training diverged in epoch {state.epoch + 1}: loss not finite" if diverged else "",
    )
    return model, state


def untrained(
    train: Frames, variant: Variant, settings: Training, *, reason: str
) -> tuple[Model, TrainingState]:
    """The model and the state of a variant that cannot be trained: a row with its reason.

    Args:
        train: the training frames, which give the atom references.
        variant: the network, built and left as it is.
        settings: the training settings.
        reason: why it cannot be trained.
    """
    network = build_network(variant).eval()
    state = new_state(network, settings)
    state.finished = FAILED
    reference = fit_atom_references(train.atomic_number, train.n_atoms, train.energy)
    return Model(network, variant, reference, status="failed", reason=reason), state


def _run(
    state: TrainingState,
    train: TensorFrames,
    validation: TensorFrames,
    variant: Variant,
    settings: Training,
    save: Callable[[], None],
    asked_to_end: Callable[[], bool],
) -> None:
    """Epochs until one of the ends; the order of frames depends on seed and epoch alone."""
    progress = tqdm(
        total=settings.max_epochs, initial=state.epoch, desc=variant.id, unit="epoch", disable=None
    )
    while not state.finished:
        start = time.perf_counter()
        seed = np.random.SeedSequence([variant.seed, state.epoch]).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(seed))
        order = torch.randperm(len(train), generator=generator).to(train.n_atoms.device)
        try:
            loss = train_epoch(state, train, settings, order)
            errors = measure(state.averaged.module, validation, settings)
            if not np.isfinite(errors.loss):
                raise NonFiniteLossError
        except NonFiniteLossError:
            state.finished = DIVERGED
            break
        state.epoch += 1
        state.history.append(
            {
                "train_loss": loss,
                **{f"validation_{name}": value for name, value in asdict(errors).items()},
                "learning_rate": state.optimizer.param_groups[0]["lr"],
                "seconds": time.perf_counter() - start,
            }
        )
        _note_progress(state, errors.loss, settings)
        progress.update()
        progress.set_postfix(force_mae=f"{1e3 * errors.force_mae:.1f} meV/Å")
        ends = asked_to_end()
        if state.finished or ends or state.epoch % settings.checkpoint_every == 0:
            save()
        if ends and not state.finished:
            raise Interrupted(f"{variant.id} goes on after epoch {state.epoch} when started again")
    progress.close()


def _note_progress(state: TrainingState, loss: float, settings: Training) -> None:
    if loss < state.best_loss:
        weights = state.averaged.module.state_dict()
        state.best = {name: value.clone() for name, value in weights.items()}
        state.best_loss, state.best_epoch = loss, state.epoch
    state.scheduler.step(loss)
    if state.optimizer.param_groups[0]["lr"] < settings.min_learning_rate:
        state.finished = "learning rate below its minimum"
    elif state.epoch - state.best_epoch >= settings.early_stopping:
        state.finished = f"no progress for {settings.early_stopping} epochs"
    elif state.epoch >= settings.max_epochs:
        state.finished = "all epochs done"


def _tensors(
    frames: Frames, variant: Variant, reference: dict[int, float], device: torch.device | str
) -> TensorFrames:
    unseen = sorted(set(frames.atomic_number.tolist()) - reference.keys())
    if unseen:
        raise ModelError(f"elements with nuclear charge {unseen} are not in the training frames")
    offset = energy_offsets(reference, frames.atomic_number, frames.n_atoms)
    tensors = to_tensors(frames, variant.cutoff, offset, device=device)
    alone = int((tensors.n_pairs == 0).sum())
    if alone:
        raise NoNeighborError(
            f"variant {variant.id}: a cutoff of {variant.cutoff} Å sees no neighbour in {alone} of "
            f"{len(frames)} frames: choose a cutoff beyond the bond lengths"
        )
    return tensors


def _refit(
    reference: dict[int, float], network: torch.nn.Module, data: TensorFrames, frames: Frames
) -> dict[int, float]:
    """Take the mean residual of the energy out: a small energy weight leaves it noisy."""
    predicted = [
        network(data.inputs(batch))[ENERGY_KEY].detach().double().cpu()
        for batch in data.batches(50)
    ]
    residual = data.energy.double().cpu().numpy() - torch.cat(predicted).numpy()
    shift = fit_atom_references(frames.atomic_number, frames.n_atoms, residual)
    return {element: value + shift[element] for element, value in reference.items()}
