"""Errors on the untouched test subset, frame by frame."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.config import TARGETS, TargetName
from nearsight.data.frames import Frames
from nearsight.labels import variable
from nearsight.models.model import Model
from nearsight.models.trained_model import TrainedModel
from nearsight.train.parity import parity_counts, parity_dataset
from nearsight.train.predict import AnyModel, predict, target_of

SUMMARY = {
    "energy_mae": (units.MEV, "mean absolute error of the energy"),
    "energy_rmse": (units.MEV, "root mean square error of the energy"),
    "energy_mae_per_atom": (units.MEV_PER_ATOM, "mean absolute error of the energy per atom"),
    "energy_rmse_per_atom": (units.MEV_PER_ATOM, "root mean square error of the energy per atom"),
    "force_mae": (units.MEV_PER_ANGSTROM, "mean absolute error of force components"),
    "force_rmse": (units.MEV_PER_ANGSTROM, "root mean square error of force components"),
}
"""Summary variables of an evaluation with units and names; each has a ``_spread`` over frames."""


Summary = dict[str, tuple[str, str]]


def summary_of(target: TargetName, *, forces: bool = True) -> Summary:
    """Summary variables of an evaluation of a target, with units and names."""
    if target == "energy":
        return {name: about for name, about in SUMMARY.items() if forces or "force" not in name}
    unit, text = TARGETS[target].error_unit, TARGETS[target].text
    return {
        f"{target}_mae": (unit, f"mean absolute error of the {text}"),
        f"{target}_rmse": (unit, f"root mean square error of the {text}"),
    }


def evaluate(
    model: AnyModel,
    frames: Frames | Iterable[Frames],
    *,
    device: torch.device | str = "cpu",
    processes: int = 1,
) -> xr.Dataset:
    """Errors of a model over frames, each with its spread (standard deviation over frames).

    Args:
        model: a model of any kind.
        frames: labelled frames, or parts of a set that is larger than memory.
        device: where a network runs.
        processes: in which a calculator works on frames.

    Returns:
        Per frame the signed error of the target (``energy_error`` in meV, or another in its error
        unit) and, where energies come with forces, ``force_mae_of_frame`` and
        ``force_rmse_of_frame`` (meV/Å), and ``force_parity``, components by reference and
        predicted value; and the scalars of :func:`summary_of`.
    """
    if isinstance(model, TrainedModel):
        model = model.model
    target = target_of(model)
    parts = [frames] if isinstance(frames, Frames) else frames
    errors = _Errors.of_all([_errors(model, part, device, processes) for part in parts])
    status = model.status if isinstance(model, Model) else "ok"
    dataset = xr.Dataset(attrs={"status": status, "reason": model.reason})
    about = TARGETS[target]
    dataset[f"{target}_error"] = variable(
        "frame", errors.label, about.error_unit, f"error of the {about.text}"
    )
    if errors.absolute is not None and errors.squares is not None:
        for name, values, kind in (
            ("force_mae_of_frame", errors.absolute, "mean absolute"),
            ("force_rmse_of_frame", np.sqrt(errors.squares), "root mean square"),
        ):
            text = f"{kind} error of force components of the frame"
            dataset[name] = variable("frame", values, units.MEV_PER_ANGSTROM, text)
    if errors.parity is not None:
        dataset = dataset.merge(parity_dataset(errors.parity.sum(axis=0)))
    results = errors.summed(target)
    for name, (unit, text) in summary_of(target, forces=errors.absolute is not None).items():
        value, spread = results[name]
        dataset[name] = variable((), value, unit, text)
        dataset[f"{name}_spread"] = variable(
            (), spread, unit, f"standard deviation over frames behind the {text}"
        )
    return dataset


@dataclass(frozen=True)
class _Errors:
    """Errors by frame: of the label; mean absolute ones and mean squares of force components.

    ``parity`` (part, field, field) counts components by reference and predicted value.
    """

    n_atoms: np.ndarray
    label: np.ndarray
    absolute: np.ndarray | None
    squares: np.ndarray | None
    parity: np.ndarray | None = None

    @classmethod
    def of_all(cls, parts: list["_Errors"]) -> "_Errors":
        """Those of several parts one after another."""

        def joined(name: str) -> np.ndarray | None:
            found = [getattr(part, name) for part in parts]
            return None if any(values is None for values in found) else np.concatenate(found)

        return cls(*(joined(field.name) for field in fields(cls)))  # type: ignore[arg-type]

    def summed(self, target: str) -> dict[str, tuple[float, float]]:
        """Values and spreads of :func:`summary_of`."""
        found = {}
        for ending, error in (("", self.label), ("_per_atom", self.label / self.n_atoms)):
            absolute = np.abs(error)
            found[f"{target}_mae{ending}"] = (absolute.mean(), absolute.std())
            found[f"{target}_rmse{ending}"] = (np.sqrt((error**2).mean()), absolute.std())
        if self.absolute is not None and self.squares is not None:
            share = self.n_atoms / self.n_atoms.sum()
            found["force_mae"] = (self.absolute @ share, self.absolute.std())
            found["force_rmse"] = (np.sqrt(self.squares @ share), np.sqrt(self.squares).std())
        return found


def _errors(model: AnyModel, frames: Frames, device: torch.device | str, processes: int) -> _Errors:
    target = target_of(model)
    value, force = predict(model, frames, device=device, processes=processes)
    label = TARGETS[target].error_factor * (value - frames.label(target))
    if target != "energy" or not frames.has_forces:
        return _Errors(frames.n_atoms, label, None, None)
    error = units.MEV_PER_EV * (force - frames.force)
    starts, n_atoms = frames.first_atom, frames.n_atoms
    absolute = np.add.reduceat(np.abs(error).mean(axis=1), starts) / n_atoms
    squares = np.add.reduceat((error**2).mean(axis=1), starts) / n_atoms
    return _Errors(n_atoms, label, absolute, squares, parity_counts(frames.force, force)[None])
