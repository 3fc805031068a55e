"""How many Hessians a diagnosis can afford: by differences each costs 6 N forces of N atoms."""

import numpy as np

from nearsight.diagnose.subject import Subject

TYPICAL = 22
"""Atoms of the molecule for which the efforts are sized."""


def most_atoms(subject: Subject) -> int:
    """Largest molecule of which a Hessian is taken at the effort."""
    return subject.choose(quick=60, default=120, full=10_000)


def affordable(subject: Subject) -> list[int]:
    """Numbers of structures, spread over them, the first one among them; none if all are too large.

    At sizes beyond the typical one a force costs about the square of the number of atoms, as that
    of a semi-empirical reference does.
    """
    sizes = np.array([len(atoms) for atoms in subject.structures])
    small = np.flatnonzero(sizes <= most_atoms(subject))
    if not len(small):
        return []
    cost = np.maximum(sizes[small] / TYPICAL, 1.0) ** 3
    budget = subject.choose(quick=3, default=8, full=len(small))
    if subject.effort == "full":
        return [int(k) for k in small]
    count = int(max(1, min(len(small), budget / cost.mean())))
    places = np.unique(np.linspace(0, len(small) - 1, count).astype(int))
    return [int(small[k]) for k in places]


def too_large(subject: Subject) -> str:
    """Why there is no Hessian of the first structure; empty where there is one."""
    size, most = len(subject.structures[0]), most_atoms(subject)
    if size <= most:
        return ""
    return f"the molecule has {size} atoms, more than {most}, of which Hessians are taken: --full"
