"""What a trained model says of structures, labelled or not."""

from dataclasses import replace

import numpy as np
import torch

from nearsight.data.frames import Frames
from nearsight.data.validation import validate
from nearsight.errors import ModelError
from nearsight.models.batching import to_tensors
from nearsight.models.forward import Forward
from nearsight.models.model import Model, energy_offsets
from nearsight.progress import progress_bar


def predict(
    model: Model, frames: Frames, *, batch_size: int = 50, device: torch.device | str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """What the model gives for frames, whether they are labelled or not.

    Args:
        model: a trained model.
        frames: structures.
        batch_size: frames of a pass.
        device: where the network runs.

    Returns:
        Values (frame,) in the target's unit, and forces (atom, 3) in eV/Å; forces are NaN of a
        model that has none.

    Raises:
        ModelError: an element the model has not seen.
    """
    model.energy_offset(np.unique(frames.atomic_number))
    references = energy_offsets(model.atom_reference, frames.atomic_number, frames.n_atoms)
    network = model.network.to(device).eval()
    forward = Forward(network, model.variant)
    dtype = next(network.parameters()).dtype
    data = to_tensors(
        frames, model.variant.pair_cutoff, np.zeros(len(frames)), dtype=dtype, device=device
    )
    values, forces = [], []
    count = -(-len(data) // batch_size)
    batches = data.load(torch.arange(len(data)), batch_size)
    for batch in progress_bar(
        batches, total=count, desc="prediction", unit="batch", leave=False, delay=1
    ):
        value, force = forward(batch, forces=model.variant.target == "energy")
        values.append(value.detach().double().cpu().numpy())
        nothing = torch.full_like(batch.position, torch.nan)
        forces.append((nothing if force is None else force).detach().double().cpu().numpy())
    return np.concatenate(values) + references + model.mean, np.concatenate(forces)


def predicted(model: Model, frames: Frames, *, device: torch.device | str = "cpu") -> Frames:
    """Structures with the model's own labels in place of any that they had.

    Args:
        model: a trained model.
        frames: structures.
        device: where the network runs.

    Raises:
        ModelError: an element the model has not seen, training that came to no end, or a structure
            for which the model gives no finite number.
        DataError: a structure that is none (:func:`nearsight.data.validation.validate`).
    """
    model.require_trained()
    validate(frames, "structures")
    target = model.variant.target
    value, force = predict(model, frames, device=device)
    _require_finite(value, force if target == "energy" else force[:0], frames)
    nothing = np.full(len(frames), np.nan)
    return replace(
        frames,
        energy=value if target == "energy" else nothing,
        force=force,
        properties={} if target == "energy" else {target: value},
        attributes={"level_of_theory": f"nearsight {model.variant.id}"},
    )


def _require_finite(value: np.ndarray, force: np.ndarray, frames: Frames) -> None:
    owner = np.repeat(np.arange(len(frames)), frames.n_atoms)[: len(force)]
    lost = ~np.isfinite(value)
    lost[owner[~np.isfinite(force).all(axis=1)]] = True
    if lost.any():
        first = int(lost.argmax())
        raise ModelError(
            f"the model gives no finite number for {int(lost.sum())} of {len(frames)} structures, "
            f"the first is structure {first} (it gives {value[first]}): leave it out"
        )
