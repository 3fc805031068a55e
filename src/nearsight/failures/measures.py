"""Errors of forces at frames, of the whole molecule and of one pair."""

from dataclasses import dataclass

import numpy as np

from nearsight.failures.forces import Labels, mean_errors, pair_errors, pair_pushes


@dataclass(frozen=True, eq=False)
class Measures:
    """At one frame of each failure; NaN where there is no label, or no pair.

    Attributes:
        model: energies and forces of the network.
        engine: those of the reference engine.
        force_error: (failure,) mean |error| of the components of all forces, meV/Å.
        pair_force_error: (failure,) the same of the pair.
        pair_push: (failure,) how much harder the network drives the pair apart, meV/Å.
        distance: (failure,) of the pair, Å.
        worst_atom: (failure,) atom with the largest error of its force, -1 where unknown.
    """

    model: Labels
    engine: Labels
    force_error: np.ndarray
    pair_force_error: np.ndarray
    pair_push: np.ndarray
    distance: np.ndarray
    worst_atom: np.ndarray


def measure(model: Labels, engine: Labels, position: np.ndarray, pair: np.ndarray) -> Measures:
    """Compare network and engine, each at one frame of every failure.

    Args:
        model: what the network says of the frames.
        engine: what the reference engine says.
        position: (failure, atom, 3) Å.
        pair: (failure, 2) atoms of each pair, -1 where there is none.
    """
    difference = model.force - engine.force
    n = len(position)
    of_pair = {name: np.full(n, np.nan) for name in ("error", "push", "distance")}
    rows = np.flatnonzero(pair[:, 0] >= 0)
    if len(rows):
        chosen = pair[rows]
        of_pair["error"][rows] = pair_errors(difference[rows], chosen)
        of_pair["push"][rows] = pair_pushes(difference[rows], position[rows], chosen)
        i, j = chosen.T
        line = position[rows, i] - position[rows, j]
        of_pair["distance"][rows] = np.linalg.norm(line, axis=1)
    known = np.isfinite(difference).all(axis=(1, 2))
    size = np.linalg.norm(np.where(known[:, None, None], difference, 0.0), axis=2)
    return Measures(
        model=model,
        engine=engine,
        force_error=mean_errors(difference),
        pair_force_error=of_pair["error"],
        pair_push=of_pair["push"],
        distance=of_pair["distance"],
        worst_atom=np.where(known, size.argmax(axis=1), -1),
    )
