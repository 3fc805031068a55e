"""The same quantities of the same pairs on held-out frames of the data, to read others beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from nearsight.config import Failures, same_level
from nearsight.data.frames import Frames
from nearsight.data.yardstick import Reference
from nearsight.failures.forces import by_engine, by_model, mean_errors, pair_errors, pair_pushes
from nearsight.failures.interactions import relevances, responses
from nearsight.md.replicas.one_molecule import one_molecule
from nearsight.models.open_model import OpenModel

QUANTILES = (0.5, 0.1, 0.9)
"""Median, and what one frame in ten is below and above."""


@dataclass(frozen=True, eq=False)
class Typical:
    """By the name of a quantity, (3, failure): median, 10 and 90 % quantile over test frames."""

    values: dict[str, np.ndarray]


def typical(
    model: OpenModel,
    test: Frames,
    pair: np.ndarray,
    reference: Reference | None,
    settings: Failures,
    device: torch.device | str,
) -> Typical:
    """What the pair of each failure shows on test frames.

    Args:
        model: of any kind.
        test: test frames of the molecule.
        pair: (failure, 2) pairs of atoms, -1 where none: NaN.
        reference: engine of the yardstick; where it is the one that labelled the data, their own
            labels are taken.
        settings: how many frames, and the rule of relevance.
        device: where the network runs.
    """
    chosen = test.select(_spread(len(test), settings.n_structures))
    numbers, position = one_molecule(chosen, "test frames")
    difference = by_model(model, numbers, position, device).force - _labels(
        chosen, numbers, position, reference
    )
    rows = np.unique(pair[:, 0][pair[:, 0] >= 0])
    n = len(position)
    norm = np.stack(responses(model, numbers, position, [rows] * n, device)) if len(rows) else None
    tied = relevances(model, numbers, position, settings, device) if len(rows) else None
    per_pair: dict[str, list[np.ndarray]] = {name: [] for name in _NAMES}
    for i, j in pair:
        if i < 0 or norm is None or tied is None:
            columns: Sequence[np.ndarray] = [np.full(n, np.nan)] * len(_NAMES)
        else:
            both = np.tile([i, j], (n, 1))
            columns = [
                np.linalg.norm(position[:, i] - position[:, j], axis=1),
                pair_errors(difference, both),
                pair_pushes(difference, position, both),
                norm[:, np.searchsorted(rows, i), j],
                tied[:, i, j],
            ]
        for name, column in zip(_NAMES, columns, strict=True):
            per_pair[name].append(column)
    values = {name: _quantiles(np.reshape(rows_, (-1, n))) for name, rows_ in per_pair.items()}
    values["force_error"] = _quantiles(np.tile(mean_errors(difference), (len(pair), 1)))
    return Typical(values)


_NAMES = ("distance", "pair_force_error", "pair_push", "pair_response", "pair_relevance")


def _labels(
    chosen: Frames, numbers: np.ndarray, position: np.ndarray, reference: Reference | None
) -> np.ndarray:
    """(frame, atom, 3) forces of the yardstick in eV/Å; NaN without one."""
    level = str(chosen.attributes.get("level_of_theory", "unknown"))
    own = reference is not None and same_level(reference.level_of_theory, level)
    if own and chosen.has_forces:
        return chosen.force.reshape(position.shape)
    return by_engine(reference, "", numbers, position).force


def _spread(n_found: int, n_wanted: int) -> np.ndarray:
    """Numbers of frames, evenly over all."""
    return np.unique(np.linspace(0, n_found - 1, min(n_found, n_wanted)).round().astype(int))


def _quantiles(values: np.ndarray) -> np.ndarray:
    """(3, failure) over frames (failure, frame)."""
    return np.quantile(values, QUANTILES, axis=1)
