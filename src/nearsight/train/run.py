"""One training run, from the data set's file to model, history, evaluation and card."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from nearsight.config import Training, Variant
from nearsight.data.frames import read_frames
from nearsight.data.split import choose_training
from nearsight.data.stored import StoredFrames, open_frames
from nearsight.data.subsets import empty_subsets, how_to_split
from nearsight.errors import DataError, NoNeighborError
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.storage import (
    atomic_path,
    config_hash,
    empty_dataset,
    provenance,
    sha256,
    write_dataset,
    write_json,
)
from nearsight.storage.names import CARD, CHECKPOINT, EVALUATION, HISTORY
from nearsight.train.card import Card
from nearsight.train.checkpoint import remove_checkpoints
from nearsight.train.evaluate import evaluate, summary_of
from nearsight.train.fit import FramesOrFile, fit, untrained
from nearsight.train.history import history_dataset
from nearsight.train.state import TrainingState

_SOURCES = ("published_name", "molecule", "imported_from")


def train_variant(
    data: Path,
    variant: Variant,
    settings: Training,
    out: Path,
    *,
    device: torch.device | str = "cpu",
    keep_checkpoint: bool = False,
) -> Card:
    """Train a variant and write ``out`` with ``history.nc``, ``evaluation.nc`` and ``card.json``.

    A checkpoint beside ``out`` lets a killed run go on; it is removed at the end, unless it is to
    be kept by a job that may be killed before its other variants are done. The model is
    written last, so that it stands for the whole set. A variant whose cutoff sees no neighbour
    cannot be trained; it leaves all four files too, with status ``failed`` and the reason.

    Args:
        data: canonical data set with all three subsets.
        variant: what to train.
        settings: how.
        out: the model's file; the others appear beside it.
        device: where it runs.
        keep_checkpoint: leave the checkpoint to whoever asked.

    Raises:
        DataError: not enough training frames, or none for validation or test.
        ModelError: validation frames hold an element that the training frames do not.
        Interrupted: SIGTERM came; the checkpoint holds the last whole epoch.
    """
    stored = open_frames(data)
    empty = empty_subsets(stored.subset)
    if empty:
        raise DataError(f"{data}: {how_to_split(empty)}")
    frames = stored if len(stored) > settings.frames_in_memory else read_frames(data)
    train = frames.select(choose_training(frames, variant.n_train, seed=variant.frames_seed))
    run: dict[str, Any] = {
        "variant": variant.model_dump(),
        "training": settings.model_dump(),
        "data_sha256": sha256(data),
    }
    checkpoint = out.parent / CHECKPOINT
    try:
        model, state = fit(
            train,
            frames.of_subset("validation"),
            variant,
            settings,
            run_hash=config_hash(run),
            checkpoint=checkpoint,
            device=device,
        )
    except NoNeighborError as error:
        model, state = untrained(train, variant, settings, reason=str(error))
        evaluation = empty_dataset(model.reason)
    else:
        test = frames.of_subset("test")
        parts = test.parts(settings.frames_in_memory) if isinstance(test, StoredFrames) else test
        evaluation = evaluate(model, parts, device=device)
    card = _card(model, state, settings, frames, str(device), run["data_sha256"], data)
    card = card.model_copy(update={"errors": _finite(evaluation)})
    whole = replace(model, provenance={**provenance({"data": data}), "run": run})
    with atomic_path(out) as written:
        save_model(whole, written)
        # All of one training name the network itself: another with the same settings is another.
        inputs = {"data": data, "model": written}
        write_dataset(
            history_dataset(state.history).assign_attrs(status=model.status, reason=model.reason),
            out.parent / HISTORY,
            title=f"training history of {variant.id}",
            inputs=inputs,
            settings=run,
        )
        write_dataset(
            evaluation,
            out.parent / EVALUATION,
            title=f"test errors of {variant.id}",
            inputs=inputs,
            settings=run,
        )
        card = card.model_copy(update={"provenance": provenance(inputs)})
        write_json(card.model_dump(), out.parent / CARD)
    if not keep_checkpoint:
        remove_checkpoints(checkpoint)
    return card


def _finite(evaluation: xr.Dataset) -> dict[str, float]:
    values = {str(k): float(v) for k, v in evaluation.data_vars.items() if v.ndim == 0}
    return {
        name: value
        for name, value in values.items()
        if np.isfinite(value) and not name.endswith("_spread")
    }


def _card(
    model: Model,
    state: TrainingState,
    settings: Training,
    frames: FramesOrFile,
    device: str,
    data_hash: str,
    data: Path,
) -> Card:
    return Card(
        id=model.variant.id,
        status=model.status,
        reason=model.reason,
        variant=model.variant,
        training=settings,
        n_parameters=sum(p.numel() for p in model.network.parameters()),
        n_radial=getattr(model.variant, "n_radial", None),
        receptive_field_angstrom=model.variant.receptive_field,
        data_sha256=data_hash,
        level_of_theory=str(frames.attributes.get("level_of_theory", "unknown")),
        n_train=model.variant.n_train,
        n_validation=len(frames.of_subset("validation")),
        n_test=len(frames.of_subset("test")),
        epochs=state.epoch,
        best_epoch=state.best_epoch,
        end=state.finished,
        training_seconds=sum(row["seconds"] for row in state.history),
        device=device,
        errors={},
        error_units={name: unit for name, (unit, _) in summary_of(model.variant.target).items()},
        provenance=provenance({"data": data}),
        elements=sorted(model.atom_reference),
        data_source=next(
            (str(frames.attributes[key]) for key in _SOURCES if key in frames.attributes), ""
        ),
        data_licence=str(frames.attributes.get("licence", "")),
        data_reference=str(frames.attributes.get("reference", "")),
        threads=torch.get_num_threads(),
    )
