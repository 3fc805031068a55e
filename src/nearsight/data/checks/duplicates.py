"""Copies of one structure in different subsets, whatever their orientation or order of atoms."""

from itertools import combinations

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.describe import composition_ids
from nearsight.data.frames import SUBSETS, Frames

COPY = 1e-4
"""Å: root mean square difference of sorted distances up to which frames are copies (error)."""
NEAR = 1e-2
"""Å: the same up to which frames are nearly copies (warning); thermal ones differ by far more."""

_FEATURES = 8


def check_duplicates(frames: Frames) -> list[Finding]:
    """Frames of equal composition in two subsets that (nearly) coincide."""
    pairs = near_pairs(frames)
    findings = []
    copies = pairs[pairs["difference"] <= COPY]
    near = pairs[pairs["difference"] > COPY]
    for problem, found, bound in (
        (Problem.DUPLICATE, copies, COPY),
        (Problem.NEAR_DUPLICATE, near, NEAR),
    ):
        if len(found):
            a, b = int(found["first"][0]), int(found["second"][0])
            text = (
                f"{len(found)} pairs of frames in different subsets agree within {bound:g} Å, e.g. "
                f"frame {a} ({SUBSETS[frames.subset[a]]}) and {b} ({SUBSETS[frames.subset[b]]})"
            )
            findings.append(Finding(problem, problem is Problem.DUPLICATE, text))
    return findings


def near_pairs(frames: Frames, threshold: float = NEAR) -> np.ndarray:
    """Pairs of frames of one composition in different subsets, closer than ``threshold`` (Å).

    The measure is the root mean square difference of interatomic distances, sorted within each
    pair of elements: it does not change under rotation, reflection and reordering of atoms. Means
    over stretches of the sorted distances, weighted by the stretches' lengths, never differ more
    than the distances do (Jensen), so a tree over these few numbers finds every candidate.

    Returns:
        (pair,) records ``first``, ``second`` (frame indices) and ``difference`` (Å), the closest
        pair first.
    """
    ids = composition_ids(frames)
    found: list[tuple[int, int, float]] = []
    for number in np.unique(ids):
        members = np.flatnonzero(ids == number)
        if len(np.unique(frames.subset[members])) > 1 and frames.n_atoms[members[0]] > 1:
            found += _pairs_of_group(frames, members, threshold)
    kinds = [("first", int), ("second", int), ("difference", float)]
    return np.array(sorted(found, key=lambda pair: pair[2]), dtype=kinds)


def sorted_distances(atomic_number: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Interatomic distances (pair,) in Å, sorted within each pair of elements.

    Takes elements (atom,) and positions (atom, 3) in Å.
    """
    first, second = np.triu_indices(len(atomic_number), k=1)
    low = np.minimum(atomic_number[first], atomic_number[second])
    high = np.maximum(atomic_number[first], atomic_number[second])
    distance = pdist(position)
    return distance[np.lexsort((distance, high, low))]


def _pairs_of_group(
    frames: Frames, members: np.ndarray, threshold: float
) -> list[tuple[int, int, float]]:
    vectors = np.array(
        [sorted_distances(a.numbers, a.positions) for a in map(frames.atoms, members)]
    )
    features = _stretches(vectors)
    found = []
    for one, other in combinations(np.unique(frames.subset[members]), 2):
        left = np.flatnonzero(frames.subset[members] == one)
        right = np.flatnonzero(frames.subset[members] == other)
        tree = cKDTree(features[right])
        candidates = tree.query_ball_point(features[left], threshold)
        for i, near in zip(left, candidates, strict=True):
            j = right[near]
            difference = np.sqrt(((vectors[j] - vectors[i]) ** 2).mean(axis=1))
            close = difference <= threshold
            found += [
                (int(members[i]), int(members[k]), float(d))
                for k, d in zip(j[close], difference[close], strict=True)
            ]
    return found


def _stretches(vectors: np.ndarray) -> np.ndarray:
    length = vectors.shape[1]
    parts = np.array_split(np.arange(length), min(_FEATURES, length))
    return np.stack(
        [vectors[:, part].mean(axis=1) * np.sqrt(len(part) / length) for part in parts], axis=1
    )
