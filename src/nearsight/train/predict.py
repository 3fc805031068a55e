"""What a model says of structures, labelled or not."""

from dataclasses import replace
from typing import TypeAlias

import numpy as np
import torch

from nearsight.config import TargetName
from nearsight.data.frames import Frames
from nearsight.data.validation import validate
from nearsight.errors import ModelError
from nearsight.models.batching import to_tensors
from nearsight.models.forward import Forward
from nearsight.models.model import Model, energy_offsets
from nearsight.models.open_model import OpenModel
from nearsight.models.trained_model import TrainedModel
from nearsight.progress import progress_bar

AnyModel: TypeAlias = Model | OpenModel


def predict(
    model: AnyModel,
    frames: Frames,
    *,
    batch_size: int = 50,
    device: torch.device | str = "cpu",
    processes: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """What the model gives for frames, whether they are labelled or not.

    Args:
        model: a model of any kind.
        frames: structures.
        batch_size: frames of a pass.
        device: where a network runs.
        processes: in which a calculator works on frames.

    Returns:
        Values (frame,) in the target's unit, and forces (atom, 3) in eV/Å; forces are NaN of a
        model that has none.

    Raises:
        ModelError: an element the model has not seen.
        ReferenceEngineError: a calculator fails on a frame.
    """
    if isinstance(model, TrainedModel):
        model = model.model
    if not isinstance(model, Model):
        return _by_molecule(model, frames, batch_size, device, processes)
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


def _by_molecule(
    model: OpenModel,
    frames: Frames,
    batch_size: int,
    device: torch.device | str,
    processes: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Energies (frame,) and forces (atom, 3), frames of the same atoms in batches."""
    energy, force = np.full(len(frames), np.nan), np.full(frames.position.shape, np.nan)
    alike: dict[bytes, list[int]] = {}
    for k in range(len(frames)):
        alike.setdefault(frames.atoms(k).numbers.tobytes(), []).append(k)
    with progress_bar(
        total=len(frames), desc="prediction", unit="frame", leave=False, delay=1
    ) as progress:
        for rows in alike.values():
            potential = model.potential(
                frames.atoms(rows[0]).numbers, device=device, processes=processes, strict=True
            )
            for some in np.array_split(rows, range(batch_size, len(rows), batch_size)):
                position = np.stack([frames.atoms(k).positions for k in some])
                value, vectors = potential(torch.from_numpy(position))
                energy[some] = value.cpu().numpy()
                for k, own in zip(some, vectors.cpu().numpy(), strict=True):
                    first = frames.first_atom[k]
                    force[first : first + len(own)] = own
                progress.update(len(some))
    return energy, force


def target_of(model: AnyModel) -> TargetName:
    """What a model has learned.

    Raises:
        ModelError: of one that was trained elsewhere, anything but energies.
    """
    if isinstance(model, TrainedModel):
        model = model.model
    if isinstance(model, Model):
        return model.variant.target
    model.require_energies()
    return "energy"


def predicted(
    model: AnyModel, frames: Frames, *, device: torch.device | str = "cpu", processes: int = 1
) -> Frames:
    """Structures with the model's own labels in place of any that they had.

    Args:
        model: a model of any kind.
        frames: structures.
        device: where a network runs.
        processes: in which a calculator works on frames.

    Raises:
        ModelError: an element the model has not seen, training that came to no end, or a structure
            for which the model gives no finite number.
        DataError: a structure that is none (:func:`nearsight.data.validation.validate`).
    """
    if isinstance(model, TrainedModel):
        model = model.model
    if isinstance(model, Model):
        model.require_trained()
    validate(frames, "structures")
    target = target_of(model)
    value, force = predict(model, frames, device=device, processes=processes)
    _require_finite(value, force if target == "energy" else force[:0], frames)
    nothing = np.full(len(frames), np.nan)
    return replace(
        frames,
        energy=value if target == "energy" else nothing,
        force=force,
        properties={} if target == "energy" else {target: value},
        attributes={"level_of_theory": _level(model)},
    )


def _level(model: AnyModel) -> str:
    if isinstance(model, Model):
        return f"nearsight {model.variant.id}"
    arguments = model.attributes.get("calculator_arguments", "{}")
    return model.label if arguments == "{}" else f"{model.label} {arguments}"


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
