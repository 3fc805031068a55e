r"""Bonds as they are stretched: the force along each, and that of a usual bond.

A bond of length d between atoms of masses m_i and m_j is pulled together by

.. math::
    f = \frac{m_i F_j - m_j F_i}{m_i + m_j} \cdot u_{ij} , \qquad
    f_\mathrm{usual} = -\frac{k}{a} \left( e^{-a (d - d_0)} - e^{-2 a (d - d_0)} \right)

(the force on its length, and that of a Morse oscillator). Of hydrogen, which is light and bound
once, little else acts along the bond. k (eV/Å²) and d0 (Å) of C, N and O are those of five rMD17
sets, MD22, QM7-X and GFN2-xTB data: with them f / f_usual is 0.92 to 1.08 in all of these, thermal
or displaced, whichever the functional. The others are spectroscopic (CRC Handbook). Of bonds
between heavier atoms k follows from the mean length by Badger's rule (J. Chem. Phys. 2, 128, 1934)
in the form of Schlegel (Theor. Chim. Acta 66, 333, 1984), which is good to a factor 1.5.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_masses, chemical_symbols, covalent_radii
from scipy.spatial.distance import cdist

from nearsight.data.checks.same_atoms import Group, spread
from nearsight.data.frames import Frames

USUAL = {
    1: (36.0, 0.74), 5: (22.0, 1.19), 6: (32.0, 1.095), 7: (42.0, 1.015), 8: (47.0, 0.97),
    9: (57.0, 0.92), 14: (18.0, 1.475), 15: (20.0, 1.415), 16: (25.0, 1.34), 17: (31.0, 1.28),
    32: (16.5, 1.52), 33: (17.0, 1.51), 34: (20.0, 1.455), 35: (25.0, 1.41), 53: (20.0, 1.60),
}  # fmt: skip
"""k (eV/Å²) and d0 (Å) of the bond of hydrogen to an element, by nuclear charge."""
WIDTH = 1.9
"""a in 1/Å."""
FAR = 0.2
"""Å: a bond further from d0 is left out."""
BONDED = 1.25
"""Two atoms nearer than this multiple of the sum of their covalent radii are bonded."""

LEANS = 2.3
"""Å to an atom that takes hydrogen bonds, below which hydrogen leans to it."""
_ACCEPTORS = (7, 8, 9, 16, 17, 35)
_COLUMNS, _GROUP, _LEANS = 8, 5, 7

# Badger: k = A / (d - B)^3, here in eV Å, by the rows of both atoms (2 from Li, 3 from Na).
_BADGER, _BADGER_SHIFT = 11.6, {(2, 2): 0.68, (2, 3): 0.94, (3, 3): 1.25}
_FRAMES, _FEWEST = 300, 5


@dataclass(frozen=True)
class Stretches:
    """Bonds of one sort, each once for every frame.

    Attributes:
        frame: (bond,) number of its frame in the data set.
        kind: (bond,) bonds of equal kind have the same surroundings, and so the same rest length.
        force: (bond,) eV/Å along the bond; negative pulls together.
        usual: (bond,) eV/Å of a usual bond of this length.
        names: of the pairs of elements.
    """

    frame: np.ndarray
    kind: np.ndarray
    force: np.ndarray
    usual: np.ndarray
    names: tuple[str, ...]

    def centred(self) -> tuple[np.ndarray, np.ndarray]:
        """Usual forces and forces (bond,) in eV/Å, each about the mean of its kind of bond."""
        _, kind, count = np.unique(self.kind, return_inverse=True, return_counts=True)
        return tuple(  # type: ignore[return-value]
            values - (np.bincount(kind, values) / count)[kind]
            for values in (self.usual, self.force)
        )


def of_hydrogen(frames: Frames, *, bridged: bool = False) -> Stretches:
    """Bonds of hydrogen, told from each frame alone: whichever atom is nearest.

    Bonds are of one kind whose hydrogen has the same number in frames of the same atoms, and whose
    partner is the same element with as many neighbours; where few frames are of the same atoms,
    the number is left out.

    Args:
        frames: a data set.
        bridged: hydrogen that leans to another atom than its own too (a hydrogen bond makes bonds
            longer and softer: 0.82 to 0.84 times in water clusters); then only bonds of which there
            are several frames.
    """
    table = _table(frames)
    free = table[_LEANS] == 0
    table = table[:, free | (table[_GROUP] > 0) if bridged else free]
    frame, partner, coordination, length, force, group, atom, _ = table
    kind = np.unique(np.stack([partner, coordination, group, atom]), axis=1, return_inverse=True)[1]
    k, rest = (np.array([USUAL[int(z)][i] for z in partner]) for i in (0, 1))
    names = tuple(f"{chemical_symbols[int(z)]}-H" for z in np.unique(partner))
    return Stretches(frame, kind.reshape(-1), force, usual(length - rest, k), names)


def _table(frames: Frames) -> np.ndarray:
    """Columns of :func:`_hydrogens` of some frames, (column, bond)."""
    chosen = spread(len(frames), _FRAMES)
    sequence = [frames.atoms(int(k)).numbers.tobytes() for k in chosen]
    often = sorted(s for s, count in Counter(sequence).items() if count >= _FEWEST)
    rows = [
        _hydrogens(frames, int(k), often.index(atoms) + 1 if atoms in often else 0)
        for k, atoms in zip(chosen, sequence, strict=True)
    ]
    return np.concatenate([np.empty((_COLUMNS, 0)), *(r for r in rows if r is not None)], axis=1)


def of_heavy_atoms(groups: Iterable[Group]) -> Stretches:
    """Bonds between atoms of the second and third row, about their mean length."""
    found: list[tuple[np.ndarray, ...]] = []
    names = set()
    for group in groups:
        if len(group.frame) < _FEWEST:
            continue
        for i, j, length in _heavy_bonds(group):
            z = group.atomic_number[[i, j]]
            mean = float(length.mean())
            stiffness = _BADGER / (mean - _BADGER_SHIFT[_rows(z)]) ** 3
            force = _along(group.atomic_number, group.position, group.force, i, j)
            kind = np.full(len(length), len(found))
            found.append((group.frame, kind, force, usual(length - mean, stiffness)))
            names.add("-".join(sorted(chemical_symbols[a] for a in z)))
    columns = [np.concatenate(c) for c in zip(*found, strict=True)] if found else [np.empty(0)] * 4
    return Stretches(columns[0], columns[1], columns[2], columns[3], tuple(sorted(names)))


def usual(stretch: np.ndarray, stiffness: np.ndarray | float) -> np.ndarray:
    """Force in eV/Å of Morse oscillators that are longer than at rest by ``stretch`` (Å).

    Takes stretches (...) and a stiffness in eV/Å² for each of them, or one for all.
    """
    decay = np.exp(-WIDTH * stretch)
    force: np.ndarray = -stiffness / WIDTH * (decay - decay**2)
    return force


def _hydrogens(frames: Frames, frame: int, group: int) -> np.ndarray | None:
    """Rows over the bonds of a frame's hydrogen.

    These are the frame, its partner's element and coordination, length, force, the group and the
    number of the hydrogen (0 where it says nothing), and whether it leans to another atom.
    """
    start, n = frames.first_atom[frame], frames.n_atoms[frame]
    z = frames.atomic_number[start : start + n].astype(int)
    position, force = (x[start : start + n] for x in (frames.position, frames.force))
    hydrogen = np.flatnonzero(z == 1)
    if n < 2 or not len(hydrogen):
        return None
    distance = cdist(position[hydrogen], position)
    distance[np.arange(len(hydrogen)), hydrogen] = np.inf
    partner, length = distance.argmin(axis=1), distance.min(axis=1)
    rest = np.array([USUAL.get(int(a), (0.0, np.inf))[1] for a in z[partner]])
    kept = np.abs(length - rest) < FAR
    hydrogen, partner, length = hydrogen[kept], partner[kept], length[kept]
    reach = BONDED * (covalent_radii[z[partner]][:, None] + covalent_radii[z])
    near = cdist(position[partner], position) < reach
    # Neighbours of the partner are near in any case.
    other = ~near & np.isin(z, _ACCEPTORS)
    leans = (other & (distance[kept] < LEANS)).any(axis=1)
    along = _along(z, position[None], force[None], partner, hydrogen)[0]
    number = hydrogen if group else np.zeros_like(hydrogen)
    same = np.ones(len(length))
    return np.stack(
        [frame * same, z[partner], near.sum(1), length, along, group * same, number, leans]
    )


def _along(
    z: np.ndarray,
    position: np.ndarray,
    force: np.ndarray,
    i: np.ndarray | int,
    j: np.ndarray | int,
) -> np.ndarray:
    """(frame, ...) force on the lengths of bonds from i to j."""
    separation = position[:, j] - position[:, i]
    direction = separation / np.linalg.norm(separation, axis=-1, keepdims=True)
    m_i, m_j = (atomic_masses[z[a]][..., None] for a in (i, j))
    pull = (m_i * force[:, j] - m_j * force[:, i]) / (m_i + m_j)
    along: np.ndarray = (pull * direction).sum(-1)
    return along


def _heavy_bonds(group: Group) -> Iterable[tuple[int, int, np.ndarray]]:
    heavy = np.flatnonzero((group.atomic_number > 2) & (group.atomic_number < 19))
    for rank, i in enumerate(heavy):
        others = heavy[rank + 1 :]
        length = np.linalg.norm(group.position[:, others] - group.position[:, [i]], axis=-1)
        reach = covalent_radii[group.atomic_number[i]] + covalent_radii[group.atomic_number[others]]
        # In every frame: a pair that only some of them bond has no rest length.
        for k in np.flatnonzero((length < BONDED * reach).all(axis=0)):
            yield int(i), int(others[k]), length[:, k]


def _rows(z: np.ndarray) -> tuple[int, int]:
    low, high = sorted(2 if a < 11 else 3 for a in z)
    return low, high
