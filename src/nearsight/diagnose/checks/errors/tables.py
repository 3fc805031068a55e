"""Errors by frame, element, size of force and distance from the training data."""

import numpy as np
import xarray as xr
from ase.data import chemical_symbols

from nearsight.collect.intervals import bootstrap_weights, student_interval
from nearsight.collect.shares import ratio_interval
from nearsight.config import Statistics
from nearsight.diagnose.checks.errors.predicted import Predicted, constants
from nearsight.labels import banded, variable
from nearsight.units import ENERGY, FORCE, MEV, MEV_PER_ANGSTROM, MEV_PER_ATOM, MEV_PER_EV, ONE

PARTS = 4
"""Quarters of forces by size, and of frames by distance from the training data."""
MOST_POINTS = 3000
"""Force components that are kept for the parity plot."""


def table_of(found: Predicted, far: np.ndarray, *, seed: int) -> xr.Dataset:
    """All that is told and drawn of the errors of a model.

    Args:
        found: labels and what the model says, all of it finite.
        far: (frame,) distance from the training data in Å⁻¹; NaN where it is not known.
        seed: of the choice of points.
    """
    shift, what = constants(found)
    table = _energies(found, shift).assign_attrs(constants=what)
    table["novelty"] = variable(
        "frame", far, "angstrom-1", "distance from the nearest training frame"
    )
    if not found.frames.has_forces:
        return table
    table = table.merge(_forces(found, seed))
    if np.isfinite(far).sum() >= 2 * PARTS:
        table = table.merge(_by_distance(found, far))
    return table


def _energies(found: Predicted, shift: np.ndarray) -> xr.Dataset:
    frames = found.frames
    error = MEV_PER_EV * (found.energy - shift - frames.energy)
    per_atom = error / frames.n_atoms
    known = np.isfinite(per_atom)
    settings = Statistics()
    ones = known.astype(float)
    absolute = np.where(known, np.abs(per_atom), 0.0)
    columns = {
        "n_atoms": variable("frame", frames.n_atoms, ONE, "atoms of the frame"),
        "energy_error": variable("frame", error, MEV, "error of the energy up to the constant"),
        "label_energy": variable("frame", frames.energy, ENERGY, "energy of the label"),
        "model_energy": variable(
            "frame", found.energy - shift, ENERGY, "energy of the model up to the constant"
        ),
        "energy_offset": variable(
            (),
            MEV_PER_EV * float(np.mean((shift / frames.n_atoms)[known])) if known.any() else np.nan,
            MEV_PER_ATOM,
            "mean of the constants that were taken away",
        ),
        **banded(
            "energy_mae_per_atom",
            ratio_interval(absolute, ones, settings),
            MEV_PER_ATOM,
            "mean absolute error of the energy per atom",
        ),
        **banded(
            "energy_rmse_per_atom",
            _root_mean(absolute**2, ones, settings),
            MEV_PER_ATOM,
            "root mean square error of the energy per atom",
        ),
    }
    return xr.Dataset(columns)


def _forces(found: Predicted, seed: int) -> xr.Dataset:
    frames, owner = found.frames, found.owner
    error = MEV_PER_EV * (found.force - frames.force)
    absolute, squares = np.abs(error).mean(axis=1), np.square(error).mean(axis=1)
    settings = Statistics()
    per_frame = np.bincount(owner, absolute)
    columns = {
        "force_mae_of_frame": variable(
            "frame", per_frame / frames.n_atoms, MEV_PER_ANGSTROM, "mean absolute error of forces"
        ),
        **banded(
            "force_mae",
            ratio_interval(per_frame, frames.n_atoms.astype(float), settings),
            MEV_PER_ANGSTROM,
            "mean absolute error of force components",
        ),
        **banded(
            "force_rmse",
            _root_mean(np.bincount(owner, squares), frames.n_atoms.astype(float), settings),
            MEV_PER_ANGSTROM,
            "root mean square error of force components",
        ),
        "mean_force": variable(
            (),
            MEV_PER_EV * float(np.abs(frames.force).mean()),
            MEV_PER_ANGSTROM,
            "mean size of force components of the labels",
        ),
    }
    size = np.linalg.norm(frames.force, axis=1)
    elements = np.unique(frames.atomic_number)
    edges = _quarters(size)
    groups = [frames.atomic_number == z for z in elements]
    columns |= _grouped("element", groups, absolute, found)
    quarter = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, PARTS - 1)
    columns |= _grouped("size", [quarter == k for k in range(PARTS)], absolute, found)
    middle = [_middle(size[quarter == k]) for k in range(PARTS)]
    columns["size_force"] = variable("size", middle, FORCE, "median size of the force of a quarter")
    symbols = [chemical_symbols[int(z)] for z in elements]
    columns["element_symbol"] = variable("element", symbols, "", "element")
    return xr.Dataset(columns | _parity(found, seed))


