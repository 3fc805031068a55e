r"""Do energies and forces belong together? The work of the forces is the difference of energies.

Between two frames of the same atoms that are close, with the second turned onto the first,

.. math::
    E_b - E_a \approx -\tfrac12 (F_a + F_b) \cdot (r_b - r_a) ,

which is exact for a harmonic energy. For frames within 0.25 Å per atom (root mean square) the ratio
of both sides is 0.91 to 1.07 in five rMD17 sets, MD22, QM7-X and GFN2-xTB data. It tells sign and
unit of forces against energies, of any element, and not those of both together.
"""

from dataclasses import dataclass, fields

import numpy as np
from scipy.spatial.distance import pdist

from nearsight.data.checks.problems import Finding, Problem, not_checked
from nearsight.data.checks.same_atoms import Group, groups, spread
from nearsight.data.checks.unit_mistakes import force_mistakes, read_as
from nearsight.data.frames import Frames

NEAR = 0.25
"""Å: root mean square difference of two frames' positions up to which they are compared."""
VERY_NEAR = 0.15
"""Å: difference up to which energies and forces that belong together correlate above 0.97."""
POSSIBLE = (0.7, 1.45)
"""Forces' work over energies, beyond which one of them is wrong."""
FOLLOWS, UNRELATED = 0.8, 0.3
"""Correlation of work and energies from which the ratio says something, and below which (of
frames that are very near) they are of different frames."""
VARIES = 0.02
"""eV: size of works and energy differences below which their own digits may be seen."""
CONSTANT = 1e-4
"""Energy differences over work below which energies stand for nothing."""
APART = 0.002
"""Å: difference of frames below which they are copies."""

_WHAT = "forces against energies"
_FEWEST, _MOST = 10, 100
_AGREE, _ROUNDS = 0.8, 5
_LOOKED_AT = 3000
_DISTANCES = 300


@dataclass(frozen=True)
class Work:
    """Pairs of frames of the same atoms that are close.

    Attributes:
        work: (pair,) eV, what the forces say.
        difference: (pair,) eV, what the energies say.
        apart: (pair,) Å, root mean square over atoms.
    """

    work: np.ndarray
    difference: np.ndarray
    apart: np.ndarray

    def __len__(self) -> int:
        return len(self.work)

    def select(self, pairs: np.ndarray) -> "Work":
        """Some of the pairs: indices (pair,), or a mask of all."""
        return Work(self.work[pairs], self.difference[pairs], self.apart[pairs])

    @property
    def ratio(self) -> float:
        """Work over difference; the difference has no error of its own, the work has."""
        return float(self.work @ self.difference / (self.difference @ self.difference))

    @property
    def correlation(self) -> float:
        """Of both, about zero: the order of a pair's frames is arbitrary."""
        size = np.linalg.norm(self.work) * np.linalg.norm(self.difference)
        return float(self.work @ self.difference / size) if size else 0.0

    def most(self) -> "Work":
        """Those four fifths that agree best among themselves: a methyl group may have turned."""
        kept = self
        for _ in range(_ROUNDS):
            off = np.abs(self.work - kept.ratio * self.difference)
            kept = self.select(np.argsort(off)[: int(np.ceil(_AGREE * len(self)))])
        return kept


def check_work(frames: Frames) -> list[Finding]:
    """Forces that are not the slope of the energies."""
    if not np.isfinite(frames.energy).all():
        return [not_checked(_WHAT, "the data set has no energies")]
    found = near_work(frames)
    if len(found) < _FEWEST:
        return [not_checked(_WHAT, f"fewer than {_FEWEST} pairs of frames are near enough")]
    sizes = [float(np.sqrt(np.mean(values**2))) for values in (found.work, found.difference)]
    if max(sizes) < VARIES:
        return [not_checked(_WHAT, "energies of near frames hardly differ")]
    if sizes[1] < CONSTANT * sizes[0]:
        return [Finding(Problem.GRADIENT, True, "energies of near frames are all the same")]
    return _judge(found, read_as(frames.attributes))


def near_work(frames: Frames) -> Work:
    """The nearest pairs of frames of the same atoms, up to a hundred of them."""
    parts = []
    n_pairs = 0
    for group in groups(frames):
        if len(group.atomic_number) > 1 and n_pairs < _LOOKED_AT:
            parts.append(_nearest(group))
            n_pairs += len(parts[-1])
    if not parts:
        return Work(np.empty(0), np.empty(0), np.empty(0))
    found = Work(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Work)))
    order = np.argsort(found.apart)[:_MOST]
    return found.select(order[found.apart[order] < NEAR])


def _judge(found: Work, unit: str) -> list[Finding]:
    near = found.select(found.apart < VERY_NEAR)
    correlation = near.correlation
    if len(near) >= _FEWEST and abs(correlation) < UNRELATED:
        text = (
            "energies of near frames do not differ by the work of their forces (correlation "
            f"{correlation:.2f}, in sound data above 0.97): are they of other frames?"
        )
        return [Finding(Problem.GRADIENT, True, text)]
    most = found.most()
    if abs(most.correlation) < FOLLOWS:
        return [not_checked(_WHAT, "frames are too far from each other")]
    ratio = most.ratio
    size = abs(ratio)
    if ratio > 0 and POSSIBLE[0] <= size <= POSSIBLE[1]:
        return []
    sign = "minus " if ratio < 0 else ""
    text = (
        f"the work of forces between near frames is {sign}{size:.3g} times the difference of their "
        f"energies{_guess(ratio, unit)}"
    )
    return [Finding(Problem.GRADIENT, True, text)]


def _guess(ratio: float, unit: str) -> str:
    if ratio < 0:
        return ": forces are the gradient of the energy, of the other sign?"
    names = [name for name in force_mistakes(ratio, unit) if name != unit]
    if not names:
        return ": one of them in a wrong unit, or of other frames?"
    return f": forces in {' or '.join(names)} and read as {unit}, or energies the other way round?"


def _nearest(group: Group) -> Work:
    n_frames, n_atoms = len(group.frame), len(group.atomic_number)
    position = group.position - group.position.mean(axis=1, keepdims=True)
    # Distances tell near frames however they lie; a few hundred of them tell as much as all.
    i, j = (
        index[spread(n_atoms * (n_atoms - 1) // 2, _DISTANCES)]
        for index in np.triu_indices(n_atoms, 1)
    )
    shape = np.linalg.norm(position[:, i] - position[:, j], axis=-1)
    difference = pdist(shape) / np.sqrt(len(i))
    order = np.argsort(np.where(difference > APART, difference, np.inf))[:_MOST]
    order = order[difference[order] > APART]
    first, second = (index[order] for index in np.triu_indices(n_frames, 1))
    place, force = _turned(position[second], group.force[second], position[first])
    moved = place - position[first]
    return Work(
        work=-0.5 * ((group.force[first] + force) * moved).sum((1, 2)),
        difference=group.energy[second] - group.energy[first],
        apart=np.sqrt((moved**2).sum(2).mean(1)),
    )


def _turned(
    position: np.ndarray, force: np.ndarray, onto: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and forces (pair, atom, 3) turned onto positions (Kabsch's rotation)."""
    u, _, v = np.linalg.svd(np.einsum("pni,pnj->pij", position, onto))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ v))[:, None]
    return position @ (u @ v), force @ (u @ v)
