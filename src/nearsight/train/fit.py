"""Fitting a variant: seeded, resumable, ended by a plateau, and by data when it diverges."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from nearsight import units
from nearsight.config import TARGETS, TargetName, Training, Variant
from nearsight.data.frames import Frames
from nearsight.data.stored import StoredFrames
from nearsight.errors import ModelError
from nearsight.families.registry import build_network, family_of
from nearsight.interruption import Interrupted, watched
from nearsight.models.batching import Source, require_neighbors, to_tensors, warn_of_blind_frames
from nearsight.models.forward import Forward
from nearsight.models.model import Model, energy_offsets, fit_offsets
from nearsight.models.streaming import StreamedFrames
from nearsight.progress import progress_bar
from nearsight.train.checkpoint import resume, save_checkpoint
from nearsight.train.closed_form import solve
from nearsight.train.compiled import CompiledGradients
from nearsight.train.epoch import Errors, NonFiniteLossError, measure, train_epoch
from nearsight.train.loss import EagerGradients
from nearsight.train.state import TrainingState, new_state

FramesOrFile = Frames | StoredFrames
"""Frames in memory, or left in their file."""

DIVERGED = "diverged"
FAILED = "failed"


def fit(
    train: FramesOrFile,
    validation: FramesOrFile,
    variant: Variant,
    settings: Training,
    *,
    run_hash: str,
    checkpoint: Path | None = None,
    device: torch.device | str = "cpu",
) -> tuple[Model, TrainingState]:
    """Train one variant.

    Args:
        train: the training frames, already chosen; frames of a file are streamed from it.
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
        NoNeighborError: in no training frame an atom has a neighbour within the cutoff.
        ModelError: validation frames hold an element that the training frames do not, or one is
            beyond the network's embedding.
        DataError: the frames do not have the variant's target.
        Interrupted: SIGTERM came; the checkpoint holds the last whole epoch.
    """
    offsets = fit_offsets(variant, train.atomic_number, train.n_atoms, train.label(variant.target))
    sources = [
        _source(frames, variant, settings, offsets, device) for frames in (train, validation)
    ]
    require_neighbors(sources[0], variant.pair_cutoff)
    family = family_of(variant)
    if family.fit is None:
        network = family.build(variant).to(device)
        _require_elements(family.last_element(network), max(offsets[0]))
        state = _descend(network, sources, variant, settings, run_hash, checkpoint)
    else:
        network, state = solve(family.fit, sources, variant, settings)
    diverged = state.finished == DIVERGED
    if not diverged:
        offsets = _refit(offsets, network, sources[0], variant, train)
    model = Model(
        network=network,
        variant=variant,
        atom_reference=offsets[0],
        status="diverged" if diverged else "ok",
        reason=f"training diverged in epoch {state.epoch + 1}: loss not finite" if diverged else "",
        mean=offsets[1],
    )
    return model, state


def untrained(
    train: FramesOrFile, variant: Variant, settings: Training, *, reason: str
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
    reference, mean = fit_offsets(
        variant, train.atomic_number, train.n_atoms, train.label(variant.target)
    )
    model = Model(network, variant, reference, status="failed", reason=reason, mean=mean)
    return model, state


def _descend(
    network: torch.nn.Module,
    sources: list[Source],
    variant: Variant,
    settings: Training,
    run_hash: str,
    checkpoint: Path | None,
) -> TrainingState:
    """Gradient descent from the last checkpoint on, where there is one; weights in place."""
    state = new_state(network, settings)
    if checkpoint is not None:
        resume(state, checkpoint, run_hash)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(state, checkpoint, run_hash)

    with watched() as asked_to_end:
        _run(state, sources[0], sources[1], variant, settings, save, asked_to_end)
    network.load_state_dict(state.best)
    network.eval()
    return state


def _run(
    state: TrainingState,
    train: Source,
    validation: Source,
    variant: Variant,
    settings: Training,
    save: Callable[[], None],
    asked_to_end: Callable[[], bool],
) -> None:
    """Epochs until one of the ends; the order of frames depends on seed and epoch alone."""
    progress = progress_bar(
        total=settings.max_epochs, initial=state.epoch, desc=variant.id, unit="epoch"
    )
    kind = CompiledGradients if settings.compile else EagerGradients
    gradients = kind(state.network, variant, settings, forces=train.has_forces)
    averaged = Forward(state.averaged.module.eval(), variant)
    while not state.finished:
        start = time.perf_counter()
        seed = np.random.SeedSequence([variant.seed, state.epoch]).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(seed))
        order = train.shuffled(generator, settings.batch_size)
        try:
            loss = train_epoch(state, train, settings, order, gradients)
            errors = measure(averaged, validation, settings)
            if not np.isfinite(errors.loss):
                raise NonFiniteLossError
        except NonFiniteLossError:
            state.finished = DIVERGED
            break
        state.epoch += 1
        state.history.append(
            {
                "train_loss": loss,
                "validation_loss": errors.loss,
                f"validation_{variant.target}_mae": errors.label_mae,
                **({"validation_force_mae": errors.force_mae} if train.has_forces else {}),
                "learning_rate": state.optimizer.param_groups[0]["lr"],
                "seconds": time.perf_counter() - start,
            }
        )
        _note_progress(state, errors.loss, settings)
        progress.update()
        progress.set_postfix_str(_shown(errors, variant.target))
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
    if isinstance(state.scheduler, ReduceLROnPlateau):
        state.scheduler.step(loss)
    else:
        state.scheduler.step()
    if state.optimizer.param_groups[0]["lr"] < settings.min_learning_rate:
        state.finished = "learning rate below its minimum"
    elif state.epoch - state.best_epoch >= settings.early_stopping:
        state.finished = f"no progress for {settings.early_stopping} epochs"
    elif state.epoch >= settings.max_epochs:
        state.finished = "all epochs done"


def _shown(errors: Errors, target: TargetName) -> str:
    if np.isfinite(errors.force_mae):
        return f"forces {units.MEV_PER_EV * errors.force_mae:.1f} meV/Å"
    about = TARGETS[target]
    return f"{target} {about.error_factor * errors.label_mae:.3g} {about.error_unit}"


def _source(
    frames: FramesOrFile,
    variant: Variant,
    settings: Training,
    offsets: tuple[dict[int, float], float],
    device: torch.device | str,
) -> Source:
    """Where batches come from; those of a file are streamed."""
    reference, mean = offsets
    unseen = sorted(set(frames.atomic_number.tolist()) - reference.keys())
    if unseen:
        raise ModelError(f"elements with nuclear charge {unseen} are not in the training frames")
    offset = mean + energy_offsets(reference, frames.atomic_number, frames.n_atoms)
    label = frames.label(variant.target) - offset
    forces = variant.target == "energy"
    if isinstance(frames, StoredFrames):
        window = settings.frames_in_memory
        return StreamedFrames(
            frames, variant.pair_cutoff, label, window=window, forces=forces, device=device
        )
    tensors = to_tensors(frames, variant.pair_cutoff, label, forces=forces, device=device)
    warn_of_blind_frames(tensors, variant.pair_cutoff)
    return tensors


def _require_elements(last: int | None, heaviest: int) -> None:
    # Asked beforehand: on a GPU an index beyond the table takes the whole process with it.
    if last is not None and heaviest > last:
        raise ModelError(f"nuclear charge {heaviest} is beyond the network's embedding ({last})")


def _refit(
    offsets: tuple[dict[int, float], float],
    network: torch.nn.Module,
    data: Source,
    variant: Variant,
    frames: FramesOrFile,
) -> tuple[dict[int, float], float]:
    """Take the mean residual of the label out: a small energy weight leaves it noisy."""
    forward = Forward(network, variant)
    residual = [
        (batch.label - forward(batch, forces=False)[0]).detach().double().cpu()
        for batch in data.load(torch.arange(len(data)), 50)
    ]
    shift, mean = fit_offsets(
        variant, frames.atomic_number, frames.n_atoms, torch.cat(residual).numpy()
    )
    return {z: value + shift[z] for z, value in offsets[0].items()}, offsets[1] + mean