def _grouped(
    name: str, groups: list[np.ndarray], absolute: np.ndarray, found: Predicted
) -> dict[str, xr.Variable]:
    """Mean absolute error of forces (meV/Å) of groups of atoms, with intervals over frames."""
    size = len(found.frames)
    bands = [
        ratio_interval(
            np.bincount(found.owner[group], absolute[group], minlength=size),
            np.bincount(found.owner[group], minlength=size).astype(float),
            Statistics(),
        )
        for group in groups
    ]
    text = f"mean absolute error of force components by {name}"
    columns = banded(f"{name}_mae", np.transpose(bands), MEV_PER_ANGSTROM, text, name)
    counts = [int(group.sum()) for group in groups]
    return columns | {f"{name}_count": variable(name, counts, ONE, "atoms of the group")}


def _by_distance(found: Predicted, far: np.ndarray) -> xr.Dataset:
    frames = found.frames
    error = MEV_PER_EV * np.abs(found.force - frames.force).mean(axis=1)
    per_frame = np.bincount(found.owner, error)
    edges = _quarters(far[np.isfinite(far)])
    quarter = np.clip(np.searchsorted(edges, far, side="right") - 1, 0, PARTS - 1)
    quarter = np.where(np.isfinite(far), quarter, -1)
    weight = frames.n_atoms.astype(float)
    bands = [
        ratio_interval(
            np.where(quarter == k, per_frame, 0), np.where(quarter == k, weight, 0), Statistics()
        )
        for k in range(PARTS)
    ]
    text = "mean absolute error of force components by distance from the training data"
    columns = banded("novelty_mae", np.transpose(bands), MEV_PER_ANGSTROM, text, "novelty_quarter")
    middle = [_middle(far[quarter == k]) for k in range(PARTS)]
    columns["novelty_middle"] = variable(
        "novelty_quarter", middle, "angstrom-1", "median distance of a quarter of the frames"
    )
    columns |= banded(
        "novelty_growth",
        _growth(per_frame, weight, quarter),
        ONE,
        "error of the farthest quarter over that of the nearest",
    )
    return xr.Dataset(columns)


def _growth(
    per_frame: np.ndarray, weight: np.ndarray, quarter: np.ndarray
) -> tuple[float, float, float]:
    """Error of the farthest quarter of frames over the nearest, with its interval."""
    settings, size = Statistics(), len(quarter)
    draws = bootstrap_weights(size, settings.n_bootstrap, settings.seed)

    def ratio(counted: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            far, near = (
                counted
                @ np.where(quarter == k, per_frame, 0)
                / (counted @ np.where(quarter == k, weight, 0))
                for k in (PARTS - 1, 0)
            )
            return np.asarray(far / near)

    value = float(ratio(np.ones((1, size)))[0])
    return student_interval(value, ratio(draws), size, settings.confidence, least=0.0)


def _root_mean(
    part: np.ndarray, whole: np.ndarray, settings: Statistics
) -> tuple[float, float, float]:
    """Root of the ratio of two sums over frames (frame,), with its interval."""
    if not whole.sum():
        return np.nan, np.nan, np.nan
    draws = bootstrap_weights(len(whole), settings.n_bootstrap, settings.seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        samples = np.sqrt((draws @ part) / (draws @ whole))
    value = float(np.sqrt(part.sum() / whole.sum()))
    return student_interval(value, samples, len(whole), settings.confidence, least=0.0)


def _parity(found: Predicted, seed: int) -> dict[str, xr.Variable]:
    label, own = found.frames.force.ravel(), found.force.ravel()
    size = min(MOST_POINTS, len(label))
    chosen = np.sort(np.random.default_rng(seed).choice(len(label), size, replace=False))
    return {
        "label_force": variable("component", label[chosen], FORCE, "force components of labels"),
        "model_force": variable("component", own[chosen], FORCE, "the same by the model"),
    }


def _quarters(values: np.ndarray) -> np.ndarray:
    """(PARTS + 1,) edges between which equally many values lie."""
    return np.asarray(np.quantile(values, np.linspace(0, 1, PARTS + 1)))


def _middle(values: np.ndarray) -> float:
    """Median; NaN of a quarter that is empty because too many values are equal."""
    return float(np.median(values)) if len(values) else np.nan
