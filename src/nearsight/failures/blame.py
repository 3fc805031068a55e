"""For every end of a replica: which pair broke, and what the network thought of it just before."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from nearsight.config import Dynamics, Failures
from nearsight.data.frames import SUBSETS, Frames
from nearsight.data.yardstick import Reference
from nearsight.errors import DataError
from nearsight.failures.dataset import to_dataset
from nearsight.failures.ended import Ended, blamed_pairs, ended
from nearsight.failures.forces import by_engine, by_model
from nearsight.failures.interactions import relevances, responses
from nearsight.failures.last_good import Good, last_good, nearest_distances
from nearsight.failures.measures import Measures, measure
from nearsight.failures.typical import typical
from nearsight.md.replicas.one_molecule import frames_of, known_frames, one_molecule
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.models.open_model import OpenModel

NOTHING = "no rule ended a replica"


@dataclass(frozen=True, eq=False)
class Blame:
    """What came out.

    Attributes:
        table: over ``failure``.
        frames: last good and first bad frames with the labels of the reference engine, for
            retraining; without an engine, all of them without labels.
        keys: by frame, what its comment line says.
    """

    table: xr.Dataset
    frames: Frames | None
    keys: list[Mapping[str, Any]]


def find_failures(
    model: OpenModel,
    data: Frames,
    record: xr.Dataset,
    trajectories: Path,
    dynamics: Dynamics,
    settings: Failures,
    *,
    reference: Reference | None,
    why_none: str = "",
    device: torch.device | str = "cpu",
) -> Blame:
    """Look at every end that was a failure.

    Args:
        model: that ran, of any kind.
        data: data set that the run began from.
        record: of ``nearsight md``.
        trajectories: folder of the same run.
        dynamics: settings of the run.
        settings: how many test frames to compare with, and the rule of relevance.
        reference: the yardstick; None without one.
        why_none: why there is none.
        device: where the network runs.

    Raises:
        MissingFileError, CorruptFileError: trajectories are not there or not whole.
        DataError: the data set is of another molecule.
    """
    frames = frames_of(data, dynamics.source)
    numbers = record["atomic_number"].to_numpy()
    known = known_frames(frames, dynamics.source)
    own, position = one_molecule(known, "training frames")
    if not np.array_equal(own, numbers):
        raise DataError("data set: other atoms than in the dynamics, or in another order")
    ends = ended(record)
    guards = reference_guards(known, dynamics)
    good = last_good(record, trajectories, ends.replica, guards, nearest_distances(position))
    pair = blamed_pairs(ends, good.position)
    at_good = _measure(model, numbers, good.position, pair, reference, why_none, device)
    at_bad = _measure(model, numbers, ends.position, pair, reference, why_none, device)
    beside = typical(model, frames.of_subset("test"), pair, reference, settings, device)
    strength = _strength(model, numbers, good.position, pair, settings, device)
    table = to_dataset(record, ends, good, pair, at_good, at_bad, beside.values, strength)
    table.attrs.update(status="ok", reason="" if len(ends) else NOTHING)
    level = reference.level_of_theory if reference is not None else "unknown"
    return Blame(table, *_for_retraining(numbers, ends, good, at_good, at_bad, level, model))


def _measure(
    model: OpenModel,
    numbers: np.ndarray,
    position: np.ndarray,
    pair: np.ndarray,
    reference: Reference | None,
    why_none: str,
    device: torch.device | str,
) -> Measures:
    engine = by_engine(reference, why_none, numbers, position)
    return measure(by_model(model, numbers, position, device), engine, position, pair)


def _strength(
    model: OpenModel,
    numbers: np.ndarray,
    position: np.ndarray,
    pair: np.ndarray,
    settings: Failures,
    device: torch.device | str,
) -> dict[str, np.ndarray]:
    """Response (eV/Å²) and relevance (eV) of each pair in its last good frame; NaN without one."""
    found = {name: np.full(len(pair), np.nan) for name in ("pair_response", "pair_relevance")}
    rows = np.flatnonzero(pair[:, 0] >= 0)
    i, j = pair[rows].T
    norm = responses(model, numbers, position[rows], [np.array([k]) for k in i], device)
    found["pair_response"][rows] = [one[0, other] for one, other in zip(norm, j, strict=True)]
    tied = relevances(model, numbers, position[rows], settings, device)
    found["pair_relevance"][rows] = tied[np.arange(len(rows)), i, j]
    return found


def _for_retraining(
    numbers: np.ndarray,
    ends: Ended,
    good: Good,
    at_good: Measures,
    at_bad: Measures,
    level: str,
    model: OpenModel,
) -> tuple[Frames | None, list[Mapping[str, Any]]]:
    """Good and bad frame of each failure in turn, those without labels left out if others have."""
    both = (("last_good", good.position, at_good), ("first_bad", ends.position, at_bad))
    labelled = any(np.isfinite(found.engine.energy).any() for _, _, found in both)
    rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    keys: list[Mapping[str, Any]] = []
    for k in range(len(ends)):
        for name, position, found in both:
            there = np.isfinite(position[k]).all()
            if not there or (labelled and not np.isfinite(found.engine.energy[k])):
                continue
            rows.append((position[k], found.engine.force[k], found.engine.energy[k]))
            keys.append(_keys(ends, k, name, model))
    if not rows:
        return None, []
    position, force, energy = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    frames = Frames(
        atomic_number=np.tile(numbers, n),
        position=position.reshape(-1, 3),
        force=force.reshape(-1, 3),
        n_atoms=np.full(n, len(numbers)),
        energy=energy,
        subset=np.full(n, SUBSETS.index("train")),
        source=np.zeros(n, dtype=int),
        attributes={"level_of_theory": level},
    )
    return frames, keys


def _keys(ends: Ended, row: int, frame: str, model: OpenModel) -> dict[str, Any]:
    return {
        "frame": frame,
        "variant": model.label,
        "replica": int(ends.replica[row]),
        "cause": str(ends.cause[row]),
    }
