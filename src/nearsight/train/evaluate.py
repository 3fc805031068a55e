"""Errors on the untouched test subset, frame by frame."""

import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.data.frames import Frames
from nearsight.labels import variable
from nearsight.models.batching import to_tensors
from nearsight.models.model import Model, energy_offsets
from nearsight.models.network import ENERGY_KEY, FORCE_KEY

SUMMARY = {
    "energy_mae": (units.MEV, "mean absolute error of the energy"),
    "energy_rmse": (units.MEV, "root mean square error of the energy"),
    "energy_mae_per_atom": (units.MEV_PER_ATOM, "mean absolute error of the energy per atom"),
    "energy_rmse_per_atom": (units.MEV_PER_ATOM, "root mean square error of the energy per atom"),
    "force_mae": (units.MEV_PER_ANGSTROM, "mean absolute error of force components"),
    "force_rmse": (units.MEV_PER_ANGSTROM, "root mean square error of force components"),
}
"""Summary variables of an evaluation with units and names; each has a ``_spread`` over frames."""


def predict(
    model: Model, frames: Frames, *, batch_size: int = 50, device: torch.device | str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """Energies (frame,) in eV and forces (atom, 3) in eV/Å of frames.

    Raises:
        ModelError: an element the model has not seen.
    """
    model.energy_offset(np.unique(frames.atomic_number))
    offset = energy_offsets(model.atom_reference, frames.atomic_number, frames.n_atoms)
    network = model.network.to(device).eval()
    dtype = next(network.parameters()).dtype
    data = to_tensors(frames, model.variant.cutoff, offset, dtype=dtype, device=device)
    energies, forces = [], []
    for batch in data.batches(batch_size):
        result = network(data.inputs(batch))
        energies.append(result[ENERGY_KEY].detach().double().cpu().numpy())
        forces.append(result[FORCE_KEY].detach().double().cpu().numpy())
    return np.concatenate(energies) + offset, np.concatenate(forces)


def evaluate(model: Model, frames: Frames, *, device: torch.device | str = "cpu") -> xr.Dataset:
    """Errors of a model over frames, each with its spread (standard deviation over frames).

    Returns:
        Per frame ``energy_error`` (signed, meV), ``force_mae_of_frame`` and ``force_rmse_of_frame``
        (meV/Å); and the scalars of :data:`SUMMARY`.
    """
    energy, force = predict(model, frames, device=device)
    energy_error = units.MEV_PER_EV * (energy - frames.energy)
    force_error = units.MEV_PER_EV * (force - frames.force)
    per_frame = (
        np.add.reduceat(np.abs(force_error).mean(axis=1), frames.first_atom) / frames.n_atoms
    )
    squares = np.add.reduceat((force_error**2).mean(axis=1), frames.first_atom) / frames.n_atoms
    per_atom = energy_error / frames.n_atoms
    summary = {
        "energy_mae": (np.abs(energy_error).mean(), np.abs(energy_error).std()),
        "energy_rmse": (np.sqrt((energy_error**2).mean()), np.abs(energy_error).std()),
        "energy_mae_per_atom": (np.abs(per_atom).mean(), np.abs(per_atom).std()),
        "energy_rmse_per_atom": (np.sqrt((per_atom**2).mean()), np.abs(per_atom).std()),
        "force_mae": (np.abs(force_error).mean(), per_frame.std()),
        "force_rmse": (np.sqrt((force_error**2).mean()), np.sqrt(squares).std()),
    }
    dataset = xr.Dataset(attrs={"status": model.status, "reason": model.reason})
    dataset["energy_error"] = variable("frame", energy_error, units.MEV, "error of the energy")
    text = "error of force components of the frame"
    dataset["force_mae_of_frame"] = variable(
        "frame", per_frame, units.MEV_PER_ANGSTROM, f"mean absolute {text}"
    )
    dataset["force_rmse_of_frame"] = variable(
        "frame", np.sqrt(squares), units.MEV_PER_ANGSTROM, f"root mean square {text}"
    )
    for name, (value, spread) in summary.items():
        unit, long_name = SUMMARY[name]
        dataset[name] = variable((), value, unit, long_name)
        dataset[f"{name}_spread"] = variable(
            (), spread, unit, f"standard deviation over frames behind the {long_name}"
        )
    return dataset
