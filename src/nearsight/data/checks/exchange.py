"""Do like atoms keep their places from frame to frame? Dynamics knows atoms by their numbers."""

from collections import Counter

import numpy as np
from ase.data import chemical_symbols, covalent_radii

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.checks.same_atoms import Group, groups
from nearsight.data.checks.stretches import BONDED
from nearsight.data.frames import Frames

APART = 1.6
"""A pair beyond this multiple of the sum of its covalent radii is certainly no bond."""

_FEWEST = 2


def check_exchange(frames: Frames) -> list[Finding]:
    """Bonds of the first frame that are none in another of the same bonds, but for the numbering.

    Breaking bonds change which elements are bonded to which, and so do isomers; like atoms in
    another order do not.
    """
    findings = []
    for group in groups(frames, fewest=_FEWEST, by_source=True):
        found = _exchanged(group)
        if found:
            others, text = found
            message = (
                f"like atoms change places in {others} of {len(group.frame)} frames looked at: "
                f"{text}; sort the atoms, or the dynamics of a model cannot know its bonds"
            )
            findings.append(Finding(Problem.EXCHANGE, False, message))
    return findings[:1]


def _exchanged(group: Group) -> tuple[int, str] | None:
    """In how many frames, and which bond of the first is lost in which frame."""
    z = group.atomic_number
    i, j = np.triu_indices(len(z), 1)
    reach = covalent_radii[z[i]] + covalent_radii[z[j]]
    length = np.linalg.norm(group.position[:, i] - group.position[:, j], axis=-1) / reach
    lost = (length[0] < BONDED) & (length > APART)
    others = [
        int(k)
        for k in np.flatnonzero(lost.any(axis=1))
        if _surroundings(z, i, j, length[k]) == _surroundings(z, i, j, length[0])
    ]
    if not others:
        return None
    pair = int(np.flatnonzero(lost[others[0]])[0])
    a, b = (f"{chemical_symbols[z[x[pair]]]}{x[pair]}" for x in (i, j))
    return len(others), (
        f"the bond of {a} and {b} in frame {group.frame[0]} is none in frame "
        f"{group.frame[others[0]]} ({length[others[0], pair] * reach[pair]:.2f} Å)"
    )


def _surroundings(
    z: np.ndarray, i: np.ndarray, j: np.ndarray, length: np.ndarray
) -> Counter[tuple[int, tuple[int, ...]]]:
    """How often an element with which bonded elements stands in a frame, whatever the numbering."""
    bonded = length < BONDED
    neighbours: list[list[int]] = [[] for _ in z]
    for a, b in zip(i[bonded], j[bonded], strict=True):
        neighbours[a].append(int(z[b]))
        neighbours[b].append(int(z[a]))
    return Counter((int(own), tuple(sorted(near))) for own, near in zip(z, neighbours, strict=True))
